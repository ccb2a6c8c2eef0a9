import subprocess
import sys
import warnings
from datetime import date

import numpy as np
import pytest
from growing import added, by_chance, exact, month_ends
from hypothesis import given, settings
from hypothesis import strategies as st
from network import mutated

from events.projections.picture import Point
from hub.national.growth import fit
from hub.national.growth.fit import grow
from hub.national.growth.model import LEAST_MONTHS, SUBJECTS, UPPER_TIER, Growth, Refusal

ENTERPRISES, AREAS, PEOPLE = (SUBJECTS[name] for name in ("enterprises", "areas", "people_supported"))


def grown(points, subject=ENTERPRISES, by=fit):
    found = by.grow(points, subject)
    assert isinstance(found, Growth), found
    return found


def refused(points, subject=ENTERPRISES, by=fit):
    found = by.grow(points, subject)
    assert isinstance(found, Refusal), found
    return found.title


# ---- what it finds


@pytest.mark.parametrize("shape", ["Bass", "logistic"])
def test_the_curve_that_made_a_history_is_found_again(shape):
    found = grown(exact(110, shape=shape, size=2000, rate=0.8, head_start=60)).curve
    assert found.shape == shape
    assert found.size == pytest.approx(2000, rel=0.02)
    assert found.rate == pytest.approx(0.8, rel=0.02)
    assert found.head_start == pytest.approx(60, rel=0.1)
    assert found.heading_for.value == pytest.approx(2000, rel=0.02)


def test_of_a_bass_curve_it_says_who_starts_by_themselves_and_who_follows():
    found = grown(exact(110, size=2000, rate=0.8, head_start=60)).curve
    assert found.innovation == pytest.approx(0.8 / 61, rel=0.1)
    assert found.imitation == pytest.approx(0.8 * 60 / 61, rel=0.02)
    assert grown(exact(110, shape="logistic")).curve.innovation is None


def test_it_says_when_growth_was_fastest_and_when_half_was_reached():
    found = grown(exact(110, shape="logistic", rate=0.8, head_start=60)).curve
    # both when a exp(-bt) is 1: after 5.12 years
    assert abs((found.fastest_on - date(2017, 2, 13)).days) < 45
    assert abs((found.half_on - date(2017, 2, 13)).days) < 45


def test_the_forecast_goes_on_from_the_last_value_for_24_month_ends():
    points = [*exact(100), Point(date(2020, 5, 10), 1860)]
    assert points[-2].value == 1856
    expected = grown(points).expected
    assert len(expected) == 24
    assert (expected[0].day, expected[-1].day) == (date(2020, 5, 31), date(2022, 4, 30))
    assert 1860 <= expected[0].value < 1875
    assert all(each.low <= each.value <= each.high for each in expected)


def test_the_same_points_give_the_same_answer():
    points = by_chance(100, seed=3)
    assert grow(points, ENTERPRISES) == grow(points, ENTERPRISES)


def test_what_stays_counted_is_not_expected_to_fall_and_areas_not_to_outnumber_the_authorities():
    saturated = grown(by_chance(140, seed=5)).expected
    last = by_chance(140, seed=5)[-1].value
    assert all(each.low >= last for each in saturated)
    areas = grown(by_chance(90, seed=1, size=212, rate=1.1, head_start=60), AREAS)
    assert all(each.high <= UPPER_TIER for each in areas.expected)
    assert areas.curve.heading_for.high <= UPPER_TIER


# ---- how sure it is


def coverage(make, *, histories=70, months=12, by=fit):
    """How often what happened so many months later lay within the band, where there was a forecast."""
    rng = np.random.default_rng(7)
    held = []
    for n in range(histories):
        size, rate = np.exp(rng.uniform(np.log(150), np.log(5000))), rng.uniform(0.5, 1.1)
        head_start = np.exp(rng.uniform(2, 4.5))
        past = int(12 * (np.log(head_start) / rate + rng.uniform(0.5, 4)))
        mean = added(past + 24, shape="Bass" if n % 2 else "logistic", size=size, rate=rate, head_start=head_start)
        points = month_ends(np.cumsum(make(rng, mean)))
        found = by.grow(points[:past], ENTERPRISES)
        if isinstance(found, Growth):
            band = found.expected[months - 1]
            held.append(round(band.low) <= points[past + months - 1].value <= round(band.high))
    assert len(held) > histories / 2
    return sum(held) / len(held)


