"""Import a file: read it, check every row against the ledgers, and record all of it or nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from events import bulk, ledger
from events.access import EVERYWHERE, Principal
from events.base import Event, NotFound, Refused, TrellisError, area_stream, now, today
from events.bulk import BulkRefused, append_all
from events.catalogue import AnyEvent
from events.collecting import uncollected
from events.database import Connection, connect, let_in
from events.ledger import Command, Happened, Recorded
from events.renewal_catalogue import Catalogue, read_catalogue
from events.requirements import with_requirements
from events.settings import Settings
from events.vault import Vault, command_digest, destroyed
from hub.db import USED, Hub, open_redis, ring
from hub.importing.activity import ACTIVITY
from hub.importing.areas import AREAS
from hub.importing.enterprises import ENTERPRISES
from hub.importing.figures import FIGURES
from hub.importing.kind import Around, Entry, History, Kind, Unsealed, WithKeys
from hub.importing.learning import BARRIERS, LESSONS
from hub.importing.milestones import MILESTONES
from hub.importing.quality import ACTIONS, CONCERNS, QUALITY_CHECKS
from hub.importing.referrals import NEEDS, REFERRALS
from hub.importing.renewals import RENEWALS
from hub.importing.report import SHOWN, Report, RowError
from hub.importing.table import Row, read_table, rows_of
from hub.importing.training import SESSIONS, TRAINING
from hub.look import words
from hub.membership import taking_part
from hub.progress import Tell, tell_nobody
from hub.references import there

T = TypeVar("T")

KINDS = {
    kind.name: kind
    for kind in (
        AREAS,
        ENTERPRISES,
        ACTIVITY,
        MILESTONES,
        NEEDS,
        REFERRALS,
        SESSIONS,
        TRAINING,
        RENEWALS,
        QUALITY_CHECKS,
        CONCERNS,
        ACTIONS,
        LESSONS,
        BARRIERS,
        FIGURES,
    )
}
"""Every kind of file there is, by the word it is imported under."""

CHUNK = 2000

BATCH = 128
"""Commands of an upload that go into one append."""

MOST_ROWS = 5000
"""Of an upload, which holds back the others of its areas while it is recorded."""

ACTOR = "import"


class _Decided(Struct, frozen=True, kw_only=True):
    entry: Entry
    subjects: frozenset[UUID]
    """Whose keys seal part of its event."""
    version: int
    """Of its stream, before it."""
    along: tuple[Happened, ...]
    """What is recorded with it."""


def import_file(
    settings: Settings, kind: str, path: Path, *, dry_run: bool = False, progress: Tell = tell_nobody
) -> Report:
    """Record what the rows of a file say, all of them or, if a row is wrong, nothing.

    Rows that were imported before are passed over, so the same file twice changes nothing. A dry run only looks.
    Raises `Refused` for a file that cannot be read, or when somebody else records the same things meanwhile.
    """
    found, renewals = KINDS[kind], read_catalogue(settings.renewals)
    with uncollected():
        rows = read_table(path, found.columns)
        with connect(settings.vault_url) as vault, connect(settings.database_url) as connection:
            keys = Vault(settings.vault_key, before=settings.vault_key_before)
            importing = _Import(found, connection, keys, vault, renewals, actor=ACTOR, progress=progress)
            report, areas = importing.run(rows, path.name, dry_run=dry_run, record=importing.copy)
    if areas:
        ring(open_redis(settings), areas)
    return report


def import_upload(hub: Hub, who: Principal, kind: str, name: str, data: bytes, *, dry_run: bool) -> Report:
    """The same for what somebody sent, who may record in every area that its rows are about.

    All of it is one transaction under row-level security, so it takes no more than `MOST_ROWS`.
    """
    found = KINDS[kind]
    rows = rows_of(data, name, found.columns)
    if len(rows) > MOST_ROWS:
        raise Refused(
            f"{name} has {words.number(len(rows))} rows. Split it into files of at most {words.number(MOST_ROWS)}."
        )
    with hub.acting(who, "record") as connection, hub.vault() as (keys, vault):
        importing = _Import(found, connection, keys, vault, hub.renewals, actor=who.id, may=who)
        report, areas = importing.run(rows, name, dry_run=dry_run, record=importing.append)
    hub.announce(areas)
    return report


class _Import:
    def __init__(
        self,
        kind: Kind,
        connection: Connection,
        keys: Vault,
        vault: Connection,
        renewals: Catalogue,
        *,
        actor: str,
        may: Principal | None = None,
        progress: Tell = tell_nobody,
    ) -> None:
        """`keys` are those in the database that `vault` is a connection to. `may`: who it is for; None for the
        operator, who may record everywhere."""
        self._kind = kind
        self._connection = connection
        self._keys = keys
        self._vault = vault
        self._renewals = renewals
        self._actor = actor
        self._may = may
        self._progress = progress
        self._errors: list[RowError] = []

    def run(
        self, rows: Sequence[Row], name: str, *, dry_run: bool, record: Callable[[Sequence[Command]], None]
    ) -> tuple[Report, set[str]]:
        """What came of it, and the areas that have something new."""
        entries = self._distinct(self._entries(rows))
        digest_key = self._keys.digest_key(self._vault)
        digests = [command_digest(digest_key, entry.request) for entry in entries]
        fresh = self._not_imported(entries, digests)
        decided = self._decide([entries[n] for n in fresh])
        areas: set[str] = set()
        if not self._errors and not dry_run and fresh:
            commands = self._commands(decided, [digests[n] for n in fresh])
            try:
                record(commands)
            except BulkRefused as refused:
                raise Refused(f"Row {decided[refused.number].entry.row}: {refused}") from refused
            areas = {command.area for command in commands}
        self._errors.sort(key=lambda error: error.row)
        report = Report(
            kind=self._kind.name,
            file=name,
            dry_run=dry_run,
            rows=len(rows),
            new=0 if self._errors else len(fresh),
            errors=self._errors[:SHOWN],
            errors_in_all=len(self._errors),
        )
        return report, areas

    def copy(self, commands: Sequence[Command]) -> None:
        """Record by COPY, which row-level security does not allow."""
        areas = {command.area for command in commands}
        total = len(commands)
        with self._connection.transaction():
            ledger.open_ledger(self._connection, {area for area in areas if self._kind.opens_ledger(area)})
            append_all(self._connection, commands, progress=lambda done: self._progress("Recording", done, total))

    def append(self, commands: Sequence[Command]) -> None:
        """Record as single requests do, in the transaction that is open.

        Raises `BulkRefused` at the first command that cannot be recorded.
        """
        ledger.lock(self._connection, {command.area for command in commands})
        for first, batch in _batches(commands):
            outcomes = ledger.append_batch(self._connection, batch, wait=True)
            for place, (command, outcome) in enumerate(zip(batch, outcomes, strict=True)):
                try:
                    ledger.answer(command, *outcome)
                except TrellisError as refused:
                    raise BulkRefused(str(refused), number=first + place) from refused

    def _entries(self, rows: Sequence[Row]) -> Iterator[Entry]:
        day = today()
        for chunk in self._chunks(rows, "Reading"):
            there = ledger.streams_there(self._connection, set(self._kind.ids(chunk)))
            for row in chunk:
                entry = self._kind.entry(row, today=day, there=there)
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

    def _not_imported(self, entries: Sequence[Entry], digests: Sequence[bytes]) -> list[int]:
        """The numbers of the entries that are new."""
        before = bulk.answered(self._connection, [(entry.area, entry.command) for entry in entries])
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

    def _decide(self, entries: Sequence[Entry]) -> list[_Decided]:
        """What each entry comes to, and the version its stream then had."""
        # entries of one stream side by side, so that its history is read once
        by_stream = sorted(entries, key=lambda entry: (entry.area, entry.stream.int))
        refused_areas = self._refused_areas({entry.area for entry in entries})
        versions: dict[tuple[str, UUID], int] = {}
        decided: list[_Decided] = []
        for chunk in self._chunks(by_stream, "Checking"):
            histories = ledger.read_streams(self._connection, _looked_at(chunk))
            for entry in chunk:
                if refusal := refused_areas.get(entry.area):
                    self._wrong(entry, str(refusal), field=refusal.field)
                    continue
                stream = (entry.area, entry.stream)
                history = histories.get(stream, [])
                others = {id: histories.get((area, id), []) for area, id in _looked_at([entry])}
                try:
                    entry = self._completed(entry, history, others)
                except (Refused, NotFound) as error:
                    self._wrong(entry, str(error), field=error.field)
                    continue
                unsealed = Unsealed(entry)
                event, *along = with_requirements(
                    entry.said.event(unsealed),
                    entry.on,
                    area=entry.area,
                    stream=entry.stream,
                    history=history,
                    catalogue=self._renewals,
                )
                version = versions.get(stream, len(history))
                versions[stream] = version + 1 + len(along)
                subjects = frozenset(unsealed.subjects)
                decided.append(_Decided(entry=entry, subjects=subjects, version=version, along=tuple(along)))
                if self._kind.builds_on:
                    histories[stream] = [*history, self._as_recorded(entry, event.event, version)]
        self._not_used_elsewhere(decided)
        self._not_erased(decided)
        return sorted(decided, key=lambda each: each.entry.row)

    def _completed(self, entry: Entry, history: History, others: Mapping[UUID, History]) -> Entry:
        """The entry with nothing left out. Raises `Refused` or `NotFound` unless it may be recorded."""
        around = Around(others=others, renewals=self._renewals)
        found = msgspec.structs.replace(entry, said=self._kind.complete(entry, history, around))
        self._kind.may(found, history)
        for named in found.said.refers_to():
            there(named, around.history(named.id), found.on)
        return found

    def _as_recorded(self, entry: Entry, event: Event, version: int) -> Recorded:
        return Recorded(
            area=entry.area,
            position=2**62 + version,  # after all that is there
            stream=entry.stream,
            version=version + 1,
            event=cast("AnyEvent", event),
            occurred_on=entry.on,
            recorded_at=now(),
            actor=self._actor,
            command=entry.command,
            cause=None,
        )

    def _not_used_elsewhere(self, decided: Sequence[_Decided]) -> None:
        """Note which rows begin something under an id that another area uses."""
        begun = {_stream(each.entry): each for each in decided if each.version == 0}
        begun = {key: each for key, each in begun.items() if each.entry.stream != area_stream(each.entry.area)}
        if not begun:
            return
        if self._may:
            let_in(self._connection, {EVERYWHERE})
        used = ledger.used_elsewhere(self._connection, begun)
        if self._may:
            let_in(self._connection, self._may.areas("record"))
        for key in used:
            self._wrong(begun[key].entry, USED)

    def _not_erased(self, decided: Sequence[_Decided]) -> None:
        """Note which rows tell of somebody who was erased: nothing more can be kept of them."""
        gone = destroyed(self._vault, {subject for each in decided for subject in each.subjects})
        for each in decided:
            if not each.subjects.isdisjoint(gone):
                self._wrong(each.entry, "The person this is about was erased. Nothing more can be kept about them.")

    def _refused_areas(self, areas: set[str]) -> dict[str, Refused]:
        ledgers = ledger.heads(self._connection)
        histories = ledger.read_streams(self._connection, {(area, area_stream(area)) for area in areas})
        refused: dict[str, Refused] = {}
        for area in areas:
            history = histories.get((area, area_stream(area)), [])
            try:
                if self._may and not self._may.may("record", area):
                    # as of an area that there is not: what others do is not told
                    taking_part(area, [])
                if area not in ledgers and not self._kind.opens_ledger(area):
                    taking_part(area, history)
                self._kind.check_area(area, history)
            except Refused as error:
                refused[area] = error
        return refused

    def _commands(self, decided: Sequence[_Decided], digests: Sequence[bytes]) -> list[Command]:
        """With what identifies a person encrypted. Keys are made here, so only for rows to be recorded."""
        commands: list[Command] = []
        for chunk in self._chunks(list(zip(decided, digests, strict=True)), "Sealing"):
            keys = self._keys.keys(self._vault, {subject for each, _ in chunk for subject in each.subjects})
            for each, digest in chunk:
                entry = each.entry
                event = entry.said.event(WithKeys(entry, keys))
                commands.append(
                    Command(
                        area=entry.area,
                        id=entry.command,
                        digest=digest,
                        stream=entry.stream,
                        expected=each.version,
                        events=(Happened(event, entry.on), *each.along),
                        actor=self._actor,
                    )
                )
        return commands

    def _wrong(self, entry: Entry, sentence: str, *, field: str | None = None) -> None:
        self._errors.append(self._kind.error(entry.row, field, sentence))

    def _chunks(self, items: Sequence[T], doing: str) -> Iterator[Sequence[T]]:
        for start in range(0, len(items), CHUNK):
            yield items[start : start + CHUNK]
            self._progress(doing, min(start + CHUNK, len(items)), len(items))


def _looked_at(entries: Sequence[Entry]) -> set[tuple[str, UUID]]:
    """The streams that entries belong to, and those of what they refer to."""
    return {
        (entry.area, stream)
        for entry in entries
        for stream in (entry.stream, *(named.id for named in entry.said.refers_to()))
    }


def _batches(commands: Sequence[Command]) -> Iterator[tuple[int, Sequence[Command]]]:
    """Pieces that one append takes, each with the number of its first command: none has two of one stream."""
    first = 0
    while first < len(commands):
        streams: set[tuple[str, UUID]] = set()
        end = first
        while end < len(commands) and end - first < BATCH and (key := _stream(commands[end])) not in streams:
            streams.add(key)
            end += 1
        yield first, commands[first:end]
        first = end


def _stream(command: Command | Entry) -> tuple[str, UUID]:
    return command.area, command.stream
