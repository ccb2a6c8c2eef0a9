"""Who should talk to whom: which pairs, in which order, for which reasons."""

from datetime import date
from typing import Any

import pytest
from network import CORNWALL, DEVON, SOMERSET, mutated

from events.base import named_id
from hub.alike import Circumstances
from hub.learning import introductions as module
from hub.learning.introductions import Introduction, Learned, Open, Resolved, Tried, introductions

ON = date(2026, 5, 3)
WALES, SCOTLAND = "W06000001", "S12000033"
NATIONS = {SOMERSET: "England", CORNWALL: "England", DEVON: "England", WALES: "Wales", SCOTLAND: "Scotland"}
LESSON = named_id("test", "lesson")


def areas(*codes: str, **stated: Any) -> list[Circumstances]:
    known: dict[str, Any] = {"focus": "", "joined_on": date(2019, 1, 1), "a_year": 10.0} | stated
    return [Circumstances(area=code, name=code, nation=NATIONS.get(code, ""), **known) for code in codes]


def learned(**said: Any) -> Learned:
    nothing: dict[str, Any] = {"open": [], "resolved": [], "tried": [], "taken_up": {}}
    return Learned(on=ON, **(nothing | said))


def stuck(area: str, topic: str = "insurance", *, since: date = date(2026, 1, 1)) -> Open:
    return Open(area=area, topic=topic, title=f"No {topic}", raised_on=since)


def past(area: str, topic: str = "insurance", *, lesson: str | None = None) -> Resolved:
    return Resolved(
        area=area,
        topic=topic,
        barrier=named_id("test", area, topic),
        resolved_on=date(2025, 5, 3),
        lesson_title=lesson,
    )


def tried(*trying: str, took_up: tuple[str, ...] = (), gave_up: tuple[str, ...] = ()) -> Tried:
    return Tried(lesson=LESSON, title="By boat", trying=[*trying], took_up=[*took_up], gave_up=[*gave_up])


def pairs(found: list[Introduction]) -> list[tuple[str, str]]:
    return [(each.one.area, each.other.area) for each in found]


def test_an_area_with_an_open_barrier_meets_the_nearest_that_got_past_one_on_its_topic() -> None:
    said = learned(open=[stuck(SOMERSET)], resolved=[past(WALES), past(CORNWALL, lesson="Ask"), past(DEVON, "money")])
    found = introductions(areas(SOMERSET, WALES, CORNWALL, DEVON), said)
    assert pairs(found) == [(SOMERSET, CORNWALL), (SOMERSET, WALES)]
    (reason,) = found[0].reasons
    assert reason.says == (
        f"{SOMERSET} has been held up by “No insurance” since 1 January 2026. "
        f"{CORNWALL} got past a barrier about insurance on 3 May 2025 with the lesson “Ask”."
    )
    assert reason.href == f"/barriers/{named_id('test', CORNWALL, 'insurance')}"
    assert found[0].alike == "Both in England, joined in the same year (2019) and of a similar size."
    assert found[0].score == 4.0, "one thing to tell; the nation, the year and the size in common"


def test_who_tries_a_lesson_meets_who_took_it_up_or_gave_it_up() -> None:
    said = learned(tried=[tried(SOMERSET, took_up=(CORNWALL,), gave_up=(WALES,))])
    found = introductions(areas(SOMERSET, CORNWALL, WALES), said)
    assert [each.reasons[0].says for each in found] == [
        f"{SOMERSET} tries “By boat”, which {CORNWALL} took up.",
        f"{SOMERSET} tries “By boat”, which {WALES} gave up.",
    ]


def test_who_took_up_nothing_for_a_year_meets_who_did_unless_it_has_just_joined() -> None:
    said = learned(taken_up={CORNWALL: 3})
    (found,) = introductions(areas(SOMERSET, CORNWALL), said)
    assert found.reasons[0].says == (
        f"{SOMERSET} took up no lesson in the year to 3 May 2026. {CORNWALL} took up 3 lessons."
    )
    assert introductions(areas(SOMERSET, CORNWALL, joined_on=date(2025, 5, 4)), said) == []


def test_a_pair_is_there_once_with_its_best_reason_first_and_comes_before_pairs_with_fewer() -> None:
    said = learned(
        open=[stuck(CORNWALL), stuck(SOMERSET, "money"), stuck(SOMERSET, since=date(2026, 2, 2))],
        resolved=[past(SOMERSET), past(CORNWALL, "money"), past(CORNWALL)],
        tried=[tried(SOMERSET, took_up=(CORNWALL,))],
        taken_up={CORNWALL: 1, WALES: 1},
    )
    first, *others = introductions(areas(WALES, SOMERSET, CORNWALL), said)
    assert pairs([first]) == [(SOMERSET, CORNWALL)]
    assert [each.kind for each in first.reasons] == ["barrier", "barrier", "barrier"]
    assert first.more == 2, "the lesson and the year"
    assert pairs(others) == [(WALES, SOMERSET)]


def test_of_an_areas_barriers_on_one_topic_the_oldest_is_told() -> None:
    said = learned(open=[stuck(SOMERSET, since=date(2020, 1, 1)), stuck(SOMERSET)], resolved=[past(CORNWALL)])
    (found,) = introductions(areas(SOMERSET, CORNWALL), said)
    assert len(found.reasons) == 1
    assert "since 1 January 2020" in found.reasons[0].says


def everybody(module: Any = module, **how: Any) -> list[tuple[str, str]]:
    """One has got past what all others meet."""
    codes = [f"T{number:07}" for number in range(9)]
    said = learned(open=[stuck(each) for each in codes[1:]], resolved=[past(codes[0])])
    return pairs(module.introductions(areas(*codes), said, **how))


def test_one_area_does_not_stand_everywhere_unless_it_is_asked_for() -> None:
    assert len(everybody()) == module.EACH
    assert len(everybody(each=5)) == 5
    assert len(everybody(of="T0000000")) == 8
    assert len(everybody(of="T0000000", most=3)) == 3
    assert everybody(of="T0000004") == [("T0000000", "T0000004")]
    assert len(everybody(mutated(module, "if used[at] == each and", "if used[at] == -1 and"))) == 8


@pytest.mark.parametrize("codes", [(), (SOMERSET,), (SOMERSET, CORNWALL)])
def test_with_nothing_to_tell_nobody_is_introduced(codes: tuple[str, ...]) -> None:
    said = learned(open=[stuck(SOMERSET), stuck(DEVON)], resolved=[past(SOMERSET), past(DEVON)])
    assert introductions(areas(*codes), said) == []
    assert introductions(areas(*codes), learned()) == []