def chance(rng, mean):
    return rng.poisson(mean)


def clusters(rng, mean):
    """Four times the scatter of single counts."""
    return rng.poisson(rng.gamma(mean / 3, 3))


def good_and_bad_years(rng, mean):
    """Growth that is faster or slower than the curve for many months in a row."""
    pull = [0.0]
    for _ in mean[1:]:
        pull.append(0.8 * pull[-1] + rng.normal(0, 0.15))
    return rng.poisson(mean * np.exp(pull))


@pytest.mark.parametrize("months", [12, 24])
@pytest.mark.parametrize("make", [clusters, good_and_bad_years])
def test_eight_times_in_ten_what_happens_lies_within_the_band(make, months):
    assert 0.7 <= coverage(make, months=months) <= 0.9


def test_a_band_for_plain_chance_is_if_anything_too_wide():
    """The scatter is never taken for less than chance, and the largest of three is taken."""
    assert 0.75 <= coverage(chance) <= 0.93


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("covariance=covariance * scatter", "covariance=covariance * scatter * 1e-4"),
        ("np.sqrt(fit.scatter * steps)", "0"),
        ("(1, 3, 6, 12)", "(1,)"),
    ],
    ids=["as if the curve were known", "as if nothing came by chance", "as if months knew nothing of each other"],
)
def test_a_band_that_leaves_something_out_is_found_out(old, new):
    assert coverage(good_and_bad_years, months=24, histories=40, by=mutated(fit, old, new)) < 0.7


def test_the_band_is_wider_the_further_ahead_and_the_more_the_past_scatters():
    steady = grown(by_chance(100, seed=2)).expected
    assert steady[-1].high - steady[-1].low > steady[0].high - steady[0].low
    rng = np.random.default_rng(2)
    unsteady = grown(month_ends(np.cumsum(clusters(rng, added(100))))).expected
    assert unsteady[11].high - unsteady[11].low > 1.3 * (steady[11].high - steady[11].low)


# ---- what it refuses, each with the copy of the module that would not


def test_fewer_than_three_years_are_too_few():
    points = exact(LEAST_MONTHS - 1, rate=3, head_start=20)
    assert refused(points) == "too few months"
    assert "35 months" in grow(points, ENTERPRISES).why
    assert grown(exact(LEAST_MONTHS, rate=3, head_start=20))
    grown(points, by=mutated(fit, "if len(points) < LEAST_MONTHS:", "if False:"))


