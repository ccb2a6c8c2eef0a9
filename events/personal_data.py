"""What the hub knows about people: what of it, whose it is, why, how long it is kept and who may read it.

The page `/data-map` and retention are made from this. A sealed field, a text in an event or a column of a table that
is not described here fails a test.
"""

import types
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from msgspec import Struct

from events.access import ROLES, Action, Role
from events.areas import (
    AreaBoundaryChanged,
    AreaJoined,
    CatalystAppointed,
    CatalystLeft,
    ConditionConfirmed,
    ConditionWithdrawn,
    FigurePublished,
    LoadTargetSet,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event, Sealed
from events.catalogue import EntryCorrected
from events.enterprises import (
    EnquiryReceived,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    MilestoneRecorded,
    StoryShared,
)
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRevised,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
)
from events.nudges import NudgeAnswered, NudgeHeldOut, NudgePlanned, NudgeSent
from events.participation import AgendaItemAnswered, AgendaItemRaised, FeedbackAcknowledged, FeedbackGiven
from events.people import Consent, LawfulBasis
from events.quality import ActionAgreed, QualityCheckCompleted, StandardsSigned
from events.referrals import NeedRecorded, NeedResponded, NeedShared, ReferralMade
from events.renewals import Applies, EvidenceSubmitted, RequirementRenewed, RequirementsApplied, RequirementWaived
from events.training import CompetenceObserved, SessionScheduled, TrainingCompleted

Kind = tuple[type[Struct], str]
"""A field: the struct that has it, and its name."""


class Description(Struct, frozen=True, kw_only=True):
    words: str
    whose: str
    why: str
    lawful_basis: LawfulBasis
    years: int
    """How long it is kept at most, counted from `after`."""
    after: Literal["it ended", "it was recorded"]
    """It: the enterprise, or the support. One that never ended counts from the last entry about it; what was withdrawn
    or replaced, from then on."""
    read_with: tuple[Action, ...] = ("read people", "break glass")


def _note(of: str, why: str) -> Description:
    return Description(
        words=f"Note on {of}",
        whose="the enterprise, and whoever the note speaks of",
        why=why,
        lawful_basis="legitimate interests",
        years=6,
        after="it was recorded",
    )


def _feedback(words: str) -> Description:
    return Description(
        words=words,
        whose="whoever gave the feedback, and whom they speak of",
        why="to answer it, and to do better what it is about",
        lawful_basis="public task",
        years=3,
        after="it was recorded",
    )


def _learner(what: str) -> Description:
    return Description(
        words=f"Name of somebody who {what}",
        whose="somebody who helps in an enterprise",
        why="to know that whoever gives support has learned how to",
        lawful_basis="legitimate interests",
        years=6,
        after="it was recorded",
    )


def _person(of: str) -> Description:
    return Description(
        words=f"{of}: name, how to reach them, what they would like",
        whose="the person who would like support",
        why="to find support for them, and to tell them and whoever referred them what came of it",
        lawful_basis="public task",
        years=3,
        after="it ended",
    )


SEALED: Mapping[Kind, Description] = {
    (EnquiryReceived, "enquirer"): Description(
        words="Somebody with an idea: name, e-mail address, telephone",
        whose="the person with the idea",
        why="to talk it through with them",
        lawful_basis="public task",
        years=6,
        after="it ended",
    ),
    (EnterpriseRegistered, "owner"): Description(
        words="Owner of an enterprise: name, e-mail address, telephone",
        whose="the person who runs the enterprise",
        why="to reach them, and to know who stands behind the enterprise",
        lawful_basis="public task",
        years=6,
        after="it ended",
    ),
    (MilestoneRecorded, "note"): _note("a milestone", "to tell what was reached where a word is not enough"),
    (EnterprisePaused, "note"): _note("a pause", "to tell why it paused where a word is not enough"),
    (EnterpriseClosed, "note"): _note("a closing", "to tell why it closed where a word is not enough"),
    (EntryCorrected, "note"): _note("a correction", "to tell what was wrong where a word is not enough"),
    (TrainingCompleted, "person"): _learner("completed a course"),
    (CompetenceObserved, "person"): _learner("was seen to do something well"),
    (QualityCheckCompleted, "note"): _note("a quality check", "to tell what was found where a word is not enough"),
    (ActionAgreed, "what"): _note("an action agreed", "to know what the enterprise will do"),
    (RequirementWaived, "note"): _note("a waiver", "to tell why it was decided where a word is not enough"),
    (EvidenceSubmitted, "reference"): _note("evidence", "to find the certificate again"),
    (NudgeAnswered, "note"): _note("what an enterprise told by a link", "to know what changed, as it says it itself"),
    (NeedRecorded, "person"): _person("Somebody who lacks support"),
    (NeedShared, "message"): _person("What enterprises were told of a need"),
    (NeedResponded, "note"): _person("What an enterprise answered to a need"),
    (ReferralMade, "person"): _person("Somebody who was referred"),
    (FeedbackGiven, "verbatim"): _feedback("What somebody said, in their own words"),
    (FeedbackAcknowledged, "answer"): _feedback("What somebody who gave feedback was answered"),
}


