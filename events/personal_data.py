"""What the hub knows about people: each sealed field of each event type, whose it is, why and how long it is kept.

The page `/data-map` and retention are made from this. A sealed field that is not described here fails a test.
"""

import types
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from msgspec import Struct

from events.base import Event, Sealed
from events.enterprises import EnterpriseRegistered, MilestoneRecorded
from events.people import LawfulBasis

Kind = tuple[type[Struct], str]
"""A field that is sealed: the struct that has it, and its name."""


class Description(Struct, frozen=True, kw_only=True):
    words: str
    whose: str
    why: str
    lawful_basis: LawfulBasis
    years: int
    """How long it is kept at most, counted from `after`."""
    after: Literal["the enterprise closed", "it was recorded"]


SEALED: Mapping[Kind, Description] = {
    (EnterpriseRegistered, "owner"): Description(
        words="Owner of an enterprise: name, e-mail address, telephone",
        whose="the person who runs the enterprise",
        why="to reach them, and to know who stands behind the enterprise",
        lawful_basis="public task",
        years=6,
        after="the enterprise closed",
    ),
    (MilestoneRecorded, "note"): Description(
        words="Note on a milestone",
        whose="the enterprise, and whoever the note speaks of",
        why="to tell what was reached where a word is not enough",
        lawful_basis="legitimate interests",
        years=6,
        after="it was recorded",
    ),
}


class PlainColumn(Struct, frozen=True, kw_only=True):
    """A column of an ordinary table that names somebody who works with the hub."""

    table: str
    column: str
    words: str
    kept: str


LOOKS_KEPT_YEARS = 6
"""After which `hub forget-looks` takes a record out."""

_WHILE_HELD = "as long as what they did under it is on record"
_AS_PROOF = "as long as the hub runs, as proof of what was decided"
_UNTIL_FORGOTTEN = f"{LOOKS_KEPT_YEARS} years, then taken out by the operator"

COLUMNS: tuple[PlainColumn, ...] = (
    PlainColumn(table="account", column="name", words="Name of somebody who works with the hub", kept=_WHILE_HELD),
    PlainColumn(table="account", column="email", words="Their e-mail address", kept=_WHILE_HELD),
    PlainColumn(table="session", column="agent", words="The browser they use", kept="until the session ends, 12 hours"),
    PlainColumn(table="invitation", column="name", words="Name of somebody invited", kept=_AS_PROOF),
    PlainColumn(table="invitation", column="email", words="Their e-mail address", kept=_AS_PROOF),
    PlainColumn(table="invitation", column="made_by", words="Account that invited them", kept=_AS_PROOF),
    PlainColumn(table="held_role", column="given_by", words="Account that gave a role", kept=_AS_PROOF),
    PlainColumn(table="api_key", column="created_by", words="Account that made a program's key", kept=_AS_PROOF),
    PlainColumn(table="look", column="who_name", words="Who looked at a person's data", kept=_UNTIL_FORGOTTEN),
    PlainColumn(table="erasure", column="asked_by", words="Account that asked for an erasure", kept=_AS_PROOF),
    PlainColumn(table="erasure", column="asked_name", words="Who asked for an erasure", kept=_AS_PROOF),
    PlainColumn(table="erasure", column="decided_by", words="Account that decided about it", kept=_AS_PROOF),
    PlainColumn(table="erasure", column="decided_name", words="Who decided about it", kept=_AS_PROOF),
    PlainColumn(table="erasure_hold", column="placed_by", words="Account that put an erasure off", kept=_AS_PROOF),
    PlainColumn(table="erasure_hold", column="placed_name", words="Who put an erasure off", kept=_AS_PROOF),
    PlainColumn(table="erasure_hold", column="lifted_by", words="Account that let it go ahead", kept=_AS_PROOF),
    PlainColumn(table="erasure_hold", column="lifted_name", words="Who let it go ahead", kept=_AS_PROOF),
)


class Found(Struct, frozen=True):
    """A sealed value inside an event."""

    kind: Kind
    sealed: Sealed[Any]
    holds: type[Any]
    """What it is once opened."""


def sealed_in(event: Event) -> Iterator[Found]:
    """All that is sealed in an event, what a correction puts in its place included."""
    yield from _within(event)


def _within(value: Struct) -> Iterator[Found]:
    for name, hint in _hints(type(value)).items():
        held = cast("object", getattr(value, name))
        for each in _items(held):
            if isinstance(each, Sealed):
                holds = next(_sealed_types(hint))
                yield Found((type(value), name), cast("Sealed[Any]", each), holds)
            elif isinstance(each, Struct):
                yield from _within(each)


def _items(held: object) -> Iterator[object]:
    """What a field holds: itself, or all that is in its containers."""
    if isinstance(held, dict):
        held = list(cast("dict[object, object]", held).values())
    if isinstance(held, list | tuple):
        for each in cast("list[object]", held):
            yield from _items(each)
    else:
        yield held


def sealed_kinds(type: type[Struct]) -> set[Kind]:
    """Every field of a struct that may hold something sealed, inner structs included."""
    kinds: set[Kind] = set()
    for name, hint in _hints(type).items():
        if any(_sealed_types(hint)):
            kinds.add((type, name))
        for inner in _parts(hint):
            if isinstance(inner, _TYPE) and issubclass(inner, Struct) and inner is not Sealed:
                kinds |= sealed_kinds(inner)
    return kinds


_TYPE = type


@cache
def _hints(type: type[Struct]) -> dict[str, object]:
    return {name: hint for name, hint in get_type_hints(type).items() if name in type.__struct_fields__}


def _parts(hint: object) -> Iterator[object]:
    """The hint and, for a union or a container, what it is made of."""
    yield hint
    if get_origin(hint) in (Union, types.UnionType, tuple, list, dict):
        for inner in get_args(hint):
            yield from _parts(inner)


def _sealed_types(hint: object) -> Iterator[type[Any]]:
    for part in _parts(hint):
        if get_origin(part) is Sealed:
            yield get_args(part)[0]


def kept_until(description: Description, *, recorded_on: date, closed_on: date | None) -> date | None:
    """The last day on which it may be kept; None while what it is counted from has not happened."""
    start = recorded_on if description.after == "it was recorded" else closed_on
    return None if start is None else years_after(start, description.years)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 28 February for 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
