"""The plan of the demo network, its calendar and its names, without a database."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import msgspec
import pytest

from events.base import Sealed
from events.corrections import corrected
from events.enterprises import ActivityReported, EnterpriseClosed, EnterprisePaused, EnterpriseRegistered
from events.ledger import Recorded
from events.places import places
from events.projections.national.beliefs import STALE_AFTER
from hub.simulate import names
from hub.simulate.facts import turn
from hub.simulate.lives import begin
from hub.simulate.plan import office_day, plan, s_curve, split, working_day
from hub.simulate.story import Story
from hub.simulate.trading import tell_life

DAY = date(2026, 11, 21)


def planned(day: date = DAY):
    return plan(Random("any"), until=day)


def test_the_shares_add_up_to_what_was_published():
    shares = planned()
    assert len({share.area for share in shares}) == 50
    assert sum(share.enterprises for share in shares) == 1800
    assert sum(share.people for share in shares) == 12_500
    assert sum(share.jobs for share in shares) == 2500
    assert [share.volunteers for share in shares] == [30] * 50


def test_somerset_is_as_the_factsheet_says_and_alone_in_reporting_hours():
    somerset = next(share for share in planned() if share.area == "E06000066")
    assert (somerset.enterprises, somerset.established, somerset.people, somerset.jobs) == (171, 38, 600, 180)
    assert {share.area: share.hours for share in planned() if share.hours} == {"E06000066": 2200}


def test_the_areas_are_of_all_four_nations_and_their_codes_are_in_use():
    shares = planned()
    assert {share.nation for share in shares} == {"England", "Scotland", "Wales", "Northern Ireland"}
    assert not [share.area for share in shares if places()[share.area].to_year]


def test_areas_join_over_the_years_slowly_then_fast_then_slowly_and_on_no_weekend():
    days = sorted(share.joined for share in planned())
    steps = [(after - before).days for before, after in pairwise(days)]
    assert min(steps[:3]) > 2 * max(steps[23:26]) < 2 * min(steps[-3:])
    assert not [day for day in days if day.weekday() > 4]


def test_growth_begins_at_the_beginning_and_ends_at_the_end():
    assert s_curve(0) == pytest.approx(0)
    assert s_curve(1) == pytest.approx(1)
    assert s_curve(0.5) == pytest.approx(0.5)
    assert s_curve(0.1) > 0.1


@pytest.mark.parametrize("total", [5, 6, 30, 47, 243, 12_500])
def test_a_split_adds_up_and_gives_everybody_their_least(total):
    random = Random(total)
    parts = split(total, [random.lognormvariate(0, 1) for _ in range(5)], least=[1, 0, 2, 1, 1])
    assert sum(parts) == total
    assert all(part >= low for part, low in zip(parts, [1, 0, 2, 1, 1], strict=True))


def test_nothing_happens_on_sundays_or_at_christmas():
    assert working_day(date(2026, 11, 22)) == date(2026, 11, 23)
    assert working_day(date(2021, 12, 25)) == date(2021, 12, 27)  # 26 December 2021 is a Sunday too
    assert working_day(date(2026, 11, 21)) == date(2026, 11, 21)
    assert office_day(date(2026, 11, 21)) == date(2026, 11, 23)


def test_no_two_enterprises_of_an_area_share_a_name():
    random, taken = Random(1), set[str]()
    found = [names.enterprise(random, names.trade(random), "Northern Ireland", taken) for _ in range(400)]
    assert len({name for name, _ in found}) == 400
    assert all(len(set(services)) == len(services) for _, services in found)


def test_owners_can_be_reached_only_where_nobody_is():
    random = Random(1)
    for owner in (names.owner(random) for _ in range(200)):
        assert owner.email.endswith("@example.org")
        assert owner.phone.startswith("01632 960")
        assert owner.email.isascii()
        assert " " not in owner.email


@pytest.mark.parametrize("until", [DAY + timedelta(days=211 * n) for n in range(-2, 3)] + [date(2024, 2, 29)])
def test_on_any_last_day_the_latest_reports_of_those_still_trading_add_up_exactly(until):
    people = jobs = volunteers = enterprises = 0
    hours = 0.0
    for share in planned(until):
        for events in lives(share, until):
            enterprises += 1
            told = [each for each in events if not isinstance(each.event, EnterpriseRegistered)]
            said = [e for e in told if isinstance(e.event, ActivityReported | EnterprisePaused | EnterpriseClosed)]
            last = said[-1] if said else None
            if last and isinstance(last.event, ActivityReported) and until - last.occurred_on < STALE_AFTER:
                people += last.event.people_supported or 0
                jobs += last.event.jobs or 0
                volunteers += last.event.volunteers or 0
                hours += last.event.hours_per_week or 0
            assert all(each.recorded_at.date() < until for each in events)
    assert (enterprises, people, jobs, volunteers, hours) == (1800, 12_500, 2500, 1500, 2200)


def lives(share, until):
    """What stands of each enterprise of an area, by the day it happened."""
    random = Random(share.area)
    story = Story(random, until)
    for life in begin(random, share, until=until):
        turn(random, life)
        tell_life(random, share, life, story, lambda subject, plain: Sealed(subject, b""), until=until)
    streams = {}
    told = story.in_order()
    position = {id(each): number for number, each in enumerate(told, start=1)}
    for each in told:
        event = each.event
        if each.corrects:
            event = msgspec.structs.replace(event, corrects=position[id(each.corrects)])
        entries = streams.setdefault(each.stream, [])
        at = position[id(each)]
        entries.append(
            Recorded(
                share.area, at, each.stream, len(entries) + 1, event, each.on, each.recorded, "a", each.stream, None
            )
        )
    return [corrected(entries) for entries in streams.values()]
