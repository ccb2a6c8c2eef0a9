"""Attacks on signing in: planted sessions, forms of other sites, links that were used, codes that were."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest
from litestar.testing import TestClient
from network import SOMERSET, forget_attempts, mutated

from events.access import EVERYWHERE, HeldRole, Role
from events.base import NotFound, Refused, today
from events.database import Connection, connect
from events.settings import Settings
from hub.access import passkeys, recovery
from hub.access.account_routes import browser_in_words
from hub.access.accounts import account_by_email, add_account, close_account, give_role
from hub.access.attempts import NotSignedIn
from hub.access.invitations import invitation_of, invite
from hub.access.recovery import codes_left, make_codes, use_code
from hub.access.sessions import COOKIE, open_session, principal_of
from hub.app import create_app

HERE = "https://testserver.local"
OWN = {"sec-fetch-site": "same-origin"}
ELSEWHERE = [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {}]


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    known = msgspec.structs.replace(settings, url=HERE)
    forget_attempts(settings)
    with TestClient(create_app(known), base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def invited(connection: Connection) -> str:
    role = HeldRole(role="catalyst", area=SOMERSET, starts=today())
    return invite(connection, name="Ann", email="ann@example.org", role=role, by="test")


def person(connection: Connection, name: str = "ann", role: Role | None = None) -> UUID:
    account = add_account(connection, name=name, email=f"{name}@example.org")
    if role:
        give_role(connection, account, HeldRole(role=role, area=EVERYWHERE, starts=today()), given_by="test")
    return account


def cookie_of(connection: Connection, account: UUID) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={open_session(connection, account, how='test', agent='', before=None)}"}


# ---- signing out, and the way to a page


def test_signing_out_ends_the_session_and_makes_the_browser_forget_it(
    client: TestClient, connection: Connection
) -> None:
    headers = cookie_of(connection, person(connection))
    token = headers["cookie"].partition("=")[2]
    for elsewhere in ELSEWHERE:
        answer = client.post("/sign-out", headers=elsewhere | headers, follow_redirects=False)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert principal_of(connection, token) is not None
    answer = client.post("/sign-out", headers=OWN | headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    forgotten = answer.headers["set-cookie"].lower()
    assert forgotten.startswith(f"{COOKIE}=".lower())
    assert {"max-age=0", "path=/", "secure"} <= {each.strip() for each in forgotten.split(";")}
    assert principal_of(connection, token) is None


def test_signing_in_leads_to_the_whole_address_that_was_asked_for(client: TestClient) -> None:
    wanted = "/account?of=a&to=https://evil.example"
    answer = client.get(wanted, follow_redirects=False)
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked == {"to": [wanted]}


# ---- invitations


def test_a_session_planted_before_an_invitation_is_accepted_is_nobodys(
    client: TestClient, connection: Connection
) -> None:
    victim = open_session(connection, person(connection, "mallory"), how="test", agent="", before=None)
    headers = OWN | {"cookie": f"{COOKIE}={victim}"}
    answer = client.post(f"/invitations/{invited(connection)}", headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/passkeys/new")
    who = principal_of(connection, answer.cookies[COOKIE])
    assert who is not None
    assert who.name == "Ann"
    assert answer.cookies[COOKIE] != victim
    assert principal_of(connection, victim) is None


def test_looking_at_an_invitation_changes_nothing_and_accepting_it_works_once(
    client: TestClient, connection: Connection
) -> None:
    token = invited(connection)
    for _ in range(3):
        assert client.get(f"/invitations/{token}").status_code == 200
    assert account_by_email(connection, "ann@example.org") is None
    assert client.post(f"/invitations/{token}", headers=OWN, follow_redirects=False).status_code == 303
    client.cookies.clear()
    again = client.post(f"/invitations/{token}", headers=OWN, follow_redirects=False)
    assert again.status_code == client.get(f"/invitations/{token}").status_code == 403
    assert COOKIE not in again.cookies


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_form_of_another_site_signs_nobody_in(
    client: TestClient, connection: Connection, headers: dict[str, str]
) -> None:
    token = invited(connection)
    code = make_codes(connection, person(connection, "mallory"))[0]
    forms = {
        f"/invitations/{token}": {},
        "/sign-in/code": {"email": "mallory@example.org", "code": code},
        "/sign-in/passkey": {"credential": "{}"},
        "/sign-in/demo": {"persona": "lead"},
    }
    for path, form in forms.items():
        answer = client.post(path, data=form, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, path
        assert "set-cookie" not in answer.headers, path
    assert invitation_of(connection, token).name == "Ann"
    assert codes_left(connection, known(connection, "mallory")) == 10


def known(connection: Connection, name: str) -> UUID:
    found = account_by_email(connection, f"{name}@example.org")
    assert found is not None
    return found.id


# ---- recovery codes


def test_a_code_lets_in_once_however_many_use_it_at_once(settings: Settings, connection: Connection) -> None:
    account = person(connection)
    code = make_codes(connection, account)[3]

    def attempt(_: int) -> bool:
        with connect(settings.database_url, for_others=True) as own:
            try:
                return use_code(own, email="ann@example.org", code=code) == account
            except NotSignedIn:
                return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == [False, False, False, True]
    assert codes_left(connection, account) == 9


def test_a_code_of_an_account_without_the_look_whether_it_was_used_would_let_in_again(connection: Connection) -> None:
    """The mutant."""
    person(connection)
    code = make_codes(connection, known(connection, "ann"))[0]
    without = mutated(recovery, "and digest = %s and used_at is null", "and digest = %s")
    for _ in range(2):
        without.use_code(connection, email="ann@example.org", code=code)


def test_only_the_newest_codes_of_an_open_account_let_in_and_only_to_it(connection: Connection) -> None:
    ann, ben = person(connection), person(connection, "ben")
    old = make_codes(connection, ann)
    new = make_codes(connection, ann)
    bens = make_codes(connection, ben)
    sentences = set()
    wrong = [("ann", old[0]), ("ann", bens[0]), ("ben", new[0]), ("nobody", new[0]), ("ann", ""), ("ann", "x" * 5000)]
    for name, code in wrong:
        with pytest.raises(NotSignedIn) as refused:
            use_code(connection, email=f"{name}@example.org", code=code)
        sentences.add(str(refused.value))
    assert len(sentences) == 1, "nobody learns whether there is such an account"
    assert use_code(connection, email=" Ann@Example.org", code=new[0].upper()) == ann
    close_account(connection, ann, by="test")
    with pytest.raises(NotSignedIn):
        use_code(connection, email="ann@example.org", code=new[1])


def test_what_the_table_of_codes_holds_is_no_code(connection: Connection) -> None:
    codes = make_codes(connection, person(connection))
    stored = connection.execute("select digest, salt from recovery_code").fetchall()
    assert len({digest for digest, _ in stored}) == len(codes) == 10
    for digest, salt in stored:
        assert isinstance(digest, bytes)
        assert isinstance(salt, bytes)
        for code in codes:
            assert code.encode() not in digest + salt
            assert code.replace("-", "").encode() not in digest + salt


def test_a_code_leads_to_a_new_passkey_in_a_new_session(client: TestClient, connection: Connection) -> None:
    account = person(connection)
    code = make_codes(connection, account)[0]
    before = cookie_of(connection, account)
    form = {"email": "ann@example.org", "code": code}
    answer = client.post("/sign-in/code", data=form, headers=OWN | before, follow_redirects=False)
    assert answer.headers["location"] == "/account/passkeys/new"
    assert principal_of(connection, before["cookie"].partition("=")[2]) is None
    assert principal_of(connection, answer.cookies[COOKIE]) is not None


def test_codes_of_one_account_cannot_be_tried_without_end(client: TestClient, connection: Connection) -> None:
    account = person(connection)
    code = make_codes(connection, account)[0]

    def tried(email: str, code: str) -> int:
        form = {"email": email, "code": code}
        return client.post("/sign-in/code", data=form, headers=OWN, follow_redirects=False).status_code

    assert [tried("ann@example.org", "aaaa") for _ in range(10)] == [403] * 10
    assert tried(" Ann@Example.org", code) == 429
    assert tried("ben@example.org", code) == 403, "others are not kept out"
    assert codes_left(connection, account) == 10


def test_a_council_signs_in_by_passkey_from_one_address_while_codes_are_guessed_slowly(client: TestClient) -> None:
    passkeys_tried = [client.post("/sign-in/passkey", data={"credential": "{}"}, headers=OWN) for _ in range(40)]
    assert {each.status_code for each in passkeys_tried} == {403}
    form = {"code": "aaaa"}
    codes_tried = [
        client.post("/sign-in/code", data=form | {"email": f"{n}@example.org"}, headers=OWN).status_code
        for n in range(21)
    ]
    assert codes_tried == [403] * 20 + [429]


# ---- passkeys


def test_nobody_changes_the_passkey_of_somebody_else(client: TestClient, connection: Connection) -> None:
    ann, ben = person(connection), person(connection, "ben")
    make_codes(connection, ben)
    connection.execute(
        "insert into passkey (id, account, public_key, sign_count, name) values (%s, %s, '', 0, 'x')", [b"\x01", ann]
    )
    with pytest.raises(NotFound):
        passkeys.rename(connection, ben, "01", "mine")
    with pytest.raises(NotFound):
        passkeys.remove(connection, ben, "01")
    for path in ("01/name", "01/remove", "no-hex/remove"):
        headers = OWN | cookie_of(connection, ben)
        answer = client.post(f"/account/passkeys/{path}", data={"name": "mine"}, headers=headers)
        assert answer.status_code == 404
    assert connection.execute("select name from passkey").fetchall() == [("x",)]
    with pytest.raises(Refused, match="your only way in"):
        passkeys.remove(connection, ann, "01")


def test_a_challenge_of_somebody_else_adds_no_passkey(client: TestClient, connection: Connection) -> None:
    """Somebody asked for a passkey, then another signed in with the same browser."""
    ann, ben = person(connection), person(connection, "ben")
    client.get("/account/passkeys/new", headers=OWN | cookie_of(connection, ann))
    attempt = client.cookies["__Host-trellis-attempt"]
    theirs = cookie_of(connection, ben)["cookie"]
    client.cookies.clear()
    answer = client.post(
        "/account/passkeys",
        data={"name": "x", "credential": "{}"},
        headers=OWN | {"cookie": f"{theirs}; __Host-trellis-attempt={attempt}"},
        follow_redirects=False,
    )
    assert answer.status_code == 403
    assert "Somebody else is signed in now" in answer.text


# ---- pages


def test_pages_that_show_what_is_secret_or_ones_own_are_kept_by_no_cache(
    client: TestClient, connection: Connection
) -> None:
    headers = OWN | cookie_of(connection, person(connection, role="administrator"))
    for path in ("/sign-in", "/account", "/account/passkeys/new", "/people-and-roles", "/people-and-roles/keys"):
        assert client.get(path, headers=headers).headers["cache-control"] == "no-store", path
    form = {"name": "Ben", "email": "ben@example.org", "role": "national"}
    made = client.post("/people-and-roles/invite", data=form, headers=headers)
    assert f"{HERE}/invitations/" in made.text
    assert made.headers["cache-control"] == "no-store"
    codes = client.post("/account/recovery-codes", headers=headers)
    assert codes.text.count("<code>") == 10
    assert codes.headers["cache-control"] == "no-store"


def test_inviting_somebody_who_has_an_account_gives_the_role_and_makes_no_link(
    client: TestClient, connection: Connection
) -> None:
    ann = person(connection, name="ann")
    kept = cookie_of(connection, ann)
    headers = OWN | cookie_of(connection, person(connection, role="administrator", name="boss"))
    form = {"name": "Another name", "email": "Ann@example.org", "role": "national"}
    answer = client.post("/people-and-roles/invite", data=form, headers=headers)
    assert answer.status_code == 200
    assert "ann is now national for the whole network" in answer.text
    assert "/invitations/" not in answer.text
    assert connection.execute("select from invitation").fetchall() == []
    found = account_by_email(connection, "ann@example.org")
    assert found is not None
    assert [each.role for each in found.roles] == ["national"]
    assert client.get("/account", headers=OWN | kept, follow_redirects=False).status_code == 303, "signed out"


def test_a_link_names_the_hub_as_it_was_told_and_not_as_a_request_says(
    settings: Settings, connection: Connection
) -> None:
    headers = OWN | cookie_of(connection, person(connection, role="administrator")) | {"host": "evil.example"}
    form = {"name": "Ben", "email": "ben@example.org", "role": "national"}
    for known, told in (({"url": HERE}, HERE), ({"write_key": "s3cret"}, "has to set HUB_URL first")):
        hub = msgspec.structs.replace(settings, **known)
        with TestClient(create_app(hub), base_url=HERE, raise_server_exceptions=False) as client:
            answer = client.post("/people-and-roles/invite", data=form, headers=headers)
            assert told in answer.text
            assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_as_people_call_it(agent: str, words: str) -> None:
    assert browser_in_words(agent) == words
