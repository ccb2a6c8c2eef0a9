"""What is told of one area, and when: its events by the day they happened and the moment the hub learned of them."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from events.base import LONDON, Event
from events.catalogue import CorrectionReason, Entry, EntryCorrected
from hub.simulate.plan import working_day


class Told(Struct, kw_only=True):
    stream: UUID
    event: Event
    on: date
    late: bool = False
    corrects: "Told | None" = None
    """The entry that this one, an `EntryCorrected`, puts right; its position is known once all are in order."""
    recorded: datetime = datetime.min.replace(tzinfo=UTC)


class Story:
    """Takes down events in any order. On the day before `until` the hub has learned of all that is told."""

    def __init__(self, random: Random, until: date) -> None:
        self._random = random
        self._last = until - timedelta(days=2)
        self._told: list[Told] = []

    def tell(self, stream: UUID, event: Event, on: date, *, late: bool = False) -> Told:
        """An event that the hub learned of hours or days after, or if `late` weeks or months after."""
        told = Told(stream=stream, event=event, on=on, late=late)
        self._told.append(told)
        return told

    def correct(self, told: Told, *, reason: CorrectionReason, replacement: Entry | None) -> None:
        """An entry turns out, weeks later, to have been wrong."""
        event = EntryCorrected(corrects=0, reason=reason, replacement=replacement)
        self._told.append(Told(stream=told.stream, event=event, on=told.on, corrects=told))

    def in_order(self) -> list[Told]:
        """Everything told, by when the hub learned of it."""
        self._told.sort(key=lambda told: told.on)
        latest: dict[UUID, datetime] = {}
        for told in self._told:
            if told.corrects:
                wrong_since = told.corrects.recorded
                told.recorded = max(self._moment(wrong_since.date(), 9, 120), wrong_since + timedelta(hours=1))
            elif told.late:
                told.recorded = self._moment(told.on, 20, 150)
            else:
                told.recorded = self._moment(told.on, 0, self._random.choice((0, 0, 1, 2, 5)))
                # what happened to somebody one after the other is told in that order
                before = latest.get(told.stream)
                if before and told.recorded <= before:
                    told.recorded = before + timedelta(minutes=self._random.randint(1, 9))
                latest[told.stream] = told.recorded
        return sorted(self._told, key=lambda told: told.recorded)

    def _moment(self, day: date, least: int, most: int) -> datetime:
        """Some time in the working hours of a day that many days later, or of the last day there is."""
        learned = working_day(day + timedelta(days=self._random.randint(least, most)))
        hours = time(self._random.randint(9, 17), self._random.randrange(60), self._random.randrange(60))
        return datetime.combine(min(learned, self._last), hours, LONDON).astimezone(UTC)
