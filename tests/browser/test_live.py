"""The national page moves while it is looked at, and catches up after a drop; without JavaScript it is a whole page."""

from collections.abc import Generator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from running import RunningHub
from visiting import address, assert_well_made
from wire import Wire

SOMERSET = "E06000066"
DEVON = "E10000008"


@pytest.fixture
def desk(browser: Browser) -> Generator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def wire(demo: RunningHub) -> Generator[Wire]:
    with Wire.to(demo.port) as wire:
        yield wire


def register(demo: RunningHub, area: str) -> None:
    said = {"name": "Tide Table", "origin": "new", "legal_form": "CIC", "on": "2026-05-03"}
    demo.post(f"/api/areas/{area}/enterprises/{uuid4()}", said)


def enterprises(page: Page, area: str) -> Locator:
    return page.locator(f"#areas tr#{area} td.number").first


def number(found: Locator) -> int:
    return int(found.inner_text().replace(",", ""))


def followed(context: BrowserContext, at: RunningHub | Wire) -> Page:
    """The national page, once it listens."""
    page = context.new_page()
    with page.expect_request(lambda sent: "/feed" in sent.url):
        page.goto(address(at, "/?all=1"))
    # so that nothing of this node is made anew without the test noticing
    page.evaluate("document.querySelector('main').dataset.kept = 'yes'; window.kept = true")
    return page


def test_a_figure_moves_without_a_reload_and_a_line_says_what_moved(demo: RunningHub, desk: BrowserContext) -> None:
    page = followed(desk, demo)
    before = number(enterprises(page, SOMERSET))
    link = page.locator(".key-figure a").first
    link.focus()
    page.evaluate("scrollTo(0, 150)")
    page.locator("details summary").first.evaluate("each => each.parentElement.open = true")
    register(demo, SOMERSET)
    expect(enterprises(page, SOMERSET)).to_have_text(f"{before + 1:,}", timeout=10_000)
    expect(page.get_by_role("status")).to_contain_text("1 more enterprise in Somerset")
    assert page.evaluate("window.kept"), "the page was loaded again"
    assert link.evaluate("each => each === document.activeElement"), "who was somewhere on the page is thrown off it"
    assert page.evaluate("scrollY") == 150
    assert page.locator("details").first.get_attribute("open") is not None


def test_a_page_that_was_cut_off_catches_up(demo: RunningHub, desk: BrowserContext, wire: Wire) -> None:
    page = followed(desk, wire)
    before = number(enterprises(page, DEVON))
    wire.cut = True
    register(demo, DEVON)
    with page.expect_event("requestfailed", lambda sent: "/feed" in sent.url, timeout=20_000):
        register(demo, DEVON)
    expect(enterprises(page, DEVON)).to_have_text(f"{before:,}")
    wire.cut = False
    expect(enterprises(page, DEVON)).to_have_text(f"{before + 2:,}", timeout=20_000)
    expect(page.get_by_role("status")).to_contain_text("2 more enterprises in Devon")


def test_however_much_comes_in_the_page_is_fetched_every_two_seconds_at_most(
    demo: RunningHub, desk: BrowserContext
) -> None:
    page = followed(desk, demo)
    fetched: list[float] = []
    page.on("request", lambda sent: fetched.append(0) if sent.resource_type == "fetch" else None)
    for _ in range(8):
        register(demo, SOMERSET)
        page.wait_for_timeout(400)
    page.wait_for_timeout(1000)
    assert 1 <= len(fetched) <= 3


def test_a_page_nobody_looks_at_does_not_listen(demo: RunningHub, desk: BrowserContext) -> None:
    page = followed(desk, demo)
    before = number(enterprises(page, SOMERSET))
    page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true });
        window.away = true;
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    register(demo, SOMERSET)
    page.wait_for_timeout(2500)
    assert number(enterprises(page, SOMERSET)) == before
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(enterprises(page, SOMERSET)).to_have_text(f"{before + 1:,}", timeout=10_000)


def test_without_javascript_the_page_is_whole(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(address(demo, "/"))
    assert number(enterprises(page, SOMERSET)) > 0
    assert page.get_by_role("status").inner_text().strip() == ""
    assert not [each for each in asked if "/feed" in each]
    context.close()


@pytest.mark.parametrize("path", ["/?on=2024-03-31", "/?on=nonsense", "/figures/enterprises"])
def test_what_is_not_of_today_stands_still(demo: RunningHub, desk: BrowserContext, path: str) -> None:
    page = desk.new_page()
    page.goto(address(demo, path))
    expect(page.locator("[data-live]")).to_have_count(0)


def test_a_page_that_moved_is_well_made(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 900}, bypass_csp=True, locale="en-GB")
    page = followed(context, demo)
    register(demo, SOMERSET)
    expect(page.get_by_role("status")).to_contain_text("more enterprise", timeout=10_000)
    assert_well_made(page)
    context.close()
