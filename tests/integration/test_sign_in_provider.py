"""Signing in with an identity provider: with a real one, and with one that lies."""

import base64
import hmac
import html
import json
import logging
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import httpx
import msgspec
import pytest
from identity import CLIENT, SECRET, MadeUpProvider, made_up_provider, real_provider, sign_in_at
from joserfc.jwk import RSAKey
from litestar.testing import TestClient
from network import SOMERSET, forget_attempts, mutated

from events.access import HeldRole
from events.base import CannotStart, now, today
from events.database import Connection
from events.settings import Settings
from hub.access import provider as provider_module
from hub.access.accounts import account_by_email, account_of, close_account
from hub.access.attempts import COOKIE as ATTEMPT
from hub.access.attempts import NotSignedIn, WithProvider
from hub.access.invitations import accept, invite
from hub.access.provider import Provider, provider_of
from hub.access.sessions import COOKIE, is_fresh, open_session, principal_of
from hub.app import create_app

HERE = "https://testserver.local"
BACK = f"{HERE}/sign-in/provider/back"
OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def liar() -> Iterator[MadeUpProvider]:
    with made_up_provider() as provider:
        yield provider


def settings_for(settings: Settings, issuer: str) -> Settings:
    return msgspec.structs.replace(
        settings, url=HERE, oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET
    )


@pytest.fixture
def client(settings: Settings, liar: MadeUpProvider) -> Iterator[TestClient]:
    forget_attempts(settings)
    app = create_app(settings_for(settings, liar.issuer))
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def invited(connection: Connection, email: str = "ann@example.org") -> str:
    role = HeldRole(role="catalyst", area=SOMERSET, starts=today())
    return invite(connection, name="Ann", email=email, role=role, by="test")


