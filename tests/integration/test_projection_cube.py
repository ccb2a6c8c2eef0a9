"""The national cube against the plainest possible sum over the raw events, for any history."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import psycopg
import pytest
from histories import DAWN, DAYS, DAYS_ASKED, HISTORIES, KINDS, Step, event_of, naive, record, stream_of
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from network import Network, command

from events import bulk
from events.base import civil_day, today
from events.catalogue import EntryCorrected
from events.projections import ALL, NATIONAL, believed, engine, picture
from events.projections.national import beliefs, cube, derived, read
from events.projections.national.measures import FACETS
from events.referrals import ReferralMade


def courses(most: int, *, in_ci: bool = True) -> examples:
    """How many histories to draw. In CI the same each time, and told as they were drawn: to make one that fails small
    takes longer than a test may."""
    return examples(
        max_examples=most,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=in_ci,
        database=None,
        phases=[Phase.generate] if in_ci else tuple(Phase),
    )


UNTIL_NOTICED = courses(250)


def holds(network: Network, drawn: Sequence[Sequence[Step]], asked: Sequence[tuple[int, int]]) -> None:
    areas = record(network, drawn)
    network.project()
    raw = {area: network.events(area) for area in areas}
    with engine.reading(network.connection, "national"):
        for on, known in ((DAWN + timedelta(days=a), DAWN + timedelta(days=b)) for a, b in asked):
            found = picture.picture(network.connection, on=on, known=known)
            follow_the_course(network, on, known)
            shown = {each.area: each.figures for each in found.areas}
            for area in areas:
                expected = naive(raw[area], on=on, known=known)
                assert (area in shown) == (expected is not None), (area, on, known)
                if expected is None:
                    continue
                for name, indicator in picture.INDICATORS.items():
                    figure = shown[area][name]
                    silent = indicator.reported and not expected[f"{name} reported"]
                    assert figure.value == (None if silent else expected[name]), (name, on, known)
                    behind = picture.behind(
                        network.connection, name, on=on, known=known, after=(area, 0, ""), limit=1000
                    )
                    mine = [row.amount for row in behind if row.area == area]
                    assert sum(mine) == expected[name], ("behind", name, on, known)


def believed_step_by_step(network: Network, areas: Sequence[str], on: date, since: date) -> None:
    """What was believed of a day, at every step and between steps, is the picture of the day as known then."""
    for name in picture.INDICATORS:
        way, entries = believed.believed(network.connection, name, on=on, until=LAST)
        assert way[0].known == on
        assert sum(step.recorded + step.corrected + step.affected for step in way) == len(entries)
        for step in way:
            assert step.figure == picture.picture(network.connection, on=on, known=step.known).figures[name], (
                name,
                step,
            )
        assert way[-1].figure == picture.picture(network.connection, on=on, known=LAST).figures[name]
        assert len({each.known for each in way}) == len(way)
    # from any day of knowledge, also one before the day itself
    changes = believed.moved(network.connection, FACETS, on=on, since=since, until=LAST)
    start = read.read(network.connection, [on], known=since)
    learned = {civil_day(event.recorded_at) for area in areas for event in network.events(area)}
    for day in sorted(day for day in learned if day > since):
        then = picture.picture(network.connection, on=on, known=day).figures
        for name in ("enterprises", "people_supported", "waiting", "requirements"):
            until = [each for each in changes if each.learned_on <= day]
            assert believed.steps(start, until, name, on=on, known=since)[-1].figure == then[name], (name, on, day)


def follow_the_course(network: Network, on: date, known: date) -> None:
    """Every point of a course is the figure of the picture of its day."""
    course = picture.courses(network.connection, on=on, known=known)
    for day in {point.day for points in course.network.values() for point in points[-3:]}:
        then = picture.picture(network.connection, on=day, known=known)
        for name, points in course.network.items():
            value = next((point.value for point in points if point.day == day), None)
            assert value == then.figures[name].value or (not value and not then.areas), (name, day)
        for each in then.areas:
            of_area = [point.value for point in course.enterprises[each.area] if point.day == day]
            assert of_area in ([], [each.figures["enterprises"].value])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that short histories have snapshots."""
    monkeypatch.setattr(cube, "BLOCK", 4)


def rebuilt_alike(network: Network) -> None:
    live = next(build for build in engine.builds(network.connection) if build.live)
    beside = engine.start_build(network.connection, NATIONAL)
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds(), only=beside)
    assert engine.behind(network.connection, beside) == 0
    assert engine.differing(network.connection, NATIONAL, live, beside) == []
    assert engine.fingerprints(network.connection, NATIONAL, live) == engine.fingerprints(
        network.connection, NATIONAL, beside
    )


