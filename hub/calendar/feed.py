"""What falls due, as iCalendar (RFC 5545): whole days, each under an id that stays, with a reminder a week before."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from icalendar import Alarm, Calendar, Event
from msgspec import Struct
from psycopg.rows import class_row

from events.base import named_id
from events.database import Connection

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
"""How far the calendar reaches."""

MOST: Final = 2000
"""Entries of one calendar, the soonest first."""

BEFORE: Final = timedelta(days=-7, hours=9)
"""When it reminds: at nine in the morning, since a whole day begins at midnight."""

LOOK_AGAIN: Final = timedelta(hours=6)
"""How often a calendar is to look for what is new."""


class Entry(Struct, frozen=True, kw_only=True):
    area: str
    enterprise: UUID
    name: str
    what: str
    """The word of a requirement, or empty for an action agreed."""
    id: UUID | None
    """Of the action."""
    due: date


# Of an enterprise, or of whole areas. What runs out is asked of the index of last days; a term that begins after a gap
# is not the one in valid_to until its enterprise is told of again, so those few are looked at one by one.
_ENTRIES = """
select * from (
    select r.area, r.enterprise, e.name, r.requirement as what, null::uuid as id,
           requirement_held_to(r, %(today)s) as due
    from requirement r join enterprise e using (area, enterprise)
    where r.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
      and (%(enterprise)s::uuid is null or r.enterprise = %(enterprise)s)
      and (r.valid_to between %(since)s and %(until)s or upper(r.held) > r.valid_to + 1)
      and requirement_held_to(r, %(today)s) between %(since)s and %(until)s and e.standing = 'active'
      and requirement_state(r, %(today)s) in ('valid', 'in renewal window', 'expired')
    union all
    select a.area, a.enterprise, e.name, '', a.action, a.due
    from action a join enterprise e using (area, enterprise)
    where a.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
      and (%(enterprise)s::uuid is null or a.enterprise = %(enterprise)s)
      and a.done_on is null and a.due between %(since)s and %(until)s and e.standing <> 'closed'
) falling order by due, area, enterprise, what limit %(most)s
"""


def entries(connection: Connection, *, areas: list[str] | None, enterprise: UUID | None, today: date) -> list[Entry]:
    """What falls due in these areas, or of one enterprise. The connection reads the work projection."""
    asked = {
        "areas": areas,
        "enterprise": enterprise,
        "today": today,
        "since": today - BACK,
        "until": today + AHEAD,
        "most": MOST,
    }
    return connection.cursor(row_factory=class_row(Entry)).execute(_ENTRIES, asked).fetchall()


def calendar(found: Iterable[Entry], *, named: str, own: bool, at: datetime) -> bytes:
    """The calendar as a file. `own`: for the enterprise itself, so that its name stands in no entry."""
    made = Calendar()
    made.add("prodid", "-//Trellis//What falls due//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", named)
    made.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    for each in found:
        made.add_component(_entry(each, own=own, at=at))
    return made.to_ical()


def _entry(each: Entry, *, own: bool, at: datetime) -> Event:
    words = _words(each, own=own)
    event = Event()
    # the same for the next term of the same thing: renewed, it moves in the calendar
    of = str(each.id) if each.id else each.what
    event.add("uid", f"{named_id('falls due', each.area, str(each.enterprise), of)}@trellis")
    event.add("dtstamp", at)
    event.add("summary", words)
    event.add("dtstart", each.due)
    event.add("dtend", each.due + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", BEFORE)
    event.add_component(alarm)
    return event


def _words(each: Entry, *, own: bool) -> str:
    """The word of the catalogue is left as it is but for a first letter: DBS and MOT stay what they are."""
    what = f"{each.what} runs out" if each.what else "an action agreed is due"
    return f"{what[:1].upper()}{what[1:]}" if own else f"{each.name}: {what}"
