"""One's own account: the browsers one is signed in with, showing once more that it is oneself, and what is noted."""

import html
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import msgspec
import pytest
from authenticator import Authenticator
from litestar.testing import TestClient
from network import forget_attempts, mutated

from events.access import EVERYWHERE, HeldRole
from events.base import today
from events.database import Connection
from events.settings import Settings
from events.sweeping import SIGN_INS_KEPT, sweep_sessions
from hub.access import guard, log, passkeys, sessions
from hub.access.accounts import account_of, add_account, give_role
from hub.access.log import NOTED_AGAIN, note_refused, read_log
from hub.access.recovery import make_codes
from hub.access.sessions import COOKIE, FRESH, open_session, principal_of, sessions_of
from hub.app import create_app

HERE = "https://testserver.local"
OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    known = msgspec.structs.replace(settings, url=HERE)
    forget_attempts(settings)
    with TestClient(create_app(known), base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def person(connection: Connection, name: str = "ann") -> UUID:
    account = add_account(connection, name=name, email=f"{name}@example.org")
    held = HeldRole(role="administrator", area=EVERYWHERE, starts=today())
    give_role(connection, account, held, given_by="test")
    return account


def browser(connection: Connection, account: UUID) -> str:
    return open_session(connection, account, how="test", agent="", before=None)


def headers(token: str) -> dict[str, str]:
    return OWN | {"cookie": f"{COOKIE}={token}"}


# ---- browsers


def test_somebody_signs_out_one_browser_and_no_other(client: TestClient, connection: Connection) -> None:
    ann = person(connection)
    here, there, elsewhere = (browser(connection, ann) for _ in range(3))
    listed = {each.id: each.this for each in sessions_of(connection, ann, this=there)}
    assert sum(listed.values()) == 1
    (lost,) = (id for id, this in listed.items() if this)
    answer = client.post(f"/account/sessions/{lost}/sign-out", headers=headers(here), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert [principal_of(connection, each) is not None for each in (here, there, elsewhere)] == [True, False, True]
    again = client.post(f"/account/sessions/{lost}/sign-out", headers=headers(here), follow_redirects=False)
    assert again.status_code == 404


def test_the_browser_of_somebody_else_is_not_found(client: TestClient, connection: Connection) -> None:
    ann, ben = person(connection), person(connection, "ben")
    mine, theirs = browser(connection, ann), browser(connection, ben)
    (session,) = sessions_of(connection, ben, this=theirs)
    answers = [
        client.post(f"/account/sessions/{id}/sign-out", headers=headers(mine), follow_redirects=False)
        for id in (session.id, uuid4())
    ]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert principal_of(connection, theirs) is not None
    without = mutated(sessions, "where id = %s and account = %s", "where id = %s and %s::uuid is not null")
    without.close_one(connection, ann, session.id)
    assert principal_of(connection, theirs) is None, "the mutant signs somebody else out"


def test_the_list_of_browsers_holds_no_token_and_no_hash_of_one(client: TestClient, connection: Connection) -> None:
    ann = person(connection)
    tokens = [browser(connection, ann) for _ in range(3)]
    page = client.get("/account", headers=headers(tokens[0])).text
    assert page.count("/account/sessions/") == 2
    assert page.count(": this browser") == 1
    for (stored,) in connection.execute("select token from session"):
        assert isinstance(stored, bytes)
        assert stored.hex()[:16] not in page
    for token in tokens:
        assert token not in page


# ---- showing once more that it is oneself

SOMEBODY = "/people-and-roles/0f1e2d3c-0000-4000-8000-000000000000"

CHANGES_WAYS_IN = [
    ("GET", "/account/passkeys/new", "/account/passkeys/new"),
    ("POST", "/account/passkeys", "/account/passkeys/new"),
    ("POST", "/account/passkeys/01/remove", "/account"),
    ("POST", "/account/recovery-codes", "/account"),
    ("POST", "/people-and-roles/keys", "/people-and-roles/keys"),
    ("GET", "/people-and-roles/invite", "/people-and-roles/invite"),
    ("POST", "/people-and-roles/invite", "/people-and-roles/invite"),
    *[("POST", f"{SOMEBODY}/{change}", SOMEBODY) for change in ("roles", "end-role", "link", "close")],
]


def stale(connection: Connection) -> None:
    """Everybody signed in a while ago, and used the hub since."""
    connection.execute("update session set proved_at = proved_at - %s, started_at = started_at - %s", [FRESH, FRESH])


@pytest.mark.parametrize(("method", "path", "page"), CHANGES_WAYS_IN)
def test_who_signed_in_a_while_ago_signs_in_again_before_changing_ways_in(
    client: TestClient, connection: Connection, monkeypatch: pytest.MonkeyPatch, method: str, path: str, page: str
) -> None:
    token = browser(connection, person(connection))

    def asked() -> tuple[int, str]:
        answer = client.request(method, path, headers=headers(token), data={}, follow_redirects=False)
        return answer.status_code, answer.headers.get("location", "")

    assert not asked()[1].startswith("/sign-in")
    stale(connection)
    assert asked() == (303, f"/sign-in?to={page}")
    assert client.get("/account", headers=headers(token)).status_code == 200, "only for that"
    monkeypatch.setattr(guard, "signed_in_lately", lambda _: True)
    assert not asked()[1].startswith("/sign-in"), "the mutant lets them"


def test_the_page_about_somebody_says_to_sign_in_again_in_place_of_forms(
    client: TestClient, connection: Connection
) -> None:
    account = person(connection)
    token, path = browser(connection, account), f"/people-and-roles/{account}"
    assert "Give the role" in client.get(path, headers=headers(token)).text
    stale(connection)
    page = client.get(path, headers=headers(token)).text
    assert f'href="/sign-in?to={path}"' in page
    assert f'action="{path}' not in page


def test_fresh_is_a_quarter_of_an_hour_and_using_the_hub_makes_nobody_fresh(connection: Connection) -> None:
    token = browser(connection, person(connection))
    connection.execute("update session set proved_at = proved_at - %s", [FRESH - timedelta(seconds=20)])
    assert sessions.is_fresh(connection, token)
    connection.execute("update session set proved_at = proved_at - interval '20 seconds'")
    assert principal_of(connection, token) is not None
    assert not sessions.is_fresh(connection, token)
    without = mutated(sessions, "proved_at > clock_timestamp() - %s", "%s::interval is not null")
    assert without.is_fresh(connection, token), "the mutant takes anybody for fresh"
    assert not sessions.is_fresh(connection, "another token")


def test_whoever_signs_in_again_with_a_passkey_is_back_where_they_were(
    client: TestClient, connection: Connection
) -> None:
    ann, phone = person(connection), Authenticator(origin=HERE)
    account = account_of(connection, ann)
    assert account is not None
    _, asked = passkeys.to_register(connection, account, origin=HERE)
    passkeys.register(connection, asked, phone.made(asked.challenge), origin=HERE, name="Phone")
    token = browser(connection, ann)
    stale(connection)
    assert "Sign in again" in client.get("/people-and-roles/keys", headers=headers(token)).text
    key = {"name": "Council", "read": "yes", "areas": "*", "ends": str(today())}
    sent = client.post("/people-and-roles/keys", data=key, headers=headers(token), follow_redirects=False)
    to = parse_qs(urlsplit(sent.headers["location"]).query)["to"][0]
    assert "You are signed in as ann" in client.get(sent.headers["location"], headers=headers(token)).text

    page = client.get("/sign-in/passkey", params={"to": to}, headers=headers(token)).text
    found = re.search(r'data-passkey="([^"]+)"', page)
    assert found is not None
    challenge = json.loads(html.unescape(found[1]))["challenge"]
    answer = client.post(
        "/sign-in/passkey",
        data={"credential": phone.used(urlsafe_b64decode(challenge + "=="))},
        headers=OWN
        | {"cookie": f"{COOKIE}={token}; __Host-trellis-attempt={client.cookies['__Host-trellis-attempt']}"},
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/people-and-roles/keys")
    after = headers(answer.cookies[COOKIE])
    client.cookies.clear()
    assert client.post("/people-and-roles/keys", data=key, headers=after).text.count("trellis_") == 1
    assert principal_of(connection, token) is None


def test_a_recovery_code_brings_back_whoever_was_signed_in_and_others_to_a_new_passkey(
    client: TestClient, connection: Connection
) -> None:
    ann, ben = person(connection), person(connection, "ben")
    codes = make_codes(connection, ann)
    wanted = "/people-and-roles/keys"
    cases = [(None, "/account/passkeys/new"), (ann, wanted), (ben, "/account/passkeys/new")]
    for code, (before, to) in zip(codes, cases, strict=False):
        sent = headers(browser(connection, before)) if before else OWN
        page = client.get("/sign-in/code", params={"to": wanted}, headers=sent).text
        assert f'name="to" value="{wanted}"' in page
        form = {"email": "ann@example.org", "code": code, "to": wanted}
        answer = client.post("/sign-in/code", data=form, headers=sent, follow_redirects=False)
        client.cookies.clear()
        assert (answer.status_code, answer.headers["location"]) == (303, to)
    form = {"email": "ann@example.org", "code": codes[5], "to": "https://evil.example"}
    answer = client.post("/sign-in/code", data=form, headers=headers(browser(connection, ann)), follow_redirects=False)
    assert answer.headers["location"] == "/account"


# ---- what is noted


def noted(connection: Connection, account: UUID) -> list[tuple[str, str]]:
    rows = read_log(connection, account=account)
    return [(each.kind, each.what) for each in reversed(rows) if each.kind in ("signed in", "signed out", "refused")]


def with_code(client: TestClient, code: str, email: str = "ann@example.org") -> int:
    form = {"email": email, "code": code}
    return client.post("/sign-in/code", data=form, headers=OWN, follow_redirects=False).status_code


def test_who_signs_in_and_out_is_noted_without_name_address_or_token(
    client: TestClient, connection: Connection
) -> None:
    ann = person(connection)
    code = make_codes(connection, ann)[0]
    assert with_code(client, code) == 303
    token = client.cookies[COOKIE]
    client.cookies.clear()
    there = browser(connection, ann)
    (other,) = (each.id for each in sessions_of(connection, ann, this=there) if each.this)
    for path in (f"/account/sessions/{other}/sign-out", "/account/sign-out-elsewhere", "/sign-out"):
        assert client.post(path, headers=headers(token), follow_redirects=False).status_code == 303
    assert noted(connection, ann) == [
        ("signed in", "signed in by recovery code"),
        ("signed out", "signed out in one browser"),
        ("signed out", "signed out everywhere else"),
        ("signed out", "signed out"),
    ]
    rows = str(connection.execute("select * from access_log").fetchall())
    for secret in (token, there, code, "ann@", "testserver"):
        assert secret not in rows


def test_refused_attempts_at_a_known_account_are_noted_once_an_hour_and_others_not_at_all(
    client: TestClient, connection: Connection
) -> None:
    ann = person(connection)
    make_codes(connection, ann)
    for email in ("ann@example.org", "ann@example.org", "nobody@example.org"):
        assert with_code(client, "aaaa-aaaa-aaaa", email) == 403
    assert noted(connection, ann) == [("refused", "refused a sign-in (recovery code)")]
    assert connection.execute("select who from access_log where kind = 'refused'").fetchall() == [("nobody",)]
    connection.execute("update access_log set at = at - %s", [NOTED_AGAIN])
    with_code(client, "aaaa-aaaa-aaaa")
    assert len(noted(connection, ann)) == 2


def test_whoever_tries_without_end_would_fill_the_table_without_the_hour(connection: Connection) -> None:
    """The mutant."""
    ann = person(connection)
    for _ in range(5):
        note_refused(connection, "refused a sign-in (x)", account=ann)
    assert len(noted(connection, ann)) == 1
    without = mutated(log, "where not exists (", "where %(again)s::interval is not null or not exists (")
    for _ in range(5):
        without.note_refused(connection, "refused a sign-in (x)", account=ann)
    assert len(noted(connection, ann)) == 6


def test_a_passkey_that_lies_is_noted_with_the_account_it_was_after(client: TestClient, connection: Connection) -> None:
    ann, phone = person(connection), Authenticator(origin=HERE)
    account = account_of(connection, ann)
    assert account is not None
    _, asked = passkeys.to_register(connection, account, origin=HERE)
    passkeys.register(connection, asked, phone.made(asked.challenge), origin=HERE, name="Phone")
    client.get("/sign-in/passkey")
    answer = client.post("/sign-in/passkey", data={"credential": phone.used(b"another")}, headers=OWN)
    assert answer.status_code == 403
    assert noted(connection, ann) == [("refused", "refused a sign-in (passkey: InvalidAuthenticationResponse)")]


def test_sign_ins_of_long_ago_are_forgotten_and_changes_of_access_are_kept(connection: Connection) -> None:
    ann = person(connection)
    note_refused(connection, "refused a sign-in (x)", account=ann)
    connection.execute("update access_log set at = at - %s", [SIGN_INS_KEPT])
    log.note(connection, "signed in", "signed in by test", who=f"account:{ann}", account=ann)
    sweep_sessions(connection)
    assert [each.kind for each in read_log(connection)] == ["signed in", "gave role"]
