"""What is believed of entries, and how that changes with each event. Pure."""

from bisect import bisect_left
from datetime import date, timedelta

from msgspec import Struct

from events.projections.national.measures import COUNTED
from events.projections.national.says import NOTHING, Amounts

STALE_AFTER = timedelta(days=180)
"""How long a report of activity speaks for an enterprise."""

FOR_GOOD = date.max


class Belief(Struct, gc=False):
    """What an entry is believed to add to one facet, for which days, and while which knowledge held."""

    position: int
    facet: str
    said_at: int
    """The position of the event that says so: the entry's own, or that of its latest correction."""
    on: date
    amounts: Amounts
    known_at: int
    """The position of the event through which it came to be believed."""
    known_on: date
    ends_on: date = FOR_GOOD
    """The first day on which it no longer holds; `FOR_GOOD` if there is none."""
    superseded_on: date = FOR_GOOD
    """The day on which the hub learned better."""
    key: str = ""
    """Which of several of its facet, such as which condition."""
    until: date = FOR_GOOD
    """The first day on which it no longer holds by itself, whatever comes after it."""
    last: bool = False
    """Whether it comes after all else of its day: a closing, which nothing reported that day outlives."""
    written: bool = False

    @property
    def counts(self) -> bool:
        """False if it is about no day or says nothing."""
        return self.amounts is not NOTHING and self.on < self.ends_on


def holds_until(belief: Belief, after: Belief | None) -> date:
    """The first day on which an entry no longer holds, given the next one of its facet."""
    if belief.facet in COUNTED:
        return FOR_GOOD
    if belief.facet == "activity":
        stale = belief.on + STALE_AFTER
        return min(after.on, stale) if after else stale
    return max(min(after.on, belief.until) if after else belief.until, belief.on)


class Learned(Struct):
    """How beliefs change with one event, and what came of it since the last write."""

    at: int = 0
    """The event's position."""
    on: date = date.min
    """The day on which it was recorded."""
    beliefs: list[Belief] = []
    superseded: list[Belief] = []
    """Beliefs already written that no longer hold."""
    fresh: list[Belief] = []
    """Of `beliefs`, those of which nothing was believed before."""
    moved: list[tuple[date, Belief]] = []
    """Of `beliefs`, those that only end on another day, with the day on which they ended before."""
    dropped: list[tuple[int, date, Belief]] = []
    """What is no longer believed in any form; the position and day on which that was learned."""

    def believe(self, belief: Belief) -> None:
        self.beliefs.append(belief)
        self.fresh.append(belief)

    def drop(self, belief: Belief) -> None:
        self._supersede(belief)
        self.dropped.append((self.at, self.on, belief))

    def _supersede(self, belief: Belief) -> None:
        belief.superseded_on = self.on
        if belief.written:
            self.superseded.append(belief)

    def move_end(self, belief: Belief, ends_on: date) -> Belief:
        """The same entry with another end."""
        if belief.known_at == self.at:  # it was never held otherwise
            belief.ends_on = ends_on
            return belief
        self._supersede(belief)
        moved = Belief(
            belief.position,
            belief.facet,
            belief.said_at,
            belief.on,
            belief.amounts,
            self.at,
            self.on,
            ends_on,
            key=belief.key,
            until=belief.until,
            last=belief.last,
        )
        self.beliefs.append(moved)
        self.moved.append((belief.ends_on, moved))
        return moved


class Timeline:
    """What is believed now of one facet of one stream, in the order in which it happened."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Belief] = []

    def add(self, belief: Belief, learned: Learned) -> None:
        entries, order = self.entries, _order(belief)
        in_order = not entries or _order(entries[-1]) < order
        at = len(entries) if in_order else bisect_left(entries, order, key=_order)
        belief.ends_on = holds_until(belief, None if in_order else entries[at])
        entries.insert(at, belief)
        learned.believe(belief)
        self._settle_end(at - 1, learned)

    def remove(self, position: int, learned: Learned) -> None:
        """Take back what the entry at `position` said here, if anything."""
        at = next((n for n, belief in enumerate(self.entries) if belief.position == position), None)
        if at is not None:
            learned.drop(self.entries.pop(at))
            self._settle_end(at - 1, learned)

    def _settle_end(self, at: int, learned: Learned) -> None:
        """Let the entry at this place, if there is one, hold until the one after it."""
        if at >= 0:
            entries = self.entries
            ends_on = holds_until(entries[at], entries[at + 1] if at + 1 < len(entries) else None)
            if ends_on != entries[at].ends_on:
                entries[at] = learned.move_end(entries[at], ends_on)


def _order(belief: Belief) -> tuple[date, bool, int]:
    return (belief.on, belief.last, belief.position)
