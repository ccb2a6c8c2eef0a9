"""What was typed on a phone in a village hall is not lost with the connection, and is nobody else's to read."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import RunningHub
from visiting import Ledger, address, assert_well_made, tap, visit_as
from wire import Wire

SOMERSET = "E06000066"
DRAFTS = "Object.keys(localStorage).filter((name) => name.startsWith('draft:'))"
NOTE = 'Her sister <b>helps</b> & drives "on Fridays"'


@pytest.fixture
def wire(demo: RunningHub) -> Generator[Wire]:
    with Wire.to(demo.port) as wire:
        yield wire


@pytest.fixture
def ledger(demo: RunningHub) -> Ledger:
    return Ledger(demo, SOMERSET)


@pytest.fixture
def phone(browser: Browser) -> Generator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 900}, locale="en-GB")
    yield context
    context.close()


def the_form(page: Page, wire: Wire, nth: int = 0) -> str:
    """Open the form for a milestone of an enterprise; its address without the key."""
    page.goto(address(wire, "/choose/milestone"))
    page.locator(".taps a").nth(nth).click()
    page.evaluate("navigator.serviceWorker.ready")
    return page.url.partition("&key=")[0]


def type_and_lose(page: Page, wire: Wire, milestone: str = "First customer") -> None:
    page.get_by_label("Note").fill(NOTE)
    wire.cut = True
    tap(page, milestone)
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")


def test_what_could_not_be_sent_is_sent_again_and_recorded_once(
    phone: BrowserContext, wire: Wire, ledger: Ledger
) -> None:
    page = visit_as(phone, wire, "catalyst")
    the_form(page, wire)
    ledger.new()
    type_and_lose(page, wire)
    tap(page, "Try again")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    assert page.evaluate(DRAFTS)
    wire.cut = False
    tap(page, "Try again")
    expect(page.get_by_role("heading", name="Recorded")).to_be_visible()
    assert ledger.new() == ["milestone.recorded"]
    assert page.evaluate(DRAFTS) == []


def test_where_only_the_answer_was_lost_trying_again_ends_on_what_was_recorded_once(
    phone: BrowserContext, wire: Wire, ledger: Ledger
) -> None:
    page = visit_as(phone, wire, "catalyst")
    form = the_form(page, wire)
    ledger.new()
    page.get_by_label("Note").fill(NOTE)
    wire.loses_replies = True
    tap(page, "First volunteer")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    assert ledger.new() == ["milestone.recorded"]
    wire.loses_replies = False
    page.goto(form)
    expect(page.get_by_label("Something else")).to_have_value("first volunteer")
    tap(page, "Record")
    expect(page.get_by_role("heading", name="Recorded")).to_be_visible()
    assert ledger.new() == []


def test_the_form_is_filled_in_again_until_the_draft_is_thrown_away(phone: BrowserContext, wire: Wire) -> None:
    page = visit_as(phone, wire, "catalyst")
    form = the_form(page, wire)
    type_and_lose(page, wire)
    wire.cut = False
    page.goto(form)
    expect(page.get_by_text("It was kept on this device")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    the_form(page, wire, 1)
    expect(page.get_by_label("Note")).to_have_value("")
    expect(page.get_by_text("It was kept on this device")).to_be_hidden()
    page.goto(form)
    page.get_by_role("button", name="Throw the draft away").click()
    expect(page.get_by_label("Note")).to_have_value("")
    assert page.evaluate(DRAFTS) == []


def test_a_draft_is_locked_and_goes_when_somebody_signs_out(phone: BrowserContext, wire: Wire) -> None:
    page = visit_as(phone, wire, "catalyst")
    form = the_form(page, wire)
    type_and_lose(page, wire)
    assert page.evaluate(DRAFTS)
    assert "sister" not in page.evaluate("JSON.stringify(localStorage)")
    wire.cut = False
    page.goto(form)
    tap(page, "Sign out")
    assert page.evaluate(DRAFTS) == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0


def test_a_draft_goes_when_somebody_else_signs_in_but_not_when_the_same_person_does(
    phone: BrowserContext, wire: Wire
) -> None:
    page = visit_as(phone, wire, "catalyst")
    form = the_form(page, wire)
    type_and_lose(page, wire)
    wire.cut = False
    visit_as(phone, wire, "catalyst").goto(form)
    page.goto(form)
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    page = visit_as(phone, wire, "lead")
    assert page.evaluate(DRAFTS) == []


TOO_OLD = """() => {
    const [name] = Object.keys(localStorage), draft = JSON.parse(localStorage.getItem(name));
    draft.at -= 8 * 24 * 3600 * 1000;
    localStorage.setItem(name, JSON.stringify(draft));
}"""


@pytest.mark.parametrize("why", ["it is another account's", "it is too old"])
def test_a_draft_that_is_left_over_is_thrown_away(phone: BrowserContext, wire: Wire, why: str) -> None:
    page = visit_as(phone, wire, "catalyst")
    form = the_form(page, wire)
    type_and_lose(page, wire)
    wire.cut = False
    if why == "it is too old":
        page.evaluate(TOO_OLD)
    else:
        phone.clear_cookies()  # then whoever sits at this machine is asked nothing, and is somebody else
    page.goto(form)
    page.wait_for_function(f"{DRAFTS}.length === 0")
    expect(page.get_by_label("Note")).to_have_value("")


PLANT = """(action) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = action;
    form.innerHTML = '<input name="key" value="planted"><input name="kind" value="planted">';
    document.body.append(form);
    form.submit();
}"""


def test_what_another_site_sends_is_no_more_ours_for_passing_the_worker(
    browser: Browser, wire: Wire, ledger: Ledger
) -> None:
    context = browser.new_context(bypass_csp=True)
    page = visit_as(context, wire, "catalyst")
    form = the_form(page, wire)
    ledger.new()
    page.goto(f"http://127.0.0.1:{wire.hub}/status")
    with page.expect_navigation():
        page.evaluate(PLANT, form)
    assert ledger.new() == []
    wire.cut = True
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{wire.hub}/status")
    page.evaluate(PLANT, form)
    page.wait_for_timeout(500)
    assert "No connection" not in page.content()
    context.close()


def test_the_page_without_a_connection_is_well_made(browser: Browser, wire: Wire) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, bypass_csp=True, locale="en-GB")
    page = visit_as(context, wire, "catalyst")
    form = the_form(page, wire)
    type_and_lose(page, wire)
    assert_well_made(page)
    wire.cut = False
    page.goto(form)
    expect(page.get_by_text("It was kept on this device")).to_be_visible()
    assert_well_made(page)
    context.close()
