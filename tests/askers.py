"""People and programs with every role, and every address they can try: for tests of who may do what."""

from collections.abc import Iterator
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
from events.database import Connection
from events.settings import Settings
from hub.access.accounts import add_account, give_role
from hub.access.guard import Needs, Public, SignedIn
from hub.access.keys import make_key
from hub.access.sessions import COOKIE, open_session
from hub.app import create_app
from hub.edges.limits import Limits

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
def app(closed: Settings, monkeypatch: pytest.MonkeyPatch) -> Litestar:
    """It counts no requests: those who try everything ask more often than anybody may."""
    monkeypatch.setattr(Limits, "count", lambda *_: None)
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