def sent(client: TestClient, start: str = "/sign-in/provider") -> dict[str, str]:
    """Start, and give what the provider is asked."""
    answer = client.get(start, headers=OWN, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def back(client: TestClient, asked: dict[str, str], **more: str):
    query = {"code": "c0de", "state": asked["state"]} | more
    return client.get("/sign-in/provider/back", params=query, follow_redirects=False)


def joined(client: TestClient, connection: Connection, liar: MadeUpProvider, subject: str = "ann") -> str:
    """Accept an invitation with the provider; gives the session's token."""
    asked = sent(client, f"/invitations/{invited(connection, f'{subject}@example.org')}/provider")
    liar.claims = liar.good_claims(nonce=asked["nonce"], subject=subject)
    answer = back(client, asked)
    assert answer.status_code == 303, answer.text
    return answer.cookies[COOKIE]


# ---- a real provider


def test_somebody_invited_joins_and_signs_in_again_with_a_real_provider(
    settings: Settings, connection: Connection
) -> None:
    with real_provider(BACK) as issuer:
        app = create_app(settings_for(settings, issuer))
        with TestClient(app, base_url=HERE) as client:
            token = invited(connection)
            asked = client.get(f"/invitations/{token}/provider", headers=OWN, follow_redirects=False)
            start = asked.headers["location"]
            assert account_by_email(connection, "ann@example.org") is None, "nothing is accepted before one is back"
            answer = client.get(sign_in_at(start, "ann", until=BACK), follow_redirects=False)
            assert answer.status_code == 303, answer.text
            who = principal_of(connection, answer.cookies[COOKIE])
            account = account_by_email(connection, "ann@example.org")
            assert who is not None
            assert account is not None
            assert who.id == f"account:{account.id}"

            client.cookies.clear()
            start = client.get("/sign-in/provider?to=/account", follow_redirects=False).headers["location"]
            address = sign_in_at(start, "ann", until=BACK)
            answer = client.get(address, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/account")
            assert principal_of(connection, answer.cookies[COOKIE]) == who
            assert is_fresh(connection, answer.cookies[COOKIE]), "the provider told when it asked"
            again = client.get(address, follow_redirects=False)
            assert again.status_code == 403, "the same answer does not work twice"

            client.cookies.clear()
            start = client.get("/sign-in/provider", follow_redirects=False).headers["location"]
            stranger = client.get(sign_in_at(start, "ann@example.org", until=BACK), follow_redirects=False)
            assert stranger.status_code == 403, "a subject that looks like an address is no account's"
            assert COOKIE not in stranger.cookies


def test_signing_out_leads_to_signing_out_at_a_real_provider(settings: Settings, connection: Connection) -> None:
    with real_provider(BACK) as issuer:
        with TestClient(create_app(settings_for(settings, issuer)), base_url=HERE) as client:
            account = accept(connection, invited(connection))
            for how, to in (("passkey", "/"), ("identity provider", "/signed-out")):
                token = open_session(connection, account, how=how, agent="", before=None)
                headers = OWN | {"cookie": f"{COOKIE}={token}"}
                answer = client.post("/sign-out", headers=headers, follow_redirects=False)
                assert (answer.status_code, answer.headers["location"]) == (303, to)
            page = client.get("/signed-out").text
        found = re.search(r'href="([^"]+)"[^>]*>Also sign out at 127\.0\.0\.1', page)
        assert found is not None
        with httpx.Client() as browser:
            asked = browser.get(html.unescape(found[1]))
            assert asked.status_code == 200, "the provider knows the address to come back to"
            action, secret = (
                re.search(r'action="([^"]+)"', asked.text),
                re.search(r'name="xsrf" value="(\w+)"', asked.text),
            )
            assert action
            assert secret
            done = browser.post(action[1], data={"xsrf": secret[1], "logout": "yes"})
            assert (done.status_code, done.headers["location"]) == (303, f"{HERE}/")


# ---- what is asked, and who is let in


def test_the_provider_is_asked_for_a_code_with_pkce_state_and_nonce(client: TestClient, liar: MadeUpProvider) -> None:
    asked = sent(client)
    other = sent(client)
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == BACK
    assert asked["scope"] == "openid"
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 43
        assert asked[name] != other[name]


def test_whoever_is_signed_in_is_to_be_asked_anew(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    assert {name: sent(client).get(name) for name in ("prompt", "max_age")} == {"prompt": None, "max_age": "43200"}
    client.cookies.set(COOKIE, joined(client, connection, liar))
    assert {name: sent(client).get(name) for name in ("prompt", "max_age")} == {"prompt": "login", "max_age": "900"}


@pytest.mark.parametrize(
    ("signed_in", "minutes", "let_in", "fresh"),
    [
        (False, 0, True, True),
        (False, 60, True, False),
        (False, 13 * 60, False, False),
        (False, None, True, False),
        (True, 0, True, True),
        (True, 60, False, False),
        (True, None, True, True),
    ],
)
def test_how_long_ago_the_provider_asked_decides_who_is_fresh(
    client: TestClient,
    connection: Connection,
    liar: MadeUpProvider,
    signed_in: bool,
    minutes: int | None,
    let_in: bool,
    fresh: bool,
) -> None:
    """A browser may leave out what the provider was to be asked for, so what it says counts."""
    token = joined(client, connection, liar)
    client.cookies.clear()
    if signed_in:
        client.cookies.set(COOKIE, token)
    asked = sent(client)
    told = {} if minutes is None else {"auth_time": int(now().timestamp()) - minutes * 60}
    liar.claims = liar.good_claims(nonce=asked["nonce"]) | told
    answer = back(client, asked)
    assert answer.status_code == (303 if let_in else 403)
    if let_in:
        client.cookies.clear()
        headers = OWN | {"cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
        page = client.get("/account/passkeys/new", headers=headers, follow_redirects=False)
        assert page.status_code == (200 if fresh else 303)


def test_an_old_answer_of_the_provider_would_count_without_the_look_at_its_age(published: RSAKey) -> None:
    """The mutant."""
    keys = {"keys": [published.as_dict(private=False)]}
    token = token_of(published, auth_time=AGES_AGO)
    asked = {"provider": PROVIDER, "keys": keys, "attempt": attempt(again=True)}
    with pytest.raises(NotSignedIn, match="did not say who you are"):
        provider_module.identity_in(token, **asked)  # pyright: ignore[reportArgumentType]
    guard = "if told < now().timestamp() - _max_age(attempt) - LEEWAY:"
    without = mutated(provider_module, guard, "if False:")
    assert without.identity_in(token, **asked).subject == "ann"


def test_the_code_is_fetched_with_the_secret_and_the_verifier(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    joined(client, connection, liar)
    (form,) = liar.asked
    assert (
        base64.b64decode(form["authorization"].removeprefix("Basic ")) == f"{CLIENT}:{quote(SECRET, safe='')}".encode()
    )
    assert len(form["code_verifier"]) >= 43
    assert form["redirect_uri"] == BACK


def test_nobody_is_let_in_by_an_address_alone(client: TestClient, connection: Connection, liar: MadeUpProvider) -> None:
    accept(connection, invited(connection))
    asked = sent(client)
    claims = {"email": "ann@example.org", "email_verified": True, "preferred_username": "ann@example.org"}
    liar.claims = liar.good_claims(nonce=asked["nonce"]) | claims
    answer = back(client, asked)
    assert answer.status_code == 403
    assert "No account on this hub is yours" in answer.text
    assert COOKIE not in answer.cookies


def test_an_identity_stays_with_the_account_it_was_tied_to(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    joined(client, connection, liar)
    asked = sent(client, f"/invitations/{invited(connection, 'ben@example.org')}/provider")
    liar.claims = liar.good_claims(nonce=asked["nonce"], subject="ann")
    answer = back(client, asked)
    assert answer.status_code == 403
    assert "another account here" in answer.text
    assert account_by_email(connection, "ben@example.org") is None, "the invitation is still open"


def test_a_closed_account_is_not_opened_by_its_identity(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    joined(client, connection, liar)
    account = account_by_email(connection, "ann@example.org")
    assert account is not None
    close_account(connection, account.id, by="test")
    asked = sent(client)
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    assert back(client, asked).status_code == 403


def test_an_invitation_used_meanwhile_lets_nobody_in(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    token = invited(connection)
    asked = sent(client, f"/invitations/{token}/provider")
    accept(connection, token)
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    assert back(client, asked).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_a_link_elsewhere_leads_to_the_invitation_and_accepts_nothing(
    client: TestClient, connection: Connection, site: str | None
) -> None:
    path = f"/invitations/{invited(connection)}"
    headers = {"sec-fetch-site": site} if site else {}
    answer = client.get(f"{path}/provider", headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert ATTEMPT not in answer.cookies


def test_signing_in_makes_a_new_session(client: TestClient, connection: Connection, liar: MadeUpProvider) -> None:
    before = joined(client, connection, liar)
    client.cookies.set(COOKIE, before)
    asked = sent(client)
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    after = back(client, asked).cookies[COOKIE]
    assert after != before
    assert principal_of(connection, before) is None
    who = principal_of(connection, after)
    assert who is not None
    assert account_of(connection, UUID(who.id.removeprefix("account:"))) is not None


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "/%0d%0aset-cookie:a=b"])
def test_signing_in_leads_to_an_address_of_this_hub(
    client: TestClient, connection: Connection, liar: MadeUpProvider, to: str
) -> None:
    joined(client, connection, liar)
    asked = sent(client, f"/sign-in/provider?to={to}")
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    assert back(client, asked).headers["location"] == "/account"


# ---- answers that nobody asked for


def refused(client: TestClient, asked: dict[str, str], **more: str) -> None:
    answer = back(client, asked, **more)
    assert answer.status_code == 403, answer.headers
    assert COOKIE not in answer.cookies


def test_an_answer_is_taken_once_and_from_the_browser_that_was_sent_only(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    joined(client, connection, liar)
    asked = sent(client)
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    mine = client.cookies[ATTEMPT]
    client.cookies.clear()
    refused(client, asked)  # another browser, which an attacker gave the address with their own code
    client.cookies.set(ATTEMPT, mine)
    assert back(client, asked).status_code == 303
    client.cookies.set(ATTEMPT, mine)
    refused(client, asked)


def test_another_state_is_refused_and_uses_the_attempt_up(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    joined(client, connection, liar)
    asked = sent(client)
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    refused(client, asked, state="another")
    refused(client, asked)


def test_an_attempt_ends_after_ten_minutes(client: TestClient, connection: Connection, liar: MadeUpProvider) -> None:
    joined(client, connection, liar)
    asked = sent(client)
    liar.claims = liar.good_claims(nonce=asked["nonce"])
    connection.execute("update sign_in_attempt set ends_at = ends_at - interval '10 minutes'")
    refused(client, asked)


def test_what_waits_for_an_answer_opens_nothing_from_the_table(client: TestClient, connection: Connection) -> None:
    sent(client)
    row = connection.execute("select token from sign_in_attempt").fetchone()
    assert row is not None
    assert isinstance(row[0], bytes)
    assert client.cookies[ATTEMPT].encode() not in row[0]


def test_a_provider_that_fails_is_said_in_a_sentence(
    client: TestClient, connection: Connection, liar: MadeUpProvider
) -> None:
    asked = sent(client)
    liar.status = 400
    refused(client, asked)
    asked = sent(client)
    refused(client, asked, code="", error="access_denied")
    asked = sent(client)
    refused(client, asked, iss="https://evil.example")
    liar.configuration["issuer"] = "https://evil.example"
    answer = client.get("/sign-in/provider", follow_redirects=False)
    assert answer.status_code == 403
    liar.configuration["issuer"] = liar.issuer
    liar.configuration["token_endpoint"] = "http://evil.example/token"
    assert client.get("/sign-in/provider", follow_redirects=False).status_code == 403


def test_no_token_code_or_secret_is_logged(
    client: TestClient, connection: Connection, liar: MadeUpProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="hub")
    token = invited(connection)
    asked = sent(client, f"/invitations/{token}/provider")
    liar.claims = liar.good_claims(nonce="another")
    refused(client, asked, code="the-code-itself")
    assert "somebody was not signed in" in caplog.text
    for secret in ("the-code-itself", asked["state"], asked["nonce"], liar.made(), SECRET, token):
        assert secret not in caplog.text


# ---- tokens

AGES_AGO = int(now().timestamp()) - 3600


@pytest.fixture(scope="module")
def published() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


ISSUER = "https://login.example.org"
PROVIDER = Provider(issuer=ISSUER, client_id=CLIENT, client_secret=SECRET)


def token_of(published: RSAKey, *, key: object = None, header: dict[str, str] | None = None, **claims: object) -> str:
    liar = MadeUpProvider(ISSUER)
    liar.key = key or published
    liar.header = header or liar.header
    told = liar.good_claims(nonce="n") | claims
    liar.claims = {name: value for name, value in told.items() if value is not None}
    return liar.made()


def whose(published: RSAKey, token: str, module: object = provider_module) -> str:
    keys = {"keys": [published.as_dict(private=False)]}
    return module.identity_in(token, provider=PROVIDER, keys=keys, attempt=attempt()).subject  # pyright: ignore


def attempt(*, again: bool = False) -> WithProvider:
    return WithProvider(state="s", nonce="n", verifier="v", to="/account", again=again)


def test_a_good_token_says_who_somebody_is(published: RSAKey) -> None:
    assert whose(published, token_of(published)) == "ann"
    assert whose(published, token_of(published, aud=[CLIENT])) == "ann"
    assert whose(published, token_of(published, aud=[CLIENT, "other"], azp=CLIENT)) == "ann"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": []},
        {"aud": None},
        {"aud": [CLIENT, "other"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": AGES_AGO},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": AGES_AGO + 100_000},
        {"iat": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"nbf": AGES_AGO + 100_000},
    ],
    # not what they say in full: a moment is another one in each process that collects
    ids=lambda claims: f"{next(iter(claims))}-{type(next(iter(claims.values()))).__name__}",
)
def test_a_token_that_says_something_else_is_nobodys(published: RSAKey, claims: dict[str, object]) -> None:
    with pytest.raises(NotSignedIn):
        whose(published, token_of(published, **claims))


def unsigned(published: RSAKey) -> str:
    parts = token_of(published).split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{header}.{parts[1]}."


def by_secret(token: str, secret: bytes) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "one"}).encode()).rstrip(b"=").decode()
    signed = f"{head}.{token.split('.')[1]}"
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_token_signed_otherwise_is_nobodys(published: RSAKey) -> None:
    own = RSAKey.generate_key(2048, {"kid": "one"})
    whole = token_of(published)
    made = {
        "another key under the same name": token_of(published, key=own),
        "a name of no key": token_of(published, header={"alg": "RS256", "kid": "two"}),
        "the public key as a shared secret": by_secret(whole, published.as_pem(private=False)),
        "no signature": unsigned(published),
        "a signature cut off": whole.rpartition(".")[0] + ".",
        "a changed claim": changed(whole),
        "no token": "x",
    }
    for what, token in made.items():
        with pytest.raises(NotSignedIn):
            print(what, whose(published, token))


def changed(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"sub": "ben"}
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{signature}"


@pytest.mark.parametrize(
    ("guard", "claims"),
    [
        ('aud={"essential": True, "value": provider.client_id},', {"aud": "another"}),
        ('iss={"essential": True, "value": provider.issuer},', {"iss": "https://evil.example"}),
        ('nonce={"essential": True, "value": attempt.nonce},', {"nonce": "another"}),
        ('exp={"essential": True},', {"exp": None}),
        ('claims.get("azp") != provider.client_id', {"azp": "another"}),
        ("expected.validate(claims)", {"exp": AGES_AGO}),
    ],
)
def test_without_a_guard_the_token_would_be_somebodys(published: RSAKey, guard: str, claims: dict[str, object]) -> None:
    """The mutants: each check, taken out, lets its forged token in."""
    without = mutated(provider_module, guard, "False" if " != " in guard else "pass" if "validate" in guard else "")
    assert whose(published, token_of(published, **claims), without) == "ann"


# ---- settings


def test_half_a_provider_is_refused_in_a_sentence(settings: Settings) -> None:
    assert provider_of(settings) is None
    half = msgspec.structs.replace(settings, oidc_issuer=ISSUER)
    with pytest.raises(CannotStart, match="set HUB_OIDC_CLIENT_ID and HUB_OIDC_CLIENT_SECRET as well"):
        provider_of(half)
    with pytest.raises(CannotStart, match="must begin with https"):
        provider_of(settings_for(settings, "http://login.example.org"))
    with pytest.raises(CannotStart):
        create_app(half)


def test_a_hub_without_a_provider_has_none_of_its_addresses(settings: Settings) -> None:
    with TestClient(create_app(msgspec.structs.replace(settings, url=HERE)), base_url=HERE) as client:
        assert client.get("/sign-in/provider", follow_redirects=False).status_code == 404
        assert client.get("/sign-in/provider/back?code=a&state=b", follow_redirects=False).status_code == 404
        assert "organisation" not in client.get("/sign-in").text
