"""An invented network as commands: what enterprises in many areas do over some years, told in a realistic mix.

Each enterprise is registered, moves through stages, reaches a milestone twice a year, reports its activity every four
or five months, pauses now and then, and about one entry in sixty is corrected later.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct

from events.areas import AreaJoined
from events.base import Sealed, area_stream, named_id
from events.catalogue import AnyEvent, Entry, EntryCorrected, tag_of
from events.enterprises import (
    ActivityReported,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
    StageReached,
)
from events.ledger import Command, Happened
from events.places import places

FIRST_DAY = date(2016, 4, 1)
YEARS = 10
STAGES = ("exploring", "developing", "checking", "trading", "sustaining")
MILESTONES = ("first customer", "first ten hours a week", "insurance in place", "second helper", "registered")

# What a sealed note of a sentence takes: the size counts here, not the secret.
NOTE_BYTES = 110


class Told(Struct):
    """Something that happened to a stream, when it did, and when the hub learned of it."""

    known: datetime
    on: date
    stream: UUID
    event: AnyEvent
    corrects: "Told | None" = None
    position: int = 0


def area_codes(count: int) -> list[str]:
    """Codes of places that could take part."""
    codes = sorted(code for code, place in places().items() if place.nation == "England" and place.to_year is None)
    return codes[:count]


def network(events: int, *, areas: int, seed: int = 1) -> tuple[list[Command], list[datetime]]:
    """About that many commands of one event each, in the order in which a hub would have learned of them by area.

    Also the moment at which each was learned. They fit ledgers that hold nothing yet.
    """
    chance = random.Random(seed)
    codes = area_codes(areas)
    commands: list[Command] = []
    moments: list[datetime] = []
    for number, code in enumerate(codes):
        share = events // areas + (number < events % areas)
        for command, moment in area_commands(code, share, chance):
            commands.append(command)
            moments.append(moment)
    return commands, moments


def mix(commands: Sequence[Command]) -> str:
    """What share each type has, in words."""
    counts = Counter(tag_of(command.events[0].event) for command in commands)
    return ", ".join(f"{100 * count / len(commands):.0f}% {tag}" for tag, count in counts.most_common())


def area_commands(code: str, events: int, chance: random.Random) -> Iterable[tuple[Command, datetime]]:
    """About that many commands of one area, each with the moment at which it was learned."""
    joined = AreaJoined(gss_code=code, nation="England")
    told = [Told(_evening(FIRST_DAY, chance), FIRST_DAY, area_stream(code), joined)]
    number = 0
    while len(told) < events:
        told.extend(_enterprise(code, number, chance))
        number += 1
    # registrations stay, so that whatever is cut off at the end leaves no stream without its start
    told.sort(key=lambda each: each.known)
    versions: Counter[UUID] = Counter()
    for position, each in enumerate(told[:events], start=1):
        each.position = position
        event = each.event
        if each.corrects is not None:
            replacement = each.corrects.event
            assert not isinstance(replacement, EntryCorrected)
            event = EntryCorrected(corrects=each.corrects.position, reason="mistyped", replacement=_mended(replacement))
        command = Command(
            area=code,
            id=UUID(int=chance.getrandbits(128), version=4),
            digest=chance.randbytes(32),
            stream=each.stream,
            expected=versions[each.stream],
            events=(Happened(event, each.on),),
            actor="key:write",
        )
        versions[each.stream] += 1
        yield command, each.known


def _enterprise(code: str, number: int, chance: random.Random) -> list[Told]:
    stream = named_id("benchmark", code, str(number))
    day = FIRST_DAY + timedelta(days=chance.randrange(365 * (YEARS - 1)))
    last = FIRST_DAY + timedelta(days=365 * YEARS)
    life: list[Told] = []

    def tell(on: date, event: AnyEvent) -> None:
        # an enterprise's news arrive in the order in which they happened, some days late
        known = max(_evening(on, chance), life[-1].known + timedelta(seconds=1)) if life else _evening(on, chance)
        life.append(Told(known, on, stream, event))

    legal_form = chance.choice(("sole trader", "CIC", "unincorporated"))
    origin = chance.choices(("new", "established"), (3, 1))[0]
    tell(
        day,
        EnterpriseRegistered(
            enterprise=stream,
            name=f"Enterprise {number} of {code}",
            origin=origin,
            legal_form=legal_form,
            services=("home care", "companionship"),
            owner=Sealed(subject=stream, box=chance.randbytes(NOTE_BYTES)),
        ),
    )
    events: list[tuple[date, AnyEvent]] = []
    for step, stage in enumerate(STAGES, start=1):
        events.append((day + timedelta(days=step * chance.randrange(30, 90)), StageReached(stage=stage)))
    on = day + timedelta(days=chance.randrange(60, 200))
    while on < last:
        note = Sealed(subject=stream, box=chance.randbytes(NOTE_BYTES))
        events.append((on, MilestoneRecorded(kind=chance.choice(MILESTONES), note=note)))
        on += timedelta(days=chance.randrange(120, 250))
    starts = day
    while (ends := starts + timedelta(days=chance.randrange(115, 150))) < last:
        events.append((ends, _report(starts, chance)))
        starts = ends
    if chance.random() < 0.2:
        paused = day + timedelta(days=chance.randrange(200, 900))
        events += [
            (paused, EnterprisePaused(reason="another reason")),
            (paused + timedelta(days=60), EnterpriseResumed()),
        ]
    for on, event in sorted(((on, event) for on, event in events if on < last), key=lambda each: each[0]):
        tell(on, event)
    for wrong in [each for each in life if isinstance(each.event, ActivityReported) and chance.random() < 0.03]:
        known = max(life[-1].known, wrong.known) + timedelta(days=chance.randrange(1, 60))
        life.append(Told(known, wrong.on, stream, wrong.event, corrects=wrong))
    return life


def _report(starts: date, chance: random.Random) -> ActivityReported:
    return ActivityReported(
        period_starts=starts,
        people_supported=chance.randrange(1, 15),
        hours_per_week=chance.randrange(4, 80) / 2,
        jobs=chance.randrange(0, 4),
        volunteers=chance.randrange(0, 3) if chance.random() < 0.7 else None,
    )


def _mended(entry: Entry) -> Entry:
    if isinstance(entry, ActivityReported):
        return ActivityReported(period_starts=entry.period_starts, people_supported=1, jobs=entry.jobs)
    return entry


def _evening(day: date, chance: random.Random) -> datetime:
    """Some evening within a week after a day."""
    after = timedelta(days=chance.randrange(7), seconds=chance.randrange(3600))
    return datetime.combine(day, time(18), tzinfo=UTC) + after
