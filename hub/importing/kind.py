"""What there is to know about a kind of file: its columns, and how a row of it becomes an event."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from events.base import Refused, Sealed, named_id
from events.enterprises import Owner
from events.ledger import Recorded
from events.renewal_catalogue import Catalogue
from events.vault import seal
from hub.importing.report import RowError
from hub.importing.table import Column, Misfit, Row
from hub.input import Input, happened_on, misfit

History = Sequence[Recorded]
T = TypeVar("T")
InputT = TypeVar("InputT", bound=Input)


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """A row that says something its columns allow."""

    row: int
    area: str
    key: tuple[str, ...]
    """What tells it from every other row of its kind, the area first."""
    command: UUID
    request: bytes
    """All that it says, always written the same way."""
    stream: UUID
    said: Input
    on: date

    def as_input(self, kind: type[InputT]) -> InputT:
        assert isinstance(self.said, kind)
        return self.said


class _Sealing:
    """A `hub.input.Sealing` for a row: each way of sealing comes down to a subject and what is sealed under its key."""

    def __init__(self, entry: Entry) -> None:
        self.area = entry.area
        self.stream = entry.stream
        # the same however often the file is sent, and nobody else's
        self._somebody_new = named_id("owner", entry.area, str(entry.stream), str(entry.command))

    def note(self, text: str) -> Sealed[str] | None:
        return self.under(self.stream, text)

    def owner(self, owner: Owner | None) -> Sealed[Owner] | None:
        return self.under(self._somebody_new, owner)

    def person(self, plain: T | None) -> Sealed[T] | None:
        return self.under(self._somebody_new, plain)

    def under(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        raise NotImplementedError


class Unsealed(_Sealing):
    """Leaves out what is said of people, to be sealed once the whole file fits, and notes whose keys that takes."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry)
        self.subjects: set[UUID] = set()

    def under(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        if plain:
            self.subjects.add(subject)


class WithKeys(_Sealing):
    def __init__(self, entry: Entry, keys: Mapping[UUID, bytes]) -> None:
        super().__init__(entry)
        self._keys = keys

    def under(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        return seal(plain, subject=subject, key=self._keys[subject]) if plain else None


class Around(Struct, frozen=True, kw_only=True):
    """What else there is to know when a row is decided on."""

    others: Mapping[UUID, History]
    """What was recorded of whatever it refers to, in its area."""
    renewals: Catalogue

    def history(self, stream: UUID | None) -> History:
        return self.others.get(stream, ()) if stream else ()


There = Collection[tuple[str, UUID]]
"""Ids, each with the area that has something under it."""

Words = Mapping[str, str]
"""What stands in the columns that say which row it is and what it refers to, by their names."""


def known_as(what: str) -> Callable[[Words], UUID]:
    """The id of what an area knows under a reference of its own."""
    return lambda words: named_id(what, words["area"], words["reference"])


_WITH_STREAMS = ("enterprise", "need", "session")
"""What a row may name by its id as well as by the area's own reference."""


def _as_id(cell: str) -> UUID | None:
    """An id as lists write it."""
    try:
        return UUID(cell) if len(cell) == 36 else None
    except ValueError:
        return None


class Kind(Struct, frozen=True, kw_only=True):
    name: str
    columns: tuple[Column, ...]
    input: type[Input]
    key: tuple[str, ...]
    """The columns that tell one row from another, the area's first."""
    about: str
    """The column that a refusal is about when it names none."""
    stream: Callable[[Words], UUID] | str
    """Where an entry belongs; or the column that names what it is about."""
    may: Callable[[Entry, History], object]
    """Raises `Refused` or `NotFound` against it, given the stream's history."""
    complete: Callable[[Entry, History, Around], Input] = lambda entry, history, around: entry.said
    """What it says, once what was left out is filled in from what was recorded. May raise the same."""
    builds_on: bool = False
    """Whether a row bears on those of the same stream that come after it."""
    check_area: Callable[[str, History], object] = lambda area, history: None
    """Raises the same for an area in which nothing of the kind can happen, given the area's own history."""
    opens_ledger: Callable[[str], bool] = lambda area: False
    """Whether an entry may be the first of its area."""

    def ids(self, rows: Iterable[Row]) -> Iterator[tuple[str, UUID]]:
        """What may be ids where a row names something else: such a cell may also hold a reference that looks like one.

        Each with the area of the row, which stands in the first column.
        """
        places = [place for place, column in enumerate(self.columns) if column.names in _WITH_STREAMS]
        for row in rows:
            for place in places if row.cells else ():
                if id := _as_id(row.cells[place]):
                    yield row.cells[0], id

    def entry(self, row: Row, *, today: date, there: There = ()) -> Entry | RowError:
        """What a row says, or the first thing that is wrong with it. `there`: which of its `ids` are some."""
        try:
            return self._entry(row, today, there)
        except msgspec.ValidationError as error:
            field, sentence = misfit(error)
            return self.error(row.number, field, sentence)
        except Refused as refused:
            return self.error(row.number, refused.field, str(refused))

    def error(self, row: int, field: str | None, sentence: str) -> RowError:
        """What is wrong with a row, told of the column that a field of the input comes from."""
        group = (field or "").partition("[")[0]
        column = next((c for c in self.columns if group and group in (c.field, c.name)), None) or self._column(
            self.about
        )
        return RowError(row=row, column=column.name, wrong=sentence, expected=column.expected)

    def _column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def _entry(self, row: Row, today: date, there: There) -> Entry:
        if not row.cells:
            raise Refused("This row has more cells than the heading has columns. Is a comma not in quotation marks?")
        fields: dict[str, object] = {}
        words: dict[str, str] = {}
        named: dict[str, UUID] = {}
        for column, cell in zip(self.columns, row.cells, strict=True):
            if not cell:
                if column.needed:
                    raise Refused("This is missing.", field=column.name)
                continue
            try:
                read = column.read(cell)
            except Misfit as error:
                raise Refused(str(error), field=column.name) from None
            if column.name in self.key or column.names or not column.field:
                words[column.name] = str(read)
            if column.names:
                id = _as_id(str(read)) if column.names in _WITH_STREAMS else None
                known = id if id and (words["area"], id) in there else None
                read = named[column.name] = known or named_id(column.names, words["area"], str(read))
            if column.field:
                *groups, field = column.field.split(".")
                within = fields
                for group in groups:
                    within = cast("dict[str, object]", within.setdefault(group, {}))
                within[field] = read
        said = msgspec.convert(fields, self.input, strict=False)
        said.check(today=today)
        key = tuple([words[name] for name in self.key])
        # beside the key only where there is more: what was imported before there was is still the same
        rest = {name: word for name, word in words.items() if name not in self.key}
        return Entry(
            row=row.number,
            area=key[0],
            key=key,
            command=named_id("import", self.name, *key),
            request=msgspec.json.encode((key, said, rest) if rest else (key, said)),
            stream=named[self.stream] if isinstance(self.stream, str) else self.stream(words),
            said=said,
            on=happened_on(said.on, today=today),
        )
