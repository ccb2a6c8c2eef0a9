"""What stood on any day, as known on any day: the rows that a fold makes of what was known and had happened by then."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Final, TypeVar, cast

import msgspec

from events.base import civil_day
from events.corrections import corrected
from events.ledger import Recorded
from events.projections.work.rows import Row

R = TypeVar("R", bound=Row)

FOR_GOOD: Final = date.max

DAYS: Final = ("starts_on", "ends_on", "known_on", "superseded_on")
"""A row holds of the days from starts_on to before ends_on, as known from known_on to before superseded_on."""


def then_of(kind: type[R]) -> type[R]:
    """The same row with the days that it holds for, kept in a table of its own: `Lesson` in `lesson_then`."""
    fields = [(name, date) for name in DAYS]
    made = msgspec.defstruct(f"{kind.__name__}Then", fields, bases=(kind,), frozen=True, kw_only=True, gc=False)
    return cast("type[R]", made)


def then(
    history: Sequence[Recorded], rows: Callable[[Sequence[Recorded]], Iterable[Row]], kind: type[R]
) -> Iterator[R]:
    """One row for each state that a stream was ever believed to be in, given all that was recorded of it.

    `rows` folds the entries that stand, in the order in which they happened, to one row at most; `kind` is that row's
    `then_of`. For any two days at most one of what this gives holds: what `rows` makes of the entries known by the one
    day that had happened by the other.
    """
    believed: dict[date, tuple[Row, date, date]] = {}
    for known_on in sorted({civil_day(each.recorded_at) for each in history}):
        found = _states(corrected([each for each in history if civil_day(each.recorded_at) <= known_on]), rows)
        for starts_on, (row, ends_on, since) in [*believed.items()]:
            if found.get(starts_on) == (row, ends_on):
                del found[starts_on]
            else:
                del believed[starts_on]
                yield _made(kind, row, starts_on, ends_on, since, known_on)
        believed |= {starts_on: (row, ends_on, known_on) for starts_on, (row, ends_on) in found.items()}
    for starts_on, (row, ends_on, since) in believed.items():
        yield _made(kind, row, starts_on, ends_on, since, FOR_GOOD)


def _states(
    standing: Sequence[Recorded], rows: Callable[[Sequence[Recorded]], Iterable[Row]]
) -> dict[date, tuple[Row, date]]:
    """From the day on which each began: the row, and the first day on which it no longer held."""
    begun: list[tuple[date, Row | None]] = []
    for day in sorted({each.occurred_on for each in standing}):
        row = next(iter(rows([each for each in standing if each.occurred_on <= day])), None)
        if not begun or begun[-1][1] != row:
            begun.append((day, row))
    ends = [*(day for day, _ in begun[1:]), FOR_GOOD]
    return {day: (row, ends_on) for (day, row), ends_on in zip(begun, ends, strict=False) if row is not None}


def _made(kind: type[R], row: Row, *days: date) -> R:
    return kind(**msgspec.structs.asdict(row), **dict(zip(DAYS, days, strict=True)))
