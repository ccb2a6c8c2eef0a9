"""Decide who is to be reminded of what, record it, and put it into messages: the two commit together.

A nudge's id follows from what it is about, so what was planned before is never planned again, whoever asks and however
often. Nothing here sends anything, and nothing here needs the queue.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from msgspec import Struct

from events import ledger
from events.areas import Nation
from events.base import civil_day, named_id
from events.civil import send_from, working_day_from
from events.database import Connection
from events.ledger import Command, Happened
from events.nudges import NudgeEscalated, NudgeHeldOut, NudgePlanned, message_id
from events.nudging.due import Draft, due, nation_of
from events.nudging.preferences import Preference, Recipient, preferences
from events.nudging.rule import Rule
from events.projections import engine
from workers.rules import ALL

ACTOR = "hub:nudges"

BATCH = 200
"""Nudges planned in one commit, while nobody else can record anything in their area."""

_AREAS = "select area from ledger order by area"


class Planned(Struct, frozen=True, kw_only=True):
    """What one pass came to."""

    nudges: int
    held_out: int
    areas: frozenset[str]
    """Those that have something new to send, now or later."""


NOTHING = Planned(nudges=0, held_out=0, areas=frozenset())


def plan(
    connection: Connection,
    *,
    now: datetime,
    areas: Collection[str] | None = None,
    rules: Sequence[Rule[Any]] = ALL,
    late: bool = False,
) -> Planned:
    """Plan what is due at `now` in these areas, or in all, and was not planned before; `late`: what was missed.

    The connection sees every area. Raises `NotBuilt` while the projection of what stands now is being made anew.
    """
    within = [str(area) for (area,) in connection.execute(_AREAS)] if areas is None else sorted(areas)
    drafts = due(connection, now=now, areas=within, rules=rules, late=late)
    known = ledger.streams_there(connection, {(draft.area, draft.id) for draft in drafts})
    new = {draft.id: draft for draft in drafts if (draft.area, draft.id) not in known}
    chosen = _chosen(connection, new.values())
    # what somebody switched off is not planned; switched on again, what is due still is
    new = {id: each for id, each in new.items() if not _turned_off(each, chosen)}
    after = _following(connection, list(new.values()))
    nudges = held_out = 0
    written: set[str] = set()
    for area, batch in _batches(new.values()):
        done = _record(connection, area, batch, now=now, chosen=chosen, after=after)
        nudges += done[0]
        held_out += done[1]
        if done[0]:
            written.add(area)
    return Planned(nudges=nudges, held_out=held_out, areas=frozenset(written))


def _chosen(connection: Connection, drafts: Collection[Draft]) -> Mapping[Recipient, Preference]:
    if not drafts:
        return {}
    with engine.reading(connection, "work"):
        return preferences(connection, {draft.to for draft in drafts})


def _turned_off(draft: Draft, chosen: Mapping[Recipient, Preference]) -> bool:
    return draft.rule.optional and not chosen.get(draft.to, Preference()).optional


def _batches(drafts: Iterable[Draft]) -> Iterator[tuple[str, Sequence[Draft]]]:
    """By area, about `BATCH` at once. What is wanted together stays together: rules ask whether one was planned."""

    def thing(draft: Draft) -> tuple[str, ...]:
        wanted = draft.wanted
        return draft.area, draft.rule.name, str(wanted.about), wanted.what, str(wanted.due), str(wanted.step)

    batch: list[Draft] = []
    for (area, *_), each in groupby(sorted(drafts, key=thing), key=thing):
        together = list(each)
        if batch and (batch[0].area != area or len(batch) + len(together) > BATCH):
            yield batch[0].area, batch
            batch = []
        batch += together
    if batch:
        yield batch[0].area, batch


# ---- escalation


_FOLLOWING = """
select distinct on (n.nudge) n.nudge, asked.id
from unnest(%(ids)s::uuid[], %(areas)s::text[], %(rules)s::text[], %(abouts)s::uuid[], %(whats)s::text[],
            %(dues)s::date[], %(steps)s::integer[], %(kinds)s::text[])
     asked (id, area, rule, about, what, due, step, kind)
