"""Make the demo network: plan it, tell its story area by area, and record all of it in one transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec

from events import catalogue, ledger
from events.base import NETWORK, Refused, Sealed, in_words, named_id, today
from events.bulk import append_all
from events.catalogue import AnyEvent, EntryCorrected
from events.collecting import uncollected
from events.database import Connection, connect, value
from events.ledger import Command, Recorded
from events.renewal_catalogue import Catalogue, read_catalogue
from events.requirements import with_requirements
from events.settings import Settings
from events.vault import Vault, command_digest, seal
from hub.access.demo import PERSONAS, account_of_persona
from hub.db import open_redis, ring
from hub.progress import Tell, tell_nobody
from hub.simulate.areas import tell_area, tell_network, tell_published
from hub.simulate.conditions import tell_conditions, tell_risks
from hub.simulate.facts import needed, turn
from hub.simulate.learning import Learning
from hub.simulate.lives import begin
from hub.simulate.needs import Needs
from hub.simulate.nudges import reminded
from hub.simulate.participation import tell_participation
from hub.simulate.plan import Share, plan
from hub.simulate.quality import tell_quality
from hub.simulate.renewals import Renewals
from hub.simulate.stories import Text, shared_out, tell_stories
from hub.simulate.story import Seal, Story, Told
from hub.simulate.trading import tell_ideas, tell_life
from hub.simulate.training import Sessions, tell_learning

T = TypeVar("T")

ACTOR = "simulate"

NOTICE = (
    "This network is invented: its areas' stories, its enterprises and its people. Only the national totals, and "
    "Somerset's enterprises, people, jobs and hours, are what a published factsheet says."
)

_SAY_SO = """
insert into notice (name, words) values ('demo', %s) on conflict (name) do update set words = excluded.words
"""


def simulate(settings: Settings, *, until: date, progress: Tell = tell_nobody) -> int:
    """Fill an empty hub with the demo network, ten years of it up to `until`; gives the number of events.

    The same day always makes the same network. Raises `Refused` for a day to come or a hub that holds events.
    """
    if until > today():
        raise Refused(f"{in_words(until)} has not come yet. The demo network can end today or earlier.")
    with uncollected(), connect(settings.database_url) as connection:
        _check_empty(connection)
        rules, sealer = read_catalogue(settings.renewals), _Sealer()
        stories = invent(rules, sealer.seal, until=until, progress=progress)
        with connect(settings.vault_url) as connected:
            vault = Vault(settings.vault_key)
            digest_key = vault.digest_key(connected)
            sealer.fill(vault, connected)
        commands: list[Command] = []
        recorded: list[datetime] = []
        for area, told in stories.items():
            commands += in_commands(area, told, rules, digest_key)
            recorded += [each.recorded for each in told]
        total = len(commands)
        areas = {command.area for command in commands}
        with connection.transaction():
            ledger.open_ledger(connection, areas)
            # whoever else is recording here now waits for these locks, or we for theirs
            connection.execute("select area from ledger order by area for update")
            _check_empty(connection)
            append_all(
                connection, commands, recorded=recorded, progress=lambda done: progress("Recording", done, total)
            )
            connection.execute(_SAY_SO, [NOTICE])
            for persona in PERSONAS.values():  # so that there is somebody to remind
                account_of_persona(connection, persona)
    ring(open_redis(settings), areas)
    return sum(len(command.events) for command in commands)


def invent(rules: Catalogue, seal: Seal, *, until: date, progress: Tell = tell_nobody) -> dict[str, list[Told]]:
    """What happened in the whole network and in each area, in the order in which the hub learned of it."""
    shares = plan(_random("plan"), until=until)
    learning = Learning(_random("learning"), shares, until=until)
    texts = shared_out(_random("stories"), shares)
    stories = {NETWORK: _network(until)}
    for done, share in enumerate(shares, start=1):
        stories[share.area] = _area(share, learning, texts[share.area], rules, seal, until=until)
        progress("Inventing", done, len(shares))
    return stories


class _Sealer:
    """Seals what is told of people. The keys of all of them are made at one go, once everything is told."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Sealed[Any], object]] = []

    def seal(self, subject: UUID, plain: T) -> Sealed[T]:
        """A box that stays empty until `fill`."""
        sealed: Sealed[T] = Sealed(subject, b"")
        self._waiting.append((sealed, plain))
        return sealed

    def fill(self, vault: Vault, connection: Connection) -> None:
        keys = vault.keys(connection, list(dict.fromkeys(sealed.subject for sealed, _ in self._waiting)))
        for sealed, plain in self._waiting:
            full = seal(plain, subject=sealed.subject, key=keys[sealed.subject])
            msgspec.structs.force_setattr(sealed, "box", full.box)
        self._waiting.clear()


