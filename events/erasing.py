"""Erasing a person: the key is destroyed, the ledgers say so, and no restored backup brings it back.

The order is the table `erasure`, once two people agreed. Each part of carrying it out may be done twice, so whoever
comes after a crash does it all again. First of all the person is listed in a file outside the databases, `erased.jsonl`
beside the signed heads: a vault restored from a backup holds the key again, and the list is what destroys it again.
"""

import fcntl
import logging
import os
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import msgspec
from msgspec import Struct

from events import ledger
from events.base import TrellisError, named_id, today
from events.catalogue import AnyEvent
from events.database import Connection
from events.ledger import Command, Happened, Recorded
from events.people import ErasureBasis, PersonErased
from events.personal_data import sealed_in
from events.vault import destroy_keys, destroyed

log = logging.getLogger(__name__)

ACTOR = "hub:erasure"


class Order(Struct, frozen=True, kw_only=True):
    """An erasure that was approved and is not finished."""

    area: str
    id: UUID
    subject: UUID
    basis: ErasureBasis


class Listed(Struct, frozen=True, kw_only=True):
    """A line of the file: a person who was erased, and the day (Europe/London)."""

    subject: UUID
    on: date


class ListBroken(TrellisError):
    """The list of the erased was changed by somebody, and cannot be read."""


# ---- where a person is

# Read area by area, and through: looks and erasures are few, and an index would cost every append 6%.
_PLACES = """
select ledger.area, entry.position
from ledger
cross join lateral (select position, data from event where event.area = ledger.area order by position) entry
where (current_setting('trellis.areas') = '*'
       or ledger.area = any (string_to_array(current_setting('trellis.areas'), ',')))
  and position(%(subject)s in entry.data) > 0
order by ledger.area, entry.position
"""


# One reading for all of them; what an erasure left behind names a person and holds nothing of them.
_AREAS = """
select distinct found.subject, entry.area
from event entry
cross join lateral regexp_matches(entry.data, '"subject":"([0-9a-f-]{36})"', 'g') matched(parts)
cross join lateral (select matched.parts[1]::uuid) found(subject)
where position('"subject":"' in entry.data) > 0 and entry.type <> 'person.erased' and found.subject = any (%s)
"""


