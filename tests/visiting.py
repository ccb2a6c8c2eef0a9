"""A browser that visits a demonstration: as one of its people, and with an eye on how well made its pages are."""

from typing import Any, Protocol

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from running import RunningHub


class At(Protocol):
    """A hub, or what stands before one."""

    port: int


def visit_as(context: BrowserContext, demo: At, persona: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(f"http://localhost:{demo.port}/sign-in")
    page.locator(f'form:has(input[value="{persona}"]) button').click()
    return page


def assert_well_made(page: Page) -> None:
    """Nothing axe objects to, and nothing wider than the screen."""
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert_fits(page)


def assert_fits(page: Page) -> None:
    page.wait_for_load_state()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"the page is {overflow} px wider than the screen"


def address(demo: At, path: str) -> str:
    return f"http://localhost:{demo.port}{path}"


def tap(page: Page, words: str) -> None:
    """Press the button that says this, and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()


class Ledger:
    """What an area's ledger gets while somebody uses the pages."""

    def __init__(self, demo: RunningHub, area: str) -> None:
        self._demo = demo
        self._area = area
        self._seen = 0

    def new(self) -> list[str]:
        """What somebody recorded since this was last asked; what the hub does by itself goes on meanwhile."""
        tags: list[str] = []
        while True:
            path = f"/api/areas/{self._area}/ledger?after={self._seen}&limit=1000"
            found: Any = self._demo.get(path)
            if not found:
                return tags
            self._seen = found[-1][1]
            tags += [tag for each in found if not (tag := each[4]["type"]).startswith("nudge.")]
