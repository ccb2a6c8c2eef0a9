"""What is told of one area, and when: its events by the day they happened and the moment the hub learned of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Protocol, TypeVar
from uuid import UUID

from msgspec import Struct

from events.base import LONDON, Event, Sealed
from events.catalogue import CorrectionReason, Entry, EntryCorrected
from hub.simulate.plan import working_day

T = TypeVar("T")

_DAWN = datetime.min.replace(tzinfo=UTC)


class Seal(Protocol):
    """Encrypts what identifies a person under the key of a subject: them, or what is spoken of."""

    def __call__(self, subject: UUID, plain: T) -> Sealed[T]: ...


class Told(Struct, kw_only=True):
    stream: UUID
    event: Event
    on: date
    late: bool = False
    after: "Told | None" = None
    """What the hub learned of before this, in another stream."""
    corrects: "Told | None" = None
    """The entry that this one, an `EntryCorrected`, puts right; its position is known once all are in order."""
    recorded: datetime = _DAWN


class Story:
    """Takes down events in any order. On the day before `until` the hub has learned of all that is told."""

    def __init__(self, random: Random, until: date) -> None:
        self._random = random
        self._last = until - timedelta(days=2)
        self._told: list[Told] = []

    def tell(self, stream: UUID, event: Event, on: date, *, late: bool = False, after: Told | None = None) -> Told:
        """An event that the hub learned of hours or days after, or if `late` weeks or months after.

        What is told `after` something of another stream happened on that day or later.
        """
        told = Told(stream=stream, event=event, on=on, late=late, after=after)
        self._told.append(told)
        return told

    def tell_all(self, told: Sequence[tuple[UUID, Event, date]]) -> None:
        for stream, event, on in told:
            self.tell(stream, event, on)

    def correct(self, told: Told, *, reason: CorrectionReason, replacement: Entry | None) -> None:
        """An entry turns out, weeks later, to have been wrong."""
        event = EntryCorrected(corrects=0, reason=reason, replacement=replacement)
        self._told.append(Told(stream=told.stream, event=event, on=told.on, corrects=told))

    def in_order(self) -> list[Told]:
        """Everything told, by when the hub learned of it."""
        self._told.sort(key=lambda told: told.on)
        latest: dict[int, datetime] = {}
        for told in self._told:
            if told.corrects:
                wrong_since = told.corrects.recorded
                told.recorded = max(self._moment(wrong_since.date(), 9, 120), wrong_since + timedelta(hours=1))
            elif told.late:
                told.recorded = self._moment(told.on, 20, 150)
            else:
                told.recorded = self._moment(told.on, 0, self._random.choice((0, 0, 1, 2, 5)))
                # what happened to somebody one after the other is told in that order
                before = latest.get(told.stream.int, _DAWN)
                if told.after and told.after.recorded > before:
                    before = told.after.recorded
                if told.recorded <= before:
                    told.recorded = before + timedelta(minutes=self._random.randint(1, 9))
                latest[told.stream.int] = told.recorded
        return sorted(self._told, key=lambda told: told.recorded)

    def _moment(self, day: date, least: int, most: int) -> datetime:
        """Some time in the working hours of a day that many days later, or of the last day there is."""
        random = self._random.random
        learned = min(working_day(day + timedelta(days=least + int(random() * (most - least + 1)))), self._last)
        minutes, seconds = divmod(int(random() * 9 * 3600), 60)
        hours = time(9 + minutes // 60, minutes % 60, seconds)
        return datetime.combine(learned, hours, LONDON).astimezone(UTC)