def areas_about(connection: Connection, subjects: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The areas that hold something sealed for each of these, of those that the connection was let in to."""
    found: dict[UUID, frozenset[str]] = dict.fromkeys(subjects, frozenset())
    if subjects:
        for subject, area in connection.execute(_AREAS, [list(subjects)]):
            found[cast("UUID", subject)] |= {str(area)}
    return found


def entries_about(connection: Connection, subject: UUID) -> list[Recorded]:
    """The events that hold something sealed for a person, in the areas that the connection was let in to."""
    places: dict[str, list[int]] = {}
    for area, position in connection.execute(_PLACES, {"subject": f'"subject":"{subject}"'}):
        places.setdefault(str(area), []).append(cast("int", position))
    found = [entry for area, at in places.items() for entry in ledger.read_positions(connection, area, at)]
    return [entry for entry in found if _is_about(entry.event, subject)]


def _is_about(event: AnyEvent, subject: UUID) -> bool:
    return any(each.sealed.subject == subject for each in sealed_in(event))


# ---- the list outside the databases


def list_erased(folder: Path, subject: UUID) -> None:
    """Add a person to the list, once."""
    folder.mkdir(parents=True, exist_ok=True)
    with _file(folder).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # a line without its end is one whose writing was cut short: it goes
        file.truncate(_file(folder).read_bytes().rfind(b"\n") + 1)
        if subject not in {each.subject for each in read_erased(folder)}:
            file.write(msgspec.json.encode(Listed(subject=subject, on=today())) + b"\n")
            file.flush()
        os.fsync(file.fileno())


def read_erased(folder: Path) -> list[Listed]:
    """Everybody on the list. Raises `ListBroken`."""
    try:
        lines = _file(folder).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    try:
        return [msgspec.json.decode(line, type=Listed) for line in lines]
    except msgspec.DecodeError as error:
        raise ListBroken(
            f"A line of {_file(folder)} does not name a person who was erased. Mend it, or restore it."
        ) from error


def _file(folder: Path) -> Path:
    return folder / "erased.jsonl"


# ---- carrying it out

_APPROVED = "select area, id, subject, basis from erasure where approved and done_at is null order by decided_at"

_DONE = """
update erasure set done_at = clock_timestamp(), backups_until = %s where area = %s and id = %s and done_at is null
"""

# Who looked and when stays on record. Why they did may name the person, whatever they were told.
_TAKE_OUT_WHY = "update look set why = %(instead)s where subject = any (%(subjects)s) and why <> %(instead)s"

WHY_TAKEN_OUT = "taken out when what they looked at was erased"

_DESTROYED = "select distinct subject from erasure where done_at is not null"


def approved(connection: Connection) -> list[Order]:
    """What two people agreed on and was not finished, the oldest first. The connection sees every area."""
    return [
        Order(area=str(area), id=cast("UUID", id), subject=cast("UUID", subject), basis=cast("ErasureBasis", basis))
        for area, id, subject, basis in connection.execute(_APPROVED)
    ]


def carry_out(connection: Connection, vault: Connection, order: Order, *, folder: Path, backup_days: int) -> None:
    """Erase a person. Every part may be done again after a crash. The connection sees every area.

    `backup_days`: how long backups of the vault are kept.
    """
    list_erased(folder, order.subject)
    destroy_keys(vault, [order.subject])
    take_out_why(connection, [order.subject])
    # nothing can be sealed for them any more, so these are all areas there will ever be
    for area in sorted({order.area, *(entry.area for entry in entries_about(connection, order.subject))}):
        tell(connection, area, order)
    connection.execute(_DONE, [today() + timedelta(backup_days), order.area, order.id])
    log.info("erased a person, as asked for in %s", order.area)


def take_out_why(connection: Connection, subjects: Collection[UUID]) -> None:
    """Take the reasons for which somebody looked at these out of the record of looks."""
    connection.execute(_TAKE_OUT_WHY, {"instead": WHY_TAKEN_OUT, "subjects": list(subjects)})


def tell(connection: Connection, area: str, order: Order) -> None:
    """Record in an area's ledger that the person was erased, once."""
    stream = named_id("person", str(order.subject))
    command = named_id("erasure", str(order.id), area)
    history = ledger.read_stream(connection, area, stream)
    if any(entry.command == command for entry in history):
        return
    asked = Command(
        area=area,
        id=command,
        digest=command.bytes,
        stream=stream,
        expected=len(history),
        events=(Happened(PersonErased(subject=order.subject, basis=order.basis), today()),),
        actor=ACTOR,
    )
    outcome, first, last, version = ledger.append_batch(connection, [asked], wait=True)[0]
    ledger.answer(asked, outcome, first, last, version)


def carry_out_all(connection: Connection, vault: Connection, *, folder: Path, backup_days: int) -> int:
    """Finish every erasure that was approved. Returns how many."""
    orders = approved(connection)
    for order in orders:
        carry_out(connection, vault, order, folder=folder, backup_days=backup_days)
    return len(orders)


def erase_again(connection: Connection, vault: Connection, *, folder: Path) -> int:
    """Destroy the keys of everybody who was erased, should a restored backup have brought one back. Returns how many.

    The reasons for looking at them are taken out again too, also those of a look that went on while they were erased.

    Who was erased is on the list outside the databases, and in the ledger's database.
    """
    subjects = {each.subject for each in read_erased(folder)} | set(_subjects(connection))
    take_out_why(connection, subjects)
    back = subjects - destroyed(vault, subjects).keys()
    again = destroy_keys(vault, sorted(back)) if back else 0
    if again:
        log.warning("destroyed %s keys of erased people again: the vault comes from a backup", again)
    return again


def _subjects(connection: Connection) -> Iterable[UUID]:
    return (cast("UUID", subject) for (subject,) in connection.execute(_DESTROYED))
