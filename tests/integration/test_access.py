"""Who may do what: sessions, keys, the demonstration's personas, and rows that stay out of sight."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from askers import app, client, closed
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, joined, mutated

from events import access
from events.access import EVERYWHERE, HeldRole
from events.base import today
from events.database import Connection, connect, let_in
from events.settings import Settings
from hub.access import guard as guard_module
from hub.access import keys, sessions
from hub.access.accounts import add_account, end_role, give_role, take_away
from hub.access.keys import make_key
from hub.access.sessions import COOKIE, close_sessions, open_session, principal_of
from hub.app import create_app

__all__ = ["app", "client", "closed"]

OWN = {"sec-fetch-site": "same-origin"}


def signed_in(connection: Connection, role: str, area: str) -> dict[str, str]:
    """A new person who holds a role, and the cookie of their browser."""
    account = add_account(connection, name="Ann", email=f"{uuid4()}@example.org")
    give_role(connection, account, HeldRole(role=role, area=area, starts=today()), given_by="test")  # pyright: ignore[reportArgumentType]
    token = open_session(connection, account, how="test", agent="a test", before=None)
    return {COOKIE: token}


def asked(client: TestClient, method: str, path: str, cookies: dict[str, str], **more: object) -> int:
    headers = {"cookie": "; ".join(f"{name}={text}" for name, text in cookies.items())} | OWN
    return client.request(method, path, headers=headers, follow_redirects=False, **more).status_code  # pyright: ignore


# ---- rows


def counted(connection: Connection) -> dict[str, int]:
    rows = connection.execute("select area, count(*) from event group by area").fetchall()
    return {str(area): int(str(n)) for area, n in rows}


def test_a_transaction_sees_the_areas_it_was_let_in_to_and_no_other(closed: Settings) -> None:
    with connect(closed.database_url, for_others=True) as connection:
        assert counted(connection) == {}
        with connection.transaction():
            let_in(connection, [SOMERSET])
            assert counted(connection) == {SOMERSET: 3}
        assert counted(connection) == {}, "nothing is left over for whoever gets the connection next"
        with connection.transaction():
            let_in(connection, [EVERYWHERE])
            assert counted(connection) == {SOMERSET: 3, CORNWALL: 3}
        assert counted(connection) == {}


def test_the_role_of_pages_and_api_owns_nothing_and_cannot_put_security_aside(closed: Settings) -> None:
    with connect(closed.database_url, for_others=True) as connection:
        owned = connection.execute("select count(*) from pg_class where relowner = 'trellis_app'::regrole").fetchone()
        assert owned == (0,)
        rights = connection.execute("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert rights.fetchone() == (False, False)
        for forbidden in (
            "alter table event disable row level security",
            "update event set actor = 'x'",
            "delete from event",
            "truncate event",
        ):
            with pytest.raises(Exception, match=r"must be owner|permission denied"):
                connection.execute(forbidden.encode())


# ---- sessions


def test_a_session_opens_what_its_holder_may_do_and_only_in_their_area(
    client: TestClient, connection: Connection
) -> None:
    catalyst = signed_in(connection, "catalyst", SOMERSET)
    assert asked(client, "GET", f"/api/areas/{SOMERSET}/ledger", catalyst) == 200
    elsewhere = client.get(f"/api/areas/{CORNWALL}/ledger", headers={"cookie": f"{COOKIE}={catalyst[COOKIE]}"} | OWN)
    nowhere = client.get("/api/areas/E06000001/ledger", headers={"cookie": f"{COOKIE}={catalyst[COOKIE]}"} | OWN)
    assert elsewhere.status_code == nowhere.status_code == 404
    assert elsewhere.text.replace(CORNWALL, "X") == nowhere.text.replace("E06000001", "X"), "one cannot tell which"
    assert asked(client, "GET", f"/api/areas/{SOMERSET}/ledger", {}) == 401


def test_a_role_that_ended_opens_nothing(client: TestClient, connection: Connection) -> None:
    catalyst = signed_in(connection, "catalyst", SOMERSET)
    account = principal_of(connection, catalyst[COOKIE])
    assert account is not None
    connection.execute("update held_role set starts = %s, ends = %s", [today() - timedelta(9), today() - timedelta(1)])
    assert asked(client, "GET", f"/api/areas/{SOMERSET}/ledger", catalyst) == 403


def test_changing_somebodys_roles_signs_them_out(connection: Connection) -> None:
    token = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    who = principal_of(connection, token)
    assert who is not None
    end_role(connection, uuid_of(who.id), role="catalyst", area=SOMERSET, last=today(), by="test")
    assert principal_of(connection, token) is None


def uuid_of(id: str) -> UUID:
    return UUID(id.removeprefix("account:"))


@pytest.mark.parametrize(
    "column", ["ends_at = clock_timestamp()", "seen_at = clock_timestamp() - interval '121 minutes'"]
)
def test_a_session_ends_by_itself(connection: Connection, column: str) -> None:
    token = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    assert principal_of(connection, token) is not None
    connection.execute(f"update session set {column}".encode())
    assert principal_of(connection, token) is None


@pytest.mark.parametrize(
    ("guard", "column"),
    [
        ("and s.ends_at > clock_timestamp()", "ends_at = clock_timestamp()"),
        ("and s.seen_at > clock_timestamp() - %(idle)s", "seen_at = clock_timestamp() - interval '121 minutes'"),
    ],
)
def test_a_session_would_go_on_without_the_look_at_its_end(connection: Connection, guard: str, column: str) -> None:
    """The mutants."""
    token = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    connection.execute(f"update session set {column}".encode())
    assert mutated(sessions, guard, "").principal_of(connection, token) is not None


@pytest.mark.parametrize(
    ("guard", "starts", "ends"),
    [
        ("each.starts <= on and (each.ends", 1, None),
        ("(each.ends is None or on <= each.ends)", -9, -1),
    ],
)
def test_a_role_would_be_held_before_and_after_its_days_without_the_look_at_them(
    guard: str, starts: int, ends: int | None
) -> None:
    """The mutants."""
    last = None if ends is None else today() + timedelta(ends)
    held = HeldRole(role="catalyst", area=SOMERSET, starts=today() + timedelta(starts), ends=last)
    assert access.grants([held], on=today()) == ()
    without = mutated(access, guard, "(each.ends" if "starts" in guard else "True")
    assert len(without.grants([held], on=today())) == 1


def test_what_the_table_of_sessions_holds_opens_nothing(connection: Connection) -> None:
    token = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    stored = connection.execute("select token from session").fetchone()
    assert stored is not None
    assert isinstance(stored[0], bytes)
    assert token.encode() not in stored[0]
    assert principal_of(connection, stored[0].hex()) is None


def test_signing_in_makes_a_new_token_and_ends_the_one_before(connection: Connection) -> None:
    before = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    who = principal_of(connection, before)
    assert who is not None
    after = open_session(connection, uuid_of(who.id), how="test", agent="", before=before)
    assert after != before
    assert principal_of(connection, before) is None
    assert principal_of(connection, after) is not None


def test_a_token_planted_before_sign_in_is_nobodys_afterwards(
    settings: Settings, network: Network, connection: Connection
) -> None:
    connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    network.given(joined(SOMERSET))
    with TestClient(create_app(settings), base_url="https://testserver.local") as client:
        planted = "planted-by-somebody-else"
        answer = client.post(
            "/sign-in/demo",
            data={"persona": "catalyst"},
            headers=OWN | {"cookie": f"{COOKIE}={planted}"},
            follow_redirects=False,
        )
        given = answer.headers["set-cookie"]
        assert answer.status_code == 303
        assert planted not in given
        for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/", f"{COOKIE}="):
            assert part in given
        assert "Domain" not in given
        assert principal_of(connection, planted) is None


def test_signing_out_elsewhere_leaves_this_browser(connection: Connection) -> None:
    here = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    who = principal_of(connection, here)
    assert who is not None
    there = open_session(connection, uuid_of(who.id), how="test", agent="", before=None)
    close_sessions(connection, uuid_of(who.id), but=here)
    assert principal_of(connection, here) is not None
    assert principal_of(connection, there) is None


# ---- requests that another site makes a browser send


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "https://testserver.local"}, 303),
        ({"sec-fetch-site": "cross-site"}, 303),
        ({"sec-fetch-site": "same-site"}, 303),
        ({"origin": "https://evil.example"}, 303),
        ({}, 303),
    ],
)
def test_a_form_of_another_site_acts_as_nobody(
    client: TestClient, connection: Connection, headers: dict[str, str], status: int
) -> None:
    here = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    who = principal_of(connection, here)
    assert who is not None
    there = open_session(connection, uuid_of(who.id), how="test", agent="", before=None)
    answer = client.post(
        "/account/sign-out-elsewhere", headers=headers | {"cookie": f"{COOKIE}={here}"}, follow_redirects=False
    )
    ours = headers in ({"sec-fetch-site": "same-origin"}, {"origin": "https://testserver.local"})
    assert answer.status_code == status
    assert answer.headers["location"].startswith("/account" if ours else "/sign-in")
    assert (principal_of(connection, there) is None) == ours


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}], ids=str)
def test_a_form_of_another_site_would_act_without_the_look_where_it_comes_from(
    client: TestClient, connection: Connection, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """The mutants."""
    here = signed_in(connection, "catalyst", SOMERSET)[COOKIE]
    who = principal_of(connection, here)
    assert who is not None
    there = open_session(connection, uuid_of(who.id), how="test", agent="", before=None)

    def asked() -> bool:
        cookie = {"cookie": f"{COOKIE}={here}"}
        client.post("/account/sign-out-elsewhere", headers=headers | cookie, follow_redirects=False)
        return principal_of(connection, there) is None

    assert not asked()
    by_site = 'return site in ("same-origin", "none")'
    by_origin = 'return urlsplit(connection.headers.get("origin", "")).netloc == connection.headers.get("host")'
    without = mutated(guard_module, by_site if "sec-fetch-site" in headers else by_origin, "return True")
    monkeypatch.setattr(guard_module, "may_come_from_there", without.may_come_from_there)
    assert asked()


def test_a_change_by_api_would_take_a_cookie_if_addresses_were_all_alike(
    client: TestClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant."""
    catalyst = signed_in(connection, "catalyst", SOMERSET)
    path = f"/api/areas/{SOMERSET}/leave"
    assert asked(client, "POST", path, catalyst, json={}) == 401
    without = mutated(guard_module, 'if connection.url.path.startswith("/api/"):\n        return False', "")
    monkeypatch.setattr(guard_module, "may_come_from_there", without.may_come_from_there)
    assert asked(client, "POST", path, catalyst, json={}) != 401