join nudge n on n.area = asked.area and n.about = asked.about and n.rule = asked.rule and n.what = asked.what
            and n.due = asked.due and n.step < asked.step and n.recipient_kind <> asked.kind
where n.state in ('sent', 'delivered') and n.escalated_on is null
order by n.nudge, asked.id
"""


def _following(connection: Connection, drafts: Sequence[Draft]) -> dict[UUID, list[UUID]]:
    """Which earlier nudges to somebody else each of these follows."""
    follows: dict[UUID, list[UUID]] = {}
    if not drafts:
        return follows
    asked: dict[str, list[object]] = {
        "ids": [draft.id for draft in drafts],
        "areas": [draft.area for draft in drafts],
        "rules": [draft.rule.name for draft in drafts],
        "abouts": [draft.wanted.about for draft in drafts],
        "whats": [draft.wanted.what for draft in drafts],
        "dues": [draft.wanted.due for draft in drafts],
        "steps": [draft.wanted.step for draft in drafts],
        "kinds": [draft.wanted.to for draft in drafts],
    }
    with engine.reading(connection, "work"):
        for earlier, later in connection.execute(_FOLLOWING, asked):
            follows.setdefault(cast("UUID", later), []).append(cast("UUID", earlier))
    return follows


# ---- recording


_TAKEN = """
select recipient_kind, recipient, way, send_on, state = 'planned' and attempt = 0 as open
from message where area = %s and recipient = any (%s) and send_on >= %s
for update
"""

# the nudges of each message come as the text of an array: arrays of arrays would all have to be equally long
_ADD = """
insert into message (area, message, recipient_kind, recipient, way, send_on, send_from, nudges)
select %s, message, kind, recipient, way, send_on, send_from, nudges::uuid[]
from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::date[], %s::timestamptz[], %s::text[])
     fresh (message, kind, recipient, way, send_on, send_from, nudges)
