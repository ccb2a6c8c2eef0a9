"""The page that a link in a reminder opens: what is due, what is in date, what was told. Opening it changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID, uuid4

from litestar import MediaType, Response
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.base import now, today
from events.database import Connection
from events.enterprises import EnterpriseClosed
from events.ledger import Recorded
from events.nudges import NudgePlanned
from events.nudging import reasons
from events.places import place_name
from hub.calendar.addresses import address_of
from hub.db import Hub, notice
from hub.due import decide
from hub.due.asked import Asked, asked
from hub.due.links import HEADERS, Link, Step, form_value, nudges_of
from hub.enterprise_state import Enterprise, enterprise
from hub.look.page import render
from hub.nudges.rules import by_name

TOLD_SHOWN: Final = 5


class Item(Struct, frozen=True, kw_only=True):
    """Something that the enterprise must hold."""

    requirement: str
    because: str
    state: str
    held_to: date | None
    evidence_on: date | None


_ITEMS = """
select requirement, because, requirement_state(r, %(today)s) as state, requirement_held_to(r, %(today)s) as held_to,
       evidence_on
from requirement r where area = %(area)s and enterprise = %(enterprise)s
order by array_position(array['expired', 'missing', 'in renewal window', 'submitted', 'valid', 'waived'],
                        requirement_state(r, %(today)s)), 4, requirement
"""

DUE: Final = ("expired", "missing", "in renewal window")


class Standing(Struct, frozen=True, kw_only=True):
    """All that the pages of a link show."""

    enterprise: Enterprise | None
    items: Sequence[Item]
    asked: Sequence[Asked]
    """What the message of the link asked, the oldest first."""
    history: Sequence[Recorded]
    notice: str

    @property
    def closed(self) -> bool:
        return self.enterprise is None or self.enterprise.standing == "closed"

    def item(self, requirement: str) -> Item | None:
        return next((each for each in self.items if each.requirement == requirement), None)


def standing(hub: Hub, link: Link) -> Standing:
    with hub.reading("work", link.who) as connection:
        history = ledger.read_stream(connection, link.area, link.enterprise)
        return Standing(
            enterprise=enterprise(history),
            items=[] if _closed(history) else _items(connection, link.area, link.enterprise),
            asked=[] if _closed(history) else _asked(connection, link, history),
            history=history,
            notice=notice(connection),
        )


def _closed(history: Sequence[Recorded]) -> bool:
    found = enterprise(history)
    return found is None or found.standing == "closed"


def _items(connection: Connection, area: str, enterprise: UUID) -> list[Item]:
    known = {"area": area, "enterprise": enterprise, "today": today()}
    return connection.cursor(row_factory=class_row(Item)).execute(_ITEMS, known).fetchall()


def _asked(connection: Connection, link: Link, own: Sequence[Recorded]) -> list[Asked]:
    """What the message asked. What was told of it is read from the ledger itself, so that it is seen at once."""
    histories = ledger.read_streams(connection, [(link.area, nudge) for nudge in nudges_of(connection, link)])
    planned = {
        nudge: history[0].event
        for (_, nudge), history in histories.items()
        if history and isinstance(history[0].event, NudgePlanned)
    }
    stands = reasons.standing(connection, by_name(), link.area, planned, today=today())
    abouts = {each.about for each in planned.values() if each.about_kind in ("referral", "need")}
    told = ledger.read_streams(connection, [(link.area, about) for about in abouts])
    found = [
        asked(each, told.get((link.area, each.about), own), enterprise=link.enterprise, stands=nudge in stands)
        for nudge, each in planned.items()
    ]
    return sorted((each for each in found if each), key=lambda each: (each.since, each.kind, each.service))


def overview(hub: Hub, link: Link, found: Standing, *, done: str = "") -> Response[bytes]:
    """`done` names the step that led back here."""
    told = decide.told_by_link(found.history)
    with hub.acting(link.who, "read area", link.area) as connection:
        calendar = address_of(hub, connection, link.area, "enterprise", link.enterprise)
    closings = [each.occurred_on for each in found.history if isinstance(each.event, EnterpriseClosed)]
    return shown(
        "due",
        link,
        found,
        wanted=[each for each in found.asked if not each.settled],
        settled=[each for each in found.asked if each.settled],
        due=[each for each in found.items if each.state in DUE],
        checking=[each for each in found.items if each.state == "submitted"],
        in_date=[each for each in found.items if each.state in ("valid", "waived")],
        told=told[:TOLD_SHOWN],
        stopped_on=decide.open_stop(found.history),
        closed_on=closings[-1] if closings else None,
        done=done if told or any(each.settled for each in found.asked) else "",
        calendar=calendar,
        form=form_value(hub, link, "calendar"),
        today=today(),
        optional=decide.chosen(found.history).optional,
    )


def step(
    hub: Hub,
    link: Link,
    found: Standing,
    name: Step,
    *,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    **context: object,
) -> Response[bytes]:
    """The form of a step; after errors with what was typed."""
    return shown(
        name,
        link,
        found,
        status=422 if errors else 200,
        form=form_value(hub, link, name),
        key=values.get("key") or str(uuid4()),
        values=values,
        errors=dict(errors or {}),
        **context,
    )


def ended(hub: Hub, link: Link) -> Response[bytes] | None:
    """What is shown in place of anything once the link has ended; None while it works."""
    if now() < link.ends_at:
        return None
    with hub.watching() as connection:
        words = notice(connection)
    empty = Standing(enterprise=None, items=(), asked=(), history=(), notice=words)
    return shown("ended", link, empty, status=410, contact=hub.settings.contact)


def shown(page: str, link: Link, found: Standing, *, status: int = 200, **context: object) -> Response[bytes]:
    body = render(
        f"due/pages/{page}.html",
        notice=found.notice,
        link=link,
        it=found.enterprise,
        closed=found.closed,
        area_name=place_name(link.area),
        **context,
    )
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=HEADERS)
