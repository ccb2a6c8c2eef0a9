"""Passkeys in a real browser with an authenticator that the browser makes up, and the pages around signing in."""

import base64
import json
import re
from collections.abc import Generator
from contextlib import contextmanager

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from identity import CLIENT, SECRET, free_port, installed, real_provider
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from running import RunningHub, running_hub

from events.database import Connection, connect
from hub.access.accounts import account_by_email


class Device(msgspec.Struct):
    """A browser with an authenticator of its own that checks its user."""

    context: BrowserContext
    page: Page
    client: CDPSession
    authenticator: str

    def credentials(self) -> list[dict[str, object]]:
        return self.client.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})["credentials"]

    def verifies(self, does: bool) -> None:
        told = {"authenticatorId": self.authenticator, "isUserVerified": does}
        self.client.send("WebAuthn.setUserVerified", told)


@contextmanager
def device(browser: Browser, width: int = 1280) -> Generator[Device]:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    found = client.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield Device(context, page, client, found["authenticatorId"])
    context.close()


@contextmanager
def database(hub: RunningHub) -> Generator[Connection]:
    lines = dict(line.split("=", 1) for line in hub.run("env").stdout.splitlines())
    with connect(lines["HUB_DATABASE_URL"]) as connection:
        yield connection


def home(hub: RunningHub) -> str:
    """Passkeys need a name."""
    return f"http://localhost:{hub.port}"


def invited(hub: RunningHub, email: str, *words: str) -> str:
    said = hub.run("user", "invite", email, "--name", email.partition("@")[0].capitalize(), *words)
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


def accepted(hub: RunningHub, device: Device, email: str, *words: str) -> None:
    """Follow an invitation as far as the page that asks for a passkey."""
    device.page.goto(invited(hub, email, *(words or ("--role", "administrator"))))
    device.page.get_by_role("button", name="Accept and make a passkey").click()
    device.page.wait_for_url("**/account/passkeys/new")


def made_passkey(device: Device, name: str = "My phone") -> None:
    device.page.get_by_label("Name of the passkey").fill(name)
    device.page.get_by_role("button", name="Make a passkey").click()
    device.page.wait_for_url(re.compile(r"//[^/]+/account$"))
    expect(device.page.get_by_role("heading", name=name)).to_be_visible()


def sign_out(device: Device) -> None:
    device.page.get_by_role("button", name="Sign out", exact=True).click()
    device.page.wait_for_url(re.compile(r"//[^/]+/$"))


def with_passkey(hub: RunningHub, device: Device) -> None:
    device.page.goto(home(hub) + "/sign-in")
    device.page.get_by_role("link", name="Sign in with a passkey").click()
    device.page.get_by_role("button", name="Use a passkey").click()