LAST = DAWN + timedelta(days=2 * DAYS)


def any_belief_holds(network: Network, how: examples) -> None:
    @how
    @given(drawn=HISTORIES, asked=DAYS_ASKED)
    def holding(drawn: list[list[Step]], asked: list[tuple[int, int]]) -> None:
        areas = record(network, drawn)
        network.project()
        with engine.reading(network.connection, "national"):
            on, since = (DAWN + timedelta(days=days) for days in asked[0])
            believed_step_by_step(network, areas, on, since)

    holding()


def any_history_holds(network: Network, how: examples) -> None:
    @how
    @given(drawn=HISTORIES, asked=DAYS_ASKED)
    def holding(drawn: list[list[Step]], asked: list[tuple[int, int]]) -> None:
        holds(network, drawn, asked)

    holding()


def test_any_history_gives_the_plain_sum_for_any_day_as_known_on_any_day(network: Network) -> None:
    any_history_holds(network, courses(60))
    rebuilt_alike(network)


@pytest.mark.full
def test_any_of_many_histories_gives_the_plain_sum(network: Network) -> None:
    any_history_holds(network, courses(600, in_ci=False))
    rebuilt_alike(network)


def bit_by_bit_as_all_at_once(network: Network, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    dice = random.Random(seed)
    # told in order and many on a day, so that much is said of days long after a snapshot, and not all of it before one
    days = sorted(dice.randrange(0, DAYS, 20) for _ in range(160))
    steps = [
        Step(dice.choice(KINDS), dice.randrange(4), day, dice.choice((0, 0, 1, 20)), dice.randrange(50)) for day in days
    ]
    (area,) = record(network, [steps])
    folds = engine.Folds()
    live = next(build for build in engine.builds(network.connection) if build.live)
    while engine.behind(network.connection, live):
        if dice.random() < 0.5:
            folds = engine.Folds()  # as after a restart: nothing in memory
        with monkeypatch.context() as cut:
            cut.setattr(engine, "BATCH", dice.randint(1, 9))
            cut.setattr(engine, "ROUND", dice.randint(1, 20))
            engine.catch_up(network.connection, NATIONAL, live, area, folds=folds)
    rebuilt_alike(network)


@pytest.mark.parametrize("seed", range(4))
def test_bit_by_bit_gives_the_same_rows_as_all_at_once(
    network: Network, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    bit_by_bit_as_all_at_once(network, monkeypatch, seed)


def test_changes_as_they_come_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cube, "_put_together", lambda *given: given)
    with pytest.raises(psycopg.errors.CardinalityViolation):
        bit_by_bit_as_all_at_once(network, monkeypatch, seed=0)


INSURED_AHEAD = [
    *(Step(kind, 0, 10, 0, 1) for kind in ("register", "apply", "milestone")),
    Step("renew", 0, 10, 0, 40),
    *(Step("milestone", 0, day, 0, 1) for day in (20, 20, 20, 20, 250, 250, 250, 250)),
]
"""On the day of the first snapshot, and after it, something is said of days that only the last one holds."""


def test_what_comes_after_a_snapshot_on_its_day_counts_once(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    in_two_parts(network, monkeypatch, INSURED_AHEAD, first=5)
    monkeypatch.setattr(cube.Months, "take_away", lambda *_: None)
    with pytest.raises(AssertionError):
        in_two_parts(network, monkeypatch, INSURED_AHEAD, first=5)


def in_two_parts(network: Network, monkeypatch: pytest.MonkeyPatch, steps: Sequence[Step], *, first: int) -> None:
    """By two projectors, one after the other."""
    (area,) = record(network, [steps])
    live = next(build for build in engine.builds(network.connection) if build.live)
    with monkeypatch.context() as cut:
        cut.setattr(engine, "BATCH", first)
        cut.setattr(engine, "ROUND", first)
        engine.catch_up(network.connection, NATIONAL, live, area, folds=engine.Folds())
    assert engine.behind(network.connection, live) == len(steps) + 1 - first
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds())
    rebuilt_alike(network)


def test_any_belief_of_a_day_is_the_picture_as_known_then(network: Network) -> None:
    any_belief_holds(network, courses(25))


@pytest.mark.full
def test_any_belief_of_many_days_is_the_picture_as_known_then(network: Network) -> None:
    any_belief_holds(network, courses(150, in_ci=False))


MENDED_AT_ONCE = [Step("report", 0, 10, 0, 36), Step("correct", 0, 5, 5, 29)]
"""The second entry corrects the first, on the day on which that was told."""


def test_what_was_told_and_mended_within_a_day_was_recorded_that_day(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    (area,) = record(network, [MENDED_AT_ONCE])
    network.project()
    on = DAWN + timedelta(days=10)
    with engine.reading(network.connection, "national"):
        (each,) = believed.moved(network.connection, ["activity"], on=on, since=DAWN, until=LAST)
        assert (each.why, each.before, each.after[0]) == ("recorded", (None,) * 4, 29)
        believed_step_by_step(network, [area], on, DAWN)
        monkeypatch.setattr(believed, "_MOVED", believed._MOVED.replace("known_on < superseded_on", "true", 1))
        with pytest.raises(AssertionError):
            believed_step_by_step(network, [area], on, DAWN)


def test_a_belief_that_forgets_what_it_held_before_would_be_noticed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(believed, "_MOVED", believed._MOVED.replace("(superseded_on, -1)", "(known_on, 0)"))
    with pytest.raises(AssertionError):
        any_belief_holds(network, UNTIL_NOTICED)


EACH_QUARTER = [Step("milestone", 0, day, 0, 0) for day in (1, 9, 17, 25, 30, 40, 50)]
"""Something in each quarter of a month, and two blocks."""


def test_what_is_not_superseded_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beliefs.Learned, "drop", lambda *_: None)
    with pytest.raises(AssertionError):
        any_history_holds(network, UNTIL_NOTICED)


@pytest.mark.parametrize(
    ("guard", "mutant"),
    [
        pytest.param("s.known_on <= %(known)s", "true", id="a snapshot of what was not known yet"),
        pytest.param("n.block = coalesce(s.block, -1) + 1", "false", id="a block left out"),
        pytest.param("(at.month + 1) * 4", "(at.month + 1) * 4 + 1", id="the first quarter of a month left out"),
        pytest.param("at.month * 4 + 3", "at.month * 4 + 2", id="the last quarter of a month left out"),
    ],
)
def test_a_sum_read_otherwise_would_be_noticed(
    network: Network, monkeypatch: pytest.MonkeyPatch, guard: str, mutant: str
) -> None:
    asked = [(27, 40), (27, 5), (3, 40), (18, 60)]
    holds(network, [EACH_QUARTER], asked)
    assert guard in read._SUMS
    monkeypatch.setattr(read, "_SUMS", read._SUMS.replace(guard, mutant))
    with pytest.raises(AssertionError):
        holds(network, [EACH_QUARTER], asked)


def test_changes_learned_later_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    learned_by = read._Learned.of_areas
    monkeypatch.setattr(read._Learned, "of_areas", lambda data, by: learned_by(data, by=max(by, LAST)))
    with pytest.raises(AssertionError):
        any_history_holds(network, UNTIL_NOTICED)


WAITED = [Step("need", 0, 10, 0, 5), Step("refer", 0, 20, 0, 0), Step("start", 0, 30, 0, 0)]


def test_a_wait_ends_when_support_starts(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    holds(network, [WAITED], [(25, 40), (35, 40), (35, 25)])
    monkeypatch.setattr(derived, "_need_ends", lambda *_: date.max)
    with pytest.raises(AssertionError):
        holds(network, [WAITED], [(35, 40)])


def test_a_report_that_never_went_stale_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beliefs, "STALE_AFTER", timedelta(days=5000))
    with pytest.raises(AssertionError):
        any_history_holds(network, UNTIL_NOTICED)


def test_a_referral_corrected_to_another_need_ends_the_wait_of_that_one(network: Network) -> None:
    """By a projector that was started in between: it reads back what the correction speaks of."""
    at = [Step("need", 0, 10, 0, 5), Step("need", 1, 10, 0, 7), Step("refer", 0, 20, 0, 0), Step("start", 0, 30, 0, 0)]
    (area,) = record(network, [at])
    network.project()
    referral = stream_of("refer", 0, area)
    other = event_of(Step("refer", 0, 20, 0, 1), area)
    assert isinstance(other, ReferralMade)
    mended = EntryCorrected(corrects=4, reason="mistyped", replacement=other)
    moved = command(area, mended, stream=referral, expected=2, on=DAWN + timedelta(days=20))
    bulk.append_all(network.connection, [moved])
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds())
    with engine.reading(network.connection, "national"):
        found = picture.picture(network.connection, on=DAWN + timedelta(days=40), known=today())
    assert found.figures["waiting"].value == 5
    rebuilt_alike(network)