def test_a_change_by_api_takes_no_cookie(client: TestClient, connection: Connection) -> None:
    catalyst = signed_in(connection, "catalyst", SOMERSET)
    assert asked(client, "POST", f"/api/areas/{SOMERSET}/leave", catalyst, json={}) == 401


# ---- keys


def test_a_key_opens_its_areas_for_its_actions_until_it_ends(client: TestClient, connection: Connection) -> None:
    key = make_key(
        connection, name="Council", actions=["read area"], areas=[SOMERSET], ends_on=today(), created_by="test"
    )

    def status(method: str, path: str, bearer: str) -> int:
        headers = {"authorization": f"Bearer {bearer}", "idempotency-key": str(uuid4())}
        return client.request(method, path, headers=headers, json={} if method == "POST" else None).status_code

    assert status("GET", f"/api/areas/{SOMERSET}/ledger", key) == 200
    assert status("GET", f"/api/areas/{CORNWALL}/ledger", key) == 404
    assert status("POST", f"/api/areas/{SOMERSET}/leave", key) == 403
    assert status("GET", f"/api/areas/{SOMERSET}/ledger", key[:-1]) == 401
    connection.execute("update api_key set ends_on = %s", [today() - timedelta(1)])
    assert status("GET", f"/api/areas/{SOMERSET}/ledger", key) == 401
    connection.execute("update api_key set ends_on = %s, revoked_at = clock_timestamp()", [today()])
    assert status("GET", f"/api/areas/{SOMERSET}/ledger", key) == 401


