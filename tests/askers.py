"""People and programs with every role, and every address they can try: for tests of who may do what."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal, get_args, get_origin
from uuid import UUID, uuid4

import msgspec
import pytest
from filling import filled_in, flat
from house import OWNER, House
from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, QueryParameter
from litestar.testing import TestClient
from msgspec import Struct
from network import CORNWALL, SOMERSET, Network, joined, milestone, registered
from one_of_each import one_of_each, project

from events.access import EVERYWHERE, NETWORK_ROLES, ROLES, Action, HeldRole, Role
from events.base import Sealed, today
from events.database import Connection, connect
from events.settings import Settings
from events.vault import Vault, seal
from hub.access.accounts import add_account, give_role
from hub.access.guard import Needs, Public, SignedIn
from hub.access.keys import make_key
from hub.access.sessions import COOKIE, open_session
from hub.app import create_app
from hub.edges.limits import Limits
from hub.forms import routes as forms
from hub.forms.catalogue import FORMS
from hub.forms.form import About, Form, asked
from hub.lists.catalogue import LISTINGS
from hub.schema.examples import example

MARKS = {SOMERSET: "Quillbrook-of-Somerset", CORNWALL: "Penhallow-of-Cornwall"}
"""Names of enterprises that stand in one area's ledger only."""

STAFF = {SOMERSET: "Tamsin-of-Somerset", CORNWALL: "Jory-of-Cornwall"}
"""Names of people who work in one area only."""

ABOUT_STAFF: tuple[Action, ...] = ("read people", "break glass", "ask erasure", "approve erasure", "read audit")

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
    return msgspec.structs.replace(settings, write_key="s3cret", url="https://testserver.local")


@pytest.fixture
def app(closed: Settings, monkeypatch: pytest.MonkeyPatch) -> Litestar:
    """It counts no requests: those who try everything ask more often than anybody may. No projector runs."""
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    monkeypatch.setattr(forms, "SEEN_WITHIN", 0.0)
    return create_app(closed)


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, base_url="https://testserver.local", raise_server_exceptions=False) as client:
        app.state.feed.close()  # so that the answer to who listens ends
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


WITHIN = ("area", "subject", "enterprise", "need", "referral", "session", "message", "matter")
"""Gaps in addresses for what is in one area. Lessons and barriers are for all areas."""


def in_an_area(path: str) -> bool:
    return any(f"{{{gap}:" in path for gap in WITHIN)


A_FORM: Mapping[About, str] = {
    "area": "barrier",
    "enterprise": "milestone",
    "session": "place",
    "need": "need-response",
    "referral": "accept",
    "lesson": "practice-seen",
    "barrier": "barrier-resolved",
    "feedback": "feedback-acknowledged",
    "agenda item": "agenda-item-answered",
}
"""For each thing that something can be recorded of, a form."""


BY_STAFF: Mapping[str, str] = {
    "enterprise": "milestone",
    "session": "place",
    "need": "need-response",
    "referral": "decline",
    "lesson": "lesson-revised",
    "barrier": "barrier-resolved",
    "feedback": "feedback-acknowledged",
    "agenda item": "agenda-item-answered",
}
"""What somebody recorded by a form, so that their name stands wherever such names do."""


def addresses_of(path: str) -> list[tuple[str, About | None]]:
    """The address, or one for each kind of form if it is that of forms; and what such a form is about."""
    if "{form:str}" not in path:
        return [(path, None)]
    kinds: list[About] = ["enterprise"] if path.startswith("/choose") else list(A_FORM)
    return [(path.replace("{form:str}", A_FORM[each]), each) for each in kinds]


def filled(path: str, area: str, ids: Mapping[str, str] | None = None) -> str:
    """An address with something in each of its gaps: what `ids` has for the gap or the part before it, else what
    nothing is."""
    parts: list[str] = []
    for part in path.split("/"):
        name, _, kind = part.strip("{}").partition(":")
        if not part.startswith("{"):
            parts.append(part)
        elif name == "area":
            parts.append(area)
        elif name == "indicator":
            parts.append("enterprises")
        elif ids and (name in ids or parts[-1] in ids):
            parts.append(ids.get(name) or ids[parts[-1]])
        else:
            parts.append({"uuid": str(uuid4()), "int": "987654", "path": "trellis.css"}.get(kind, "x"))
    return "/".join(parts)


class Kept(Struct, frozen=True, kw_only=True):
    """What is on record in one area: ids by the gap of an address or by the part before it, ids of people that stand in
    its ledger, the name of somebody who recorded something there, and words and ids that only those see who work with
    people there."""

    ids: dict[str, str]
    people: tuple[str, ...]
    staff: str
    marks: tuple[str, ...]


