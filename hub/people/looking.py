"""Opening what is sealed for a person. Each look is on record before anything opens; nothing else in the hub opens it.

If the look cannot be recorded, nothing opens.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeVar, cast
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Principal
from events.base import NotFound, Refused, Sealed, civil_day, in_words
from events.corrections import ended_on, replaced_on
from events.database import Connection, value
from events.enterprises import EnquiryReceived, EnterpriseRegistered, Owner
from events.erasing import entries_about
from events.ledger import Recorded
from events.looks import record_look
from events.people import Consent, LawfulBasis
from events.personal_data import SEALED, Found, kept_until, sealed_in
from events.places import place_name
from events.referrals import NeedRecorded, ReferralMade
from events.vault import Erased, unseal
from hub.db import Hub
from hub.people.files import SentFile, boxes_of

T = TypeVar("T")

MayLook = Literal["read people", "break glass"]

LEAST_REASON, MOST_REASON = 5, 200

Of = Literal["a person", "an enterprise", "somebody who waits", "feedback"]
"""What is held under a key: details of somebody, or of who waits, notes about an enterprise, or what was said."""

ONE_KEY = "to keep one key for the same person"
"""Why the hub opens the details of an earlier owner for whoever corrects who owns an enterprise."""


class Held(Struct, frozen=True, kw_only=True):
    """Something sealed for a person, closed."""

    entry: Recorded
    found: Found
    words: str
    lawful_basis: LawfulBasis
    consent: Consent | None
    until: date | None
    """The last day on which it may be kept; None while that hangs on when it ends, or is last told of."""

    @property
    def area_name(self) -> str:
        return place_name(self.entry.area)

    @property
    def until_words(self) -> str:
        if self.until:
            return in_words(self.until)
        return f"{SEALED[self.found.kind].years} years after it ends, or after the last entry about it"

    @property
    def consent_words(self) -> str:
        if self.consent is None:
            return ""
        form = f", form of words {self.consent.wording}" if self.consent.wording else ""
        return f"given {self.consent.how} on {in_words(self.consent.given_on)}{form}"


class Opened(Struct, frozen=True, kw_only=True):
    """The same, opened for this one request."""

    held: Held
    fields: tuple[tuple[str, str], ...]
    """What it says, by name; a text alone has no name."""


class Look(Struct, frozen=True, kw_only=True):
    """That somebody looked."""

    area: str
    at: datetime
    who_name: str
    why: str
    exported: bool
    broken_glass: bool


_LOOKS = """
select area, at, who_name, why, exported, broken_glass from look where subject = %s order by at desc, area limit %s
"""

_BEGUN_BY = """
select e.type from ledger l join event e on e.area = l.area and e.stream = %s and e.version = 1 limit 1
"""

_ERASED_ON = "select min(done_at) from erasure where subject = %s and done_at is not null"


def held_of(begun_by: str | None) -> Of:
    """What a subject is, by the type of the first event of the stream that has its id, if there is one."""
    match (begun_by or "").partition(".")[0]:
        case "enterprise" | "enquiry":
            return "an enterprise"
        case "need" | "referral":
            return "somebody who waits"
        case "feedback":
            return "feedback"
        case _:
            return "a person"


def held_of_subject(hub: Hub, who: Principal, subject: UUID, *, action: MayLook) -> Of:
    """The same, of somebody in the areas where `who` may do this."""
    with hub.acting(who, action) as connection:
        begun = value(connection, _BEGUN_BY, [subject])
    return held_of(cast("str | None", begun))


def held_for(hub: Hub, who: Principal, subject: UUID, *, action: MayLook) -> list[Held]:
    """What is sealed for a person in the areas where `who` may do this, closed, in order.

    Raises `NotFound` where there is nothing, which is also said of what lies in other areas.
    """
    with hub.acting(who, action) as connection:
        return _held(connection, subject)


def open_for(
    hub: Hub, who: Principal, subject: UUID, *, action: MayLook, why: str, exported: bool = False
) -> list[Opened]:
    """The same, opened: after the look was recorded in each area that it is about.

    Raises `NotFound` as above, `Refused` without a reason, `Erased`.
    """
    reason = why.strip()
    if not LEAST_REASON <= len(reason) <= MOST_REASON or not reason.isprintable():
        raise Refused("Say in a few words why you need to see this, without naming anybody.", field="why")
    # before it is said that anybody was erased: of somebody in other areas not even that is told
    held = held_for(hub, who, subject, action=action)
    if erased_on(hub, subject):
        raise Erased("This person's data was erased on request and cannot be read or added to.")
    with hub.acting(who, action) as connection:
        look = uuid4()
        for area in sorted({each.entry.area for each in held}):
            glass = action == "break glass"
            record_look(
                connection,
                area,
                look,
                who=who.id,
                who_name=who.name,
                subject=subject,
                why=reason,
                exported=exported,
                broken_glass=glass,
            )
    # the transaction is committed: the look is on record
    key = hub.key_of(subject)
    if key is None:
        raise NotFound("There is no such person here.")
    return [_opened(each, key) for each in held]


def open_box(hub: Hub, who: Principal, area: str, sealed: Sealed[T], type: type[T], *, why: str) -> T:
    """Open one thing that stands outside the ledger, after the look was recorded. Raises `Erased`, `NotFound`."""
    if erased_on(hub, sealed.subject):
        raise Erased("This person's data was erased on request and cannot be read or added to.")
    with hub.acting(who, "read people", area) as connection:
        record_look(connection, area, uuid4(), who=who.id, who_name=who.name, subject=sealed.subject, why=why)
    # the transaction is committed: the look is on record
    key = hub.key_of(sealed.subject)
    if key is None:
        raise NotFound("There is no such person here.")
    return unseal(sealed, key=key, type=type)


def open_files(hub: Hub, who: Principal, subject: UUID) -> list[tuple[SentFile, bytes]]:
    """The files that were sent, opened: after `open_for`, whose look covers them, as an entry tells of each.

    Raises `Erased`.
    """
    with hub.acting(who, "read people") as connection:
        boxes = boxes_of(connection, subject)
    key = hub.key_of(subject) if boxes else None
    return [(each, unseal(Sealed(subject, each.box), key=key, type=bytes)) for each in boxes] if key else []


def looks_at(hub: Hub, who: Principal, subject: UUID, *, action: MayLook, limit: int | None = None) -> list[Look]:
    """Who has looked at a person, the newest first, in the areas where `who` may look too; all without a limit."""
    with hub.acting(who, action) as connection:
        return connection.cursor(row_factory=class_row(Look)).execute(_LOOKS, [subject, limit]).fetchall()


def erased_on(hub: Hub, subject: UUID) -> date | None:
    """The day on which a person was erased, by the ledger's database or by the vault, whichever knows."""
    with hub.watching() as connection:
        done = value(connection, _ERASED_ON, [subject])
    return civil_day(cast("datetime", done)) if done else hub.destroyed_on(subject)


