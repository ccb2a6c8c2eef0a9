"""Any course of appends, held against ledgers that are plain Python lists."""

import itertools
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID, uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from network import Server, command, mutate

from events import bulk, ledger
from events.bulk import BulkRefused
from events.catalogue import EntryCorrected
from events.database import Connection, connect
from events.enterprises import MilestoneRecorded
from events.ledger import Command, Outcome
from events.settings import Settings
from events.verify import verify_area

AREAS = 3
STREAMS = tuple(uuid4() for _ in range(4))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


class Model:
    """What a ledger is, in a page: a list of events, and the answer to each command."""

    def __init__(self) -> None:
        self.events: list[tuple[UUID, int, Command, int]] = []  # stream, version, command, number of its event
        self.answers: dict[UUID, tuple[bytes, int, int]] = {}

    def version(self, stream: UUID) -> int:
        return sum(each[0] == stream for each in self.events)

    def append(self, asked: Command) -> tuple[Outcome, int | None, int | None]:
        if asked.id in self.answers:
            digest, first, last = self.answers[asked.id]
            return ("again" if digest == asked.digest else "reused", first, last)
        if asked.expected != self.version(asked.stream):
            return ("conflict", None, None)
        first = len(self.events) + 1
        for number in range(len(asked.events)):
            self.events.append((asked.stream, asked.expected + number + 1, asked, number))
        self.answers[asked.id] = (asked.digest, first, len(self.events))
        return ("written", first, len(self.events))


class Ledgers(RuleBasedStateMachine):
    """Appends one by one, in batches, in bulk; repeated, conflicting, correcting, under another's id."""

    connection: ClassVar[Connection]
    numbers: ClassVar = itertools.count(1)
    asked = Bundle("asked")

    @initialize()
    def open_ledgers(self) -> None:
        self.areas = [f"T{next(self.numbers):07}" for _ in range(AREAS)]  # every example has areas of its own
        self.models = {area: Model() for area in self.areas}
        ledger.open_ledger(self.connection, self.areas)

    def _command(self, area: int, stream: int, off: int, texts: Sequence[str]) -> Command:
        code = self.areas[area]
        model = self.models[code]
        events = [MilestoneRecorded(kind=text) for text in texts]
        if model.events and texts and texts[0].startswith("0"):
            correction = EntryCorrected(corrects=len(model.events), reason="mistyped", replacement=events[0])
            return self._asking(code, model, stream, off, [correction, *events[1:]])
        return self._asking(code, model, stream, off, events)

    def _asking(self, code: str, model: Model, stream: int, off: int, events: Sequence[object]) -> Command:
        expected = max(0, model.version(STREAMS[stream]) + off)
        return command(code, *events, stream=STREAMS[stream], expected=expected)  # pyright: ignore[reportArgumentType]

    commands = st.tuples(
        st.integers(0, AREAS - 1),
        st.integers(0, len(STREAMS) - 1),
        st.sampled_from([0, 0, 0, 0, 1, -1]),  # mostly the version it truly has
        st.lists(TEXTS, min_size=1, max_size=3),
    )

    @rule(target=asked, drawn=commands)
    def append(self, drawn: tuple[int, int, int, list[str]]) -> Command:
        each = self._command(*drawn)
        self._append([each])
        return each

    @rule(each=asked)
    def repeat(self, each: Command) -> None:
        self._append([each])

    @rule(each=asked)
    def use_the_id_for_something_else(self, each: Command) -> None:
        self._append([command(each.area, id=each.id, digest=b"else", stream=each.stream, expected=each.expected)])

    @rule(drawn=st.lists(commands, min_size=2, max_size=6), repeated=asked)
    def append_a_batch(self, drawn: list[tuple[int, int, int, list[str]]], repeated: Command) -> None:
        batch = [repeated]
        for each in drawn:
            new = self._command(*each)
            if (new.area, new.stream) not in {(other.area, other.stream) for other in batch}:
                batch.append(new)
        self._append(batch)

    def _append(self, batch: list[Command]) -> None:
        outcomes = ledger.append_batch(self.connection, batch, wait=True)
        for each, (outcome, first, last, _) in zip(batch, outcomes, strict=True):
            expected = self.models[each.area].append(each)
            assert outcome == expected[0]
            if outcome in ("written", "again"):
                assert (first, last) == expected[1:]

    @rule(drawn=st.lists(commands, min_size=1, max_size=8), repeated=asked)
    def append_in_bulk(self, drawn: list[tuple[int, int, int, list[str]]], repeated: Command) -> None:
        trial = {area: Model() for area in self.areas}
        for area, model in self.models.items():
            trial[area].events, trial[area].answers = list(model.events), dict(model.answers)
        before, self.models = self.models, trial
        asked, outcomes = [repeated], [trial[repeated.area].append(repeated)[0]]
        for each in drawn:
            new = self._command(*each)
            asked.append(new)
            outcomes.append(trial[new.area].append(new)[0])
        refused = next((n for n, outcome in enumerate(outcomes) if outcome in ("conflict", "reused")), None)
        if refused is None:
            assert bulk.append_all(self.connection, asked) == outcomes.count("written")
        else:
            with pytest.raises(BulkRefused):
                bulk.append_all(self.connection, asked)
            self.models = before

    @invariant()
    def reads_back_what_the_model_holds(self) -> None:
        for area, model in getattr(self, "models", {}).items():
            found = ledger.read(self.connection, area)
            assert [each.position for each in found] == list(range(1, len(model.events) + 1))
            assert [(each.stream, each.version, each.command, each.event) for each in found] == [
                (stream, version, asked.id, asked.events[number].event)
                for stream, version, asked, number in model.events
            ]

    def teardown(self) -> None:
        for area, model in getattr(self, "models", {}).items():
            assert verify_area(self.connection, area, signed={}, progress=lambda _: None) is None
            for stream in STREAMS:
                versions = [each.version for each in ledger.read_stream(self.connection, area, stream)]
                assert versions == list(range(1, model.version(stream) + 1))


def _run(url: str, *, examples: int, phases: Sequence[Phase] = tuple(Phase)) -> None:
    with connect(url) as connection:
        Ledgers.connection = connection
        run_state_machine_as_test(
            Ledgers,
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=examples < 100,  # in CI the same courses each time; the long run looks for new ones
                database=None,
                phases=phases,
            ),
        )


def test_any_course_of_appends_gives_what_a_plain_model_gives(settings: Settings) -> None:
    _run(settings.database_url, examples=25)


@pytest.mark.full
def test_any_of_many_courses_of_appends_gives_what_a_plain_model_gives(settings: Settings) -> None:
    _run(settings.database_url, examples=1000)


def test_the_model_notices_a_ledger_that_answers_a_repeated_command_anew(server: Server) -> None:
    url = server.database("ledger")
    with connect(url) as connection:
        mutate(connection, ("when known.digest = c.digest then 'again'", "when false then 'again'"))
    with pytest.raises(Exception):  # noqa: B017, PT011 - however it shows
        _run(url, examples=25, phases=[Phase.generate])


def test_the_model_notices_a_ledger_that_does_not_check_versions(server: Server) -> None:
    url = server.database("ledger")
    with connect(url) as connection:
        mutate(connection, ("when coalesce(tip.version, 0) <> c.expected then 'conflict'", ""))
    with pytest.raises(Exception):  # noqa: B017, PT011
        _run(url, examples=25, phases=[Phase.generate])
