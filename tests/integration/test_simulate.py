"""The demo network in a real ledger: exact on its last day, smaller before, true to what was known when."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from events import ledger
from events.base import Refused, civil_day, today
from events.catalogue import EntryCorrected
from events.corrections import corrected
from events.database import connect, value
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    Owner,
    StageReached,
)
from events.ledger import Recorded
from events.migrate import migrate
from events.personal_data import sealed_in
from events.projections import ALL, engine
from events.projections.national.beliefs import STALE_AFTER
from events.projections.picture import Picture, picture
from events.referrals import NeedRecorded, Person, ReferralMade
from events.renewal_catalogue import read_catalogue
from events.renewals import RequirementsApplied
from events.settings import Settings
from events.vault import Vault, unseal
from events.verify import verify_area
from hub.areas import page as area_page
from hub.local.supervisor import Local
from hub.simulate.run import NOTICE, simulate
from workers.requirements import rederive

UNTIL = today()
SOMERSET = "E06000066"


@pytest.fixture(scope="module")
def demo() -> Iterator[Settings]:
    with Local.temporary() as local:
        migrate(local.settings.database_url, "ledger")
        migrate(local.settings.vault_url, "vault")
        simulate(local.settings, until=UNTIL)
        with connect(local.settings.database_url) as connection:
            engine.ensure_builds(connection, ALL)
            engine.catch_up_all(connection, ALL, folds=engine.Folds())
        yield local.settings


def seen(demo: Settings, *, on: date, known: date | None = None) -> Picture:
    with connect(demo.database_url) as connection, engine.reading(connection, "national"):
        return picture(connection, on=on, known=known or on)


AFTERWARDS = RequirementsApplied
"""What follows from an ending."""


def totals(found: Picture) -> dict[str, int | float | None]:
    return {name: figure.value for name, figure in found.figures.items()}


def streams(demo: Settings) -> list[list[Recorded]]:
    """The events of every enterprise."""
    found: dict[object, list[Recorded]] = {}
    with connect(demo.database_url) as connection:
        for area in ledger.heads(connection):
            for event in ledger.read_all(connection, area):
                found.setdefault(event.stream, []).append(event)
    return [events for events in found.values() if any(isinstance(each.event, EnterpriseRegistered) for each in events)]


def test_the_last_day_shows_exactly_the_published_totals(demo: Settings) -> None:
    last = seen(demo, on=UNTIL)
    assert len(last.areas) == 50
    shown = totals(last)
    wanted = {"enterprises": 1800, "people_supported": 12_500, "jobs": 2500, "volunteers": 1500, "hours_per_week": 2200}
    assert {name: shown[name] for name in wanted} == wanted
    assert last.figures["hours_per_week"].areas_reporting == 1
    assert last.figures["people_supported"].areas_reporting == 50


def test_every_area_has_the_share_that_was_planned_for_it(demo: Settings) -> None:
    areas = {
        each.area: {name: figure.value for name, figure in each.figures.items()} for each in seen(demo, on=UNTIL).areas
    }
    somerset = areas.pop(SOMERSET)
    assert [somerset[name] for name in ("enterprises", "enterprises_new", "enterprises_established")] == [171, 133, 38]
    assert [somerset[name] for name in ("people_supported", "jobs", "hours_per_week", "volunteers")] == [
        600,
        180,
        2200,
        30,
    ]

    def spread(name: str) -> list[object]:
        return sorted(area[name] for area in areas.values())  # pyright: ignore[reportArgumentType]

    assert spread("enterprises") == [33] * 37 + [34] * 12
    assert spread("people_supported") == [242] * 7 + [243] * 42
    assert spread("jobs") == [47] * 32 + [48] * 17
    assert spread("volunteers") == [30] * 49


def test_the_totals_hold_for_some_weeks_before_reports_grow_stale(demo: Settings) -> None:
    assert totals(seen(demo, on=UNTIL + timedelta(days=60)))["people_supported"] == 12_500


def test_the_network_grew_year_by_year(demo: Settings) -> None:
    years = [totals(seen(demo, on=UNTIL - timedelta(days=365 * ago))) for ago in range(9, -1, -1)]
    for name in ("enterprises", "people_supported", "jobs", "milestones"):
        course = [year[name] for year in years]
        assert course == sorted(course, key=lambda figure: figure or 0)
        assert len(set(course)) == len(course)


def test_a_correction_moves_the_past_but_not_what_was_believed_before(demo: Settings) -> None:
    wrong, correction = a_corrected_report(demo)
    assert isinstance(wrong.event, ActivityReported)
    assert isinstance(correction.event, EntryCorrected)
    assert isinstance(correction.event.replacement, ActivityReported)
    learned = civil_day(correction.recorded_at)

    def people(*, known: date) -> int | float:
        found = seen(demo, on=wrong.occurred_on, known=known)
        return next(each for each in found.areas if each.area == wrong.area).figures["people_supported"].value or 0

    said, meant = wrong.event.people_supported or 0, correction.event.replacement.people_supported or 0
    assert said == meant * 10
    assert people(known=learned) == people(known=learned - timedelta(days=1)) - said + meant


def a_corrected_report(demo: Settings) -> tuple[Recorded, Recorded]:
    """A report and its correction, on a day on which the area learned of nothing else."""
    with connect(demo.database_url) as connection:
        for area in ledger.heads(connection):
            events = list(ledger.read_all(connection, area))
            days = Counter(civil_day(event.recorded_at) for event in events)
            for event in events:
                if isinstance(event.event, EntryCorrected) and event.event.replacement:
                    wrong = events[event.event.corrects - 1]
                    if days[civil_day(event.recorded_at)] == 1 and civil_day(wrong.recorded_at) < civil_day(
                        event.recorded_at
                    ):
                        return wrong, event
    raise AssertionError("no report was corrected")


def test_some_things_were_learned_months_after_they_happened(demo: Settings) -> None:
    year_ago = UNTIL - timedelta(days=365)
    then, now = totals(seen(demo, on=year_ago)), totals(seen(demo, on=year_ago, known=UNTIL))
    assert then["milestones"] != now["milestones"]
    assert then["people_supported"] != now["people_supported"]


def test_closed_enterprises_count_and_say_nothing_afterwards(demo: Settings) -> None:
    closed = paused = 0
    for events in streams(demo):
        standing = corrected(events)
        told = [each for each in standing if not isinstance(each.event, AFTERWARDS)]
        last = told[-1].event
        if any(isinstance(each.event, EnterpriseClosed) for each in standing):
            closed += 1
            assert isinstance(last, EnterpriseClosed)
        elif isinstance(last, EnterprisePaused):
            paused += 1
    shown = totals(seen(demo, on=UNTIL))
    assert closed > 50
    assert paused > 10
    assert shown["active"] == 1800 - closed - paused


def test_every_life_is_one_that_could_be_recorded(demo: Settings) -> None:
    for events in streams(demo):
        stages: list[str] = []
        resting = False
        for each in events:
            match each.event:
                case StageReached():
                    assert each.event.stage not in stages
                    stages.append(each.event.stage)
                case EnterprisePaused():
                    assert not resting
                    resting = True
                case EnterpriseResumed():
                    assert resting
                    resting = False
                case ActivityReported():
                    assert each.event.period_starts <= each.occurred_on
                    assert not resting or each.occurred_on < UNTIL - timedelta(days=15)
                case _:
                    pass


def test_reports_follow_one_another_before_they_grow_stale(demo: Settings) -> None:
    for events in streams(demo):
        standing = [
            e for e in corrected(events) if isinstance(e.event, ActivityReported | EnterprisePaused | EnterpriseResumed)
        ]
        for one, other in pairwise(standing):
            if isinstance(one.event, ActivityReported) and isinstance(other.event, ActivityReported):
                assert other.occurred_on - one.occurred_on < STALE_AFTER


def test_what_happened_was_learned_later_in_order_and_not_in_the_future(demo: Settings) -> None:
    with connect(demo.database_url) as connection:
        assert value(connection, "select count(*) from event where recorded_at > clock_timestamp()") == 0
        assert value(connection, "select count(*) from event where recorded_at::date < occurred_on") == 0
        assert value(connection, "select count(*) from event where extract(isodow from occurred_on) = 7") == 0
        late = value(connection, "select count(*) from event where recorded_at::date > occurred_on + 15")
        assert 50 < int(str(late)) < 1000
        size = int(str(value(connection, "select count(*) from event")))
        assert 100_000 < size < 121_000


def test_the_ledgers_verify(demo: Settings) -> None:
    with connect(demo.database_url) as connection:
        areas = ledger.heads(connection)
        assert [verify_area(connection, area, signed={}, progress=lambda n: None) for area in areas] == [None] * 51


def test_owners_are_sealed_and_open_with_the_key_of_their_own(demo: Settings) -> None:
    with connect(demo.database_url) as connection, connect(demo.vault_url) as vault:
        start = next(e for e in ledger.read_all(connection, SOMERSET) if isinstance(e.event, EnterpriseRegistered))
        assert isinstance(start.event, EnterpriseRegistered)
        sealed = start.event.owner
        assert sealed
        key = Vault(demo.vault_key).existing_keys(vault, [sealed.subject])[sealed.subject]
        owner = unseal(sealed, key=key, type=Owner)
        assert owner.email.endswith("@example.org")
        assert value(connection, "select count(*) from event where strpos(data, %s) > 0", [owner.name]) == 0


def test_there_is_nothing_left_to_record_of_what_applies(demo: Settings) -> None:
    with connect(demo.database_url) as connection:
        for area in ledger.heads(connection):
            assert rederive(connection, area, read_catalogue(None)) == (0, True)


def test_people_whom_others_speak_of_are_sealed_and_open_each_with_a_key_of_their_own(demo: Settings) -> None:
    with connect(demo.database_url) as connection, connect(demo.vault_url) as vault:
        opened: set[str] = set()
        for each in ledger.read_all(connection, SOMERSET):
            for found in sealed_in(each.event):
                if found.holds is Person:
                    key = Vault(demo.vault_key).existing_keys(vault, [found.sealed.subject])[found.sealed.subject]
                    person = unseal(found.sealed, key=key, type=Person)
                    assert isinstance(each.event, NeedRecorded | ReferralMade)
                    assert each.event.lawful_basis
                    opened.add(person.name)
        assert len(opened) > 20
        name = opened.pop()
        assert value(connection, "select count(*) from event where strpos(data, %s) > 0", [name]) == 0


def test_the_page_of_an_area_comes_to_the_same_by_another_way(demo: Settings) -> None:
    """Its page counts rows of what stands now; the national view adds up what every entry came to."""
    found = {each.area: each.figures for each in seen(demo, on=UNTIL).areas}
    known = {"today": UNTIL, "year_ago": UNTIL - area_page.LATELY}
    with connect(demo.database_url) as connection, engine.reading(connection, "work"):
        for area, figures in found.items():
            asked = known | {"area": area}
            totals = area_page._one(connection, area_page.Totals, area_page._TOTALS, asked)
            waits = area_page._one(connection, area_page.Waits, area_page._WAITS, asked)
            held = area_page._one(connection, area_page.Requirements, area_page._REQUIREMENTS, asked)
            assert totals
            assert waits
            assert held
            there = {
                "enterprises": totals.registered,
                "enterprises_new": totals.new,
                "active": totals.active,
                "people_supported": totals.people if totals.reported else None,
                "waiting": waits.waiting,
                "waiting_long": waits.waiting_longer,
                "requirements": held.applicable,
                "requirements_valid": held.valid,
            }
            assert {name: figures[name].value for name in there} == there, area
    assert len(found) == 50


def test_published_figures_stand_beside_with_their_source(demo: Settings) -> None:
    published = {(each.area, each.indicator): each for each in seen(demo, on=UNTIL).published}
    assert len(published) == 11
    assert (published["UK", "enterprises"].value, published["UK", "enterprises"].qualifier) == (1800, "more than")
    assert (published[SOMERSET, "hours_per_week"].value, published[SOMERSET, "hours_per_week"].qualifier) == (
        2200,
        "exact",
    )
    assert all("undated" in each.source for each in published.values())


def test_the_network_says_that_it_is_invented(demo: Settings) -> None:
    with connect(demo.database_url) as connection:
        assert value(connection, "select words from notice where name = 'demo'") == NOTICE
    assert "invented" in NOTICE


def test_a_second_network_in_the_same_hub_is_refused(demo: Settings) -> None:
    with pytest.raises(Refused, match="holds events already"):
        simulate(demo, until=UNTIL)


def test_a_network_that_ends_tomorrow_is_refused(demo: Settings) -> None:
    with pytest.raises(Refused, match="has not come yet"):
        simulate(demo, until=UNTIL + timedelta(days=1))


def test_the_same_day_makes_the_same_network_again_within_seconds(demo: Settings) -> None:
    with Local.temporary() as other:
        migrate(other.settings.database_url, "ledger")
        migrate(other.settings.vault_url, "vault")
        start = time.perf_counter()
        simulate(other.settings, until=UNTIL)
        assert time.perf_counter() - start < 30  # about 5 s alone on two cores; other tests may run beside this one
        assert told(other.settings) == told(demo)


def told(settings: Settings) -> object:
    """Everything but the boxes, which are sealed anew each time."""
    with connect(settings.database_url) as connection:
        return value(
            connection,
            "select md5(string_agg(concat_ws('|', area, position, stream, version, type, occurred_on, recorded_at,"
            " command, regexp_replace(data, '\"box\":\"[^\"]*\"', '')), ' ' order by area, position)) from event",
        )