def _check_empty(connection: Connection) -> None:
    if value(connection, "select exists (select from event)"):
        raise Refused("This hub holds events already. The demo network goes into an empty one only.")


def _random(*words: str) -> Random:
    """Chance that comes out the same for the same words: one area's story does not hang on another's."""
    return Random("/".join(("trellis", *words)))  # noqa: S311 - an invented network, not a secret


def _network(until: date) -> list[Told]:
    story = Story(_random(NETWORK), until)
    tell_network(story, until=until)
    tell_published(NETWORK, story, until=until)
    return story.in_order()


def _area(
    share: Share, learning: Learning, told_here: Sequence[Text], rules: Catalogue, seal: Seal, *, until: date
) -> list[Told]:
    area = share.area
    story = Story(_random(area, "story"), until)
    random = _random(area)
    tell_area(random, share, story, until=until)
    lives = begin(random, share, until=until)
    sessions = Sessions(_random(area, "training"), share, until)
    for life in lives:
        turn(random, life)
        tell_life(random, share, life, story, seal, until=until)
        kept = needed(life, share.nation, rules)
        Renewals(random, life, rules, sessions, story, seal, until).tell(kept)
        tell_learning(random, life, sessions, story, seal, until=until)
        tell_quality(random, life, story, seal, until=until)
    sessions.fill(lives)
    sessions.tell(story)
    tell_stories(_random(area, "stories"), told_here, lives, story)
    tell_ideas(_random(area, "ideas"), share, story, seal, until=until)
    Needs(_random(area, "needs"), share, lives, story, seal, until=until).tell()
    tell_conditions(_random(area, "conditions"), share, story, until=until)
    tell_risks(_random(area, "risks"), share, story, until=until)
    story.tell_all(learning.entries[area])
    tell_published(area, story, until=until)
    said = Story(_random(area, "participation", "story"), until)
    tell_participation(_random(area, "participation"), share, lives, said, seal, until=until)
    told = sorted([*story.in_order(), *said.in_order()], key=lambda each: each.recorded)
    return reminded(_random(area, "nudges"), area, share.nation, rules, told, until=until)


def in_commands(area: str, told: Sequence[Told], rules: Catalogue, digest_key: bytes) -> list[Command]:
    """A command for each event, with what then has to be held where that changed: of a ledger that is empty so far."""
    histories: dict[int, list[Recorded]] = {}
    positions: dict[int, int] = {}
    commands: list[Command] = []
    position = 1
    first_id = named_id("simulate", area).int  # counted up from there: a hash for each takes a tenth of all the time
    for each in told:
        event = each.event
        if each.corrects and isinstance(event, EntryCorrected):
            event = msgspec.structs.replace(event, corrects=positions[id(each.corrects)])
        positions[id(each)] = position
        history = histories.setdefault(each.stream.int, [])
        events = with_requirements(event, each.on, area=area, stream=each.stream, history=history, catalogue=rules)
        id_ = UUID(int=first_id + len(commands))
        commands.append(
            Command(
                area=area,
                id=id_,
                digest=command_digest(digest_key, catalogue.encode(event)),
                stream=each.stream,
                expected=len(history),
                events=events,
                actor=ACTOR,
            )
        )
        for happened in events:
            history.append(
                Recorded(
                    area=area,
                    position=position,
                    stream=each.stream,
                    version=len(history) + 1,
                    event=cast("AnyEvent", happened.event),
                    occurred_on=happened.on,
                    recorded_at=each.recorded,
                    actor=ACTOR,
                    command=id_,
                    cause=None,
                )
            )
            position += 1
    return commands
