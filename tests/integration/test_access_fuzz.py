"""Junk to every address as every role: never a mistake of the hub's, never past the guard.

What is sent has the fields that an address reads, taken from the handlers: junk in one that nobody reads finds nothing.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx
import pytest
from askers import (  # the same hub, people and expectations as of the matrix
    LEAD_THROUGH,
    MARKS,
    REFUSED,
    Asker,
    addresses,
    addresses_of,
    app,
    asker,
    body_of,
    client,
    closed,
    filled,
    form_said,
    kept_in,
    likely,
    program,
    query_of,
    refusal_expected,
)
from house import House
from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient
from network import SOMERSET, mutated

from events.access import ROLES
from events.database import Connection
from events.settings import Settings
from hub import errors
from hub.access.guard import Needs, Public
from hub.access.keys import FOR_KEYS
from hub.app import create_app
from hub.edges import printable
from hub.forms.catalogue import FORMS
from hub.forms.form import Form

__all__ = ["app", "client", "closed"]

ODD = ("\x00", "x" * 5000, "9999-12-31", "0001-01-01", str(uuid4()), "\ud7ff\u202e", "-1", "9" * 40)
"""Put into each field by itself: what cannot be stored, is huge, or is a day or an id that nothing has."""

WORDS = (
    *ODD, "", " ", "0", "1e999", "null", "true", "[]", "{}", "\r\nX-Injected: 1", "../../etc", "%2e%2e%2f", "%00",
    "'; drop table event; --", "<script>alert(1)</script>", "=cmd()", "*", "E06000066", "E06000066,E06000052", "UK",
    "2026-05-03", "lead", "administrator", "What was asked for",
)  # fmt: skip

FROM_PROVIDER = ("code", "state", "iss")
"""What an identity provider sends back, which its page reads by itself."""

SENT_AS: dict[Any, str] = {RequestEncodingType.URL_ENCODED: "data", RequestEncodingType.JSON: "json"}

NOBODY = Asker(
    name="nobody", headers={"sec-fetch-site": "same-origin"}, actions=frozenset(), areas=frozenset(), person=False
)


def everybody(connection: Connection) -> list[Asker]:
    roles, programs = (asker(connection, role) for role in ROLES), (program(connection, action) for action in FOR_KEYS)
    return [NOBODY, *roles, *programs]


def in_turn(path: str, handler: HTTPRouteHandler, odds: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong with a request, and the request: each field of the query and the body odd, the others likely."""
    sent_as, fields = body_of(handler)
    query = query_of(path, handler) + list(FROM_PROVIDER if path.endswith("/back") else ())
    for odd in odds[:2] if path.endswith((".csv", ".xlsx")) else odds:
        for name in query:
            yield name, {"params": urlencode({name: odd}, errors="surrogatepass")}
        for name in fields:
            said = {each: likely(type) for each, type in fields.items()} | {name: odd}
            if sent_as == RequestEncodingType.MULTI_PART:
                yield name, {"data": said, "files": {"file": ("x.csv", odd.encode(), "text/csv")}}
            else:
                yield name, {SENT_AS[sent_as]: said}


def may_go_on(everybody: list[Asker], access: Any) -> Asker:
    """Somebody whom the guard lets through."""
    match access:
        case Public():
            return NOBODY
        case Needs(action):
            return next(each for each in everybody if each.may(action, SOMERSET))
        case _:
            return next(each for each in everybody if each.person)


def mistakes(client: TestClient[Litestar], app: Litestar, house: House, odds: Sequence[str] = ODD) -> list[str]:
    """What was answered with a mistake of the hub's, with something odd in each field in turn."""
    ids, people, found = kept_in(house, SOMERSET).ids, everybody(house.connection), list[str]()
    for method, path, handler in addresses(app):
        if "sign-out" in path:
            continue
        who = may_go_on(people, handler.opt.get("access"))
        at, _ = addresses_of(path)[0]
        for name, request in in_turn(path, handler, odds):
            key = {"idempotency-key": str(uuid4())} if method == "POST" else {}
            answer = client.request(
                method, filled(at, SOMERSET, ids), headers=who.headers | key, follow_redirects=False, **request
            )
            client.cookies.clear()
            if answer.status_code >= 500:
                found.append(f"{method} {path} {name}: {answer.status_code}")
    return found


def test_something_odd_in_each_field_that_an_address_reads(
    app: Litestar, client: TestClient[Litestar], closed: Settings, connection: Connection
) -> None:
    assert mistakes(client, app, House(closed, connection, client)) == []


