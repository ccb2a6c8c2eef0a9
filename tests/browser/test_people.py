"""The pages about people's data, as a phone and a desk show them, and the way through them without JavaScript."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import RunningHub, running_demo
from visiting import assert_well_made, visit_as

SOMERSET = "E06000066"


@pytest.fixture(scope="module")
def demo() -> Generator[RunningHub]:
    """A demonstration of this module's own: a person of it is erased."""
    with running_demo() as hub:
        yield hub


@pytest.fixture(params=(390, 1280), ids=lambda width: f"{width}px")
def context(browser: Browser, request: pytest.FixtureRequest) -> Generator[BrowserContext]:
    context = browser.new_context(viewport={"width": request.param, "height": 900}, bypass_csp=True, locale="en-GB")
    yield context
    context.close()


def url(demo: RunningHub, path: str) -> str:
    return f"http://localhost:{demo.port}{path}"


def somebody(page: Page, demo: RunningHub, nth: int) -> str:
    """The address of the owner of one of Somerset's enterprises."""
    page.goto(url(demo, f"/figures/enterprises?after={SOMERSET}.0"))
    page.locator(f'a[href*="/areas/{SOMERSET}/enterprises/"]').nth(nth).click()
    page.get_by_role("link", name=re.compile("Go to the person")).first.click()
    return page.url


def test_the_pages_are_well_made(demo: RunningHub, context: BrowserContext) -> None:
    page = visit_as(context, demo, "catalyst")
    somebody(page, demo, 0)
    assert_well_made(page)
    page.go_back()
    assert_well_made(page)
    page.go_forward()
    page.get_by_label("Why do you need to see it?").fill("A test of the page")
    page.get_by_role("button", name="Show it once").click()
    expect(page.get_by_text("Open for this one time")).to_be_visible()
    assert_well_made(page)
    page.goto(url(demo, "/data-map"))
    assert_well_made(page)
    page = visit_as(context, demo, "lead")
    for path in ("/audit", "/audit?on=nonsense", "/erasures"):
        page.goto(url(demo, path))
        assert_well_made(page)


def test_notes_about_an_enterprise_are_offered_with_its_owner(demo: RunningHub, context: BrowserContext) -> None:
    feed = demo.get(f"/api/areas/{SOMERSET}/ledger?after=3000&limit=1000")
    youngest = [each[4] for each in feed if each[4]["type"] == "enterprise.registered"][-1]
    enterprise = youngest["enterprise"]
    noted = {"kind": "visit", "note": "Her sister helps on Fridays."}
    demo.post(f"/api/areas/{SOMERSET}/enterprises/{enterprise}/milestones", noted)
    page = visit_as(context, demo, "catalyst")
    page.goto(url(demo, f"/people/{youngest['owner']['subject']}"))
    expect(page.get_by_label("Also what is noted about their enterprise")).to_be_checked()
    assert_well_made(page)
    page.goto(url(demo, f"/people/{enterprise}"))
    expect(page.get_by_role("heading", name="Notes about an enterprise")).to_be_visible()
    assert_well_made(page)


def test_one_person_asks_another_approves_and_it_is_done_within_seconds(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = visit_as(context, demo, "catalyst")
    address = somebody(page, demo, 1)
    page.get_by_role("button", name="Ask for this person to be erased").click()
    expect(page.get_by_text("Somebody else has to approve it")).to_be_visible()
    lead = visit_as(context, demo, "lead")
    lead.get_by_role("link", name="Erasing people").click()
    # what waits beside it is of whoever asked in another test
    whom = lead.get_by_role("region", name=f"Person {address.rpartition('/')[2]}")
    whom.get_by_role("button", name="Erase for good").click()
    for _ in range(20):
        lead.goto(address)
        if lead.get_by_text("Erased on").first.is_visible():
            break
        lead.wait_for_timeout(500)
    expect(lead.get_by_text("can never be read again")).to_be_visible()
    expect(lead.get_by_role("button", name="Show it once")).to_have_count(0)
    context.close()
