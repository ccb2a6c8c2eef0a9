"""Every address as every role, in one's own area and in another: nothing shows through that is not theirs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient
from msgspec import Struct
from network import CORNWALL, SOMERSET, Network, joined, milestone, registered

from events.access import EVERYWHERE, NETWORK_ROLES, ROLES, Action, HeldRole, Role
from events.base import today
from events.database import Connection, connect, let_in, open_pool
from events.settings import Settings
from hub import db
from hub.access.accounts import add_account, give_role
from hub.access.guard import Needs, Public, SignedIn
from hub.access.keys import FOR_KEYS, make_key
from hub.access.sessions import COOKIE, open_session
from hub.app import create_app

MARKS = {SOMERSET: "Quillbrook-of-Somerset", CORNWALL: "Penhallow-of-Cornwall"}
"""Names of enterprises that stand in one area's ledger only."""

REFUSED = {401, 403, 404}

LEAD_THROUGH = {303}
"""A page that needs to know who asks leads to the sign-in."""


class Asker(Struct, frozen=True, kw_only=True):
    """Somebody with rights in Somerset, or everywhere."""

    name: str
    headers: dict[str, str]
    actions: frozenset[Action]
    areas: frozenset[str]
    person: bool

    def may(self, action: Action, area: str) -> bool:
        return action in self.actions and (EVERYWHERE in self.areas or area in self.areas)


def asker(connection: Connection, role: Role) -> Asker:
    area = EVERYWHERE if role in NETWORK_ROLES else SOMERSET
    account = add_account(connection, name=role, email=f"{role}.{uuid4()}@example.org")
    give_role(connection, account, HeldRole(role=role, area=area, starts=today()), given_by="test")
    token = open_session(connection, account, how="test", agent="", before=None)
    headers = {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin"}
    return Asker(name=role, headers=headers, actions=ROLES[role], areas=frozenset({area}), person=True)


def program(connection: Connection, action: Action) -> Asker:
    key = make_key(
        connection, name="x", actions=[action], areas=[SOMERSET], ends_on=today() + timedelta(9), created_by="test"
    )
    return Asker(
        name=f"key that may {action}",
        headers={"authorization": f"Bearer {key}"},
        actions=frozenset({action}),
        areas=frozenset({SOMERSET}),
        person=False,
    )


@pytest.fixture
def closed(settings: Settings, network: Network) -> Settings:
    for area, name in MARKS.items():
        network.given(joined(area), registered(name), milestone("first customer"))
    network.project()
    return msgspec.structs.replace(settings, write_key="s3cret")


@pytest.fixture
def app(closed: Settings) -> Litestar:
    return create_app(closed)


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, base_url="https://testserver.local", raise_server_exceptions=False) as client:
        yield client


def addresses(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Method, path and handler of everything the hub answers, the framework's own OPTIONS left out."""
    return [
        (method, route.path, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


def filled(path: str, area: str) -> str:
    """An address with something in each of its gaps."""
    parts: list[str] = []
    for part in path.split("/"):
        name, _, kind = part.strip("{}").partition(":")
        if not part.startswith("{"):
            parts.append(part)
        elif name == "area":
            parts.append(area)
        elif name == "indicator":
            parts.append("enterprises")
        else:
            parts.append({"uuid": str(uuid4()), "int": "1", "path": "trellis.css"}.get(kind, "x"))
    return "/".join(parts)


def refusal_expected(asker: Asker, access: Any, area: str | None) -> bool:
    match access:
        case Public():
            return False
        case SignedIn():
            return not asker.person
        case Needs(action):
            return not asker.may(action, area) if area else action not in asker.actions
        case _:
            return True


def test_every_address_as_every_role_in_ones_own_area_and_in_another(
    app: Litestar, client: TestClient[Litestar], connection: Connection
) -> None:
    askers = [
        Asker(name="nobody", headers={}, actions=frozenset(), areas=frozenset(), person=False),
        *(asker(connection, role) for role in ROLES),
        *(program(connection, action) for action in FOR_KEYS),
    ]
    found = addresses(app)
    assert len(found) > 25
    # signing out comes last, as it ends the session that the other addresses are asked with
    found.sort(key=lambda each: "sign-out" in each[1])
    for method, path, handler in found:
        for area in [SOMERSET, CORNWALL] if "{area:" in path else [None]:
            for who in askers:
                check(client, method, path, handler, area, who)


def check(
    client: TestClient[Litestar], method: str, path: str, handler: HTTPRouteHandler, area: str | None, who: Asker
) -> None:
    address = filled(path, area or SOMERSET)
    headers = who.headers | ({"idempotency-key": str(uuid4())} if method == "POST" else {})
    answer = client.request(
        method, address, headers=headers, json={} if method == "POST" else None, follow_redirects=False
    )
    told = f"{who.name}: {method} {address} answered {answer.status_code}"
    assert answer.status_code < 500, told
    if refusal_expected(who, handler.opt.get("access"), area):
        to_sign_in = answer.status_code in LEAD_THROUGH and answer.headers["location"].startswith("/sign-in")
        assert answer.status_code in REFUSED or to_sign_in, told
        for mark in MARKS.values():
            assert mark not in answer.text, told
    for place, mark in MARKS.items():
        if not who.may("read area", place):
            assert mark not in answer.text, f"{told} and shows what is written in {place}"


def test_the_marks_would_be_seen(client: TestClient[Litestar], connection: Connection) -> None:
    """The matrix looks for words that do show up for whoever may read them."""
    catalyst = asker(connection, "catalyst")
    feed = client.get(f"/api/areas/{SOMERSET}/ledger", headers=catalyst.headers)
    behind = client.get("/figures/enterprises", headers=catalyst.headers)
    assert MARKS[SOMERSET] in feed.text
    assert MARKS[SOMERSET] in behind.text
    assert MARKS[CORNWALL] not in behind.text
    national = client.get("/figures/enterprises", headers=asker(connection, "national").headers)
    assert all(mark in national.text for mark in MARKS.values())


def test_users_who_share_the_one_connection_see_nothing_of_each_other(
    closed: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "open_pool", lambda url, **how: open_pool(url, **(how | {"size": 1})))
    people = {}
    for area in MARKS:
        account = add_account(connection, name=area, email=f"{uuid4()}@example.org")
        give_role(connection, account, HeldRole(role="catalyst", area=area, starts=today()), given_by="test")
        people[area] = {"cookie": f"{COOKIE}={open_session(connection, account, how='t', agent='', before=None)}"}
    with TestClient(create_app(closed), base_url="https://testserver.local") as client:

        def look(number: int) -> None:
            area, other = (SOMERSET, CORNWALL) if number % 2 else (CORNWALL, SOMERSET)
            shown = client.get("/figures/enterprises", headers=people[area]).text
            assert MARKS[area] in shown
            assert MARKS[other] not in shown

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(look, range(40)))


def test_a_setting_that_outlived_its_transaction_would_leak(closed: Settings) -> None:
    """The mutant: a setting for the session instead of the transaction is still there for the next user."""
    with connect(closed.database_url, for_others=True) as pooled:
        with pooled.transaction():
            let_in(pooled, [SOMERSET])
        assert pooled.execute("select count(*) from event").fetchone() == (0,)
        pooled.execute("select set_config('trellis.areas', %s, false)", [SOMERSET])
        assert pooled.execute("select count(*) from event").fetchone() != (0,)