@pytest.mark.parametrize(
    "each", [pytest.param(1, id="a little"), pytest.param(len(ODD), id="a lot", marks=pytest.mark.full)]
)
def test_something_odd_in_each_field_of_each_form(
    client: TestClient[Litestar], closed: Settings, connection: Connection, each: int
) -> None:
    """Nothing that comes of it is a mistake of the hub's, and who may not record is kept away from all of them."""
    kept, people = kept_in(House(closed, connection, client), SOMERSET).ids, everybody(connection)
    catalyst = next(who for who in people if who.person and who.may("record", SOMERSET))
    others = [who for who in people if not who.may("record", SOMERSET)]
    odds = cycle(ODD)

    def sent(who: Asker, form: Form, said: dict[str, str], about: str) -> httpx.Response:
        address = f"/areas/{SOMERSET}/record/{form.name}" + (f"?{urlencode({'about': about})}" if about else "")
        body = urlencode({"key": str(uuid4()), **said}, errors="surrogatepass").encode()
        headers = who.headers | {"content-type": "application/x-www-form-urlencoded"}
        return client.post(address, content=body, headers=headers, follow_redirects=False)

    for form in FORMS.values():
        usual, about = form_said(form), kept.get(form.about, "")
        for name in (*usual, "on", "key"):
            for odd in islice(odds, each):
                answer = sent(catalyst, form, usual | {name: odd}, about)
                assert answer.status_code in (303, 400, 422), (form.name, name, odd)
        assert sent(catalyst, form, usual, next(odds)).status_code in (303, 400, 404, 422)
        told = connection.execute("select count(*) from event").fetchone()
        for who in others:
            answer = sent(who, form, usual, about)
            to_sign_in = answer.status_code in LEAD_THROUGH and "/sign-in" in answer.headers["location"]
            assert answer.status_code in REFUSED or to_sign_in, (who.name, form.name)
        assert connection.execute("select count(*) from event").fetchone() == told


def test_what_the_checks_keep_away_would_be_found(
    closed: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: without the check of characters and the net below, NUL is a mistake of the hub's in many places."""
    monkeypatch.setattr("hub.edges.limits.Limits.count", lambda *_: None)
    letting = mutated(printable, "isinstance(text, str) and _UNPRINTABLE", "False and _UNPRINTABLE")
    monkeypatch.setattr("hub.app.only_printable", letting.only_printable)
    without = mutated(errors, "case psycopg.DataError():", "case psycopg.DataError() if False:")
    monkeypatch.setattr(errors, "problem_of", without.problem_of)
    app = create_app(closed)
    with TestClient(app, base_url="https://testserver.local", raise_server_exceptions=False) as client:
        app.state.feed.close()
        found = mistakes(client, app, House(closed, connection, client), ["\x00"])
    for each in (
        "POST /sign-in/code email",
        "POST /people-and-roles/withdraw email",
        "POST /people-and-roles/keys/revoke prefix",
        "POST /people-and-roles/{id:uuid}/end-role area",
        "GET /audit by",
        "GET /audit.csv of_area",
    ):
        assert f"{each}: 500" in found


def bent(path: str, dice: random.Random, ids: dict[str, str]) -> str:
    """The address, now and then with something unheard of in one of its gaps."""
    path, _ = dice.choice(addresses_of(path))
    address = filled(path, dice.choice(list(MARKS)), ids if dice.random() < 0.5 else None)
    if dice.random() < 0.6 or "{" not in path:
        return address
    gaps = [n for n, part in enumerate(path.split("/")) if part.startswith("{")]
    parts = address.split("/")
    parts[dice.choice(gaps)] = quote(dice.choice(WORDS).encode("utf-8", "surrogatepass"), safe="")
    return "/".join(parts)


def junk(path: str, handler: HTTPRouteHandler, dice: random.Random) -> dict[str, Any]:
    """Anything in the fields that an address reads, sent as it expects or otherwise."""
    query = {name: dice.choice(WORDS) for name in query_of(path, handler) if dice.random() < 0.7}
    asked: dict[str, Any] = {"params": urlencode(query, errors="surrogatepass")} if query else {}
    _, fields = body_of(handler)
    if fields:
        said = {name: dice.choice(WORDS) for name in fields if dice.random() < 0.8}
        kind = dice.choice(("data", "data", "json", "files", "content"))
        if kind == "files":
            asked |= {"data": said, "files": {"file": ("x.csv", dice.randbytes(50), "text/csv")}}
        else:
            asked[kind] = dice.randbytes(dice.randint(0, 300)) if kind == "content" else said
    return asked


@pytest.mark.parametrize(
    "times", [pytest.param(3, id="a little"), pytest.param(10, id="a lot", marks=pytest.mark.full)]
)
def test_junk_at_every_address_as_every_role(
    app: Litestar, client: TestClient[Litestar], closed: Settings, connection: Connection, times: int
) -> None:
    dice = random.Random(times)
    ids = kept_in(House(closed, connection, client), SOMERSET).ids
    people = everybody(connection)
    for method, path, handler in [each for each in addresses(app) if "sign-out" not in each[1]]:
        for who in people:
            for _ in range(times):
                address, asked = bent(path, dice, ids), junk(path, handler, dice)
                headers = who.headers | ({"idempotency-key": str(uuid4())} if dice.random() < 0.8 else {})
                answer = client.request(method, address, headers=headers, follow_redirects=False, **asked)
                client.cookies.clear()
                told = f"{who.name}: {method} {address} {asked} answered {answer.status_code}"
                assert answer.status_code < 500, told
                assert "x-injected" not in answer.headers, told
                if refusal_expected(who, handler.opt.get("access"), None):
                    to_sign_in = answer.status_code in LEAD_THROUGH and "/sign-in" in answer.headers["location"]
                    assert answer.status_code in REFUSED | {400, 405} or to_sign_in, told