def owner_named(hub: Hub, who: Principal, area: str, history: Sequence[Recorded], name: str) -> UUID | None:
    """Which of the owners in an enterprise's history has this name, so that what is new about them has the same key.

    Whoever was erased is not found. Their names are shown to nobody, but whether one was guessed can be told from what
    is recorded then, so it is a look at each of them.
    """
    boxes = {
        found.sealed.subject: found.sealed
        for entry in history
        for found in sealed_in(entry.event)
        if found.holds is Owner
    }
    for subject, box in boxes.items():
        if erased_on(hub, subject):  # which the ledger's database knows also where a restored vault has the key again
            continue
        try:
            key = hub.key_of(subject)
        except Erased:
            continue
        if key is None:
            continue
        with hub.acting(who, "record", area) as connection:
            record_look(connection, area, uuid4(), who=who.id, who_name=who.name, subject=subject, why=ONE_KEY)
        if unseal(box, key=key, type=Owner).name == name:
            return subject
    return None


def sealed_for_enterprise(connection: Connection, area: str, enterprise: UUID) -> dict[UUID, list[str]]:
    """Whom an enterprise's entries hold something sealed for, and what kinds; nothing is opened.

    People referred to it are not among them: who needs to know of them comes by the page of the referral or the need.
    """
    people: dict[UUID, list[str]] = {}
    for entry in ledger.read_stream(connection, area, enterprise):
        for found in sealed_in(entry.event):
            kinds = people.setdefault(found.sealed.subject, [])
            if (words := SEALED[found.kind].words) not in kinds:
                kinds.append(words)
    return people


def _held(connection: Connection, subject: UUID) -> list[Held]:
    entries = entries_about(connection, subject)
    if not entries:
        raise NotFound("There is no such person here.")
    streams = ledger.read_streams(connection, {(entry.area, entry.stream) for entry in entries})
    return [each for entry in entries for each in _of(entry, subject, streams[entry.area, entry.stream])]


def _of(entry: Recorded, subject: UUID, history: Sequence[Recorded]) -> Iterator[Held]:
    ended, replaced = ended_on(history), replaced_on(history)
    for found in sealed_in(entry.event):
        if found.sealed.subject != subject:
            continue
        description = SEALED[found.kind]
        said = _says_why(entry)
        yield Held(
            entry=entry,
            found=found,
            words=description.words,
            lawful_basis=(said and said.lawful_basis) or description.lawful_basis,
            consent=said and said.consent,
            until=kept_until(
                description,
                recorded_on=civil_day(entry.recorded_at),
                ended_on=ended,
                replaced_on=replaced.get(entry.position),
            ),
        )


_SaysWhy = EnquiryReceived | EnterpriseRegistered | NeedRecorded | ReferralMade
"""What says itself on which basis it holds a person's details."""


def _says_why(entry: Recorded) -> _SaysWhy | None:
    event = getattr(entry.event, "replacement", None) or entry.event
    return event if isinstance(event, _SaysWhy) else None


def _opened(held: Held, key: bytes) -> Opened:
    plain = unseal(held.found.sealed, key=key, type=held.found.holds)
    return Opened(held=held, fields=tuple(_fields(plain)))


def _fields(plain: Any) -> Iterator[tuple[str, str]]:
    if isinstance(plain, Struct):
        for name, said in msgspec.structs.asdict(plain).items():
            if said:
                yield name.replace("_", " ").capitalize(), str(said)
    else:
        yield "", str(plain)
