"""What areas learned, on the smallest screen, by keyboard and without JavaScript."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect
from running import RunningHub
from visiting import address, assert_well_made, visit_as

SOMERSET = "E06000066"
PATHS = (
    "/learning",
    "/learning?q=lunch&order=reach",
    "/learning?on=2020-05-03&known=2021-01-01",
    "/learning?on=soon",
    "/learning/barriers",
    "/learning/barriers?topic=insurance",
    "/learning/barriers?on=1990-01-01",
    "/learning/introductions",
    "/learning/introductions?on=2016-01-01",
    f"/learning/introductions?area={SOMERSET}",
    f"/areas/{SOMERSET}/like",
    f"/areas/{SOMERSET}/like?on=2016-01-01",
)


@pytest.fixture(scope="module")
def page(demo: RunningHub, browser: Browser) -> Generator[Page]:
    """A Catalyst with the smallest screen and no JavaScript; axe is put into the page all the same."""
    context = browser.new_context(bypass_csp=True, locale="en-GB", viewport={"width": 320, "height": 800})
    yield visit_as(context, demo, "catalyst")
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_well_made_at_320_px(demo: RunningHub, page: Page, path: str) -> None:
    page.goto(address(demo, path))
    expect(page.locator("h1")).to_have_count(1)
    assert_well_made(page)


def test_a_lesson_that_spread_far_is_well_made_at_320_px(demo: RunningHub, page: Page) -> None:
    page.goto(address(demo, "/learning?order=reach"))
    page.locator(".shelf__title a").first.click()
    expect(page.locator(".spread .spread .spread").first, "from area to area").to_be_visible()
    expect(page.locator(".chart svg").first).to_be_visible()
    assert_well_made(page)


def test_who_should_talk_to_whom_is_found_by_keyboard(demo: RunningHub, page: Page) -> None:
    page.goto(address(demo, "/learning"))
    page.get_by_role("link", name="Who should talk to whom").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/learning/introductions")
    page.get_by_role("link", name=re.compile("^Compare")).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?area=*")
    expect(page.get_by_role("table")).to_be_visible()


def test_areas_are_chosen_and_compared_without_javascript(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(address(demo, "/compare?on=2024-03-31&known=2024-06-30"))
    page.get_by_label("First area").select_option(label="Somerset")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Choose a second area").first).to_be_visible()
    page.get_by_label("Second area").select_option(label="Isle of Anglesey")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Areas side by side")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Somerset had supported")
    expect(page).to_have_url(re.compile("on=2024-03-31"))
    context.close()
