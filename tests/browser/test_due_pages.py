"""What an enterprise sees by the link in a reminder, and what staff are reminded of, as a phone and a desk show it."""

import shlex
from collections.abc import Generator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, ViewportSize
from running import RunningHub
from visiting import address, assert_fits, assert_well_made, visit_as

from events.database import connect
from events.links import link_token, token_digest
from events.settings import Settings, read_settings
from events.vault import Vault

SOMERSET = "E06000066"
PHONE: ViewportSize = {"width": 390, "height": 900}
DESK: ViewportSize = {"width": 1280, "height": 900}
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"

_REMINDED = """
select message, recipient from message
where area = %s and recipient_kind = 'enterprise' order by cardinality(nudges) desc, message limit 1
"""

_LINK = """
insert into due_link (area, token, purpose, message, recipient_kind, recipient, ends_at)
values (%s, %s, 'due', %s, 'enterprise', %s, clock_timestamp() + %s::interval)
on conflict (area, token) do update set ends_at = excluded.ends_at
"""


def settings_of(demo: RunningHub) -> Settings:
    lines = demo.run("env").stdout.splitlines()
    return read_settings(
        {name: "".join(shlex.split(said)) for name, _, said in (each.partition("=") for each in lines)}
    )


def link(demo: RunningHub, *, lasts: str = "60 days", of: UUID | None = None) -> str:
    """The page of an enterprise that is to be reminded on the next working day: nothing is sent on days off."""
    settings = settings_of(demo)
    with connect(settings.database_url) as connection, connect(settings.vault_url) as keys:
        (found,) = connection.execute(_REMINDED, [SOMERSET]).fetchall()
        message, enterprise = found
        assert isinstance(message, UUID)
        key = Vault(settings.vault_key).digest_key(keys)
        token = link_token(key, "due", of or message)
        connection.execute(_LINK, [SOMERSET, token_digest(token), of or message, enterprise, lasts])
    return f"/due/{token}"


@pytest.fixture(scope="module")
def page(demo: RunningHub, browser: Browser) -> Generator[Page]:
    """Whoever got a mail. Axe has to be put into the page, which the page's own policy would refuse."""
    context = browser.new_context(bypass_csp=True, locale="en-GB")
    found = context.new_page()
    found.set_default_timeout(8000)
    yield found
    context.close()


def assert_fine(page: Page) -> None:
    page.set_viewport_size(PHONE)
    assert page.locator("h1").count() == 1
    assert_well_made(page)
    page.set_viewport_size(DESK)
    assert_fits(page)


def test_each_page_of_a_link_is_well_made(demo: RunningHub, page: Page) -> None:
    path = link(demo)
    for step in ("", "/stopped", "/changed", "/reminders"):
        page.goto(address(demo, path + step))
        assert_fine(page)
    page.goto(address(demo, path))
    page.get_by_role("button", name="Yes, renewed").first.click()
    assert_fine(page)
    page.get_by_role("button", name="Yes, renewed").click()
    assert page.get_by_role("alert").inner_text().startswith("There is a problem")
    assert_fine(page)


def test_a_link_that_ended_is_well_made(demo: RunningHub, page: Page) -> None:
    page.goto(address(demo, link(demo, lasts="-1 second", of=UUID(int=1))))
    assert "This link has ended" in page.locator("h1").inner_text()
    assert_fine(page)


@pytest.mark.parametrize("script", [True, False])
def test_an_enterprise_tells_on_a_phone_with_and_without_script(
    demo: RunningHub, browser: Browser, script: bool
) -> None:
    context = browser.new_context(java_script_enabled=script, viewport=PHONE, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(8000)
    path = address(demo, link(demo))
    page.goto(path)
    page.get_by_role("button", name="Something has changed").click()
    page.get_by_label("What has changed").fill("We moved to another street.")
    page.get_by_role("button", name="Tell my Catalyst").click()
    assert "reads what you told us" in page.get_by_role("alert").inner_text()
    assert "something has changed" in page.locator("main").inner_text()
    page.get_by_role("link", name="Choose how").click()
    page.get_by_label("Once a week").check()
    page.get_by_role("button", name="Save").click()
    assert "how you want to be reminded" in page.get_by_role("alert").inner_text()
    page.get_by_role("button", name="Make a").click()
    assert page.get_by_role("link", name="/calendar/").count() == 1
    due = page.get_by_role("button", name="Yes, renewed")
    if script and due.count():
        due.first.click()
        page.get_by_label("When does it start?").fill("3 May 2026")
        page.get_by_label("What is its last day?").fill("2 May 2028")
        page.get_by_label("By the file").check()
        page.locator("#file").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF})
        page.get_by_role("button", name="Yes, renewed").click()
        assert "Your Catalyst looks at it" in page.get_by_role("alert").inner_text()
    context.close()


def test_what_staff_are_reminded_of_is_well_made(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(bypass_csp=True, locale="en-GB")
    page = visit_as(context, demo, "catalyst")
    for path in ("/inbox", "/mailbox", "/account/reminders", "/account", "/home"):
        page.goto(address(demo, path))
        assert_fine(page)
    page.goto(address(demo, "/told"))
    page.locator("tbody th a").first.click()
    assert_fine(page)
    page.get_by_role("button", name="I have seen to it").first.click()
    context.close()