@pytest.mark.parametrize(
    ("guard", "then", "column"),
    [
        ("ends_on >= %s", "%s::date is not null", "ends_on = current_date - 1"),
        ("and revoked_at is null", "", "revoked_at = clock_timestamp()"),
        ('or not compare_digest(cast("bytes", row[0]), _hash(key))', "", "digest = 'another'"),
    ],
)
def test_a_key_would_go_on_without_the_look_at_its_end_and_at_the_whole_of_it(
    connection: Connection, guard: str, then: str, column: str
) -> None:
    """The mutants."""
    key = make_key(connection, name="x", actions=["record"], areas=[SOMERSET], ends_on=today(), created_by="test")
    assert keys.holder_of(connection, key) is not None
    connection.execute(f"update api_key set {column}".encode())
    assert keys.holder_of(connection, key) is None
    assert mutated(keys, guard, then).holder_of(connection, key) is not None


def test_a_key_would_open_another_area_if_it_did_not_name_its_own(connection: Connection) -> None:
    """The mutant."""
    key = make_key(connection, name="x", actions=["record"], areas=[SOMERSET], ends_on=today(), created_by="test")
    without = mutated(keys, "Grant(actions, area) for area in areas", 'Grant(actions, "*") for area in areas')
    for module, elsewhere in ((keys, False), (without, True)):
        holder = module.holder_of(connection, key)
        assert holder is not None
        assert holder.may("record", SOMERSET)
        assert holder.may("record", CORNWALL) == elsewhere


