"""Every page that a Catalyst works with, as a phone and a desk show it."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from running import RunningHub
from visiting import address, assert_fits, assert_well_made, visit_as

from hub.forms.catalogue import FORMS
from hub.forms.form import About
from hub.lists.catalogue import LISTINGS

SOMERSET = "E06000066"
PHONE: ViewportSize = {"width": 390, "height": 900}
DESK: ViewportSize = {"width": 1280, "height": 900}

LISTED: dict[About, str] = {
    "enterprise": "/enterprises?standing=active",
    "session": "/sessions",
    "need": "/needs",
    "referral": "/referrals",
    "lesson": "/lessons",
    "barrier": "/barriers",
    "feedback": "/feedback?kind=feedback",
    "agenda item": "/feedback?kind=agenda+item",
}
"""Where there is one of each."""

PAGES = (
    "/home",
    "/lists",
    f"/areas/{SOMERSET}",
    f"/areas/{SOMERSET}/like",
    "/learning/barriers",
    "/learning/introductions",
    "/choose/milestone",
    "/choose/milestone?name=nobody",
    "/renewals/catalogue",
    "/nudges/preview",
    "/nudges/preview?on=soon",
    "/nudges/effect?days=45,14",
)
UNLIKE = {"milestone", "activity", "enterprise", "circumstances", "evidence", "need", "referral-for-need", "lesson"}
"""Forms that have every shape of field between them; the others are looked at by `make pages`."""


@pytest.fixture(scope="module")
def page(demo: RunningHub, browser: Browser) -> Generator[Page]:
    """A Catalyst. Axe has to be put into the page, which the page's own policy would refuse."""
    context = browser.new_context(bypass_csp=True, locale="en-GB")
    yield visit_as(context, demo, "catalyst")
    context.close()


@pytest.fixture(scope="module")
def ids(demo: RunningHub, page: Page) -> dict[About, str]:
    """One of each that something can be recorded of, by where its own page is."""
    found: dict[About, str] = {}
    for about, path in LISTED.items():
        page.goto(address(demo, path))
        link = page.locator("tbody th a").first
        if link.count():
            found[about] = (link.get_attribute("href") or "").partition("?")[0]
    return found


def assert_fine(page: Page, url: str, *, alike: bool = False) -> None:
    """On a phone and on a desk. Axe looks only once at pages that are alike: it takes most of the time."""
    page.set_viewport_size(PHONE)
    if page.url != url:
        answer = page.goto(url)
        assert answer
        assert answer.status == 200
    expect(page.locator("h1")).to_have_count(1)
    assert_well_made(page)
    page.set_viewport_size(DESK)
    if alike:
        assert_fits(page)
    else:
        assert_well_made(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made(demo: RunningHub, page: Page, path: str) -> None:
    assert_fine(page, address(demo, path))


@pytest.mark.parametrize("about", ["enterprise", "session", "need", "referral", "lesson", "barrier", "feedback"])
def test_a_page_of_its_own_is_well_made(demo: RunningHub, page: Page, ids: dict[About, str], about: About) -> None:
    assert_fine(page, address(demo, ids[about]))


@pytest.mark.parametrize("name", [listing.name for listing in LISTINGS])
def test_a_list_is_well_made_full_and_empty(demo: RunningHub, page: Page, name: str) -> None:
    assert_fine(page, address(demo, f"/{name}"))
    assert_fine(page, address(demo, f"/{name}?page=10000"), alike=True)


@pytest.mark.parametrize(
    "name", [name if name in UNLIKE else pytest.param(name, marks=pytest.mark.full) for name in FORMS]
)
def test_a_form_is_well_made(demo: RunningHub, page: Page, ids: dict[About, str], name: str) -> None:
    about = FORMS[name].about
    id = ids[about].rpartition("/")[2] if about in ids else ""
    page.goto(address(demo, f"/areas/{SOMERSET}/record/{name}" + (f"?about={id}" if id else "")))
    assert_fine(page, page.url, alike=True)
