"""Every address as every role, in one's own area and in another: nothing shows through that is not theirs."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from askers import (
    ABOUT_STAFF,
    LEAD_THROUGH,
    MARKS,
    REFUSED,
    STAFF,
    Asker,
    Kept,
    addresses,
    addresses_of,
    app,
    asker,
    body_of,
    client,
    closed,
    filled,
    in_an_area,
    kept_in,
    likely,
    program,
    refusal_expected,
)
from house import House
from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, mutated

from events import access
from events.access import ROLES, HeldRole
from events.base import today
from events.database import Connection, connect, let_in, open_pool
from events.settings import Settings
from hub import db, naming
from hub.access.accounts import add_account, give_role
from hub.access.guard import Needs, SignedIn
from hub.access.keys import FOR_KEYS
from hub.access.sessions import COOKIE, open_session
from hub.app import create_app
from hub.forms.form import About
from hub.input import Input
from hub.schema.examples import ID, example

__all__ = ["app", "client", "closed"]


def test_every_address_as_every_role_in_ones_own_area_and_in_another(
    app: Litestar, client: TestClient[Litestar], closed: Settings, connection: Connection
) -> None:
    """With ids of what is there in the area, and with ids of nothing."""
    house = House(closed, connection, client)
    kept = {area: kept_in(house, area) for area in MARKS}
    askers = [
        Asker(name="nobody", headers={}, actions=frozenset(), areas=frozenset(), person=False),
        *(asker(connection, role) for role in ROLES),
        *(program(connection, action) for action in FOR_KEYS),
    ]
    found = addresses(app)
    assert len(found) > 25
    # what is read comes before it is changed, and signing out last: it ends the session that the others are asked with
    found.sort(key=lambda each: ("sign-out" in each[1], each[0] != "GET", each[1].endswith(("/leave", "/close"))))
    seen: set[str] = set()
    for method, path, handler in found:
        for area in MARKS if "{" in path else [SOMERSET]:
            for (address, about), who, there in product(addresses_of(path), askers, (True, False)):
                # who is refused in an area is refused before anybody looks what is there
                kept_away = "{area:" in path and refusal_expected(who, handler.opt.get("access"), area)
                if not there and ("{" not in path or kept_away):
                    continue
                if check(client, method, address, handler, area, who, kept, about=about, there=there):
                    seen.add(path)
    wanted = {path for method, path, handler in found if method == "GET" and needs_somebody(handler)}
    assert seen == wanted, "somebody may, and can"


def needs_somebody(handler: HTTPRouteHandler) -> bool:
    return isinstance(handler.opt.get("access"), Needs | SignedIn)


def check(
    client: TestClient[Litestar],
    method: str,
    path: str,
    handler: HTTPRouteHandler,
    area: str,
    who: Asker,
    kept: Mapping[str, Kept],
    *,
    about: About | None,
    there: bool,
) -> bool:
    """Whether this asker was shown what they may read. With `about` it is the address of a form about such a thing."""
    ids = kept[area].ids if there else {}
    address = filled(path, area, ids)
    if about and about != "area" and path.startswith("/areas"):
        address += f"?about={ids.get(about, uuid4())}&key={uuid4()}"
    said, json = sent(method, path, handler, area, ids)
    answer = client.request(
        method,
        address,
        headers=who.headers | ({"idempotency-key": str(uuid4())} if method == "POST" else {}),
        data=said,
        json=json,
        follow_redirects=False,
    )
    if method == "GET" and answer.status_code == 303 and answer.headers["location"].startswith(address):
        answer = client.get(answer.headers["location"], headers=who.headers, follow_redirects=False)
    told = f"{who.name}: {method} {address} answered {answer.status_code}"
    assert answer.status_code < 500, told
    # an address that names a person, an enterprise, an order or a hold is about the area they are in
    within = area if in_an_area(path) else None
    if refusal_expected(who, handler.opt.get("access"), within):
        to_sign_in = answer.status_code in LEAD_THROUGH and answer.headers["location"].startswith("/sign-in")
        assert answer.status_code in REFUSED or to_sign_in, told
        for place, mark in MARKS.items():
            hidden = (mark, *kept[place].people, kept[place].staff, *kept[place].marks)
            assert not shown(answer.text, hidden, address), told
    elif needs_to_read(path) and not who.may("read area", area):
        assert answer.status_code in REFUSED | {200, 400, 422}, told  # without what is written there: see below
    elif method == "GET" and there and needs_somebody(handler):
        # who has nothing to record is led from the home page to what is theirs to read
        assert answer.status_code == 200 or (path == "/home" and answer.status_code == 303), f"{told}, and they may"
        return True
    elif within and there and is_input(handler) and not who.person:  # who writes to the API with a key alone
        assert answer.status_code in TOLD, f"{told}, and they may: {answer.text}"
    for place, mark in MARKS.items():
        # who may record something of an enterprise is told by name which one it was that could not be recorded of
        refused = answer.status_code == 422 and is_input(handler) and who.may("record", place)
        if not who.may("read area", place) and not refused:
            written = shown(answer.text, (mark, *kept[place].people), address)
            assert not written, f"{told} and shows what is written in {place}"
        if not may_see_staff(who, place):
            assert not shown(answer.text, kept[place].marks, address), f"{told} and shows what is done in {place}"
            if not (who.person and who.may("read area", place)):
                assert not shown(answer.text, (kept[place].staff,), address), f"{told} and shows who works in {place}"
    return False


def needs_to_read(path: str) -> bool:
    """Whether a page is for whoever may record there, and shows what it is about as far as they may read."""
    return path.startswith("/areas/{area:str}/record")


TOLD = {201, 422}
"""Recorded, or refused by what decides: not kept away before."""


def is_input(handler: HTTPRouteHandler) -> bool:
    field = handler.parsed_data_field
    return field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, Input)


def sent(
    method: str, path: str, handler: HTTPRouteHandler, area: str, ids: Mapping[str, str]
) -> tuple[dict[str, Any] | None, Any]:
    """A form or JSON with something likely in each field: for the API its example, with ids of what is there."""
    if is_input(handler):
        said = example(handler.parsed_data_field.annotation)  # pyright: ignore[reportOptionalMemberAccess]
        said = {name: ids.get(name, held) if held == ID else held for name, held in said.items() if name != "on"}
        if "/practices/" in path:
            del said["lesson"]
        said.pop("instead_of", None)
        if path.endswith("/shared"):
            said["enterprises"] = []
        elif path.endswith("/corrections"):
            said = {"position": 3, "reason": "mistyped"}
        return None, said
    if "{form:" in path or "/recorded/" in path or "/record/" in path:
        return {"key": str(uuid4())}, None
    sent_as, fields = body_of(handler)
    if sent_as == RequestEncodingType.URL_ENCODED:
        return {name: likely(type) for name, type in fields.items()}, None
    return None, {} if method == "POST" else None


def shown(text: str, marks: Iterable[str], address: str) -> list[str]:
    """Which of these a text shows, except what whoever asked already gave."""
    return [mark for mark in marks if mark in text and mark not in address]


def may_see_staff(who: Asker, area: str) -> bool:
    return "manage access" in who.actions or any(who.may(action, area) for action in ABOUT_STAFF)


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


@pytest.mark.parametrize("table", ["enterprise", "need", "referral"])
def test_pages_would_show_another_area_without_security_by_row(
    client: TestClient[Litestar], connection: Connection, closed: Settings, table: str
) -> None:
    """The mutants: what keeps areas apart on a page and in a list is the database."""
    there = kept_in(House(closed, connection, client), CORNWALL).ids[table]
    catalyst = asker(connection, "catalyst")

    def shown() -> list[int]:
        answers = [client.get(at, headers=catalyst.headers) for at in (f"/{table}s/{there}", f"/{table}s.csv")]
        return [answers[0].status_code, MARKS[CORNWALL] in answers[1].text]

    assert shown() == [404, False]
    connection.execute(f"alter table work_1.{table} disable row level security".encode())
    try:
        assert shown()[0] == 200
    finally:
        connection.execute(f"alter table work_1.{table} enable row level security".encode())


def test_programs_are_told_no_names_and_shown_nothing_they_may_not_read(
    client: TestClient[Litestar], connection: Connection, closed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the mutants: a program that is told like a person, and one that reads wherever it may record."""
    enterprise = kept_in(House(closed, connection, client), SOMERSET).ids["enterprise"]
    reading, recording = (program(connection, action).headers for action in ("read area", "record"))

    def named() -> bool:
        return STAFF[SOMERSET] in client.get(f"/enterprises/{enterprise}", headers=reading).text

    def chosen_from() -> bool:
        return MARKS[SOMERSET] in client.get("/choose/milestone", headers=recording).text

    assert not named()
    assert not chosen_from()
    telling = mutated(naming, 'who.id.startswith("key:")', "False")
    monkeypatch.setattr("hub.enterprises.page.namer", telling.namer)
    assert named()
    letting = mutated(access, 'both if self.may("read area", area) else alone', "both")
    monkeypatch.setattr(access.Principal, "only", letting.Principal.only)
    assert chosen_from()


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