on conflict (area, message) do update set nudges = message.nudges || excluded.nudges
"""

_VERSIONS = "select stream, max(version) from event where area = %s and stream = any (%s) group by stream"


def versions(connection: Connection, area: str, streams: Collection[UUID]) -> dict[UUID, int]:
    """How far each stream has come."""
    rows = connection.execute(_VERSIONS, [area, list(streams)])
    return {cast("UUID", stream): int(str(version)) for stream, version in rows}


def _record(
    connection: Connection,
    area: str,
    drafts: Sequence[Draft],
    *,
    now: datetime,
    chosen: Mapping[Recipient, Preference],
    after: Mapping[UUID, Sequence[UUID]],
) -> tuple[int, int]:
    """Append the nudges of an area and put them into messages. Returns how many go out and how many are held out."""
    today, nation = civil_day(now), nation_of(area)
    with connection.transaction():
        ledger.lock(connection, [area])
        taken = {
            cast("tuple[str, UUID, str, date]", (kind, recipient, way, on)): bool(is_open)
            for kind, recipient, way, on, is_open in connection.execute(
                _TAKEN, [area, [draft.recipient for draft in drafts], today]
            )
        }
        events = {draft.id: _event(draft, chosen, taken, nation, now) for draft in drafts}
        commands = [_command(area, id, event, today) for id, event in events.items()]
        outcomes = ledger.append_batch(connection, commands, wait=True)
        new = {command.id for command, found in zip(commands, outcomes, strict=True) if found[0] == "written"}
        going = [event for id, event in events.items() if id in new and isinstance(event, NudgePlanned)]
        together = _together(area, going)
        firsts = [nudges[0] for nudges in together.values()]
        connection.execute(
            _ADD,
            [
                area,
                list(together),
                [first.recipient_kind for first in firsts],
                [first.recipient for first in firsts],
                [first.way for first in firsts],
                [first.send_on for first in firsts],
                [send_from(first.send_on, nation, now) for first in firsts],
                [ledger.literal(str(each.nudge) for each in nudges) for nudges in together.values()],
            ],
        )
        _escalate(connection, area, {each.nudge for each in going}, after, today)
    return len(going), len(new) - len(going)


def _event(
    draft: Draft,
    chosen: Mapping[Recipient, Preference],
    taken: Mapping[tuple[str, UUID, str, date], bool],
    nation: Nation | None,
    now: datetime,
) -> NudgePlanned | NudgeHeldOut:
    wanted = draft.wanted
    preference = chosen.get(draft.to, Preference())
    way = preference.way
    send_on = civil_day(send_from(wanted.on, nation, now))
    send_on = preference.send_on(send_on, nation, due=wanted.due, optional=draft.rule.optional)
    # the message of a day that has gone out, or may have, takes in nothing more
    while not taken.get((wanted.to, draft.recipient, way, send_on), True):
        send_on = working_day_from(date.fromordinal(send_on.toordinal() + 1), nation)
    said: dict[str, Any] = {
        "nudge": draft.id,
        "rule": draft.rule.name,
        "rule_version": draft.rule.version,
        "about": wanted.about,
        "about_kind": wanted.about_kind,
        "what": wanted.what,
        "due": wanted.due,
        "step": wanted.step,
        "recipient_kind": wanted.to,
        "recipient": draft.recipient,
        "send_on": send_on,
    }
    trial = draft.held_out_by(on=civil_day(now))
    return NudgeHeldOut(**said, trial=trial) if trial else NudgePlanned(**said, way=way)


def _together(area: str, going: Sequence[NudgePlanned]) -> dict[UUID, list[NudgePlanned]]:
    """By the message that they go out in."""
    found: dict[UUID, list[NudgePlanned]] = {}
    for each in going:
        message = message_id(
            area, recipient_kind=each.recipient_kind, recipient=each.recipient, way=each.way, send_on=each.send_on
        )
        found.setdefault(message, []).append(each)
    return found


def _command(area: str, id: UUID, event: NudgePlanned | NudgeHeldOut, today: date) -> Command:
    # its digest is its id: the same nudge planned on another day is the same nudge
    return Command(
        area=area, id=id, digest=id.bytes, stream=id, expected=0, events=(Happened(event, today),), actor=ACTOR
    )


def _escalate(
    connection: Connection, area: str, new: Collection[UUID], after: Mapping[UUID, Sequence[UUID]], today: date
) -> None:
    """Record on the nudges that came to nothing that others follow them."""
    follows = {earlier: later for later in new for earlier in after.get(later, ())}
    if not follows:
        return
    at = versions(connection, area, follows.keys())
    ledger.append_batch(
        connection,
        [
            Command(
                area=area,
                id=named_id("nudge escalated", str(earlier)),
                digest=earlier.bytes,
                stream=earlier,
                expected=at[earlier],
                events=(Happened(NudgeEscalated(to=later), today),),
                actor=ACTOR,
            )
            for earlier, later in follows.items()
        ],
        wait=True,
    )


# ---- when to look


_POSITIONS = """
select c.area, c.position from checkpoint c join build b using (projection, build)
where b.live and c.projection = 'work'
"""


class Planning:
    """Plans at the start and on each new civil day everywhere, and in between where something new was taken in."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._seen: dict[str, int] = {}
        self._late: dict[str, date] = {}

    def step(self, connection: Connection, *, now: datetime) -> Planned:
        positions = {str(area): int(str(position)) for area, position in connection.execute(_POSITIONS)}
        today = civil_day(now)
        moved = positions if today != self._day else {a: p for a, p in positions.items() if self._seen.get(a) != p}
        found = plan(connection, now=now, areas=moved.keys()) if moved else NOTHING
        # kept only once it was done, so that a pass cut short is done again
        self._day, self._seen = today, positions
        return found

    def late(self, connection: Connection, *, now: datetime) -> Planned:
        """Look through one area for what was missed: while the hub was away, or because it was told of late.

        Each area once a day, one at a time, since it costs more than to look at the last week.
        """
        today = civil_day(now)
        area = next((str(a) for (a,) in connection.execute(_AREAS) if self._late.get(str(a)) != today), None)
        if area is None:
            return NOTHING
        found = plan(connection, now=now, areas=[area], late=True)
        self._late[area] = today
        return found