# ---- the demonstration


def test_nobody_becomes_a_persona_outside_the_demonstration(client: TestClient, connection: Connection) -> None:
    connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    answer = client.post("/sign-in/demo", data={"persona": "national"}, headers=OWN, follow_redirects=False)
    assert answer.status_code == 404, "a hub with a write key is open to other machines"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_an_address_of_this_hub(
    settings: Settings, network: Network, connection: Connection, to: str
) -> None:
    connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    with TestClient(create_app(settings), base_url="https://testserver.local") as client:
        answer = client.post("/sign-in/demo", data={"persona": "lead", "to": to}, headers=OWN, follow_redirects=False)
    assert answer.headers["location"] == "/account"


# ---- what changed


@pytest.mark.parametrize("address", ["/people-and-roles/changes", "/people-and-roles/changes.csv"])
def test_a_lead_does_not_see_what_changed_in_all_areas(
    client: TestClient, connection: Connection, address: str
) -> None:
    """Of their own area they do, at /audit."""
    lead = signed_in(connection, "lead", SOMERSET)
    assert client.get(address, headers={"cookie": f"{COOKIE}={lead[COOKIE]}"} | OWN).status_code == 403


def test_whoever_answers_for_access_sees_what_changed_and_can_take_it_along(
    client: TestClient, connection: Connection
) -> None:
    admin = signed_in(connection, "administrator", EVERYWHERE)
    headers = {"cookie": f"{COOKIE}={admin[COOKIE]}"} | OWN
    key = {"name": "=HYPERLINK(1)", "read": "yes", "areas": SOMERSET, "ends": str(today())}
    assert client.post("/people-and-roles/keys", data=key, headers=headers).status_code == 200
    page = client.get("/people-and-roles/changes", headers=headers)
    file = client.get("/people-and-roles/changes.csv", headers=headers)
    assert page.status_code == file.status_code == 200
    assert "Made the key" in page.text
    assert "made the key" in file.text
    assert all(not cell.startswith(("=", "+", "@")) for line in file.text.splitlines() for cell in line.split(","))
    assert "Made the key" not in client.get(f"/people-and-roles/changes?of={uuid4()}", headers=headers).text
    assert client.get("/people-and-roles/changes?of=", headers=headers).text == page.text
    assert client.get("/people-and-roles/changes?of=nobody", headers=headers).status_code == 422


@pytest.mark.parametrize("begins", [-9, 0, 5])
def test_a_role_taken_away_is_gone_at_once_whenever_it_began(connection: Connection, begins: int) -> None:
    account = add_account(connection, name="Ann", email=f"{uuid4()}@example.org")
    held = HeldRole(role="catalyst", area=SOMERSET, starts=today() + timedelta(begins))
    give_role(connection, account, held, given_by="test")
    assert take_away(connection, account, role="catalyst", area=SOMERSET, by="test")
    left = connection.execute("select starts, ends from held_role where account = %s", [account]).fetchall()
    assert left == ([(today() - timedelta(9), today() - timedelta(1))] if begins < 0 else [])
    assert not take_away(connection, account, role="catalyst", area=SOMERSET, by="test")
