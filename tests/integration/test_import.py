"""Importing files into real ledgers: all or nothing, by the API's rules, and the same file only once."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import redis

from events import ledger
from events.areas import AreaJoined
from events.base import NETWORK, Refused, area_stream, named_id, today
from events.database import connect, value
from events.enterprises import ActivityReported, EnterpriseRegistered, Owner
from events.ledger import DOORBELL, Recorded
from events.migrate import migrate
from events.people import Consent
from events.projections import engine
from events.projections.national import NATIONAL
from events.projections.picture import picture
from events.renewals import RequirementsApplied
from events.settings import Settings
from events.vault import Vault, unseal
from hub.importing.report import Report
from hub.importing.run import import_file
from hub.local.supervisor import Local

SOMERSET, DORSET, LEEDS = "E06000066", "E06000059", "E08000035"
SAMPLES = Path(__file__).parents[2] / "hub" / "importing" / "samples"

Import = Callable[..., Report]

ENTERPRISES = "area,reference,name,origin,legal_form,services,registered_on,owner_name,owner_email,owner_phone\n"
ACTIVITY = "area,reference,period_starts,period_ends,people_supported,hours_per_week,jobs,volunteers\n"
ROWAN = f"{SOMERSET},R1,Rowan Home Help,new,sole trader,home help; shopping,3/5/2021,Ada Example,ada@example.org,\n"
FERN = f"{SOMERSET},R2,Fern Bank Makers,established,CIC,,2021-06-01,,,\n"


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    with Local.temporary() as local:
        migrate(local.settings.database_url, "ledger")
        migrate(local.settings.vault_url, "vault")
        yield local


@pytest.fixture
def settings(local: Local) -> Settings:
    """A hub that holds nothing."""
    with connect(local.settings.database_url) as connection:
        for build in engine.builds(connection):
            assert build.projection == "national"
            connection.execute("drop schema if exists national_1 cascade")
        connection.execute("truncate event, event_type, ledger, build, checkpoint, parked")
    return local.settings


@pytest.fixture
def put(settings: Settings, tmp_path: Path) -> Import:
    """Import a file with this content."""

    def put(kind: str, content: str, *, dry_run: bool = False) -> Report:
        file = tmp_path / f"{kind}.csv"
        file.write_text(content, encoding="utf-8")
        return import_file(settings, kind, file, dry_run=dry_run)

    return put


@pytest.fixture
def somerset(put: Import) -> Import:
    assert put("areas", f"area,joined_on,focus\n{SOMERSET},2015-01-05,home care\n").new == 1
    return put


def events(settings: Settings, area: str = SOMERSET) -> list[Recorded]:
    """What was told. What enterprises then have to hold is recorded along with it."""
    with connect(settings.database_url) as connection:
        found = ledger.read_all(connection, area)
        return [each for each in found if not isinstance(each.event, RequirementsApplied)]


def stored(settings: Settings) -> object:
    with connect(settings.database_url) as connection:
        return value(connection, "select count(*) from event where type <> 'requirements.applied'")


def wrong(report: Report) -> list[tuple[int, str, str]]:
    assert not report.ok
    assert report.new == 0
    return [(error.row, error.column, error.wrong) for error in report.errors]


def test_areas_join_on_the_day_the_file_says(settings: Settings, put: Import) -> None:
    assert put("areas", f"area;joined_on;focus\n{SOMERSET};5 January 2015;home care\n{LEEDS};2019-03-28;\n").ok
    (joined,) = events(settings)
    assert joined.event == AreaJoined(gss_code=SOMERSET, nation="England", focus="home care")
    assert (joined.occurred_on, joined.actor) == (date(2015, 1, 5), "import")
    assert len(events(settings, LEEDS)) == 1


def test_an_enterprise_gets_an_id_from_its_reference_and_its_owner_is_sealed(
    settings: Settings, somerset: Import
) -> None:
    assert somerset("enterprises", ENTERPRISES + ROWAN + FERN).new == 2
    _, first, second = events(settings)
    rowan, fern = first.event, second.event
    assert isinstance(rowan, EnterpriseRegistered)
    assert isinstance(fern, EnterpriseRegistered)
    assert rowan.enterprise == first.stream == named_id("enterprise", SOMERSET, "R1")
    assert (rowan.services, first.occurred_on) == (("home help", "shopping"), date(2021, 5, 3))
    assert (fern.origin, fern.legal_form, fern.owner) == ("established", "CIC", None)
    assert rowan.owner
    with connect(settings.vault_url) as vault:
        keys = Vault(settings.vault_key).existing_keys(vault, [rowan.owner.subject])
    owner = unseal(rowan.owner, key=keys[rowan.owner.subject], type=Owner)
    assert owner == Owner(name="Ada Example", email="ada@example.org")


BASES = "area,reference,name,origin,legal_form,registered_on,owner_name,lawful_basis,consent_given_on,"
BASES += "consent_given_how,consent_form_of_words\n"
OWNED = f"{SOMERSET},R1,Rowan,new,CIC,2021-05-03"


def test_a_lawful_basis_and_consent_come_with_the_owner(settings: Settings, somerset: Import) -> None:
    assert somerset("enterprises", BASES + f"{OWNED},Ada,consent,3/5/2021,face to face,A 2021-05\n").ok
    event = events(settings)[-1].event
    assert isinstance(event, EnterpriseRegistered)
    assert event.lawful_basis == "consent"
    assert event.consent == Consent(given_on=date(2021, 5, 3), how="face to face", wording="A 2021-05")


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ("Ada,contract,2021-05-03,online,", "lawful_basis", "Consent was given, so the lawful basis is consent."),
        ("Ada,consent,,,", "consent_given_on", "Say when and how consent was given."),
        ("Ada,consent,2999-05-03,online,", "consent_given_on", "Consent cannot be given on a day to come."),
        ("Ada,consent,2021-05-03,,", "consent_given_how", "This is missing."),
        ("Ada,consent,,online,", "consent_given_on", "This is missing."),
        ("Ada,consent,2021-05-03,by smoke,", "consent_given_how", "This is not one of the choices."),
        ("Ada,because,,,", "lawful_basis", "This is not one of the choices."),
        (
            "Ada,consent,2021-05-03,online,Ada said yes",
            "consent_form_of_words",
            "This is not the name of a form of words. Write it like A 2026-05.",
        ),
        (",consent,2021-05-03,online,", "owner_name", "This is missing."),
    ],
)
def test_a_basis_that_does_not_fit_is_told_by_its_column(
    settings: Settings, somerset: Import, cells: str, column: str, sentence: str
) -> None:
    assert wrong(somerset("enterprises", BASES + f"{OWNED},{cells}\n")) == [(2, column, sentence)]
    assert stored(settings) == 1


def test_an_empty_cell_is_not_reported_and_not_nothing(settings: Settings, somerset: Import) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN)
    assert somerset("activity", ACTIVITY + f"{SOMERSET},R1,1/1/2022,30/6/2022,4,12.5,,0\n").new == 1
    last = events(settings)[-1]
    assert last.event == ActivityReported(
        period_starts=date(2022, 1, 1), people_supported=4, hours_per_week=12.5, jobs=None, volunteers=0
    )
    assert last.occurred_on == date(2022, 6, 30)
    assert last.stream == named_id("enterprise", SOMERSET, "R1")


def test_several_reports_of_one_enterprise_follow_one_another(settings: Settings, somerset: Import) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN)
    rows = "".join(f"{SOMERSET},R1,{year}-01-01,{year}-06-30,{year - 2020},,,\n" for year in range(2022, 2026))
    assert somerset("activity", ACTIVITY + rows).new == 4
    assert [event.version for event in events(settings)[1:]] == [1, 3, 4, 5, 6]


def test_the_same_file_twice_changes_nothing_and_says_so(settings: Settings, somerset: Import) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN + FERN)
    before = events(settings)
    again = somerset("enterprises", ENTERPRISES + ROWAN + FERN)
    assert again.ok
    assert again.sentence == "Nothing new: all 2 rows were already there."
    assert events(settings) == before


def test_a_file_that_says_the_same_in_another_way_changes_nothing(settings: Settings, somerset: Import) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN)
    other = (
        f"{SOMERSET},R1, Rowan Home Help ,new,sole trader,home help;shopping;,2021-05-03,Ada Example,ada@example.org\n"
    )
    assert somerset("enterprises", ENTERPRISES + other).sentence == "Nothing new: it was there."
    assert len(events(settings)) == 2


def test_a_file_with_ten_new_rows_adds_ten(settings: Settings, somerset: Import) -> None:
    rows = [f"{SOMERSET},N{n},Maple {n},new,CIC,,2021-05-03,,,\n" for n in range(130)]
    somerset("enterprises", ENTERPRISES + "".join(rows[:120]))
    report = somerset("enterprises", ENTERPRISES + "".join(rows))
    assert (report.rows, report.new) == (130, 10)
    assert report.sentence == "10 rows were imported; 120 were already there."
    assert len(events(settings)) == 131


def test_a_row_that_now_says_something_else_is_to_be_corrected_instead(settings: Settings, somerset: Import) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN)
    assert wrong(somerset("enterprises", ENTERPRISES + ROWAN.replace("Rowan Home", "Rowan House") + FERN)) == [
        (
            2,
            "reference",
            "This was imported before and said something else. If that was wrong, correct the entry at position 2 of "
            f"{SOMERSET} instead.",
        )
    ]
    assert len(events(settings)) == 2


def test_two_rows_of_the_same_thing_are_both_named(settings: Settings, somerset: Import) -> None:
    assert wrong(somerset("enterprises", ENTERPRISES + ROWAN + FERN + ROWAN)) == [
        (4, "reference", "Rows 2 and 4 have the same area and reference. Keep one of them.")
    ]
    assert stored(settings) == 1


def test_one_wrong_row_keeps_the_whole_file_out(settings: Settings, somerset: Import) -> None:
    with connect(settings.vault_url) as vault:
        keys = value(vault, "select count(*) from subject_key")
    report = somerset("enterprises", ENTERPRISES + ROWAN + FERN.replace("CIC", "club"))
    assert wrong(report) == [(3, "legal_form", "This is not one of the choices.")]
    assert report.errors[0].expected.startswith("sole trader, partnership")
    assert stored(settings) == 1
    with connect(settings.vault_url) as vault:  # nor is a key made for anybody
        assert value(vault, "select count(*) from subject_key") == keys


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (f"{SOMERSET},R1,,new,CIC,,2021-05-03,,,", "name", "This is missing."),
        (f"{SOMERSET},,Rowan,new,CIC,,2021-05-03,,,", "reference", "This is missing."),
        (f"{SOMERSET},R1,Rowan,old,CIC,,2021-05-03,,,", "origin", "This is not one of the choices."),
        (f"{SOMERSET},R1,Rowan,new,CIC,,yesterday,,,", "registered_on", "This is not a date."),
        (
            f"{SOMERSET},R1,Rowan,new,CIC,,2999-05-03,,,",
            "registered_on",
            "3 May 2999 is in the future. Give the day it happened.",
        ),
        (f"{SOMERSET},R1,Rowan,new,CIC,,1821-05-03,,,", "registered_on", "3 May 1821 is too long ago. Check the year."),
        (f"{SOMERSET},R1,{'x' * 121},new,CIC,,2021-05-03,,,", "name", "This is too long: at most 120 characters."),
        (
            f"{SOMERSET},R1,Rowan,new,CIC,{'y' * 121},2021-05-03,,,",
            "services",
            "This is too long: at most 120 characters.",
        ),
        (f"{SOMERSET},R1,Rowan,new,CIC,,2021-05-03,,a@example.org,", "owner_name", "This is missing."),
        (
            f'{SOMERSET},R1,"Ro\nwan",new,CIC,,2021-05-03,,,',
            "name",
            "This is empty, or holds a character that cannot be printed.",
        ),
        (f"{LEEDS},R1,Rowan,new,CIC,,2021-05-03,,,", "area", "Leeds does not take part. Record that it joined first."),
        ("Leeds,R1,Rowan,new,CIC,,2021-05-03,,,", "area", "Leeds does not take part. Record that it joined first."),
        (
            f"{SOMERSET},R1,Rowan, and Fern,new,CIC,,2021-05-03,,,",
            "reference",
            "This row has more cells than the heading has columns. Is a comma not in quotation marks?",
        ),
    ],
)
def test_a_wrong_enterprise_is_told_by_row_and_column(
    settings: Settings, somerset: Import, row: str, column: str, sentence: str
) -> None:
    assert wrong(somerset("enterprises", ENTERPRISES + row + "\n")) == [(2, column, sentence)]
    assert stored(settings) == 1


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (f"{SOMERSET},R1,2022-01-01,2022-06-30,many,,,", "people_supported", "This must be a whole number."),
        (
            f"{SOMERSET},R1,2022-01-01,2022-06-30,-1,,,",
            "people_supported",
            "This must be a whole number of at least 0.",
        ),
        (f"{SOMERSET},R1,2022-01-01,2022-06-30,,,1.5,", "jobs", "This must be a whole number."),
        (f"{SOMERSET},R1,2022-01-01,2022-06-30,,nan,,", "hours_per_week", "This must be a number of at least 0.0."),
        (f"{SOMERSET},R1,2022-07-01,2022-06-30,1,,,", "period_starts", "The period must start before it ends."),
        (
            f"{SOMERSET},R1,2022-01-01,2022-06-30,,,,",
            "people_supported",
            "Report at least one of people, hours, jobs or volunteers.",
        ),
        (f"{SOMERSET},R9,2022-01-01,2022-06-30,1,,,", "reference", "There is no such enterprise in this area."),
    ],
)
def test_a_wrong_report_is_told_by_row_and_column(
    settings: Settings, somerset: Import, row: str, column: str, sentence: str
) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN)
    assert wrong(somerset("activity", ACTIVITY + row + "\n")) == [(2, column, sentence)]
    assert stored(settings) == 2


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("E99999999,2015-01-05", "E99999999 is not the ONS code of an upper-tier authority."),
        ("UK,2015-01-05", "UK is not the ONS code of an upper-tier authority."),
        (f"{SOMERSET},2015-01-06", "This was imported before and said something else."),
        ("E10000027,2015-01-05", "E10000027 has not been used since"),
    ],
)
def test_an_area_that_cannot_join_is_told(settings: Settings, somerset: Import, row: str, sentence: str) -> None:
    ((_, column, said),) = wrong(somerset("areas", f"area,joined_on\n{row}\n"))
    assert (column, said[: len(sentence)]) == ("area", sentence)
    assert stored(settings) == 1


def test_at_most_fifty_errors_are_kept_and_the_rest_counted(somerset: Import) -> None:
    report = somerset("enterprises", ENTERPRISES + FERN.replace("CIC", "club") * 60)
    assert (len(report.errors), report.errors_in_all) == (50, 60)


def test_a_dry_run_checks_everything_and_records_nothing(settings: Settings, put: Import) -> None:
    report = put("areas", f"area,joined_on\n{SOMERSET},2015-01-05\n", dry_run=True)
    assert (report.ok, report.new) == (True, 1)
    assert put("areas", f"area,joined_on\n{SOMERSET},2015-01-99\n", dry_run=True).errors_in_all == 1
    with connect(settings.database_url) as connection:
        assert value(connection, "select count(*) from ledger") == 0


def test_every_wrong_row_of_a_file_is_told_in_order_whatever_is_wrong_with_it(somerset: Import) -> None:
    somerset("enterprises", ENTERPRISES + ROWAN)
    rows = [
        f"{LEEDS},R3,Rowan,new,CIC,,2021-05-03,,,\n",
        FERN.replace("CIC", "club"),
        ROWAN.replace("Rowan", "Elm"),
        FERN,
        FERN,
    ]
    assert [row for row, _, _ in wrong(somerset("enterprises", ENTERPRISES + "".join(rows)))] == [2, 3, 4, 6]


def test_the_doorbell_rings_once_the_rows_are_there(settings: Settings, somerset: Import) -> None:
    listener = redis.Redis.from_url(settings.redis_url).pubsub(ignore_subscribe_messages=True)
    listener.subscribe(DOORBELL)
    listener.get_message(timeout=1)
    somerset("enterprises", ENTERPRISES + ROWAN)
    message = listener.get_message(timeout=2)
    assert message
    assert message["data"] == SOMERSET.encode()


def test_somebody_recording_meanwhile_keeps_the_file_out(
    settings: Settings, somerset: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = ledger.open_ledger

    def meanwhile(connection: object, areas: object) -> None:
        monkeypatch.setattr(ledger, "open_ledger", genuine)
        assert somerset("enterprises", ENTERPRISES + ROWAN.replace("Rowan", "Elm")).new == 1
        genuine(connection, areas)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(ledger, "open_ledger", meanwhile)
    with pytest.raises(Refused, match=r"Row 2: The same id stands for two different entries\."):
        somerset("enterprises", ENTERPRISES + ROWAN)
    assert stored(settings) == 2


def test_a_cell_that_our_own_export_guarded_comes_back_as_it_was(settings: Settings, somerset: Import) -> None:
    row = f"{SOMERSET},R1,'=Sum of Us,new,CIC,,2021-05-03,Ada Example,,'+44 1632 960001\n"
    assert somerset("enterprises", ENTERPRISES + row).ok
    event = events(settings)[-1].event
    assert isinstance(event, EnterpriseRegistered)
    assert event.name == "=Sum of Us"


def test_the_samples_show_the_published_figures_with_their_sources(settings: Settings) -> None:
    assert import_file(settings, "areas", SAMPLES / "areas.csv").ok
    assert import_file(settings, "figures", SAMPLES / "published_figures.csv").new == 17
    with connect(settings.database_url) as connection:
        engine.ensure_builds(connection, [NATIONAL])
        engine.catch_up_all(connection, [NATIONAL], folds=engine.Folds())

        def published(on: date) -> dict[tuple[str, str], tuple[int | float, str]]:
            with engine.reading(connection, "national"):
                found = picture(connection, on=on, known=today()).published
            assert all(each.source for each in found)
            return {(each.area, each.indicator): (each.value, each.qualifier) for each in found}

        early, now = published(date(2017, 1, 1)), published(today())
    assert early[NETWORK, "enterprises"] == now[NETWORK, "enterprises"] == (1800, "more than")
    assert early[NETWORK, "people_supported"] == (12_500, "about")
    assert early[SOMERSET, "enterprises"] == (171, "exact")
    assert early[SOMERSET, "hours_per_week"] == (2200, "exact")
    assert now[SOMERSET, "enterprises"] == (391, "exact")
    assert now[SOMERSET, "hours_per_week"] == (9000, "exact")


def test_a_figure_nobody_knows_or_told_twice_of_a_day_is_refused(somerset: Import) -> None:
    head = "area,indicator,value,qualifier,source,on\n"
    good = f"{SOMERSET},jobs,180,exact,a factsheet,2020-01-01\n"
    assert wrong(somerset("figures", head + good.replace("jobs", "joy")))[0][1] == "indicator"
    assert wrong(somerset("figures", head + good.replace("180", "1,80"))) != []
    assert wrong(somerset("figures", head + good + good))[0][2].startswith(
        "Rows 2 and 3 have the same area and indicator"
    )
    assert somerset("figures", head + good + good.replace("2020", "2021")).new == 2


def test_ten_thousand_rows_over_many_areas_are_dense_and_know_their_versions(settings: Settings, put: Import) -> None:
    areas = [SOMERSET, DORSET, LEEDS]
    put("areas", "area,joined_on\n" + "".join(f"{area},2015-01-05\n" for area in areas))
    rows = [
        f"{areas[n % 3]},R{n},Maple {n},new,CIC,,{date(2016, 1, 1) + timedelta(n % 999)},,,\n" for n in range(10_000)
    ]
    assert put("enterprises", ENTERPRISES + "".join(rows)).new == 10_000
    with connect(settings.database_url) as connection:
        assert sum(ledger.heads(connection).values()) == 20_003
        for area in areas:
            assert [e.position for e in ledger.read_all(connection, area)] == list(
                range(1, ledger.heads(connection)[area] + 1)
            )
            assert ledger.read_stream(connection, area, area_stream(area))[0].position == 1
