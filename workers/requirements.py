"""Requirements that apply by themselves, when it is the catalogue that changed and not the enterprise."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from uuid import UUID

from events import catalogue, ledger
from events.base import named_id, today
from events.database import Connection
from events.ledger import Command, Happened, Recorded
from events.renewal_catalogue import Catalogue
from events.requirements import facts_of, last_applied, not_before_last, rederived

ACTOR = "hub:requirements"
BATCH = 100
"""Enterprises whose entries are read at once, and appended to in one commit."""

_AREAS = "select area from ledger order by area"

_ENTERPRISES = "select distinct stream from event where area = %s and type = 'enterprise.registered'"


class Rederiving:
    """Sees that what the catalogue says applies, area by area, once while a process works with one catalogue.

    What it has done it remembers only here: done again after a restart, it finds nothing to record.
    """

    def __init__(self, rules: Catalogue) -> None:
        self._rules = rules
        self._done: set[str] = set()

    def step(self, connection: Connection) -> int:
        """Look through one area that it was not done for yet. Returns how many enterprises something changed for.

        The connection sees every area.
        """
        area = next((str(area) for (area,) in connection.execute(_AREAS) if area not in self._done), None)
        if area is None:
            return 0
        written, all_done = rederive(connection, area, self._rules)
        if all_done:
            self._done.add(area)
        return written


def rederive(connection: Connection, area: str, rules: Catalogue) -> tuple[int, bool]:
    """Record what each enterprise of an area now has to hold, where that changed: for how many, and whether for all.

    An enterprise that somebody recorded something for meanwhile is left for another time, and so is an area that
    somebody else holds.
    """
    streams = [stream for (stream,) in connection.execute(_ENTERPRISES, [area]) if isinstance(stream, UUID)]
    written, all_done = 0, True
    for start in range(0, len(streams), BATCH):
        asked = [(area, stream) for stream in streams[start : start + BATCH]]
        commands = list(_commands(ledger.read_streams(connection, asked).values(), rules, day=today()))
        if commands:
            outcomes = [outcome for outcome, *_ in ledger.append_batch(connection, commands, wait=False)]
            written += outcomes.count("written")
            all_done = all_done and {"written", "again"}.issuperset(outcomes)
    return written, all_done


def _commands(histories: Iterable[Sequence[Recorded]], rules: Catalogue, *, day: date) -> Iterator[Command]:
    for history in histories:
        area, stream = history[0].area, history[0].stream
        changed = rederived(history, rules, area)
        if changed is None:
            continue
        facts = facts_of(history, area)
        # where nothing was ever said of it, it has been so since its facts were
        on = facts.since if facts and last_applied(history) is None else not_before_last(day, history)
        yield Command(
            area=area,
            # the same for whoever else looks at the same entries with the same catalogue
            id=named_id("requirements", area, str(stream), rules.version, str(len(history))),
            digest=sha256(catalogue.encode(changed)).digest(),
            stream=stream,
            expected=len(history),
            events=(Happened(changed, on),),
            actor=ACTOR,
        )
