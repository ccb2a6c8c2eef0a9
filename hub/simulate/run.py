"""Make the demo network: plan it, tell its story area by area, and record all of it in one transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from uuid import UUID

import msgspec

from events import catalogue, ledger
from events.base import NETWORK, Refused, Sealed, in_words, named_id, today
from events.bulk import append_all
from events.catalogue import EntryCorrected
from events.database import Connection, connect, value
from events.enterprises import Owner
from events.ledger import Command, Happened
from events.settings import Settings
from events.vault import Vault, command_digest, seal
from hub.db import open_redis, ring
from hub.progress import Tell, tell_nobody
from hub.simulate.areas import tell_area, tell_network, tell_published
from hub.simulate.lives import live
from hub.simulate.plan import Share, plan
from hub.simulate.story import Story, Told

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
    with connect(settings.database_url) as connection:
        _check_empty(connection)
        shares = plan(_random("plan"), until=until)
        with connect(settings.vault_url) as vault:
            sealer = _Sealer(settings, vault, shares)
        commands: list[Command] = []
        recorded: list[datetime] = []
        for done, area in enumerate([NETWORK, *(share.area for share in shares)], start=1):
            told = _story(area, shares, sealer, until)
            commands += _commands(area, told, sealer.digest_key)
            recorded += [each.recorded for each in told]
            progress("Inventing", done, len(shares) + 1)
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
    ring(open_redis(settings), areas)
    return total


class _Sealer:
    """The keys of all owners, made at one go."""

    def __init__(self, settings: Settings, connection: Connection, shares: Sequence[Share]) -> None:
        vault = Vault(settings.vault_key)
        self.digest_key = vault.digest_key(connection)
        enterprises = [share.enterprise(number) for share in shares for number in range(share.enterprises)]
        self._keys = vault.keys(connection, [_owner_of(enterprise) for enterprise in enterprises])

    def seal(self, enterprise: UUID, owner: Owner) -> Sealed[Owner]:
        subject = _owner_of(enterprise)
        return seal(owner, subject=subject, key=self._keys[subject])


def _owner_of(enterprise: UUID) -> UUID:
    return named_id("owner", str(enterprise))


def _check_empty(connection: Connection) -> None:
    if value(connection, "select exists (select from event)"):
        raise Refused("This hub holds events already. The demo network goes into an empty one only.")


def _random(*words: str) -> Random:
    """Chance that comes out the same for the same words: one area's story does not hang on another's."""
    return Random("/".join(("trellis", *words)))  # noqa: S311 - an invented network, not a secret


def _story(area: str, shares: Sequence[Share], sealer: _Sealer, until: date) -> list[Told]:
    random = _random(area)
    story = Story(random, until)
    if area == NETWORK:
        tell_network(story, until=until)
    for share in shares:
        if share.area == area:
            tell_area(random, share, story, until=until)
            live(random, share, story, until=until, seal=sealer.seal)
    tell_published(area, story, until=until)
    return story.in_order()


def _commands(area: str, told: Sequence[Told], digest_key: bytes) -> list[Command]:
    """A command for each event: of an empty ledger, the first event is at position 1."""
    positions = {id(each): position for position, each in enumerate(told, start=1)}
    versions: dict[UUID, int] = {}
    commands: list[Command] = []
    for position, each in enumerate(told, start=1):
        event = each.event
        if each.corrects and isinstance(event, EntryCorrected):
            event = msgspec.structs.replace(event, corrects=positions[id(each.corrects)])
        version = versions.get(each.stream, 0)
        versions[each.stream] = version + 1
        commands.append(
            Command(
                area=area,
                id=named_id("simulate", area, str(position)),
                digest=command_digest(digest_key, catalogue.encode(event)),
                stream=each.stream,
                expected=version,
                events=(Happened(event, each.on),),
                actor=ACTOR,
            )
        )
    return commands