def kept_in(house: House, area: str) -> Kept:
    """Have somebody of the area look at a person, ask for an erasure, place a hold and record something by a page; and
    have one of each thing recorded, all but what is for everybody called like the area's mark."""
    staff, why = house.person("catalyst", area, name=STAFF[area]), f"Asked by {uuid4()}"
    owners: list[str] = []
    for enterprise in (uuid4(), uuid4()):
        house.register(area, enterprise, OWNER)
        owners += [str(each) for each in house.owners(area, enterprise)]
    each = one_of_each(house, area, name=MARKS[area])
    project(house)
    for kind, form in BY_STAFF.items():
        page = f"/areas/{area}/record/{form}?about={each[kind]}&key={uuid4()}"
        said = filled_in(staff.get(page).text, FORMS[form])
        assert staff.post(page, **said).status_code == 303, form  # pyright: ignore[reportArgumentType]
    project(house)
    assert staff.post(f"/people/{owners[0]}", why=why).status_code == 200
    assert staff.post(f"/areas/{area}/people/{owners[0]}/erasure", basis="asked by the person").status_code == 303
    assert staff.post(f"/areas/{area}/people/{owners[1]}/hold", kind="legal claim").status_code == 303
    one = """select (select id from erasure where subject = %s), (select id from erasure_hold where subject = %s),
                    (select id from session where account = %s)"""
    row = house.connection.execute(one, [owners[0], owners[1], staff.account]).fetchone()
    assert row is not None
    order, hold, session = map(str, row)
    return Kept(
        ids={
            **each,
            "mailbox": _boxes(house, area, each),
            "position": "2",
            "people": owners[0],
            "erasures": order,
            "holds": hold,
            "sessions": session,
            "people-and-roles": str(staff.account),
        },
        people=(*owners, each["need"]),
        staff=STAFF[area],
        marks=(why, order, hold),
    )


def _boxes(house: House, area: str, each: Mapping[str, str]) -> str:
    """Keep a certificate and a mail, sealed; the id of the mail."""
    enterprise, message = UUID(each["enterprise"]), uuid4()
    with connect(house.settings.vault_url) as keys:
        key = Vault(house.settings.vault_key).keys(keys, [enterprise])[enterprise]
    mail = {"name": MARKS[area], "email": MARKS[area], "mail": {"subject": MARKS[area], "text": MARKS[area]}}
    file: Sealed[bytes] = seal(b"%PDF-", subject=enterprise, key=key)
    letter: Sealed[object] = seal(mail, subject=enterprise, key=key)
    house.connection.execute(
        "insert into evidence_file (area, evidence, enterprise, kind, size, subject, box)"
        " values (%s, %s, %s, 'application/pdf', 5, %s, %s)",
        [area, each["evidence"], enterprise, enterprise, file.box],
    )
    house.connection.execute(
        "insert into mailbox (area, message, subject, box) values (%s, %s, %s, %s)",
        [area, message, enterprise, letter.box],
    )
    return str(message)


def query_of(path: str, handler: HTTPRouteHandler) -> list[str]:
    """What an address reads from its query. Lists read what each may be filtered by."""
    parameters = handler.parsed_fn_signature.parameters.items()
    declared = [name for name, each in parameters if isinstance(each.kwarg_definition, QueryParameter)]
    listing = next((each for each in LISTINGS if path.partition(".")[0] == f"/{each.name}"), None)
    return declared + (["area", "sort", "page", *(each.name for each in listing.filters)] if listing else [])


def body_of(handler: HTTPRouteHandler) -> tuple[RequestEncodingType | str | None, dict[str, Any]]:
    """How an address is to be sent what it reads from a body, and the type of each field; None if it reads none."""
    field = handler.parsed_data_field
    if field is None or not isinstance(field.kwarg_definition, BodyKwarg):
        return None, {}
    if not issubclass(field.annotation, Struct):  # which is what each form of people's asks for: see `form_said`
        return field.kwarg_definition.media_type, dict.fromkeys(("key", "wrong", "again"), str)
    return field.kwarg_definition.media_type, {
        each.encode_name: each.type for each in msgspec.structs.fields(field.annotation)
    }


def form_said(form: Form) -> dict[str, str]:
    """Something likely in each field of a form."""
    usual = dict(flat(example(form.input)))
    said = {each.field.name: usual.get(each.field.name, "") for each in asked(form) if each.field.name != "on"}
    return {name: ", ".join(text) if isinstance(text, list) else text for name, text in said.items()}


def likely(type: Any) -> str:
    """Something that fits into a field of a form."""
    return str(get_args(type)[0]) if get_origin(type) is Literal else "What was asked for"


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
