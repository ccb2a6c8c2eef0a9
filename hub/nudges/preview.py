"""Who would be reminded of what on a day, and why. Nothing is recorded and nothing sent."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from psycopg.rows import class_row

from events.base import civil_day
from events.civil import send_from
from events.database import Connection
from events.nudges import AboutKind, RecipientKind
from events.nudging.due import Want, nation_of, wanted_on
from events.nudging.preferences import Preference, preferences
from events.nudging.reasons import Planned, Reason, reminder, standing
from events.nudging.rule import Rule
from hub.access.accounts import names

MOST: Final = 2000
"""Reminders that were planned before, as many as are read."""

ROLES: Final[Mapping[RecipientKind, str]] = {
    "catalyst": "Catalyst",
    "lead": "area lead",
    "commissioner": "commissioner",
    "national": "national team",
}
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


class Line(Struct, frozen=True, kw_only=True):
    """One reminder to one recipient."""

    area: str
    rule: str
    step: int
    about: UUID
    about_kind: AboutKind
    due: date
    to: RecipientKind
    recipient: UUID | None
    """The enterprise or the account; none where nobody holds the role."""
    name: str
    """Of whoever gets it."""
    words: str
    """What it says to them; empty where the reason is gone."""
    state: str
    """`to be planned`, `held out`, `turned off`, `nobody to tell`, or how one stands that was planned before."""

    @property
    def page(self) -> str:
        """Where what it is about is shown."""
        return PAGES[self.about_kind] + (self.area if self.about_kind == "area" else str(self.about))

    @property
    def role(self) -> str:
        return ROLES.get(self.to, "")


class Before(Struct, frozen=True, kw_only=True):
    """One that was planned before, for the day."""

    area: str
    nudge: UUID
    rule: str
    about: UUID
    about_kind: AboutKind
    what: str
    due: date
    step: int
    recipient_kind: RecipientKind
    recipient: UUID
    state: str


_BEFORE = """
select area, nudge, rule, about, about_kind, what, due, step::integer as step, recipient_kind, recipient, state
from nudge where area = any (%(areas)s) and send_on = %(on)s
order by area, rule, nudge limit %(most)s
"""

_ENTERPRISES = "select enterprise, name from enterprise where area = any (%s) and enterprise = any (%s)"


def preview(
    connection: Connection,
    rules: Mapping[str, Rule[Any]],
    *,
    on: date,
    now: datetime,
    areas: Collection[str],
    people: bool = True,
) -> Sequence[Line]:
    """What is to go out on a day in these areas, as it stands at `now`. The connection reads the work projection.

    Of a day to come: what was planned for it, and what would be planned until then if nothing else happened; of monthly
    digests only what was planned before. Of a day that has passed: what was planned for it. Staff go by name for
    `people`.
    """
    before = connection.cursor(row_factory=class_row(Before)).execute(
        _BEFORE, {"areas": list(areas), "on": on, "most": MOST}
    )
    lines = list(_planned(connection, rules, before.fetchall(), today=civil_day(now)))
    if on >= civil_day(now):
        lines += _wanted(connection, rules, _going(connection, rules, on=on, now=now, areas=areas), on=on)
    return sorted(_named(connection, lines, people=people), key=_order)


class Going(Struct, frozen=True, kw_only=True):
    """What would be planned, to those who would get it on the day asked about."""

    want: Want
    recipients: tuple[UUID | None, ...]
    """None where nobody holds the role."""
    turned_off: frozenset[UUID]
    """Those of them who want nothing that they may do without."""


def _going(
    connection: Connection, rules: Mapping[str, Rule[Any]], *, on: date, now: datetime, areas: Collection[str]
) -> list[Going]:
    wants = list(wanted_on(connection, on, areas=areas, rules=list(rules.values())))
    chosen = preferences(connection, {(want.wanted.to, each) for want in wants for each in want.recipients})
    found: list[Going] = []
    for want in wants:
        to = want.wanted.to
        told = {each: chosen.get((to, each), Preference()) for each in want.recipients}
        recipients = tuple(each for each in told if goes_on(want, told[each], now=now) == on)
        if recipients or (not told and goes_on(want, Preference(), now=now) == on):
            off = frozenset(each for each in recipients if want.rule.optional and not told[each].optional)
            found.append(Going(want=want, recipients=recipients or (None,), turned_off=off))
    return found


def goes_on(want: Want, chosen: Preference, *, now: datetime) -> date:
    """The day on which it would go out to somebody who chose so."""
    nation = nation_of(want.area)
    day = civil_day(send_from(want.wanted.on, nation, now))
    return chosen.send_on(day, nation, due=want.wanted.due, optional=want.rule.optional)


def _planned(
    connection: Connection, rules: Mapping[str, Rule[Any]], before: Sequence[Before], *, today: date
) -> Iterator[Line]:
    said = _words(connection, rules, {(each.area, each.nudge): each for each in before}, today=today)
    for each in before:
        yield Line(
            area=each.area,
            rule=each.rule,
            step=each.step,
            about=each.about,
            about_kind=each.about_kind,
            due=each.due,
            to=each.recipient_kind,
            recipient=each.recipient,
            name="",
            words=said.get((each.area, each.nudge), ""),
            state=each.state,
        )


def _wanted(
    connection: Connection, rules: Mapping[str, Rule[Any]], going: Sequence[Going], *, on: date
) -> Iterator[Line]:
    reasons = {(each.want.area, number): _reason(each.want) for number, each in enumerate(going)}
    said = _words(connection, rules, reasons, today=on)
    for number, each in enumerate(going):
        want, wanted, trial = each.want, each.want.wanted, each.want.rule.trial
        held_out = trial is not None and trial.holds_out(wanted.about, on=on)
        for recipient in each.recipients:
            if recipient is None:
                state = "nobody to tell"
            elif recipient in each.turned_off:
                state = "turned off"
            else:
                state = "held out" if held_out else "to be planned"
            yield Line(
                area=want.area,
                rule=want.rule.name,
                step=wanted.step,
                about=wanted.about,
                about_kind=wanted.about_kind,
                due=wanted.due,
                to=wanted.to,
                recipient=recipient,
                name="",
                words=said.get((want.area, number), ""),
                state=state,
            )


def _reason(want: Want) -> Reason:
    wanted = want.wanted
    return Reason(
        rule=want.rule.name,
        about=wanted.about,
        what=wanted.what,
        due=wanted.due,
        step=wanted.step,
        recipient_kind=wanted.to,
    )


def _words(
    connection: Connection, rules: Mapping[str, Rule[Any]], planned: Mapping[tuple[str, Any], Planned], *, today: date
) -> dict[tuple[str, Any], str]:
    """What each says, by area and whatever it is known by; those whose reason is gone are left out."""
    found: dict[tuple[str, Any], str] = {}
    for area in sorted({area for area, _ in planned}):
        of_area = {key: each for (where, key), each in planned.items() if where == area}
        stands = standing(connection, rules, area, of_area, today=today)
        for key, each in stands.items():
            said = reminder(of_area[key], each, area=area, today=today)
            found[area, key] = rules[of_area[key].rule].says(said)
    return found


def _named(connection: Connection, lines: Sequence[Line], *, people: bool) -> Iterator[Line]:
    """With the name of whoever gets it: an enterprise's, or the person's."""
    asked = {line.recipient for line in lines if line.to == "enterprise"}
    areas = sorted({line.area for line in lines})
    known: dict[UUID, str] = {
        cast("UUID", id): str(name) for id, name in connection.execute(_ENTERPRISES, [areas, list(asked)])
    }
    if people:
        known |= names(connection)
    for line in lines:
        name = known.get(line.recipient, "") if line.recipient else ""
        yield replace(line, name=name)


def _order(line: Line) -> tuple[object, ...]:
    return line.area, line.rule, line.due, line.words, line.to, line.name
