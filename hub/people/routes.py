"""Pages about people's data: what is sealed, who looked, erasing, the audit. No address holds more than an id."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from events.access import EVERYWHERE, Principal
from events.base import NotFound, Refused, in_words, now, today
from events.people import ErasureBasis, HoldKind
from events.personal_data import COLUMNS, ELSEWHERE, PLAIN, SEALED, readers
from events.places import place_name
from hub.access.guard import PUBLIC, Needs
from hub.db import Hub, notice
from hub.desk import AreaCode
from hub.input import day
from hub.look.page import NO_STORE, render
from hub.people import audit, erasure
from hub.people.export import export
from hub.people.files import files_of
from hub.people.looking import (
    MayLook,
    Opened,
    erased_on,
    held_for,
    held_of_subject,
    looks_at,
    open_files,
    open_for,
    sealed_for_enterprise,
)

ON_PAGE = 200
IN_FILE = 100_000


class Reason(Struct, frozen=True, kw_only=True):
    why: str = ""


class Ask(Struct, frozen=True, kw_only=True):
    basis: ErasureBasis
    notes: Literal["with", ""] = ""


class PlaceHold(Struct, frozen=True, kw_only=True):
    kind: HoldKind


# ---- looking


@get("/", access=Needs("read people"), sync_to_thread=True, include_in_schema=False)
def person(hub: NamedDependency[Hub], who: NamedDependency[Principal], subject: FromPath[UUID]) -> Response[bytes]:
    """What kinds of things are held about a person, closed, and who has looked."""
    return _person(hub, who, subject, action="read people")


@post(
    "/",
    access=Needs("read people"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=200,
)
def open_person(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    subject: FromPath[UUID],
    data: Annotated[Reason, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    return _opened(hub, who, subject, action="read people", why=data.why)


@get("/break-glass", access=Needs("break glass"), sync_to_thread=True, include_in_schema=False)
def person_of_others(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], subject: FromPath[UUID]
) -> Response[bytes]:
    """The same for those whose task it is not. The area's lead sees who looked and why."""
    return _person(hub, who, subject, action="break glass")


