"""Every page, as a phone and a desk show it: nothing from elsewhere, nothing refused, nothing axe objects to."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect
from running import RunningHub
from visiting import assert_well_made

WIDTHS = (320, 1280)
PAGES = {
    "national": "/",
    "an earlier day": "/?on=2024-03-31",
    "as known before": "/?on=2024-03-31&known=2024-06-30",
    "a day that is no day": "/?on=nonsense&known=2031-01-01",
    "a figure": "/figures/people_supported",
    "a figure's later events": "/figures/milestones?after=E06000066.100",
    "events of a figure in words": "/figures/requirements_valid",
    "a rate": "/figures/catalyst_load",
    "a rate of a year": "/figures/renewed_in_time",
    "a rate of people": "/figures/wait_median",
    "what a rate divides": "/figures/cost",
    "areas sorted and filtered": "/?sort=people&order=asc&nation=Scotland&q=d",
    "all areas": "/?sort=area&all=1",
    "no area of that name": "/?q=nowhere",
    "what changed": "/changes?days=28",
    "what changed before": "/changes?on=2024-03-31&known=2024-06-30",
    "what changed by a day that is no day": "/changes?on=nonsense",
    "what was believed": "/figures/people_supported/history?on=2024-03-31",
    "what was believed of a day that is no day": "/figures/enterprises/history?on=nonsense",
    "what was believed then": "/history?on=2024-03-31&known=2024-06-30",
    "areas side by side": "/compare?area=E06000066&area=W06000001&area=S12000033",
    "no areas side by side": "/compare",
    "areas that are none": "/compare?area=X&area=Y&on=soon",
    "growth": "/growth",
    "growth without a forecast": "/growth?of=people_supported&on=2021-06-30&known=2021-06-30",
    "growth on a day that is no day": "/growth?on=nonsense",
    "the API": "/schema",
    "the status": "/status",
    "no such page": "/nothing-here",
}


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def page(browser: Browser, request: pytest.FixtureRequest) -> Generator[Page]:
    # axe has to be put into the page, which the page's own policy would refuse
    context = browser.new_context(viewport={"width": request.param, "height": 900}, bypass_csp=True, locale="en-GB")
    yield context.new_page()
    context.close()


def opened(page: Page, url: str) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda sent: elsewhere.append(sent.url) if not sent.url.startswith(url[:20]) else None)
    page.goto(url)
    assert elsewhere == [], "a page asked another host for something"


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_a_page_of_the_demonstration_is_well_made(demo: RunningHub, page: Page, path: str) -> None:
    opened(page, demo.url + path)
    assert_well_made(page)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/figures/enterprises",
        "/figures/catalyst_load",
        "/figures/jobs/history",
        "/history",
        "/changes",
        "/compare",
        "/growth",
        "/schema",
        "/status",
    ],
)
def test_a_page_of_an_empty_hub_is_well_made(empty: RunningHub, page: Page, path: str) -> None:
    opened(page, empty.url + path)
    assert_well_made(page)


def test_the_policy_of_a_page_refuses_nothing_the_page_uses(demo: RunningHub, browser: Browser) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(demo.url + "/")
    page.close()
    assert said == []


def test_another_day_is_chosen_without_javascript(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(demo.url + "/")
    page.get_by_label("Picture on").fill("2024-03-31")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("[?&]on=2024-03-31"))
    expect(page.get_by_text("31 March 2024").first).to_be_visible()
    context.close()


def test_a_figure_is_reached_by_keyboard_alone(demo: RunningHub, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(demo.url + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    link = page.get_by_role("link", name="People supported").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures/people_supported*")
    expect(page.get_by_role("heading", name="People supported", level=1)).to_be_visible()
    page.close()


def test_the_whole_national_page_weighs_less_than_100_kib(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    received: list[float] = []
    client.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(demo.url + "/", wait_until="networkidle")
    context.close()
    assert len(received) > 1
    assert sum(received) < 100 * 1024