def test_an_invitation_leads_to_a_passkey_which_signs_in_again(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine:
        said: list[str] = []
        mine.page.on("console", lambda message: said.append(message.text))
        accepted(empty, mine, "ann@example.org")
        made_passkey(mine)
        sign_out(mine)
        with_passkey(empty, mine)
        mine.page.wait_for_url(re.compile(r"//[^/]+/account$"))
        expect(mine.page.get_by_role("heading", name="Ann", exact=True)).to_be_visible()
        said = [each for each in said if not each.startswith("Clear-Site-Data")]
        assert said == [], "the policy of a page refuses nothing that the page uses"


def test_a_copied_passkey_is_refused_stopped_and_noted(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine, device(browser) as thief:
        accepted(empty, mine, "ben@example.org")
        made_passkey(mine)
        (copy,) = mine.credentials()
        thief.client.send("WebAuthn.addCredential", {"authenticatorId": thief.authenticator, "credential": copy})
        sign_out(mine)
        for _ in range(2):
            with_passkey(empty, mine)
            mine.page.wait_for_url(re.compile(r"//[^/]+/account$"))
            sign_out(mine)
        with_passkey(empty, thief)
        thief.page.get_by_text("This passkey was stopped: its counter went back").wait_for()
        with_passkey(empty, mine)
        mine.page.get_by_text("This passkey was stopped").wait_for()
        with database(empty) as connection:
            noted = connection.execute("select count(*) from access_log where what like 'stopped a passkey%'")
            assert noted.fetchone() == (1,)


def test_a_device_that_does_not_check_its_user_is_refused(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine:
        accepted(empty, mine, "cai@example.org")
        mine.verifies(False)
        mine.page.get_by_role("button", name="Make a passkey").click()
        mine.page.get_by_text("No passkey was used").wait_for()
        mine.verifies(True)
        made_passkey(mine)
        sign_out(mine)
        mine.verifies(False)
        with_passkey(empty, mine)
        mine.page.get_by_text("No passkey was used").wait_for()
        mine.page.goto(home(empty) + "/account")
        expect(mine.page).to_have_url(re.compile("/sign-in"))


# What the page sends, told by a script that asks the authenticator by itself, so that it can be sent as one likes.
ANSWER = """
async (options) => {
  const bytes = (t) => Uint8Array.from(atob(t.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  options.challenge = bytes(options.challenge);
  const found = await navigator.credentials.get({ publicKey: options });
  const response = {};
  for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = text(found.response[name]);
  }
  return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, response });
}
"""


def asked(hub: RunningHub, mine: Device) -> dict[str, object]:
    mine.page.goto(home(hub) + "/sign-in/passkey")
    return json.loads(mine.page.locator("form[data-passkey]").get_attribute("data-passkey") or "")


def send(hub: RunningHub, mine: Device, answer: str) -> int:
    """Send an answer from the page, as its form does."""
    sent = mine.context.request.post(
        home(hub) + "/sign-in/passkey",
        form={"credential": answer},
        headers={"origin": home(hub), "sec-fetch-site": "same-origin"},
        max_redirects=0,
    )
    return sent.status


def test_a_challenge_is_answered_once_and_by_nothing_forged(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine:
        accepted(empty, mine, "dee@example.org")
        made_passkey(mine)
        sign_out(mine)
        options = asked(empty, mine)
        answer = mine.page.evaluate(ANSWER, options)
        assert send(empty, mine, answer) == 303
        mine.context.clear_cookies(name="__Host-trellis")
        assert send(empty, mine, answer) == 403, "the challenge was taken out by the first answer"

        first = asked(empty, mine)
        answer = mine.page.evaluate(ANSWER, first)
        asked(empty, mine)
        assert send(empty, mine, answer) == 403, "an answer to another challenge"

        answer = mine.page.evaluate(ANSWER, asked(empty, mine))
        forged = json.loads(answer)
        forged["response"]["signature"] = forged["response"]["signature"][:-8] + "AAAAAAAA"
        assert send(empty, mine, json.dumps(forged)) == 403
        assert send(empty, mine, answer) == 403, "a wrong answer uses the challenge up"

        for nonsense in ("", "{}", "[]", '{"id": "x"}', json.dumps(forged | {"id": "AAAA"})):
            asked(empty, mine)
            assert send(empty, mine, nonsense) == 403
        with database(empty) as connection:
            answer = mine.page.evaluate(ANSWER, asked(empty, mine))
            connection.execute("update sign_in_attempt set ends_at = clock_timestamp()")
            assert send(empty, mine, answer) == 403, "it took too long"
            stopped = connection.execute(
                "select count(*) from passkey p join account a on a.id = p.account"
                " where a.email = 'dee@example.org' and p.stopped_at is not null"
            )
            assert stopped.fetchone() == (0,), "who cannot sign does not get a passkey stopped"


def test_an_answer_from_another_origin_is_refused(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine:
        accepted(empty, mine, "eve@example.org")
        made_passkey(mine)
        sign_out(mine)
        answer = mine.page.evaluate(ANSWER, asked(empty, mine))
        told = json.loads(answer)
        padded = told["response"]["clientDataJSON"]
        data = json.loads(base64.urlsafe_b64decode(padded + "=" * (-len(padded) % 4)))
        data["origin"] = "https://evil.example"
        told["response"]["clientDataJSON"] = base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
        assert send(empty, mine, json.dumps(told)) == 403


def test_a_recovery_code_lets_in_once_and_leads_to_a_new_passkey(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine:
        accepted(empty, mine, "flo@example.org")
        made_passkey(mine)
        mine.page.get_by_role("button", name="Make recovery codes").click()
        expect(mine.page.locator("main code")).to_have_count(10)
        codes = mine.page.locator("main code").all_inner_texts()
        assert len(set(codes)) == 10
        mine.page.get_by_role("link", name="Go to your account").click()
        expect(mine.page.get_by_text("You have 10 codes left")).to_be_visible()
        sign_out(mine)
    with device(browser) as other:
        for code, lets_in in ((codes[0].upper().replace("-", " "), True), (codes[0], False), (codes[1], True)):
            other.page.goto(home(empty) + "/sign-in/code")
            other.page.get_by_label("Your e-mail address").fill("flo@example.org")
            other.page.get_by_label("Recovery code").fill(code)
            other.page.get_by_role("button", name="Sign in").click()
            other.page.wait_for_load_state()
            assert other.page.url.endswith("/account/passkeys/new") == lets_in
            if lets_in:
                other.context.clear_cookies()


def test_a_passkey_is_renamed_and_the_last_way_in_is_kept(empty: RunningHub, browser: Browser) -> None:
    with device(browser) as mine:
        accepted(empty, mine, "gil@example.org")
        made_passkey(mine)
        mine.page.get_by_text("Rename or remove My phone").click()
        mine.page.get_by_label("Name", exact=True).fill("Old phone")
        mine.page.get_by_role("button", name="Rename").click()
        mine.page.get_by_role("heading", name="Old phone").wait_for()
        mine.page.get_by_text("Rename or remove Old phone").click()
        mine.page.get_by_role("button", name="Remove Old phone").click()
        mine.page.get_by_role("alert").get_by_text("This is your only way in").wait_for()
        mine.page.get_by_role("button", name="Make recovery codes").click()
        mine.page.goto(home(empty) + "/account")
        mine.page.get_by_text("Rename or remove Old phone").click()
        mine.page.get_by_role("button", name="Remove Old phone").click()
        mine.page.get_by_text("You have no passkey").wait_for()


def test_a_browser_is_signed_out_from_another_without_javascript(empty: RunningHub, browser: Browser) -> None:
    here = browser.new_context(java_script_enabled=False, locale="en-GB", user_agent="Firefox/140.0 Windows")
    there = browser.new_context(java_script_enabled=False, locale="en-GB", user_agent="Safari/604.1 iPhone")
    page, lost = here.new_page(), there.new_page()
    page.goto(invited(empty, "lou@example.org", "--role", "administrator"))
    page.get_by_role("button", name="Accept and make a passkey").click()
    page.goto(home(empty) + "/account")
    page.get_by_role("button", name="Make recovery codes").click()
    code = page.locator("main code").first.inner_text()
    lost.goto(home(empty) + "/sign-in/code")
    lost.get_by_label("Your e-mail address").fill("lou@example.org")
    lost.get_by_label("Recovery code").fill(code)
    lost.get_by_role("button", name="Sign in").click()
    page.goto(home(empty) + "/account")
    expect(page.get_by_role("heading", name="Firefox on Windows: this browser")).to_be_visible()
    page.get_by_role("button", name="Sign out there in Safari on an iPhone").click()
    page.get_by_role("heading", name="Lou", exact=True).wait_for()
    expect(page.get_by_role("button", name="Sign out there")).to_have_count(0)
    lost.goto(home(empty) + "/account")
    expect(lost).to_have_url(re.compile("/sign-in"))
    here.close()
    there.close()


def test_whoever_signed_in_a_while_ago_shows_once_more_that_it_is_them(empty: RunningHub, browser: Browser) -> None:
    with device(browser, 390) as mine:
        accepted(empty, mine, "max@example.org")
        made_passkey(mine)
        with database(empty) as connection:
            connection.execute("update session set proved_at = proved_at - interval '1 hour'")
        mine.page.goto(home(empty) + "/people-and-roles/keys")
        mine.page.get_by_role("link", name="Sign in again").click()
        mine.page.get_by_text("You are signed in as Max").wait_for()
        mine.page.get_by_role("link", name="Sign in with a passkey").click()
        mine.page.get_by_role("button", name="Use a passkey").click()
        mine.page.wait_for_url("**/people-and-roles/keys")
        mine.page.get_by_role("button", name="Make the key").wait_for()


def test_an_administrator_invites_gives_roles_and_makes_keys_without_javascript(
    empty: RunningHub, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(invited(empty, "hal@example.org", "--role", "administrator"))
    page.get_by_role("button", name="Accept and make a passkey").click()
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    page.goto(home(empty) + "/people-and-roles")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("alert").get_by_text("Give the person's name")).to_be_visible()
    page.get_by_label("Name").fill("Ida")
    page.get_by_label("E-mail address").fill("ida@example.org")
    page.get_by_label("Role").select_option("catalyst")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("alert").get_by_text("Choose the area")).to_be_visible()
    page.get_by_label("Area").select_option("E06000066")
    page.get_by_label("Last day").fill("2099-05-03")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("main code").inner_text()
    page.get_by_role("link", name="Back to people and roles").click()
    expect(page.get_by_text("Ida, ida@example.org: catalyst for Somerset")).to_be_visible()

    other = browser.new_context(java_script_enabled=False)
    guest = other.new_page()
    guest.goto(link)
    expect(guest.get_by_text("catalyst for Somerset")).to_be_visible()
    guest.get_by_role("button", name="Accept and make a passkey").click()
    guest.goto(home(empty) + "/people-and-roles")
    expect(guest.get_by_role("heading", name="This is not open to you")).to_be_visible()

    page.reload()
    page.get_by_role("link", name="Ida").click()
    page.get_by_role("button", name="Take away now: catalyst").click()
    guest.goto(home(empty) + "/account")
    assert "/sign-in" in guest.url, "changing somebody's roles signs them out"
    page.get_by_role("button", name="Close the account").click()
    with database(empty) as connection:
        assert account_by_email(connection, "ida@example.org") is None

    page.get_by_role("link", name="Keys for programs").click()
    page.get_by_label("Who uses it").fill("Somerset Council")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("alert").get_by_text("A key may be let")).to_be_visible()
    page.get_by_label("Read what is recorded").check()
    page.get_by_label("Codes of its areas").fill("e06000066")
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("main code").first.inner_text()
    read = "/api/areas/E06000066/ledger"
    assert empty.ask("GET", read, headers={"Authorization": f"Bearer {key}"})[0] == 404  # no such area yet
    page.get_by_role("link", name="Back to the keys").click()
    page.get_by_role("button", name="Revoke the key of Somerset Council").click()
    assert empty.ask("GET", read, headers={"Authorization": f"Bearer {key}"})[0] == 401
    other.close()
    context.close()


PAGES = [
    "/sign-in",
    "/sign-in/passkey",
    "/sign-in/code",
    "/account",
    "/account/passkeys/new",
    "/people-and-roles",
    "/people-and-roles/invite",
    "/people-and-roles/keys",
]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_pages_about_access_are_well_made(empty: RunningHub, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, locale="en-GB")
    page = context.new_page()
    link = invited(empty, f"jo{width}@example.org", "--role", "administrator")
    page.goto(link)
    well_made(page, "the invitation")
    page.get_by_role("button", name="Accept and make a passkey").click()
    with database(empty) as connection:
        account = account_by_email(connection, f"jo{width}@example.org")
        assert account is not None
    for path in [*PAGES, f"/people-and-roles/{account.id}"]:
        page.goto(home(empty) + path)
        well_made(page, path)
    page.goto(link)
    well_made(page, "an invitation that was used")
    expect(page.get_by_text("This invitation was used already")).to_be_visible()
    context.close()


def well_made(page: Page, what: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{what}: {found.generate_report()}"
    fits(page, what)


def fits(page: Page, what: str) -> None:
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{what} is {overflow} px wider than the screen"


def test_somebody_invited_signs_in_with_an_identity_provider_on_another_site(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider is at 127.0.0.1 and the hub at localhost: cookies have to survive the way there and back."""
    port = free_port()
    monkeypatch.setenv("HUB_OIDC_ISSUER", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("HUB_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("HUB_OIDC_CLIENT_SECRET", SECRET)
    installed()
    with (
        running_hub("--empty") as hub,
        real_provider(f"{home(hub)}/sign-in/provider/back", port=port),
        device(browser, 390) as mine,
    ):
        page = mine.page
        page.goto(invited(hub, "kim@example.org", "--role", "administrator"))
        page.get_by_role("link", name="Accept with your organisation").click()
        page.locator("[name=login]").fill("kim-at-work")
        page.locator("[name=password]").fill("any")
        page.locator("[type=submit]").click()
        page.locator("[type=submit]").click()
        page.wait_for_url(f"{home(hub)}/account")
        expect(page.get_by_role("heading", name="Kim", exact=True)).to_be_visible()
        expect(page.get_by_text("With your organisation")).to_be_visible()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("heading", name="You are signed out").wait_for()
        fits(page, "the page after signing out")
        page.goto(home(hub) + "/people-and-roles")
        page.get_by_role("link", name="Sign in with your organisation").click()
        page.wait_for_url(f"{home(hub)}/people-and-roles")
        expect(page.get_by_role("heading", name="People and roles")).to_be_visible()

        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("link", name="Also sign out at 127.0.0.1").click()
        page.get_by_role("button", name="Yes, sign me out").click()
        page.wait_for_url(f"{home(hub)}/")
        page.goto(home(hub) + "/people-and-roles")
        page.get_by_role("link", name="Sign in with your organisation").click()
        page.locator("[name=login]").wait_for()


def test_scripts_run_on_the_pages_with_passkeys_and_on_the_live_one_and_on_no_other(
    empty: RunningHub, browser: Browser
) -> None:
    page = browser.new_page()
    policies = {
        path: page.goto(home(empty) + path)
        for path in ("/", "/status", "/sign-in", "/sign-in/code", "/sign-in/passkey")
    }
    for path, answer in policies.items():
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert ("script-src 'self'" in policy) == (path in ("/", "/sign-in/passkey")), path
        assert "default-src 'none'" in policy
    page.close()