@post(
    "/break-glass",
    access=Needs("break glass"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=200,
)
def break_glass(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    subject: FromPath[UUID],
    data: Annotated[Reason, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    return _opened(hub, who, subject, action="break glass", why=data.why)


@post(
    "/export",
    access=Needs("read people"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=200,
)
def export_person(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    subject: FromPath[UUID],
    data: Annotated[Reason, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """All of it as a file, for the person themselves."""
    try:
        opened = open_for(hub, who, subject, action="read people", why=data.why, exported=True)
    except Refused as refused:
        return _person(hub, who, subject, action="read people", errors={"export-why": str(refused)})
    looks = looks_at(hub, who, subject, action="read people")
    file = export(subject, opened, looks, open_files(hub, who, subject), made_at=now())
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="person-{subject}.zip"'}
    return Response(file, media_type="application/zip", headers=headers)


@get(
    "/areas/{area:str}/enterprises/{enterprise:uuid}/people",
    access=Needs("read area"),
    sync_to_thread=True,
    include_in_schema=False,
)
def people_of_enterprise(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode, enterprise: FromPath[UUID]
) -> Response[bytes]:
    """Whom an enterprise's entries hold personal data of: the way to a person. Nothing is opened."""
    with hub.acting(who, "read area", area) as connection:
        people = sealed_for_enterprise(connection, area, enterprise)
    if not people:
        raise NotFound("Nothing personal is recorded for such an enterprise in this area.")
    return _page(hub, who, "enterprise_people", area=area, area_name=place_name(area), people=people)


def _opened(hub: Hub, who: Principal, subject: UUID, *, action: MayLook, why: str) -> Response[bytes]:
    try:
        opened = open_for(hub, who, subject, action=action, why=why)
    except Refused as refused:
        return _person(hub, who, subject, action=action, errors={"why": str(refused)})
    return _person(hub, who, subject, action=action, opened=opened)


def _person(
    hub: Hub,
    who: Principal,
    subject: UUID,
    *,
    action: MayLook,
    opened: list[Opened] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[bytes]:
    held = held_for(hub, who, subject, action=action)
    with hub.acting(who, action) as connection:
        asked = erasure.erasures(connection, subject=subject)
        standing = erasure.holds(connection, subject=subject)
        notes = erasure.notes_with(connection, subject)
        files = files_of(connection, subject)
    areas = {each.entry.area: each.area_name for each in held}
    return _page(
        hub,
        who,
        "person",
        status=422 if errors else 200,
        subject=subject,
        held=held,
        opened=opened or [],
        files=files,
        may_get={each.area for each in files if who.may("read people", each.area)},
        errors=errors or {},
        action=action,
        looks=looks_at(hub, who, subject, action=action, limit=ON_PAGE),
        most=ON_PAGE,
        erased_on=erased_on(hub, subject),
        asked=asked,
        open_ask=next((each for each in asked if each.approved is not False), None),
        asked_for=erasure.asked_for(hub, [subject]),
        of=held_of_subject(hub, who, subject, action=action),
        notes=notes,
        holds=standing,
        place_name=place_name,
        may_ask={code: name for code, name in areas.items() if who.may("ask erasure", code)},
        not_yet=erasure.why_not_yet(hub, who),
        may_approve={code: name for code, name in areas.items() if who.may("approve erasure", code)},
        bases=get_args(ErasureBasis),
        hold_kinds=get_args(HoldKind),
    )


# ---- erasing


@get("/erasures", access=Needs("approve erasure"), sync_to_thread=True, include_in_schema=False)
def erasures(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """What waits for a decision, what was decided, and whose data was kept long enough."""
    with hub.acting(who, "approve erasure") as connection:
        asked, standing = erasure.erasures(connection), erasure.holds(connection)
    waiting = [each for each in asked if each.approved is None]
    return _page(
        hub,
        who,
        "erasures",
        here="/erasures",
        waiting=waiting,
        refusals=erasure.refusals(hub, who, waiting),
        holds=standing,
        proposals=erasure.proposals(hub, who),
        decided=[each for each in asked if each.approved is not None],
        not_yet=erasure.why_not_yet(hub, who),
    )


@post(
    "/areas/{area:str}/people/{subject:uuid}/erasure",
    access=Needs("ask erasure"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def ask_erasure(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    subject: FromPath[UUID],
    data: Annotated[Ask, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    erasure.ask(hub, who, area=area, subject=subject, basis=data.basis, with_notes=data.notes == "with")
    return Redirect(f"/people/{subject}#erasing", status_code=303)


@post(
    "/areas/{area:str}/people/{subject:uuid}/hold",
    access=Needs("ask erasure"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def place_hold(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    subject: FromPath[UUID],
    data: Annotated[PlaceHold, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    erasure.place_hold(hub, who, area=area, subject=subject, kind=data.kind)
    return Redirect(f"/people/{subject}#erasing", status_code=303)


@post(
    "/areas/{area:str}/holds/{id:uuid}/lift",
    access=Needs("approve erasure"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def lift_hold(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode, id: FromPath[UUID]
) -> Response[None]:
    erasure.lift_hold(hub, who, area=area, id=id)
    return Redirect("/erasures", status_code=303)


@post(
    "/areas/{area:str}/erasures/{id:uuid}/approve",
    access=Needs("approve erasure"),
    fresh="/erasures",
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def approve_erasure(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode, id: FromPath[UUID]
) -> Response[None]:
    erasure.decide(hub, who, area=area, id=id, approve=True)
    return Redirect("/erasures", status_code=303)


@post(
    "/areas/{area:str}/erasures/{id:uuid}/decline",
    access=Needs("approve erasure"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def decline_erasure(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode, id: FromPath[UUID]
) -> Response[None]:
    erasure.decide(hub, who, area=area, id=id, approve=False)
    return Redirect("/erasures", status_code=303)


# ---- the audit, and what is kept


@get("/audit", access=Needs("read audit"), sync_to_thread=True, include_in_schema=False)
def audit_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    of_area: FromQuery[str | None] = None,
    by: FromQuery[str | None] = None,
    person: FromQuery[str | None] = None,
    on: FromQuery[str | None] = None,
    done: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Who looked at whom and who had whom erased, in the areas one answers for."""
    wanted, errors = _wanted(of_area, by, person, on, done)
    with hub.acting(who, "read audit") as connection:
        rows = [] if errors else audit.audit_rows(connection, wanted, limit=ON_PAGE)
        people = audit.people_in_audit(connection)
    given = {"of_area": of_area, "by": by, "person": person, "on": on, "done": done}
    typed = {name: text for name, text in given.items() if text}
    return _page(
        hub,
        who,
        "audit",
        here="/audit",
        status=422 if errors else 200,
        rows=rows,
        people=people,
        typed=typed,
        errors=errors,
        actions=[(each, each.capitalize()) for each in audit.DONE],
        areas=_areas(who),
        most=ON_PAGE,
        in_file=IN_FILE,
    )


@get("/audit.csv", access=Needs("read audit"), sync_to_thread=True, include_in_schema=False)
def audit_file(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    of_area: FromQuery[str | None] = None,
    by: FromQuery[str | None] = None,
    person: FromQuery[str | None] = None,
    on: FromQuery[str | None] = None,
    done: FromQuery[str | None] = None,
) -> Response[str]:
    wanted, errors = _wanted(of_area, by, person, on, done)
    if errors:
        raise Refused(" ".join(errors.values()))
    with hub.acting(who, "read audit") as connection:
        rows = audit.audit_rows(connection, wanted, limit=IN_FILE + 1)
    headers = NO_STORE | {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(audit.audit_csv(rows, most=IN_FILE), media_type="text/csv; charset=utf-8", headers=headers)


@get("/data-map", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def data_map(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """What is kept about people, why, how long and who can read it: made from the code that keeps it."""
    return _page(
        hub, who, "data_map", sealed=SEALED, plain=PLAIN, columns=COLUMNS, elsewhere=ELSEWHERE, readers=readers
    )


def _wanted(
    area: str | None, by: str | None, person: str | None, on: str | None, done: str | None
) -> tuple[audit.Filter, dict[str, str]]:
    errors: dict[str, str] = {}
    asked_day: date | None = day(on) if on else None
    if on and asked_day is None:
        errors["on"] = "This is not a date. Write it like 2026-05-03."
    elif asked_day and not audit.FIRST_DAY <= asked_day <= today():
        errors["on"], asked_day = f"Choose a day from {in_words(audit.FIRST_DAY)} to today.", None
    subject: UUID | None = None
    try:
        subject = UUID(person) if person else None
    except ValueError:
        errors["person"] = "This is not the id of a person. It is at the top of their page."
    return audit.Filter(area=area or None, who=by or None, subject=subject, day=asked_day, done=done or None), errors


def _areas(who: Principal) -> dict[str, str]:
    """The areas one may choose from; none for whoever sees them all."""
    codes = who.areas("read audit")
    return {} if EVERYWHERE in codes else {code: place_name(code) for code in sorted(codes)}


def _page(hub: Hub, who: Principal, name: str, *, status: int = 200, **context: Any) -> Response[bytes]:
    with hub.pool.connection() as connection:
        words = notice(connection)
    body = render(f"people/pages/{name}.html", who=who, notice=words, **context)
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=NO_STORE)


# GET and POST of one path belong into one router: registered one by one, the first would be wrapped twice.
PERSON = Router(
    "/people/{subject:uuid}",
    route_handlers=[person, open_person, person_of_others, break_glass, export_person],
)

PEOPLE = [
    PERSON,
    people_of_enterprise,
    erasures,
    ask_erasure,
    place_hold,
    lift_hold,
    approve_erasure,
    decline_erasure,
    audit_page,
    audit_file,
    data_map,
]
