"""An area's load and cost, as published figures have them."""

from datetime import date

from hub.areas.figures import each, load, share, spent

STARTS, ENDS = date(2024, 4, 1), date(2026, 3, 31)


def test_one_catalyst_at_a_target_of_200_with_171_enterprises_is_at_85_and_a_half_percent() -> None:
    found = load(active=171, posts=1, target=200)
    assert found
    assert round(found.percent, 1) == 85.5
    assert found.colour == "yellow"
    assert found.formula == "171 active enterprises ÷ (1 Catalyst × 200)"


def test_load_turns_amber_at_80_and_red_at_100_percent() -> None:
    colours = [load(active=active, posts=1, target=100) for active in (79, 80, 99, 100)]
    assert [each.colour for each in colours if each] == ["green", "yellow", "yellow", "red"]


def test_without_a_catalyst_or_a_target_there_is_no_load() -> None:
    assert load(active=3, posts=0, target=200) is None
    assert load(active=3, posts=1, target=None) is None


def test_a_post_of_135_000_pounds_for_171_enterprises_133_of_them_new() -> None:
    found = spent([(135_000, STARTS, ENDS, None)], on=ENDS, enterprises=171, new=133)
    assert found
    assert (found.per_enterprise, found.per_new) == (789, 1015)


def test_a_post_costs_by_the_share_of_its_days_that_have_passed() -> None:
    half = date(2025, 3, 31)
    found = spent([(135_000, STARTS, ENDS, None)], on=half, enterprises=1, new=0)
    assert found
    assert found.pounds == 67_500
    assert found.per_new is None
    left = spent([(135_000, STARTS, ENDS, half)], on=ENDS, enterprises=1, new=0)
    assert left
    assert left.pounds == 67_500


def test_who_leaves_before_the_first_day_cost_nothing() -> None:
    posts = [(135_000, STARTS, ENDS, date(2023, 4, 1)), (1_000, STARTS, ENDS, None)]
    found = spent(posts, on=ENDS, enterprises=1, new=0)
    assert found
    assert found.pounds == 1_000


def test_two_years_of_somerset_come_to_what_was_published_of_them() -> None:
    assert share(133, 171) == 77.8
    assert (each(600, 171), each(180, 171), each(2_200, 171)) == (3.51, 1.05, 12.87)
    assert (share(0, 0), each(0, 0)) == (None, None)


def test_a_post_to_come_costs_nothing_yet() -> None:
    assert spent([(135_000, STARTS, ENDS, None)], on=date(2024, 3, 31), enterprises=1, new=0) is None