PLAIN: Mapping[Kind, str] = {
    (EnterpriseRegistered, "name"): "What an enterprise is called, which can be its owner's own name",
    (EnterpriseRegistered, "services"): "What an enterprise offers",
    (EnquiryReceived, "name"): "What an idea goes by",
    (EnquiryReceived, "services"): "What somebody with an idea would offer",
    (StoryShared, "title"): "The title of a story told in public, with consent",
    (StoryShared, "text"): "A story told in public, with consent",
    (MilestoneRecorded, "kind"): "What an enterprise reached, such as first customer",
    (Consent, "wording"): "The name of the form of words that somebody agreed to",
    (AreaJoined, "gss_code"): "The code of an area",
    (AreaJoined, "focus"): "What an area sets out to do",
    (CatalystAppointed, "post"): "A Catalyst's post",
    (CatalystAppointed, "employer"): "Who employs a Catalyst",
    (CatalystLeft, "post"): "A Catalyst's post",
    (LoadTargetSet, "source"): "Who says how many enterprises a Catalyst can look after",
    (FigurePublished, "indicator"): "Which figure was published",
    (FigurePublished, "source"): "Who published a figure",
    (AreaBoundaryChanged, "from_code"): "The code of an area",
    (AreaBoundaryChanged, "to_code"): "The code of an area",
    (ConditionConfirmed, "evidence"): "What shows that an area has what it needs",
    (ConditionWithdrawn, "evidence"): "What shows that an area lacks what it needs",
    (SystemRiskRaised, "owner"): "The post that looks after a risk",
    (SystemRiskMitigated, "action"): "What was done about a risk",
    (SessionScheduled, "course"): "What a training session is about",
    (SessionScheduled, "venue"): "Where a training session is held",
    (TrainingCompleted, "course"): "A course that was completed",
    (StandardsSigned, "version"): "Which standards were signed",
    (QualityCheckCompleted, "checklist"): "Which list a quality check went through",
    (RequirementsApplied, "catalogue"): "The version of the renewal catalogue",
    (Applies, "requirement"): "Something an enterprise must hold",
    (Applies, "because"): "Why an enterprise must hold something, in the catalogue's words",
    (RequirementWaived, "requirement"): "Something an enterprise need not hold",
    (EvidenceSubmitted, "requirement"): "Something an enterprise must hold",
    (RequirementRenewed, "requirement"): "Something an enterprise must hold",
    (NeedRecorded, "service"): "What kind of support is lacking",
    (ReferralMade, "service"): "What kind of support somebody was referred for",
    (LessonShared, "title"): "The title of a lesson",
    (LessonShared, "tried"): "What an area tried",
    (LessonShared, "context"): "In what circumstances",
    (LessonShared, "result"): "What came of it",
    (LessonRevised, "title"): "The title of a lesson",
    (LessonRevised, "tried"): "What an area tried",
    (LessonRevised, "context"): "In what circumstances",
    (LessonRevised, "result"): "What came of it",
    (BarrierRaised, "title"): "What stands in the way",
    (BarrierRaised, "detail"): "What stands in the way, in more words",
    (BarrierResolved, "how"): "How it was overcome",
    (PracticeSeen, "from_area"): "The area that a practice was learned from",
    (PracticeTrialled, "from_area"): "The area that a practice was learned from",
    (PracticeAdopted, "from_area"): "The area that a practice was learned from",
    (PracticeAdapted, "from_area"): "The area that a practice was learned from",
    (PracticeAdapted, "change"): "What an area changed about a practice",
    (PracticeAbandoned, "from_area"): "The area that a practice was learned from",
    (AgendaItemRaised, "title"): "What council or community want talked about",
    (AgendaItemAnswered, "answer"): "What was answered to an agenda item",
    (NudgePlanned, "rule"): "Which of the hub's rules reminded somebody",
    (NudgePlanned, "what"): "What somebody was reminded of, such as a requirement",
    (NudgeHeldOut, "rule"): "Which of the hub's rules would have reminded somebody",
    (NudgeHeldOut, "what"): "What somebody would have been reminded of",
    (NudgeHeldOut, "trial"): "The trial for whose sake they were not",
    (NudgeSent, "channel"): "What carried a reminder, such as smtp",
}
"""Text that stands open in the ledgers for good. It is about enterprises, areas, posts and practices, and is to name no
person but in a story told with consent."""


