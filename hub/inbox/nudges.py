"""What somebody who works with the hub is reminded of, read from the work projection."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.access import EVERYWHERE, Principal
from events.database import Connection, value
from events.nudges import AboutKind, RecipientKind
from events.nudging.reasons import reminder, standing
from events.nudging.rule import Rule

SHOWN: Final = 100
KEPT: Final = timedelta(days=60)
"""After which a reminder that nobody marked as done is shown no more."""

PAGES: Final[Mapping[AboutKind, str]] = {
    "area": "/areas/",
    "enterprise": "/enterprises/",
    "need": "/needs/",
    "referral": "/referrals/",
    "lesson": "/learning/",
    "barrier": "/barriers/",
    "feedback": "/feedback/",
    "agenda item": "/feedback/",
}
"""Where what it is about is shown, before its id."""

RENEWALS = frozenset({"renewals_expiry", "renewals_local"})
"""Rules that name what runs out."""

_ABOUT: Final[Mapping[str, str]] = {
    "areas_condition": "A condition in an area",
    "areas_load": "How much there is to do in an area",
    "areas_post": "A post that ends",
    "enterprises_no_milestone": "had gone quiet",
    "enterprises_report": "had not told what it does",
    "enterprises_stuck": "had stayed long where it was",
    "learning_barrier": "A barrier like one here was resolved",
    "learning_practice": "A practice that spreads",
    "participation_unanswered": "Something raised that had no answer",
    "referrals_needs": "A need that nobody met",
    "referrals_unanswered": "A referral without an answer",
}
"""What to call a reminder when there is nothing more to do about it; of an enterprise, this follows its name."""


class Nudge(Struct, frozen=True, kw_only=True):
    area: str
    nudge: UUID
    rule: str
    about: UUID
    about_kind: AboutKind
    what: str
    due: date
    step: int
    recipient_kind: RecipientKind
    planned_on: date
    acted_on: date | None
    name: str
    """Of the enterprise that it is about; empty for anything else."""


class Line(Struct, frozen=True, kw_only=True):
    nudge: Nudge
    words: str
    stands: bool
    """Whether there is still something to see to."""

    @property
    def page(self) -> str:
        of = self.nudge.area if self.nudge.about_kind == "area" else str(self.nudge.about)
        return PAGES[self.nudge.about_kind] + of


# those held out were never sent, and those suppressed need not be
_NUDGES = """
select n.area, n.nudge, n.rule, n.about, n.about_kind, n.what, n.due, n.step::integer as step, n.recipient_kind,
       n.planned_on, n.acted_on, coalesce(e.name, '') as name
from nudge n left join enterprise e on e.area = n.area and e.enterprise = n.about
where n.area = any (coalesce(%(areas)s, (select array_agg(area) from area))) and n.recipient = %(account)s
  and n.send_on >= %(since)s and n.state not in ('held out', 'suppressed')
order by n.acted_on is not null, n.planned_on desc, n.area, n.nudge limit %(shown)s
"""

_OPEN = """
select count(*) from nudge
where area = any (coalesce(%(areas)s, (select array_agg(area) from area))) and recipient = %(account)s
  and send_on >= %(since)s and state not in ('held out', 'suppressed') and acted_on is null
"""

_AREA = """
select area from nudge
where area = any (coalesce(%(areas)s, (select array_agg(area) from area))) and nudge = %(nudge)s
  and recipient = %(account)s
"""


def _asked(who: Principal, account: UUID, today: date) -> dict[str, object]:
    areas = who.areas("read area")
    return {
        "areas": None if EVERYWHERE in areas else sorted(areas),
        "account": account,
        "since": today - KEPT,
        "today": today,
        "shown": SHOWN,
    }


def inbox(
    connection: Connection, who: Principal, account: UUID, rules: Mapping[str, Rule[Any]], *, today: date
) -> list[Line]:
    """What an account is reminded of: first what is not done, the newest first."""
    asked = _asked(who, account, today)
    nudges = connection.cursor(row_factory=class_row(Nudge)).execute(_NUDGES, asked).fetchall()
    said: dict[UUID, str] = {}
    for area, of_area in groupby(sorted(nudges, key=lambda each: each.area), key=lambda each: each.area):
        planned = {each.nudge: each for each in of_area}
        for nudge, found in standing(connection, rules, area, planned, today=today).items():
            each = planned[nudge]
            said[nudge] = rules[each.rule].says(reminder(each, found, area=area, today=today))
    return [Line(nudge=each, words=said.get(each.nudge) or _gone(each), stands=each.nudge in said) for each in nudges]


def _gone(nudge: Nudge) -> str:
    """Of one that needs nothing more, whose rule has no words for it then."""
    if nudge.rule in RENEWALS:
        return f"{nudge.name or 'An enterprise'}: {nudge.what}"
    if nudge.about_kind == "enterprise":
        return f"{nudge.name or 'An enterprise'} {_ABOUT.get(nudge.rule, 'was to be asked after')}"
    return _ABOUT.get(nudge.rule, "A reminder")


def open_count(connection: Connection, who: Principal, account: UUID, *, today: date) -> int:
    """How many are not done yet."""
    return int(str(value(connection, _OPEN, _asked(who, account, today))))


def area_of(connection: Connection, who: Principal, account: UUID, nudge: UUID, *, today: date) -> str | None:
    """In which area a reminder of this account is; None if it is no such thing."""
    found = value(connection, _AREA, _asked(who, account, today) | {"nudge": nudge})
    return None if found is None else str(found)


def by_day(lines: Sequence[Line]) -> list[tuple[date, list[Line]]]:
    """Those to see to, under the day they came."""
    waiting = [each for each in lines if each.nudge.acted_on is None]
    return [(day, list(of)) for day, of in groupby(waiting, key=lambda each: each.nudge.planned_on)]
