"""Sending a file from a phone and from a desk, without JavaScript; nothing axe objects to in any state of the page."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from running import RunningHub, running_demo
from visiting import assert_well_made, visit_as

SOMERSET = "E06000066"
HEADING = "area,reference,name,origin,legal_form,registered_on"


@pytest.fixture(scope="module")
def demo() -> Generator[RunningHub]:
    """A demonstration of this module's own: files are recorded in it."""
    with running_demo() as hub:
        yield hub


@pytest.mark.parametrize("width", [390, 1280])
def test_a_file_is_mended_and_sent_again(browser: Browser, demo: RunningHub, width: int, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = visit_as(context, demo, "catalyst")
    page.get_by_role("link", name="Import", exact=True).click()
    assert_well_made(page)
    page.get_by_role("button", name="Import").click()
    page.get_by_role("link", name="Choose what the file holds.").wait_for()
    assert_well_made(page)

    file = tmp_path / "enterprises.csv"
    file.write_text(f"{HEADING}\n{SOMERSET},{width},Marsh Sitters,new,empire,3/5/2026\n")
    page.get_by_role("radio", name="Enterprises", exact=True).check()
    page.get_by_label("The file", exact=True).set_input_files(file)
    page.get_by_role("button", name="Import").click()
    page.get_by_role("cell", name="legal_form").wait_for()
    assert_well_made(page)

    file.write_text(file.read_text().replace("empire", "CIC"))
    page.get_by_label("The file", exact=True).set_input_files(file)
    page.get_by_role("button", name="Only check it").click()
    page.get_by_text("This was a trial: nothing was recorded.").wait_for()
    assert_well_made(page)
    context.close()


def test_it_takes_no_javascript(browser: Browser, demo: RunningHub, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = visit_as(context, demo, "catalyst")
    file = tmp_path / "enterprises.csv"
    file.write_text(f"{HEADING}\n{SOMERSET},plain,Levels Lunches,new,CIC,3/5/2026\n")
    for said in ("1 row was imported.", "Nothing new: it was there."):
        page.get_by_role("link", name="Import", exact=True).click()
        page.get_by_role("radio", name="Enterprises", exact=True).check()
        page.get_by_label("The file", exact=True).set_input_files(file)
        page.get_by_role("button", name="Import").click()
        page.get_by_text(said).wait_for()
    context.close()
