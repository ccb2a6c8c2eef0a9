"""The page of an enterprise: how it stands, what is due, and all that happened to it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from psycopg.rows import class_row, dict_row

from events import ledger
from events.access import Principal
from events.base import NotFound, today
from events.database import Connection
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.due.reads import answers_of, files_of, unreached
from hub.look.page import NO_STORE, render
from hub.naming import namer
from hub.timeline import timeline

SHOWN: Final = 40
"""Entries on a page of the timeline."""


class RequirementRow(Struct, frozen=True, kw_only=True):
    requirement: str
    because: str
    valid_to: date | None
    state: str
    evidence: UUID | None


class ReferralRow(Struct, frozen=True, kw_only=True):
    referral: UUID
    service: str
    state: str
    since: date
    waiting_since: date


_ENTERPRISE = "select * from enterprise where enterprise = %s"

_REQUIREMENTS = """
select requirement, because, requirement_held_to(r, %(today)s) as valid_to,
       requirement_state(r, %(today)s) as state, evidence
from requirement r where area = %(area)s and enterprise = %(enterprise)s
order by array_position(array['expired', 'missing', 'in renewal window', 'submitted', 'valid', 'waived'],
                        requirement_state(r, %(today)s)), valid_to, requirement
"""

_REFERRALS = """
select referral, service, state, since, waiting_since from referral
where area = %(area)s and enterprise = %(enterprise)s
order by state in ('made', 'accepted', 'contact made') desc, since desc limit 20
"""

_ACTIONS = """
select action, due from action where area = %(area)s and enterprise = %(enterprise)s and done_on is null order by due
"""


@get("/enterprises/{enterprise:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def enterprise_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    enterprise: FromPath[UUID],
    entries: FromQuery[int] = 1,
) -> Response[bytes]:
    """How it stands and all that happened to it. `entries` is the page of its timeline."""
    with hub.reading("work", who) as connection:
        found = _one(connection, enterprise)
        area = str(found["area"])
        known = {"area": area, "enterprise": enterprise, "today": today()}
        requirements = connection.cursor(row_factory=class_row(RequirementRow)).execute(_REQUIREMENTS, known).fetchall()
        referrals = connection.cursor(row_factory=class_row(ReferralRow)).execute(_REFERRALS, known).fetchall()
        actions = connection.execute(_ACTIONS, known).fetchall()
        answers, files = answers_of(connection, area, enterprise), files_of(connection, area, enterprise)
        away = unreached(connection, area, enterprise)
        items = timeline(ledger.read_stream(connection, area, enterprise), name_of=namer(connection, who))
        words = notice(connection)
    first = (max(1, min(entries, 1000)) - 1) * SHOWN
    body = render(
        "enterprises/pages/enterprise.html",
        who=who,
        notice=words,
        it=found,
        area_name=place_name(area),
        requirements=requirements,
        due=_due(requirements),
        referrals=referrals,
        actions=actions,
        answers=answers,
        unreached=away,
        files=files,
        items=items[first : first + SHOWN],
        page=first // SHOWN + 1,
        more=len(items) > first + SHOWN,
        today=today(),
        may_record=who.may("record", area),
        may_look=who.may("read people", area),
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def _one(connection: Connection, enterprise: UUID) -> dict[str, Any]:
    found = connection.cursor(row_factory=dict_row).execute(_ENTERPRISE, [enterprise]).fetchone()
    if found is None:
        raise NotFound("There is no such enterprise here.")
    return found


def _due(requirements: Sequence[RequirementRow]) -> list[RequirementRow]:
    return [each for each in requirements if each.state in ("expired", "missing", "in renewal window", "submitted")]
