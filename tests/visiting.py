"""A browser that visits a demonstration: as one of its people, and with an eye on how well made its pages are."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from running import RunningHub


def visit_as(context: BrowserContext, demo: RunningHub, persona: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(f"http://localhost:{demo.port}/sign-in")
    page.locator(f'form:has(input[value="{persona}"]) button').click()
    return page


def assert_well_made(page: Page) -> None:
    """Nothing axe objects to, and nothing wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"the page is {overflow} px wider than the screen"