class PlainData(Struct, frozen=True, kw_only=True):
    """Columns of a table that tell of somebody who works with the hub, or point to a person."""

    table: str
    columns: tuple[str, ...]
    words: str
    whose: str
    why: str
    lawful_basis: LawfulBasis
    kept: str
    read_with: tuple[Action | Literal["themselves"], ...]
    """What one must be allowed to do to read it. Whoever runs the machine can read all but what is sealed or hashed."""


LOOKS_KEPT_YEARS = 6
"""After which `hub forget-looks` takes a record out."""

_STAFF = "whoever works with the hub"
_WHILE_HELD = "as long as what they did under it is on record"
_AS_PROOF = "as long as the hub runs, as proof of what was decided"
_UNTIL_FORGOTTEN = f"{LOOKS_KEPT_YEARS} years, then taken out by the operator"
_TO_SIGN_IN = "so that nobody but they can sign in as them"
_TWO_PEOPLE = "to show that two people decided"

COLUMNS: tuple[PlainData, ...] = (
    PlainData(
        table="event",
        columns=("actor",),
        words="Account that recorded an entry, also where it stands beside what came of the entry",
        whose=_STAFF,
        why="to show who told what, under the hash; and how much each looks after",
        lawful_basis="public task",
        kept="for good, as an id without a name",
        read_with=("read area",),
    ),
    PlainData(
        table="account",
        columns=("id", "email"),
        words="E-mail address of somebody who works with the hub",
        whose=_STAFF,
        why="to know who may do what",
        lawful_basis="public task",
        kept=_WHILE_HELD,
        read_with=("manage access", "themselves"),
    ),
    PlainData(
        table="account",
        columns=("name",),
        words="Name of somebody who works with the hub; programs are not told it",
        whose=_STAFF,
        why="to know who may do what, and to ask whoever recorded something in an area",
        lawful_basis="public task",
        kept=_WHILE_HELD,
        read_with=("read area", "manage access", "themselves"),
    ),
    PlainData(
        table="held_role",
        columns=("account", "given_by"),
        words="Whose role it is, and who gave it",
        whose=_STAFF,
        why="to know who may do what, and who decided so",
        lawful_basis="public task",
        kept=_AS_PROOF,
        read_with=("manage access", "themselves"),
    ),
    PlainData(
        table="session",
        columns=("account", "agent", "how"),
        words="Who is signed in, how, and the browser they use",
        whose=_STAFF,
        why="so that they see where they are signed in",
        lawful_basis="legitimate interests",
        kept="until the session ends, 12 hours",
        read_with=("themselves",),
    ),
    PlainData(
        table="invitation",
        columns=("name", "email", "made_by", "account"),
        words="Name and e-mail address of somebody invited, who invited them, and whose account it became",
        whose="somebody invited, and whoever invited them",
        why="to let somebody in once, and to show who did",
        lawful_basis="public task",
        kept="name and address until it is used or ends, the rest as long as the hub runs",
        read_with=("manage access",),
    ),
    PlainData(
        table="identity",
        columns=("issuer", "subject", "account"),
        words="Who somebody is at an identity provider",
        whose=_STAFF,
        why=_TO_SIGN_IN,
        lawful_basis="legitimate interests",
        kept="until the account is closed",
        read_with=("themselves",),
    ),
    PlainData(
        table="passkey",
        columns=("id", "account", "name"),
        words="Whose passkey it is, and what they call it",
        whose=_STAFF,
        why=_TO_SIGN_IN,
        lawful_basis="legitimate interests",
        kept="until they take it out, or the account is closed",
        read_with=("themselves",),
    ),
    PlainData(
        table="recovery_code",
        columns=("account",),
        words="Whose recovery code it is",
        whose=_STAFF,
        why=_TO_SIGN_IN,
        lawful_basis="legitimate interests",
        kept="until new ones are made, or the account is closed",
        read_with=("themselves",),
    ),
    PlainData(
        table="sign_in_attempt",
        columns=("data",),
        words="What was asked of somebody about to sign in, and for whose account",
        whose="somebody about to sign in",
        why=_TO_SIGN_IN,
        lawful_basis="legitimate interests",
        kept="until they answer, 10 minutes at most",
        read_with=(),
    ),
    PlainData(
        table="api_key",
        columns=("created_by",),
        words="Account that made a program's key",
        whose=_STAFF,
        why="to ask them whether it is still needed",
        lawful_basis="public task",
        kept=_AS_PROOF,
        read_with=("manage access",),
    ),
    PlainData(
        table="access_log",
        columns=("who", "account", "what"),
        words="Who changed whose access, who signed in and out, and whose account somebody was refused",
        whose=_STAFF,
        why="to find out how somebody came to have access, and whether it was they who used it",
        lawful_basis="legitimate interests",
        kept="sign-ins and refusals for 400 days, the rest as long as the hub runs",
        read_with=("manage access", "read audit"),
    ),
    PlainData(
        table="look",
        columns=("who", "who_name", "subject", "why"),
        words="Who looked at whose data, and why",
        whose="whoever looked, and the person looked at",
        why="so that nobody looks without a reason",
        lawful_basis="legal obligation",
        kept=f"{_UNTIL_FORGOTTEN}; why they did until what they looked at is erased",
        read_with=("read audit", "read people", "break glass"),
    ),
    PlainData(
        table="erasure",
        columns=("subject", "asked_by", "asked_name", "decided_by", "decided_name"),
        words="Who is to be erased, who asked for it and who decided",
        whose="the person, and whoever asked and decided",
        why=_TWO_PEOPLE,
        lawful_basis="legal obligation",
        kept=_AS_PROOF,
        read_with=("approve erasure", "read people", "read audit"),
    ),
    PlainData(
        table="erasure_hold",
        columns=("subject", "placed_by", "placed_name", "lifted_by", "lifted_name"),
        words="Who must not be erased yet, who said so and who let it go ahead",
        whose="the person, and whoever placed and lifted it",
        why=_TWO_PEOPLE,
        lawful_basis="legal obligation",
        kept=_AS_PROOF,
        read_with=("approve erasure", "read people", "read audit"),
    ),
    PlainData(
        table="kept_long_enough",
        columns=("subject",),
        words="Whose data is due to be erased",
        whose="the person",
        why="so that somebody asks for it",
        lawful_basis="legal obligation",
        kept="until the day after they were erased",
        read_with=("approve erasure",),
    ),
    PlainData(
        table="message",
        columns=("recipient_kind", "recipient"),
        words="Whom the hub wrote to and when, as an id; not what it wrote",
        whose="whoever runs an enterprise, and whoever works with the hub",
        why="so that nobody is written to twice",
        lawful_basis="public task",
        kept="as long as the hub runs, as an id without a name",
        read_with=("read area",),
    ),
    PlainData(
        table="due_link",
        columns=("recipient_kind", "recipient"),
        words="Who was sent a link, as an id; not the link",
        whose="whoever runs an enterprise",
        why="so that what they tell by it is put down to the right enterprise",
        lawful_basis="public task",
        kept="a year after the link ended, 60 days after it was sent; of a link that stops mails, 5 years",
        read_with=("read area",),
    ),
    PlainData(
        table="message",
        columns=("sent_to",),
        words="Where a message went, as a digest that nobody can read",
        whose="whoever was written to",
        why="so that nothing more is sent there once mail comes back from it",
        lawful_basis="legal obligation",
        kept="as long as the hub runs",
        read_with=(),
    ),
    PlainData(
        table="stopped_address",
        columns=("digest",),
        words="Addresses that mail came back from, or whose owner wants none, as a digest that nobody can read",
        whose="whoever was written to",
        why="so that nothing is sent there again",
        lawful_basis="legal obligation",
        kept="as long as the hub runs",
        read_with=(),
    ),
    PlainData(
        table="nudge_preference",
        columns=("account", "way", "language", "every"),
        words="How somebody wants to be reminded",
        whose=_STAFF,
        why="so that they are",
        lawful_basis="legitimate interests",
        kept=_WHILE_HELD,
        read_with=("themselves",),
    ),
    PlainData(
        table="mailbox",
        columns=("subject", "box"),
        words="What a hub for demonstration would have sent, sealed",
        whose="whoever it is for",
        why="to show what is sent",
        lawful_basis="legitimate interests",
        kept="as long as the demonstration runs; unreadable once the person is erased",
        read_with=("read people",),
    ),
    PlainData(
        table="evidence_file",
        columns=("subject", "box"),
        words="A certificate that an enterprise sent by its link, sealed under its key",
        whose="the enterprise, and whoever the certificate names",
        why="so that somebody can look at it",
        lawful_basis="legitimate interests",
        kept="as long as the enterprise's notes; unreadable once they are erased",
        read_with=("read people",),
    ),
    PlainData(
        table="calendar_address",
        columns=("holder_kind", "holder"),
        words="Whose calendar an address opens, as an id; of the address a digest alone",
        whose="whoever runs an enterprise, and whoever works with the hub",
        why="so that what falls due stands in their calendar",
        lawful_basis="legitimate interests",
        kept="until they make a new address",
        read_with=("themselves",),
    ),
    PlainData(
        table="subject_key",
        columns=("subject", "wrapped"),
        words="The key under which somebody's data is sealed, in the vault",
        whose="the person",
        why="so that their data can be read, and erased",
        lawful_basis="public task",
        kept="until they are erased; that they were stays",
        read_with=(),
    ),
)


