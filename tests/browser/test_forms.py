"""Recording from a phone and from a desk, with JavaScript and without: few taps, and once whatever somebody does."""

import re
from collections.abc import Generator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import RunningHub
from visiting import Ledger, address, assert_well_made, tap, visit_as

from events.base import today
from hub.look.words import in_words

SOMERSET = "E06000066"
YESTERDAY = today() - timedelta(1)
"""A day on which every enterprise of the demonstration was there, whenever that was made."""
IN_FIGURES = f"{YESTERDAY.day}/{YESTERDAY.month}/{YESTERDAY.year}"
WAYS = [(width, script) for width in (390, 1280) for script in (True, False)]


@pytest.fixture
def ledger(demo: RunningHub) -> Ledger:
    return Ledger(demo, SOMERSET)


@pytest.fixture(params=WAYS, ids=[f"{width}px{'' if script else ' without JavaScript'}" for width, script in WAYS])
def context(browser: Browser, request: pytest.FixtureRequest) -> Generator[BrowserContext]:
    width, script = request.param
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, java_script_enabled=script, bypass_csp=script, locale="en-GB")
    yield context
    context.close()


@pytest.fixture(params=(True, False), ids=["with JavaScript", "without"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Generator[BrowserContext]:
    size = {"width": 390, "height": 900}
    context = browser.new_context(viewport=size, java_script_enabled=request.param, locale="en-GB")
    yield context
    context.close()


def form_of_an_enterprise(context: BrowserContext, demo: RunningHub, form: str, nth: int = 0) -> Page:
    """A Catalyst who has opened a form about one of the enterprises they are offered."""
    page = visit_as(context, demo, "catalyst")
    page.goto(address(demo, f"/choose/{form}"))
    page.locator(".taps a").nth(nth).click()
    return page


def test_a_milestone_takes_three_taps_and_can_be_taken_back_and_followed_by_another(
    demo: RunningHub, ledger: Ledger, context: BrowserContext
) -> None:
    page = visit_as(context, demo, "catalyst")
    page.goto(address(demo, "/home"))
    ledger.new()

    page.get_by_role("button", name="Record a milestone").click()
    page.locator(".taps a").first.click()
    tap(page, "First customer")

    expect(page.get_by_role("heading", name="Recorded")).to_be_visible()
    assert ledger.new() == ["milestone.recorded"]
    tap(page, "Undo it")
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    assert ledger.new() == ["entry.corrected"]
    page.get_by_role("button", name="Post another").click()
    tap(page, "Fifth customer")
    expect(page.get_by_role("heading", name="Recorded")).to_be_visible()
    assert ledger.new() == ["milestone.recorded"]


def test_going_back_and_sending_again_records_nothing_new(
    demo: RunningHub, ledger: Ledger, phone: BrowserContext
) -> None:
    page = form_of_an_enterprise(phone, demo, "milestone", 1)
    ledger.new()
    for _ in range(2):
        tap(page, "First volunteer")
        expect(page.get_by_role("heading", name="Recorded")).to_be_visible()
        recorded = page.url
        page.go_back()
    assert ledger.new() == ["milestone.recorded"]
    tap(page, "First employee")
    expect(
        page.get_by_role("link", name=re.compile("You sent this form before, saying something else"))
    ).to_be_visible()
    assert ledger.new() == []
    tap(page, "First employee")
    expect(page).not_to_have_url(recorded)
    assert ledger.new() == ["milestone.recorded"]


def test_a_double_tap_records_once(demo: RunningHub, ledger: Ledger, phone: BrowserContext) -> None:
    page = form_of_an_enterprise(phone, demo, "milestone", 2)
    ledger.new()
    page.get_by_role("button", name="One year of trading").dblclick()
    page.get_by_role("heading", name="Recorded").wait_for()
    assert ledger.new() == ["milestone.recorded"]


def test_what_is_wrong_is_said_above_and_beside_the_field_and_what_was_typed_is_kept(
    demo: RunningHub, ledger: Ledger, context: BrowserContext
) -> None:
    page = form_of_an_enterprise(context, demo, "support", 3)
    ledger.new()
    page.get_by_label("What kind?").select_option(index=2)
    page.get_by_label("How many minutes?").fill("an hour")
    page.get_by_label("An adviser").check()
    page.get_by_label("When did it happen?").fill("31 June 2026")
    tap(page, "Record")
    expect(page).to_have_title(re.compile("^Error: "))
    for name, typed in {"minutes": "an hour", "on": "31 June 2026"}.items():
        field = page.locator(f"[name={name}]")
        assert field.input_value() == typed
        said = page.locator(f"#{name}-error").inner_text().removeprefix("Error:").strip()
        expect(field).to_have_accessible_description(re.compile(re.escape(said)))
        page.get_by_role("alert").get_by_role("link", name=said, exact=True).click()
        expect(field).to_be_focused()
    expect(page.get_by_label("An adviser")).to_be_checked()
    assert page.get_by_label("What kind?").input_value()
    assert ledger.new() == []
    page.get_by_label("How many minutes?").fill("60")
    page.get_by_label("When did it happen?").fill(IN_FIGURES)
    tap(page, "Record")
    expect(page.get_by_role("heading", name="Recorded")).to_be_visible()
    assert ledger.new() == ["support.given"]


@pytest.mark.parametrize("typed", [IN_FIGURES, in_words(YESTERDAY)], ids=["figures", "words"])
def test_a_day_may_be_written_in_figures_or_in_words(
    demo: RunningHub, browser: Browser, ledger: Ledger, typed: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = form_of_an_enterprise(context, demo, "support", 4)
    page.get_by_label("What kind?").select_option(index=1)
    page.get_by_label("How many minutes?").fill("45")
    page.get_by_label("The Catalyst").check()
    page.get_by_label("When did it happen?").fill(typed)
    tap(page, "Record")
    expect(page.get_by_text(f"It happened on {in_words(YESTERDAY)}")).to_be_visible()
    context.close()


def test_an_entry_is_corrected_from_the_timeline(demo: RunningHub, ledger: Ledger, phone: BrowserContext) -> None:
    page = form_of_an_enterprise(phone, demo, "milestone", 5)
    tap(page, "Tenth customer")
    ledger.new()
    page.locator(".govuk-button-group .govuk-button--secondary").click()
    page.get_by_role("link", name=re.compile("^Correct")).first.click()
    page.get_by_label("When did it happen?").fill(IN_FIGURES)
    page.get_by_label("What was wrong?").select_option(index=1)
    tap(page, "Correct")
    expect(page.get_by_text(f"It happened on {in_words(YESTERDAY)}")).to_be_visible()
    assert ledger.new() == ["entry.corrected"]


def test_a_page_that_says_what_is_wrong_and_one_that_says_it_is_recorded_are_well_made(
    demo: RunningHub, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, bypass_csp=True, locale="en-GB")
    page = form_of_an_enterprise(context, demo, "evidence", 6)
    tap(page, "Record")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_well_made(page)
    page.goto(address(demo, "/choose/milestone"))
    page.locator(".taps a").first.click()
    tap(page, "Checks complete")
    assert_well_made(page)
    tap(page, "Undo it")
    assert_well_made(page)
    context.close()