def test_months_before_anything_was_there_do_not_count():
    nothing = [Point(date(2009 + n // 12, n % 12 + 1, 28), 0) for n in range(36)]
    assert refused([*nothing, *exact(20)]) == "too few months"


@pytest.mark.parametrize("points", [[], [Point(date(2020, 1, 31), 5)], month_ends([0] * 60)], ids=["none", "one", "0"])
def test_next_to_nothing_is_refused(points):
    assert refused(points) == "too few months"


def test_numbers_in_which_each_single_one_counts_are_too_few():
    few = exact(80, size=15, shape="logistic", rate=1.5)
    assert refused(few) == "too few enterprises"
    grown(few, by=mutated(fit, "if last.value < subject.least:", "if False:"))


def test_a_flat_course_is_no_growth():
    assert refused(month_ends([50] * 60)) == "there was no growth"
    unguarded = mutated(fit, "if last.value == first.value:", "if False:")
    assert refused(month_ends([50] * 60), by=unguarded) != "there was no growth"


def test_a_fall_is_followed_by_no_curve_that_only_rises():
    fallen = [*exact(100), *month_ends([1500], date(2020, 5, 31))]
    assert refused(fallen, PEOPLE) == "their number fell"
    unguarded = mutated(fit, "if last.value < year_before:", "if False:")
    assert unguarded.grow(fallen, PEOPLE) != grow(fallen, PEOPLE)


def test_before_growth_slows_no_ceiling_can_be_told():
    early = by_chance(52, seed=4)  # it is fastest after 61 months
    assert refused(early) == "growth has not clearly begun to slow"
    assert "as well as" in grow(early, ENTERPRISES).why
    careless = mutated(fit, "if outlook.slowed < SURE:", "if False:").grow(early, ENTERPRISES)
    assert not isinstance(careless, Refusal) or careless.title != refused(early)
    assert grown(by_chance(84, seed=4))


def test_growth_that_never_slows_has_no_ceiling():
    doubling = month_ends([20 * 1.05**n for n in range(72)])
    assert refused(doubling) == "growth has not clearly begun to slow"


def test_more_areas_than_there_are_cannot_be_headed_for():
    points = exact(57, size=300, rate=0.9, head_start=30, shape="logistic")
    assert points[-1].value < UPPER_TIER
    assert refused(points, AREAS) == f"the curve leads beyond all {UPPER_TIER}"
    assert grown(points).curve.heading_for.value > UPPER_TIER
    grown(
        points, AREAS, by=mutated(fit, "if subject.most is not None and outlook.ceiling > subject.most:", "if False:")
    )


def test_growth_in_two_waves_follows_no_one_curve():
    waves = added(120, size=1000, rate=1.2, head_start=60)
    waves[-14:] += added(14, size=900, rate=3.0, head_start=20)
    points = month_ends(np.round(np.cumsum(waves)))
    assert refused(points) == "their growth follows no such curve"
    unguarded = mutated(fit, "if fit.gap > NEAR * last:", "if False:")
    assert not isinstance(found := unguarded.grow(points, ENTERPRISES), Refusal) or found.title != refused(points)


@pytest.mark.parametrize(("months", "more", "told"), [(120, 5, "more growth"), (80, -3, "less growth")])
def test_a_last_year_off_the_curve_is_refused(months, more, told):
    year = added(months, size=1000, rate=1.2, head_start=60)
    year[-12:] = np.maximum(year[-12:] + more, 0)
    points = month_ends(np.round(np.cumsum(year)))
    assert refused(points) == "the last year left the curve"
    assert told in grow(points, ENTERPRISES).why
    grown(points, by=mutated(fit, "if abs(fit.recent) > FAR_OFF:", "if False:"))


def test_a_band_half_as_wide_as_what_there_is_says_too_little():
    rng = np.random.default_rng(30)
    wild = month_ends(np.cumsum(rng.poisson(rng.gamma(added(66, size=3000, rate=1.0, head_start=60) / 60, 60))))
    assert refused(wild) == "too much might come of it"
    grown(wild, by=mutated(fit, "if outlook.high[-1] - outlook.low[-1] > WIDE * last:", "if False:"))


# ---- and never an error


@given(
    st.lists(st.integers(0, 10**18) | st.integers(0, 60), max_size=90)
    | st.lists(st.integers(0, 30), min_size=36, max_size=90).map(lambda steps: list(np.cumsum(steps)))
    | st.lists(st.integers(0, 10**15), min_size=36, max_size=50).map(sorted),
    st.sampled_from(list(SUBJECTS.values())),
)
@settings(max_examples=60)
def test_whatever_was_counted_it_answers_in_numbers_or_refuses_and_says_nothing_on_the_console(values, subject):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = grow(month_ends(values), subject)
    if isinstance(found, Refusal):
        assert found.title
        assert found.why.endswith(".")
        assert "nan" not in found.why
        assert "inf" not in found.why
        return
    curve = found.curve
    numbers = [curve.size, curve.rate, curve.head_start, curve.scatter, *curve.aicc.values()]
    numbers += [curve.heading_for.low, curve.heading_for.value, curve.heading_for.high]
    numbers += [x for each in found.expected for x in (each.low, each.value, each.high)]
    assert np.isfinite(numbers).all()
    assert curve.heading_for.low <= curve.heading_for.value <= curve.heading_for.high


def test_serving_pages_does_not_load_the_numerical_library():
    """It takes a second, and only this page needs it."""
    asked = "import sys, hub.app; print('scipy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
