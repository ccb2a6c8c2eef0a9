"""Whether what somebody is to be reminded of is still so, asked anew just before it is sent."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from events import ledger
from events.database import Connection, value
from events.nudges import NudgePlanned, NudgeSuppressed, SuppressedBecause, Way
from events.nudging.preferences import Preference, Recipient, preferences
from events.nudging.reasons import reminder, standing
from events.nudging.rule import Reminder, Standing
from events.projections import engine
from events.projections.work import WORK
from workers.rules import BY_NAME


class Carries(Protocol):
    """A message, as far as its nudges and whoever gets it go."""

    @property
    def nudges(self) -> list[UUID]: ...
    @property
    def to(self) -> Recipient: ...


_WIDE = frozenset(name for name, rule in BY_NAME.items() if rule.wide)

_POSITION = """
select c.position from checkpoint c join build b using (projection, build)
where b.live and c.projection = 'work' and c.area = %s
"""

# a stream that was parked stands as it did then; after two days its reminders go out as they are, and late is worse
_NEWER = """
select stream from event where area = %(area)s and stream = any (%(abouts)s) and position > %(position)s
union
select p.stream from parked p join build b using (projection, build)
where b.live and p.projection = 'work' and p.area = %(area)s and p.stream = any (%(abouts)s)
  and p.parked_at > clock_timestamp() - interval '2 days'
"""

# that others were reminded meanwhile changes no reason
_BEHIND = """
select true from event where area = %s and position > %s and type not like 'nudge.%%' limit 1
"""


class Reasons:
    """Of the nudges of a batch of messages: which still stand, and their words."""

    def __init__(
        self,
        area: str,
        planned: Mapping[UUID, NudgePlanned],
        found: Mapping[UUID, Standing],
        behind: Collection[UUID],
        today: date,
        off: Collection[UUID] = (),
        chosen: Mapping[Recipient, Preference] | None = None,
    ) -> None:
        """`found` has those that stand; `behind` those about which something is newer than the projection; `off` those
        that their recipient meanwhile chose to have none of."""
        self._area = area
        self._planned = planned
        self._found = found
        self._behind = behind
        self._today = today
        self._off = off
        self._chosen = chosen or {}

    @classmethod
    def of(cls, connection: Connection, area: str, messages: Sequence[Carries], *, today: date) -> "Reasons":
        planned = _planned(connection, area, {nudge for each in messages for nudge in each.nudges})
        with engine.reading(connection, "work") as build:
            if build.version != WORK.version:
                return cls(area, planned, {}, planned.keys(), today)
            position = int(str(value(connection, _POSITION, [area]) or 0))
            abouts = list({each.about for each in planned.values()})
            asked = {"area": area, "abouts": abouts, "position": position}
            newer = {stream for (stream,) in connection.execute(_NEWER, asked)}
            wide = {nudge for nudge, each in planned.items() if each.rule in _WIDE}
            late = wide if wide and value(connection, _BEHIND, [area, position]) else set[UUID]()
            found = standing(connection, BY_NAME, area, planned, today=today)
            chosen = preferences(connection, {(each.recipient_kind, each.recipient) for each in planned.values()})
        behind = late | {nudge for nudge, each in planned.items() if each.about in newer}
        off = {
            nudge
            for nudge in found
            if BY_NAME[planned[nudge].rule].optional
            and not chosen.get((planned[nudge].recipient_kind, planned[nudge].recipient), Preference()).optional
        }
        return cls(area, planned, {each: found[each] for each in found.keys() - off}, behind, today, off, chosen)

    def unknown(self, message: Carries) -> bool:
        """Whether it cannot be told yet."""
        return any(nudge in self._behind for nudge in message.nudges)

    def standing(self, message: Carries) -> list[UUID]:
        return [nudge for nudge in message.nudges if nudge in self._found]

    def gone(self, message: Carries) -> dict[UUID, SuppressedBecause]:
        """Those that are not to go out any more, and why, without those that were found so before."""
        return {
            nudge: "turned off" if nudge in self._off else "the reason is gone"
            for nudge in message.nudges
            if nudge in self._planned and nudge not in self._found
        }

    def way(self, message: Carries) -> Way:
        """The way in which whoever gets it wants to be reached now."""
        return self._chosen.get(message.to, Preference()).way

    def optional(self, message: Carries) -> bool:
        """Whether some of it is what its recipient may choose to have none of."""
        return any(BY_NAME[self._planned[nudge].rule].optional for nudge in self.standing(message))

    def lines(self, message: Carries) -> Iterator[tuple[str, str, Reminder]]:
        """The rule of each that stands, what it says, and what that is made of."""
        for nudge in self.standing(message):
            planned = self._planned[nudge]
            said = reminder(planned, self._found[nudge], area=self._area, today=self._today)
            yield planned.rule, BY_NAME[planned.rule].says(said), said


def _planned(connection: Connection, area: str, nudges: Collection[UUID]) -> dict[UUID, NudgePlanned]:
    """What was planned, from the ledger itself; without what was suppressed since."""
    found: dict[UUID, NudgePlanned] = {}
    for (_, nudge), history in ledger.read_streams(connection, [(area, nudge) for nudge in nudges]).items():
        planned = history[0].event
        if isinstance(planned, NudgePlanned) and not any(isinstance(each.event, NudgeSuppressed) for each in history):
            found[nudge] = planned
    return found