class Elsewhere(Struct, frozen=True, kw_only=True):
    """What is kept outside the tables."""

    place: str
    words: str
    whose: str
    why: str
    lawful_basis: LawfulBasis
    kept: str


ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere(
        place="erased.jsonl, a file beside the signed heads",
        words="Ids of people who were erased, and when",
        whose="the person, as an id without a name",
        why="so that they are erased again when a backup brought them back",
        lawful_basis="legal obligation",
        kept=_AS_PROOF,
    ),
    Elsewhere(
        place="the log of requests, and what a proxy before the hub logs",
        words="Which account asked for which kind of page and when, as an id; of a proxy the network address too",
        whose=_STAFF,
        why="to find faults and attacks",
        lawful_basis="legitimate interests",
        kept="as long as the operator sets for the machine's logs, which the hub does not; 30 days are enough",
    ),
    Elsewhere(
        place="backups",
        words="Copies of all of this, those of the vault apart from the rest",
        whose="everybody named on this page",
        why="so that nothing is lost",
        lawful_basis="public task",
        kept="those of the vault for HUB_BACKUP_DAYS, 35 unless set; then none holds anybody erased",
    ),
    Elsewhere(
        place="the browser in which a form was sent, until the hub has answered",
        words="What was typed in the form, locked under a key that only whoever typed it is given, signed in",
        whose="whoever the form is about",
        why="so that nothing has to be typed again where a connection is lost",
        lawful_basis="public task",
        kept="until the hub answered or whoever typed it signs out, and 7 days at most",
    ),
)


def readers(read_with: Collection[str]) -> list[Role]:
    """The roles that allow any of these."""
    return [role for role, actions in ROLES.items() if not actions.isdisjoint(read_with)]


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


def open_texts(type: type[Struct]) -> set[Kind]:
    """Every field of a struct that holds text in the open, inner structs included."""
    kinds: set[Kind] = set()
    for name, hint in _hints(type).items():
        for inner in _parts(hint):
            if inner is str:
                kinds.add((type, name))
            elif isinstance(inner, _TYPE) and issubclass(inner, Struct) and inner is not Sealed:
                kinds |= open_texts(inner)
    return kinds


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


def kept_until(
    description: Description, *, recorded_on: date, ended_on: date | None, replaced_on: date | None
) -> date | None:
    """The last day on which it may be kept; None while nothing that it is counted from has happened.

    `ended_on`: when the enterprise closed or the support ended. `replaced_on`: when it was withdrawn or replaced
    by a correction, which never keeps it for longer.
    """
    started = recorded_on if description.after == "it was recorded" else ended_on
    starts = [day for day in (started, replaced_on) if day]
    return years_after(min(starts), description.years) if starts else None


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 28 February for 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
