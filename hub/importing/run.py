"""Import a file: read it, check every row against the ledgers, and record all of it or nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from events import bulk, ledger
from events.base import Event, NotFound, Refused, area_stream, today
from events.bulk import BulkRefused, append_all
from events.collecting import uncollected
from events.database import Connection, connect
from events.ledger import Command, Happened
from events.settings import Settings
from events.vault import Vault, command_digest
from hub.db import open_redis, ring
from hub.importing.activity import ACTIVITY
from hub.importing.areas import AREAS
from hub.importing.enterprises import ENTERPRISES
from hub.importing.figures import FIGURES
from hub.importing.kind import Entry, Kind
from hub.importing.report import SHOWN, Report, RowError
from hub.importing.table import Row, read_table
from hub.membership import taking_part
from hub.progress import Tell, tell_nobody

T = TypeVar("T")

KINDS = {kind.name: kind for kind in (AREAS, ENTERPRISES, ACTIVITY, FIGURES)}
"""Every kind of file there is, by the word it is imported under."""

CHUNK = 2000
ACTOR = "import"

_Decided = tuple[Entry, Event, int]
"""An entry, the event it comes to, and the version its stream had before."""


def import_file(
    settings: Settings, kind: str, path: Path, *, dry_run: bool = False, progress: Tell = tell_nobody
) -> Report:
    """Record what the rows of a file say, all of them or, if a row is wrong, nothing.

    Rows that were imported before are passed over, so the same file twice changes nothing. A dry run only looks.
    Raises `Refused` for a file that cannot be read, or when somebody else records the same things meanwhile.
    """
    with uncollected():
        return _Import(settings, KINDS[kind], path, progress).run(dry_run=dry_run)


class _Import:
    def __init__(self, settings: Settings, kind: Kind, path: Path, progress: Tell) -> None:
        self._settings = settings
        self._kind = kind
        self._path = path
        self._progress = progress
        self._vault = Vault(settings.vault_key, before=settings.vault_key_before)
        self._errors: list[RowError] = []

    def run(self, *, dry_run: bool) -> Report:
        rows = read_table(self._path, self._kind.columns)
        entries = self._distinct(self._entries(rows))
        with connect(self._settings.vault_url) as vault, connect(self._settings.database_url) as connection:
            digest_key = self._vault.digest_key(vault)
            digests = [command_digest(digest_key, entry.request) for entry in entries]
            fresh = self._not_imported(connection, entries, digests)
            decided = self._decide(connection, [entries[n] for n in fresh])
            if not self._errors and not dry_run and fresh:
                events = self._sealed(vault, decided)
                self._record(connection, decided, events, [digests[n] for n in fresh])
        self._errors.sort(key=lambda error: error.row)
        return Report(
            kind=self._kind.name,
            file=self._path.name,
            dry_run=dry_run,
            rows=len(rows),
            new=0 if self._errors else len(fresh),
            errors=self._errors[:SHOWN],
            errors_in_all=len(self._errors),
        )

    def _entries(self, rows: Sequence[Row]) -> Iterator[Entry]:
        day = today()
        for chunk in self._chunks(rows, "Reading"):
            for row in chunk:
                entry = self._kind.entry(row, today=day)
                if isinstance(entry, Entry):
                    yield entry
                else:
                    self._errors.append(entry)

    def _distinct(self, entries: Iterator[Entry]) -> list[Entry]:
        """The entries, once it is noted which rows speak of the same thing as one before them."""
        first: dict[tuple[str, ...], Entry] = {}
        for entry in entries:
            before = first.setdefault(entry.key, entry)
            if before is not entry:
                names = " and ".join(self._kind.key)
                self._wrong(entry, f"Rows {before.row} and {entry.row} have the same {names}. Keep one of them.")
        return list(first.values())

    def _not_imported(self, connection: Connection, entries: Sequence[Entry], digests: Sequence[bytes]) -> list[int]:
        """The numbers of the entries that are new."""
        before = bulk.answered(connection, [(entry.area, entry.command) for entry in entries])
        fresh: list[int] = []
        for number, entry in enumerate(entries):
            digest, position = before.get((entry.area, entry.command), (None, 0))
            if digest is None:
                fresh.append(number)
            elif digest != digests[number]:
                self._wrong(
                    entry,
                    "This was imported before and said something else. If that was wrong, correct the entry at "
                    f"position {position} of {entry.area} instead.",
                )
        return fresh

    def _decide(self, connection: Connection, entries: Sequence[Entry]) -> list[_Decided]:
        """What each entry comes to, and the version its stream then had. No entry bears on another of its kind."""
        # entries of one stream side by side, so that its history is read once
        by_stream = sorted(entries, key=lambda entry: (entry.area, entry.stream.int))
        refused_areas = self._refused_areas(connection, {entry.area for entry in entries})
        versions: dict[tuple[str, UUID], int] = {}
        decided: list[_Decided] = []
        for chunk in self._chunks(by_stream, "Checking"):
            histories = ledger.read_streams(connection, {(entry.area, entry.stream) for entry in chunk})
            for entry in chunk:
                if refusal := refused_areas.get(entry.area):
                    self._wrong(entry, str(refusal), field=refusal.field)
                    continue
                stream = (entry.area, entry.stream)
                history = histories.get(stream, [])
                try:
                    event = self._kind.decide(entry, history)
                except (Refused, NotFound) as error:
                    self._wrong(entry, str(error), field=error.field if isinstance(error, Refused) else None)
                    continue
                version = versions.get(stream, len(history))
                versions[stream] = version + 1
                decided.append((entry, event, version))
        return sorted(decided, key=lambda each: each[0].row)

    def _refused_areas(self, connection: Connection, areas: set[str]) -> dict[str, Refused]:
        ledgers = ledger.heads(connection)
        histories = ledger.read_streams(connection, {(area, area_stream(area)) for area in areas})
        refused: dict[str, Refused] = {}
        for area in areas:
            history = histories.get((area, area_stream(area)), [])
            try:
                if area not in ledgers and not self._kind.opens_ledger(area):
                    taking_part(area, history)
                self._kind.check_area(area, history)
            except Refused as error:
                refused[area] = error
        return refused

    def _sealed(self, vault: Connection, decided: Sequence[_Decided]) -> list[Event]:
        """The events, with what identifies a person encrypted. Keys are made here, so only for rows to be recorded."""
        events: list[Event] = []
        for chunk in self._chunks(decided, "Sealing"):
            subjects = [self._kind.subject(entry) for entry, _, _ in chunk]
            keys = self._vault.keys(vault, [subject for subject in subjects if subject])
            for subject, (entry, event, _) in zip(subjects, chunk, strict=True):
                events.append(self._kind.seal(entry, event, subject, keys[subject]) if subject else event)
        return events

    def _record(
        self, connection: Connection, decided: Sequence[_Decided], events: Sequence[Event], digests: Sequence[bytes]
    ) -> None:
        commands = [
            Command(
                area=entry.area,
                id=entry.command,
                digest=digest,
                stream=entry.stream,
                expected=version,
                events=(Happened(event, entry.on),),
                actor=ACTOR,
            )
            for (entry, _, version), event, digest in zip(decided, events, digests, strict=True)
        ]
        areas = {command.area for command in commands}
        total = len(commands)
        with connection.transaction():
            ledger.open_ledger(connection, {area for area in areas if self._kind.opens_ledger(area)})
            try:
                append_all(connection, commands, progress=lambda done: self._progress("Recording", done, total))
            except BulkRefused as refused:
                raise Refused(f"Row {decided[refused.number][0].row}: {refused}") from refused
        ring(open_redis(self._settings), areas)

    def _wrong(self, entry: Entry, sentence: str, *, field: str | None = None) -> None:
        self._errors.append(self._kind.error(entry.row, field, sentence))

    def _chunks(self, items: Sequence[T], doing: str) -> Iterator[Sequence[T]]:
        for start in range(0, len(items), CHUNK):
            yield items[start : start + CHUNK]
            self._progress(doing, min(start + CHUNK, len(items)), len(items))
