"""What an enterprise sees by the link in a reminder, and what staff are reminded of, as a phone and a desk show it."""

import re
import shlex
from collections.abc import Generator
from datetime import date
from typing import cast
from uuid import UUID, uuid4

import pytest
from network import command
from playwright.sync_api import Browser, Page, ViewportSize, expect
from running import RunningHub
from visiting import address, assert_fits, assert_well_made, visit_as

from events import ledger
from events.base import today
from events.database import connect
from events.links import link_token, token_digest
from events.nudges import AboutKind, NudgePlanned
from events.projections import engine
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

_ASKED = {
    "referral": """
        select area, referral, enterprise, made_on from referral where state = 'made' order by made_on desc limit 1
    """,
    "need": """
        select n.area, n.need, e.enterprise, n.waiting_since from need n join enterprise e using (area)
        where e.standing = 'active' and n.closed_on is null
          and not exists (select from referral r where r.area = n.area and r.need = n.need)
        order by n.waiting_since desc, e.enterprise limit 1
    """,
    "report": """
        select area, enterprise, enterprise, greatest(reported_on, standing_since) + 180 from enterprise
        where standing = 'active' and reported_on is not null order by reported_on, enterprise limit 1
    """,
}
_RULES: dict[str, tuple[str, AboutKind]] = {
    "referral": ("referrals_unanswered", "referral"),
    "need": ("referrals_needs", "need"),
    "report": ("enterprises_report", "enterprise"),
}

_MESSAGE = """
insert into message (area, message, recipient_kind, recipient, way, send_on, send_from, nudges, state)
values (%s, %s, 'enterprise', %s, 'email', current_date, clock_timestamp(), %s, 'sent')
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


def asked(demo: RunningHub, kind: str) -> tuple[str, UUID]:
    """The page of an enterprise that was asked this, and what it is about."""
    settings, (rule, about_kind) = settings_of(demo), _RULES[kind]
    with connect(settings.database_url) as connection, connect(settings.vault_url) as keys:
        with engine.reading(connection, "work"):
            (row,) = connection.execute(_ASKED[kind].encode()).fetchall()
        area, about, enterprise, due = cast("tuple[str, UUID, UUID, date]", row)
        nudge, message = uuid4(), uuid4()
        planned = NudgePlanned(
            nudge=nudge,
            rule=rule,
            rule_version=1,
            about=about,
            about_kind=about_kind,
            what="",
            due=due,
            step=3,
            recipient_kind="enterprise",
            recipient=enterprise,
            send_on=today(),
        )
        with connection.transaction():
            ledger.lock(connection, [area])
            ledger.append_batch(connection, [command(area, planned, stream=nudge)], wait=True)
            connection.execute(_MESSAGE, [area, message, enterprise, [nudge]])
        token = link_token(Vault(settings.vault_key).digest_key(keys), "due", message)
        connection.execute(_LINK, [area, token_digest(token), message, enterprise, "60 days"])
    return f"/due/{token}", about


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
    expect(page.locator("h1")).to_have_count(1)
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
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    assert_fine(page)


@pytest.mark.parametrize(
    ("kind", "wrong", "answer"),
    [
        ("referral", "Choose whether you can take this on.", "Yes, we take this on"),
        ("need", "Choose whether you can help.", "We cannot help"),
        ("report", "Report at least one of people", ""),
    ],
)
def test_what_was_asked_is_answered_on_well_made_pages(
    demo: RunningHub, page: Page, kind: str, wrong: str, answer: str
) -> None:
    path, about = asked(demo, kind)
    page.goto(address(demo, path))
    assert_fine(page)
    page.goto(address(demo, f"{path}/{kind}?about={about}"))
    assert_fine(page)
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_contain_text(wrong)
    assert_fine(page)
    if answer:
        page.get_by_label(answer, exact=True).check()
    else:
        page.get_by_label("How many people do you support?").fill("4")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_contain_text("Thank you")
    expect(page.locator("main")).to_contain_text("You already told us")
    assert_fine(page)


def test_having_only_what_one_must_have_is_well_made(demo: RunningHub, page: Page) -> None:
    path, _ = asked(demo, "report")
    settings = settings_of(demo)
    with connect(settings.database_url) as connection, connect(settings.vault_url) as keys:
        token = path.removeprefix("/due/")
        (row,) = connection.execute("select message from due_link where token = %s", [token_digest(token)]).fetchall()
        assert isinstance(row[0], UUID)
        stop = link_token(Vault(settings.vault_key).digest_key(keys), "stop", row[0])
        connection.execute(
            "insert into due_link (area, token, purpose, message, recipient_kind, recipient, ends_at)"
            " select area, %s, 'stop', message, recipient_kind, recipient, ends_at from due_link where token = %s",
            [token_digest(stop), token_digest(token)],
        )
    page.goto(address(demo, f"/stop/{stop}"))
    assert_fine(page)
    page.get_by_role("button", name="Stop the others").click()
    assert_fine(page)
    page.goto(address(demo, "/stop/nobody"))
    assert_fine(page)


def test_a_link_that_ended_is_well_made(demo: RunningHub, page: Page) -> None:
    page.goto(address(demo, link(demo, lasts="-1 second", of=UUID(int=1))))
    expect(page.locator("h1")).to_contain_text("This link has ended")
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
    expect(page.get_by_role("alert")).to_contain_text("reads what you told us")
    expect(page.locator("main")).to_contain_text("something has changed")
    page.get_by_role("link", name="Choose how").click()
    page.get_by_label("Once a week").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("how you want to be reminded")
    page.get_by_role("button", name="Make a").click()
    page.get_by_role("link", name="/calendar/").wait_for()
    due = page.get_by_role("button", name="Yes, renewed")
    if script and due.count():
        due.first.click()
        page.get_by_label("When does it start?").fill("3 May 2026")
        page.get_by_label("What is its last day?").fill("2 May 2028")
        page.get_by_label("By the file").check()
        page.locator("#file").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF})
        page.get_by_role("button", name="Yes, renewed").click()
        expect(page.get_by_role("alert")).to_contain_text("Your Catalyst looks at it")
    context.close()


def test_what_staff_are_reminded_of_is_well_made(demo: RunningHub, browser: Browser) -> None:
    context = browser.new_context(bypass_csp=True, locale="en-GB")
    page = visit_as(context, demo, "catalyst")
    for path in ("/inbox", "/mailbox", "/account/reminders", "/account", "/home", "/nudges", "/nudges/effect?days=x"):
        page.goto(address(demo, path))
        assert_fine(page)
    page.goto(address(demo, "/inbox"))
    expect(page.locator("h1"), "a demonstration has some to show").to_contain_text(re.compile("reminders? for you"))
    expect(page.locator(".queue__item").first).to_be_visible()
    page.goto(address(demo, "/told"))
    page.locator("tbody th a").first.click()
    assert_fine(page)
    page.get_by_role("button", name="I have seen to it").first.click()
    context.close()
