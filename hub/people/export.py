"""All that is held about a person, for that person: a page to read and JSON, in one zip. Others stay closed."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from msgspec import Struct

from events.base import Sealed
from events.catalogue import tag_of
from events.ledger import Recorded
from events.places import place_name
from hub.look.page import render
from hub.people.files import SentFile
from hub.people.looking import Look, Opened

CLOSED = "Closed: this is about somebody else."


class Exported(Struct, frozen=True, kw_only=True):
    """An entry that is about the person: where and when it was recorded, and what it says."""

    area: str
    area_name: str
    position: int
    happened_on: str
    recorded_at: datetime
    type: str
    what: list[str]
    lawful_basis: list[str]
    consent: list[str]
    sealed: list[dict[str, str]]
    """What is sealed for the person, opened."""
    entry: Any
    """The whole entry as it was recorded, what is sealed left out."""


class Looked(Struct, frozen=True, kw_only=True):
    """Not by whom: those who work with the hub are third parties too."""

    at: datetime
    why: str
    exported: bool


class Sent(Struct, frozen=True, kw_only=True):
    """A file that came with what was told by a link."""

    name: str
    """As it is called in the zip."""
    area: str
    area_name: str
    sent_at: datetime
    kind: str


class Export(Struct, frozen=True, kw_only=True):
    subject: UUID
    made_at: datetime
    about: str
    entries: list[Exported]
    files: list[Sent]
    looked: list[Looked]


ABOUT = (
    "Everything that this hub holds about one person, in the areas that whoever made this file may read. What is held "
    "about other people in the same entries was left closed."
)


def export(
    subject: UUID,
    opened: Sequence[Opened],
    looks: Sequence[Look],
    files: Sequence[tuple[SentFile, bytes]],
    *,
    made_at: datetime,
) -> bytes:
    """The zip. `opened` comes in the order of the ledgers."""
    of: dict[tuple[str, int], list[Opened]] = {}
    for each in opened:
        of.setdefault((each.held.entry.area, each.held.entry.position), []).append(each)
    found = Export(
        subject=subject,
        made_at=made_at,
        about=ABOUT,
        entries=[_exported(each[0].held.entry, each) for each in of.values()],
        files=[
            Sent(name=each.name, area=each.area, area_name=each.area_name, sent_at=each.at, kind=each.kind)
            for each, _ in files
        ],
        looked=[Looked(at=each.at, why=each.why, exported=each.exported) for each in looks],
    )
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data.json", msgspec.json.format(msgspec.json.encode(found)))
        archive.writestr("read-me.html", render("people/pages/export.html", export=found))
        for each, plain in files:
            archive.writestr(each.name, plain)
    return file.getvalue()


def _exported(entry: Recorded, opened: Sequence[Opened]) -> Exported:
    return Exported(
        area=entry.area,
        area_name=place_name(entry.area),
        position=entry.position,
        happened_on=entry.occurred_on.isoformat(),
        recorded_at=entry.recorded_at,
        type=tag_of(entry.event),
        what=[each.held.words for each in opened],
        lawful_basis=[each.held.lawful_basis for each in opened],
        consent=[each.held.consent_words for each in opened if each.held.consent],
        sealed=[dict(each.fields) for each in opened],
        entry=redacted(entry.event, opened[0].held.found.sealed.subject),
    )


def redacted(value: Any, subject: UUID) -> Any:
    """A value with every sealed one in it replaced by words."""
    if isinstance(value, Sealed):
        return "Opened above." if value.subject == subject else CLOSED
    if isinstance(value, Struct):
        return {name: redacted(getattr(value, name), subject) for name in value.__struct_fields__}
    if isinstance(value, tuple | list):
        return [redacted(each, subject) for each in value]
    return value
