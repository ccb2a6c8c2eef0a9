"""An invented network as large as the working pages must bear: many enterprises, each with a long history."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from events.areas import AreaJoined, CatalystAppointed, LoadTargetSet
from events.base import Event, area_stream, named_id, today
from events.bulk import append_all
from events.database import connect
from events.enterprises import (
    ActivityReported,
    EnterpriseRegistered,
    MilestoneRecorded,
    Stage,
    StageReached,
    SupportGiven,
)
from events.learning import BarrierRaised, LessonShared, PracticeAdopted
from events.ledger import Command, Happened, open_ledger
from events.quality import ActionAgreed, QualityCheckCompleted
from events.referrals import NeedRecorded, NeedShared, ReferralAccepted, ReferralMade, SupportStarted
from events.renewals import Applies, RequirementRenewed, RequirementsApplied
from events.training import TrainingCompleted

STAGES: tuple[Stage, ...] = ("exploring", "developing", "checking", "trading", "sustaining")
SERVICES = ("home help", "companionship", "gardening", "personal care", "outings", "shopping")
HELD = ("public liability insurance", "safeguarding adults", "data protection fee", "equality", "basic life support")

Told = tuple[UUID, Event, date]


def fill(url: str, areas: list[str], *, enterprises: int, events: int) -> None:
    """Put that many enterprises and about that many events into empty ledgers of these areas."""
    with connect(url) as connection, connection.transaction():
        open_ledger(connection, areas)
    for number, area in enumerate(areas):
        mine = enterprises // len(areas) + (number < enterprises % len(areas))
        commands = list(_commands(area, mine, events * mine // enterprises))
        with connect(url) as connection:
            append_all(connection, commands)


def _commands(area: str, enterprises: int, events: int) -> Iterator[Command]:
    chance = random.Random(area)
    versions: dict[UUID, int] = {}
    for stream, event, on in _story(area, enterprises, events, chance):
        version = versions.get(stream, 0)
        versions[stream] = version + 1
        yield Command(
            area=area,
            id=UUID(int=chance.getrandbits(128), version=4),
            digest=chance.randbytes(32),
            stream=stream,
            expected=version,
            events=(Happened(event, on),),
            actor="key:write",
        )


def _story(area: str, enterprises: int, events: int, chance: random.Random) -> Iterator[Told]:
    last, own = today(), area_stream(area)
    first = last - timedelta(days=3650)
    yield own, AreaJoined(gss_code=area, nation="England"), first
    yield own, LoadTargetSet(enterprises=200, source="x"), first
    post = CatalystAppointed(
        post="x", employer="x", starts=first, ends=last + timedelta(99), cost=135_000, locally_rooted=True
    )
    yield own, post, first
    for number in range(5):
        lesson = named_id("benchmark lesson", area, str(number))
        yield lesson, _lesson(lesson, chance), last - timedelta(days=chance.randrange(2000))
        yield named_id("practice", area, str(lesson)), PracticeAdopted(lesson=lesson, from_area="E06000052"), last
        barrier = named_id("benchmark barrier", area, str(number))
        yield barrier, BarrierRaised(barrier=barrier, topic="insurance", title=f"Insurers in {area} say no"), last
    each = events // enterprises
    for number in range(enterprises):
        enterprise = named_id("benchmark", area, str(number))
        yield from _life(area, enterprise, number, each, first, last, chance)


def _lesson(lesson: UUID, chance: random.Random) -> LessonShared:
    words = " ".join(chance.choice(("insurance", "cover", "village", "hall", "carers", "council")) for _ in range(60))
    return LessonShared(lesson=lesson, title="Cover by the month", tried=words, context=words, result=words)


def _life(
    area: str, enterprise: UUID, number: int, events: int, first: date, last: date, chance: random.Random
) -> Iterator[Told]:
    begun = first + timedelta(days=chance.randrange(1000))
    days = (last - begun).days
    service = SERVICES[number % len(SERVICES)]
    yield (
        enterprise,
        EnterpriseRegistered(
            enterprise=enterprise,
            name=f"Enterprise {number} of {area}",
            origin="new",
            legal_form="CIC",
            services=(service, "help with letters"),
        ),
        begun,
    )
    applies = tuple(Applies(requirement=each, because="It does.") for each in HELD)
    yield enterprise, RequirementsApplied(catalogue="x", applies=applies), begun
    for step, stage in enumerate(STAGES):
        yield enterprise, StageReached(stage=stage), begun + timedelta(days=30 * step)
    for requirement in HELD:
        from_day = last - timedelta(days=chance.randrange(20, 380))
        renewed = RequirementRenewed(requirement=requirement, valid_from=from_day, valid_to=from_day + timedelta(365))
        yield enterprise, renewed, from_day
    due = last + timedelta(days=chance.randrange(-20, 200))
    action = named_id("benchmark action", str(enterprise))
    yield enterprise, ActionAgreed(action=action, due=due), last - timedelta(30)
    for turn in range(3):
        yield from _referred(area, enterprise, f"{number}/{turn}", service, last, chance)
    left = events - 14 - 3 * 5
    for turn in range(left):
        on = begun + timedelta(days=days * turn // left)
        yield enterprise, _filler(enterprise, turn, on), on


def _filler(enterprise: UUID, turn: int, on: date) -> Event:
    match turn % 20:
        case 0:
            return TrainingCompleted(course="first aid")
        case 1:
            check = named_id("benchmark check", str(enterprise), str(turn))
            return QualityCheckCompleted(check=check, result="met", checklist="2026")
        case 2 | 3 | 4:
            return MilestoneRecorded(kind="first customer")
        case 5 | 6 | 7 | 8 | 9:
            return ActivityReported(period_starts=on, people_supported=4, jobs=1)
        case _:
            return SupportGiven(minutes=45, kind="a visit", by="the Catalyst")


def _referred(area: str, enterprise: UUID, key: str, service: str, last: date, chance: random.Random) -> Iterator[Told]:
    need, referral = named_id("benchmark need", area, key), named_id("benchmark referral", area, key)
    since = last - timedelta(days=chance.randrange(10, 1500))
    yield need, NeedRecorded(need=need, service=service, source="a conversation", waiting_since=since), since
    yield need, NeedShared(), since
    if chance.random() < 0.05:  # somebody who waits still
        return
    made = ReferralMade(
        referral=referral,
        enterprise=enterprise,
        service=service,
        waiting_since=since,
        referrer="the council",
        need=need,
    )
    yield referral, made, since + timedelta(3)
    if chance.random() < 0.97:
        yield referral, ReferralAccepted(), since + timedelta(4)
        yield referral, SupportStarted(), since + timedelta(days=chance.randrange(5, 60))
