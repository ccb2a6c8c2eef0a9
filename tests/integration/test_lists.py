"""Lists: what is filtered is what the page, the CSV file and the spreadsheet hold, and nothing of other areas."""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO, StringIO
from uuid import UUID

import httpx
import pytest
from house import Person
from litestar import Litestar
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Fact, Network, joined, milestone, registered
from python_calamine import CalamineWorkbook

from events.base import Event, named_id, today
from events.database import connect, let_in
from events.enterprises import CircumstancesTold, EnterprisePaused
from events.learning import BarrierRaised, BarrierResolved, LessonRetired, LessonShared, PracticeAdopted
from events.nudges import NudgeAnswered, NudgeAnswerSeen
from events.participation import AgendaItemAnswered, AgendaItemRaised, FeedbackGiven
from events.projections import engine
from events.quality import ActionAgreed, ActionCompleted, ConcernRaised, QualityCheckCompleted
from events.referrals import (
    NeedRecorded,
    NeedResponded,
    NeedShared,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    SupportEnded,
    SupportStarted,
)
from events.renewals import Applies, EvidenceSubmitted, RequirementRenewed, RequirementsApplied
from events.settings import Settings
from events.training import CompetenceObserved, PlaceBooked, SessionScheduled, TrainingCompleted
from hub.app import create_app
from hub.home import queue
from hub.lists.catalogue import LISTINGS
from hub.lists.listing import Listing

DAY = today()
FORMULAS = ("=SUM(A1)", "+44 Club", "-Minus", "@Home")
"""Names that a spreadsheet would run."""
PUBLIC, SAFEGUARDING = "public liability insurance", "safeguarding adults"


def ago(days: int) -> date:
    return DAY - timedelta(days)


def told(event: Event, stream: UUID, days: int = 10, area: str = SOMERSET) -> Fact:
    return Fact(event=event, on=ago(days), stream=stream, area=area)


def id_of(name: str) -> UUID:
    return named_id("test", name)


def need(name: str, waits: int, *then: tuple[Event, int], service: str = "company", area: str = SOMERSET) -> list[Fact]:
    id = id_of(name)
    first = NeedRecorded(need=id, service=service, source="a conversation", waiting_since=ago(waits))
    return [told(first, id, 50, area), *(told(event, id, days, area) for event, days in then)]


def referral(
    name: str, waits: int, *then: tuple[Event, int], of: str | None = None, area: str = SOMERSET, made: int = 20
) -> list[Fact]:
    id = id_of(name)
    made_event = ReferralMade(
        referral=id,
        enterprise=id_of("Bakery" if area == SOMERSET else "Pasties"),
        service="company",
        waiting_since=ago(waits),
        referrer="the council",
        need=id_of(of) if of else None,
    )
    return [told(made_event, id, made, area), *(told(event, id, days, area) for event, days in then)]


def of_one_area(area: str, name: str) -> list[Fact]:
    """One of each thing that there are lists of."""
    enterprise = id_of(name)
    applies = tuple(Applies(requirement=word, because="All do.") for word in (PUBLIC, SAFEGUARDING))
    lesson, barrier, session, feedback = (
        id_of(f"{kind} of {name}") for kind in ("lesson", "barrier", "session", "feedback")
    )
    return [
        joined(area, on=ago(900)),
        registered(name, area=area, on=ago(800)),
        told(RequirementsApplied(catalogue="1", applies=applies), enterprise, 800, area),
        told(RequirementRenewed(requirement=PUBLIC, valid_from=ago(370), valid_to=ago(5)), enterprise, 370, area),
        told(TrainingCompleted(course="Moving people"), enterprise, 30, area),
        told(QualityCheckCompleted(check=id_of(name), result="met", checklist="2026"), enterprise, 30, area),
        told(ConcernRaised(concern=id_of(name), kind="money"), enterprise, 30, area),
        told(ActionAgreed(action=id_of(name), due=ago(-7)), enterprise, 30, area),
        told(NudgeAnswered(answer=id_of(f"stop of {name}"), says="stopped"), enterprise, 12, area),
        told(NudgeAnswered(answer=id_of(f"change of {name}"), says="changed"), enterprise, 12, area),
        told(NudgeAnswerSeen(answer=id_of(f"change of {name}")), enterprise, 11, area),
        told(
            SessionScheduled(session=session, course="First aid", takes_place=ago(-9), places=2, venue="x"),
            session,
            30,
            area,
        ),
        told(
            LessonShared(
                lesson=lesson,
                title=f"Lesson of {name}",
                tried="Asking neighbours for **chairs**",
                context="A village",
                result="All sat",
                topics=("rural",),
            ),
            lesson,
            30,
            area,
        ),
        told(BarrierRaised(barrier=barrier, topic="insurance", title=f"Barrier of {name}"), barrier, 30, area),
        told(FeedbackGiven(feedback=feedback, owner="the Catalyst", enterprise=enterprise), feedback, 10, area),
        *need(f"need of {name}", 60, area=area),
        *referral(f"referral of {name}", 60, area=area),
    ]


def story() -> list[Fact]:
    bakery, sitters, hygiene = id_of("Bakery"), id_of("Sitters"), id_of("hygiene")
    several: list[Fact] = [
        *of_one_area(CORNWALL, "Pasties"),
        *of_one_area(SOMERSET, "Bakery"),
        told(EvidenceSubmitted(evidence=bakery, requirement=SAFEGUARDING, kind="a letter", valid_from=ago(1)), bakery),
        told(CompetenceObserved(skill="moving people", who="somebody who helps"), bakery, 3),
        told(QualityCheckCompleted(check=sitters, result="not met", checklist="2026"), bakery, 2),
        told(ConcernRaised(concern=sitters, kind="conduct"), bakery, 2),
        told(ActionAgreed(action=sitters, due=ago(3)), bakery, 9),
        told(ActionAgreed(action=id_of("far"), due=ago(-99)), bakery, 9),
        told(ActionAgreed(action=id_of("done"), due=ago(2)), bakery, 9),
        told(ActionCompleted(action=id_of("done")), bakery, 4),
        told(PlaceBooked(enterprise=bakery, places=2), id_of("session of Bakery"), 2),
        told(
            SessionScheduled(session=hygiene, course="Food hygiene", takes_place=ago(5), places=3, venue="y"), hygiene
        ),
        registered("Sitters", area=SOMERSET, on=ago(100)),
        told(
            RequirementsApplied(catalogue="1", applies=(Applies(requirement=PUBLIC, because="All do."),)), sitters, 100
        ),
        told(RequirementRenewed(requirement=PUBLIC, valid_from=ago(100), valid_to=ago(6)), sitters, 100),
        told(CircumstancesTold(circumstances=("drives people",)), sitters, 90),
        told(EnterprisePaused(), sitters, 3),
        *need("shared", 400, (NeedShared(), 30)),
        *need("answered", 61, (NeedShared(), 30), (NeedResponded(enterprise=bakery, answer="can help"), 29)),
        *need("declined", 62, service="gardening"),
        *need("referred", 63),
        *need("met", 420),
        *referral("no", 62, (ReferralDeclined(reason="too far away"), 15), of="declined"),
        *referral("yes", 63, (ReferralAccepted(), 15), of="referred"),
        *referral("done", 420, (ReferralAccepted(), 15), (SupportStarted(), 10), of="met"),
        *referral("unanswered", 40, (ReferralExpired(), 5)),
        *referral(
            "ended", 500, (ReferralAccepted(), 300), (SupportStarted(), 299), (SupportEnded(outcome="completed"), 9)
        ),
        told(LessonRetired(reason="out of date"), id_of("lesson of Bakery"), 3),
        told(
            PracticeAdopted(lesson=id_of("lesson of Pasties"), from_area=CORNWALL),
            named_id("practice", SOMERSET, str(id_of("lesson of Pasties"))),
        ),
        told(BarrierResolved(how="A broker found one"), id_of("barrier of Bakery"), 3),
    ]
    bus = AgendaItemRaised(item=id_of("bus"), title="A bus after five", by="the community", owner="the commissioner")
    several += [
        told(bus, id_of("bus"), 30),
        told(AgendaItemAnswered(answer="One is tried from April."), id_of("bus"), 4),
        told(FeedbackGiven(feedback=id_of("new"), owner="the area lead"), id_of("new"), 9),
    ]
    return several + [registered(name, area=SOMERSET, on=ago(90)) for name in FORMULAS]


@pytest.fixture(scope="module")
def full(module_settings: Settings) -> Settings:
    """Somerset and Cornwall with something in every list; and, in Somerset, more."""
    with connect(module_settings.database_url) as connection:
        network = Network(module_settings, connection)
        network.given(*story())
        network.given(milestone("open", of="@Home", on=ago(1)))
        network.project()
    return module_settings


@pytest.fixture(scope="module")
def client(full: Settings) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(full), base_url="https://testserver.local") as client:
        yield client


@pytest.fixture(scope="module")
def catalyst(client: TestClient[Litestar], full: Settings) -> Iterator[Person]:
    with connect(full.database_url) as connection:
        yield Person(client, connection, "catalyst", [SOMERSET], "Ann")


@pytest.fixture(scope="module")
def national(client: TestClient[Litestar], full: Settings) -> Iterator[Person]:
    with connect(full.database_url) as connection:
        yield Person(client, connection, "national", [], "Bea")


def counted(page: httpx.Response) -> int:
    assert page.status_code == 200, page.text
    found = re.search(r"(?:of ([\d,]+)\. As a file|([\d,]+) in all\. As a file)", page.text)
    return int((found[1] or found[2]).replace(",", "")) if found else 0


def names_on(page: httpx.Response) -> list[str]:
    found = re.findall(r'<th scope="row"[^>]*>(?:<a [^>]*>)?(.*?)(?:</a>)?</th>', page.text)
    return [each.replace("&#34;", '"').lower() for each in found]


def in_csv(who: Person, address: str) -> list[dict[str, str]]:
    name, _, query = address.partition("?")
    answer = who.get(f"{name}.csv?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.text)))


def in_xlsx(who: Person, address: str) -> list[list[object]]:
    name, _, query = address.partition("?")
    answer = who.get(f"{name}.xlsx?{query}")
    assert answer.status_code == 200, answer.text
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


# ---- what is filtered is what is there

FILTERED = {
    "/enterprises": 6,
    "/enterprises?standing=active": 5,
    "/enterprises?standing=paused": 1,
    "/enterprises?name=BAK": 1,
    "/enterprises?quiet=yes": 3,
    "/enterprises?name=nothing": 0,
    "/renewals": 3,
    "/renewals?state=due": 1,
    "/renewals?state=expired": 2,
    "/renewals?state=missing": 0,
    "/renewals?state=submitted": 1,
    "/renewals?state=valid": 0,
    "/renewals?requirement=safeguarding": 1,
    "/renewals?name=Sitters": 1,
    "/needs": 6,
    "/needs?state=waiting": 4,
    "/needs?state=not met": 5,
    "/needs?state=not shared": 2,
    "/needs?state=shared": 1,
    "/needs?state=answered": 1,
    "/needs?state=referred": 1,
    "/needs?state=met": 1,
    "/needs?service=garden": 1,
    "/needs?source=a conversation": 6,
    "/needs?source=council data": 0,
    "/needs?long=yes": 2,
    "/referrals": 6,
    "/referrals?state=made": 1,
    "/referrals?state=accepted": 1,
    "/referrals?state=declined": 1,
    "/referrals?state=not started yet": 1,
    "/referrals?state=to refer again": 1,
    "/referrals?state=waiting without a need": 2,
    "/referrals?state=support started": 1,
    "/referrals?state=completed": 1,
    "/referrals?service=company": 6,
    "/referrals?name=bakery": 6,
    "/referrals?referrer=the council": 6,
    "/referrals?long=yes": 1,
    "/training": 2,
    "/training?how=seen at work": 1,
    "/training?learner=the owner": 1,
    "/training?course=moving": 2,
    "/training?name=sit": 0,
    "/sessions": 2,
    "/sessions?state=full": 1,
    "/sessions?state=past": 1,
    "/sessions?state=places free": 0,
    "/sessions?course=first": 1,
    "/quality-checks": 2,
    "/quality-checks?result=not met": 1,
    "/told": 2,
    "/told?says=stopped": 1,
    "/told?says=changed": 1,
    "/told?state=waits": 1,
    "/told?state=seen+to": 1,
    "/actions": 4,
    "/actions?state=due": 2,
    "/actions?state=open": 3,
    "/actions?state=overdue": 1,
    "/actions?state=done": 1,
    "/concerns": 2,
    "/concerns?kind=conduct": 1,
    "/lessons": 2,
    "/lessons?state=retired": 1,
    "/lessons?words=neighbour chair": 2,
    "/lessons?words=neighbour -chair": 0,
    "/lessons?words=lesson of pasties": 1,
    "/lessons?topic=rural": 2,
    "/lessons?topic=premises": 0,
    "/lessons?area=E06000052": 1,
    "/barriers": 2,
    "/barriers?state=open": 1,
    "/barriers?text=PASTIES": 1,
    "/barriers?topic=insurance": 2,
    "/barriers?topic=homecare": 0,
    "/feedback": 3,
    "/feedback?state=not answered": 2,
    "/feedback?state=late": 1,
    "/feedback?state=answered": 1,
    "/feedback?kind=feedback": 2,
    "/feedback?kind=agenda item": 1,
    "/feedback?owner=the area lead": 1,
    "/feedback?name=BAK": 1,
}
"""What a Catalyst of Somerset finds: every filter of every list, with how many rows fit."""


@pytest.mark.parametrize("address", FILTERED)
def test_what_is_filtered_is_what_page_csv_and_spreadsheet_hold(catalyst: Person, address: str) -> None:
    page, lines, rows = catalyst.get(address), in_csv(catalyst, address), in_xlsx(catalyst, address)
    assert counted(page) == len(names_on(page)) == len(lines) == len(rows) - 1 == FILTERED[address]
    if lines:
        first = next(each for each in LISTINGS if f"/{each.name}" == address.partition("?")[0]).columns[0].name
        assert [line[first].lstrip("'").lower() for line in lines] == names_on(page)
        assert [str(row[rows[0].index(first)]).lower() for row in rows[1:]] == names_on(page)
        assert rows[0] == list(lines[0])


@pytest.mark.parametrize("found", LISTINGS, ids=lambda each: each.name)
def test_every_filter_of_a_list_is_tried_above(found: Listing) -> None:
    tried = {
        address.partition("?")[2].partition("=")[0] for address in FILTERED if address.startswith(f"/{found.name}?")
    }
    untried = {each.name for each in found.filters} - tried
    assert untried <= ({"stage", "origin", "legal_form", "service"} if found.name == "enterprises" else {"name"})


@pytest.mark.parametrize("found", LISTINGS, ids=lambda each: each.name)
def test_a_list_sorts_by_each_column_both_ways_and_links_to_pages(catalyst: Person, found: Listing) -> None:
    for column in found.columns:
        if not column.order:
            continue
        there = [line[column.name] for line in in_csv(catalyst, f"/{found.name}?sort={column.name}")]
        back = [line[column.name] for line in in_csv(catalyst, f"/{found.name}?sort=-{column.name}")]
        held = [each for each in there if each]
        assert there == held + [""] * (len(there) - len(held))
        assert [each for each in back if each] == held[::-1]
    linked = catalyst.get(f"/{found.name}").text.count(f'listing__name" href="{found.page}')
    assert linked == (len(in_csv(catalyst, f"/{found.name}")) if found.page else 0)


def test_all_that_waits_at_home_opens_as_a_list_of_as_many(catalyst: Person, full: Settings) -> None:
    with connect(full.database_url) as connection, engine.reading(connection, "work"):
        connection.execute("set local role trellis_app")
        let_in(connection, [SOMERSET])
        waits = [each for each in queue.queues(connection, areas=None, today=DAY) if each.total]
    # what could not be sent stands on the page of reminders, which is no list
    assert [each.section.name for each in waits] == [each.name for each in queue.SECTIONS if each.name != "unreached"]
    for each in waits:
        assert counted(catalyst.get(each.section.everything)) == each.total, each.section.name


def test_days_waited_stop_when_support_starts_or_the_referral_comes_to_nothing(catalyst: Person) -> None:
    days = {line["state"]: line["days"] for line in in_csv(catalyst, "/referrals")}
    stopped = {"declined": "47", "expired": "35", "support started": "410", "completed": "201"}
    assert days == stopped | {"made": "60", "accepted": "63"}
    assert {line["state"]: line["days"] for line in in_csv(catalyst, "/needs?long=yes")} == {
        "shared": "400",
        "met": "410",
    }


def test_a_text_that_much_fits_finds_the_same(catalyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.lists.listing.FEW", 0)
    for address in FILTERED:
        if re.search(r"(name|course|requirement)=", address):
            assert len(in_csv(catalyst, address)) == FILTERED[address], address


@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("name", ["renewals?sort={}valid_to", "actions?sort={}done_on", "enterprises?sort={}stage"])
def test_page_by_page_what_lacks_a_day_comes_last_whichever_way_it_is_sorted(
    national: Person, monkeypatch: pytest.MonkeyPatch, name: str, way: str
) -> None:
    monkeypatch.setattr("hub.lists.routes.PAGE", 2)
    address = "/" + name.format(way)
    lines = in_csv(national, address)
    pages = [names_on(national.get(f"{address}&page={page}")) for page in range(1, len(lines) // 2 + 2)]
    first = next(each for each in LISTINGS if each.name == name.partition("?")[0]).columns[0].name
    assert [each for page in pages for each in page] == [line[first].lstrip("'").lower() for line in lines]
    held = [line[name.partition("}")[2]] for line in lines]
    assert held == sorted(filter(None, held), reverse=bool(way)) + [""] * held.count("")


# ---- areas


def test_by_enterprise_long_lists_are_sorted_of_some_areas_and_not_of_many(
    catalyst: Person, national: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for found in ("renewals", "training", "quality-checks"):
        assert 'value="-enterprise" selected' in national.get(f"/{found}?sort=-enterprise").text
    monkeypatch.setattr("hub.lists.listing.SOME", 1)
    for found in LISTINGS:
        for column in found.columns:
            by = f"?sort=-{column.name}"
            if not column.order_of_some:
                continue
            assert f'value="-{column.name}"' not in national.get(f"/{found.name}").text
            assert in_csv(national, f"/{found.name}{by}") == in_csv(national, f"/{found.name}")
            for page in (catalyst.get(f"/{found.name}{by}"), national.get(f"/{found.name}{by}&area={SOMERSET}")):
                assert f'value="-{column.name}" selected' in page.text
                assert names_on(page) == sorted(names_on(page), reverse=True)


@pytest.mark.parametrize("found", LISTINGS, ids=lambda each: each.name)
def test_a_list_holds_ones_own_areas_alone_unless_it_is_for_the_network(
    catalyst: Person, national: Person, found: Listing
) -> None:
    own = {line["area"] for line in in_csv(catalyst, f"/{found.name}?area={SOMERSET}")}
    assert own == {SOMERSET}
    seen = {SOMERSET, CORNWALL} if found.national else {SOMERSET}
    assert {line["area"] for line in in_csv(catalyst, f"/{found.name}")} == seen
    # an area that is not theirs is no choice, and passed over
    asked = {CORNWALL} if found.national else {SOMERSET}
    assert {line["area"] for line in in_csv(catalyst, f"/{found.name}?area={CORNWALL}")} == asked
    assert {line["area"] for line in in_csv(national, f"/{found.name}")} == {SOMERSET, CORNWALL}
    assert {line["area_name"] for line in in_csv(national, f"/{found.name}?area={CORNWALL}")} == {"Cornwall"}
    assert (">Cornwall</option>" in catalyst.get(f"/{found.name}").text) is found.national


def test_without_naming_ones_areas_row_level_security_still_keeps_others_out(
    catalyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.lists.routes._whose", lambda *_: None)
    for found in LISTINGS:
        if not found.national:
            assert {line["area"] for line in in_csv(catalyst, f"/{found.name}")} == {SOMERSET}, found.name


def test_all_lists_are_on_one_page_with_how_much_they_hold(catalyst: Person, national: Person) -> None:
    page = catalyst.get("/lists")
    assert page.status_code == 200
    for found in LISTINGS:
        total = counted(catalyst.get(f"/{found.name}"))
        assert re.search(
            rf'href="/{found.name}">.*?</a>\s*<span[^>]*>.*?</span>\s*<span[^>]*>{total} in all', page.text
        )
        assert counted(national.get(f"/{found.name}")) > total or found.national


def test_lists_are_for_those_who_may_read_an_area(client: TestClient[Litestar], full: Settings) -> None:
    with connect(full.database_url) as connection:
        stranger = Person(client, connection, "administrator", [], "Cy")
        for found in LISTINGS:
            for ending in ("", ".csv", ".xlsx"):
                assert stranger.get(f"/{found.name}{ending}").status_code == 403
        assert stranger.get("/lists").status_code == 403
        assert 'href="/lists"' not in stranger.get("/").text


# ---- files


def test_no_cell_of_a_file_is_run_as_a_formula(catalyst: Person) -> None:
    names = {line["name"] for line in in_csv(catalyst, "/enterprises")}
    assert {f"'{name}" for name in FORMULAS} < names
    assert not [name for name in names if name.startswith(("=", "+", "-", "@"))]
    rows = in_xlsx(catalyst, "/enterprises")
    # as texts: one that were a formula would have no value yet
    assert set(FORMULAS) < {row[0] for row in rows}


def test_a_spreadsheet_holds_days_as_days_and_numbers_as_numbers(catalyst: Person) -> None:
    heading, row, *_ = in_xlsx(catalyst, "/needs?state=met")
    said = dict(zip(heading, row, strict=True))
    assert said["waiting_since"] == ago(420)
    assert said["days"] == 410


def test_a_file_that_would_be_cut_short_is_refused(catalyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.lists.routes.MOST_ROWS", 5)
    refused = catalyst.get("/enterprises.xlsx")
    assert refused.status_code == 422
    assert "This list has more than 5 rows. Filter it until it has no more." in refused.text
    assert catalyst.get("/enterprises.xlsx?standing=active").status_code == 200


def test_pages_follow_one_another_and_nothing_is_left_out(catalyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.lists.routes.PAGE", 4)
    first, second, third = (catalyst.get(f"/enterprises?page={page}") for page in (1, 2, 3))
    assert "1 to 4 of 6" in first.text
    assert "5 to 6 of 6" in second.text
    assert names_on(first) + names_on(second) == [
        line["name"].lstrip("'").lower() for line in in_csv(catalyst, "/enterprises")
    ]
    assert third.status_code == 200
    assert "The list ends before this page." in third.text
    assert "No enterprise fits." in catalyst.get("/enterprises?page=3&name=nothing").text


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=99999999999", "page=²", "sort=nonsense", "sort=-", "state=nonsense",
              "area=UK", "name=%25", "words=%22%27%26%7C!()", "page=10000", "name=" + "x" * 5000]
)  # fmt: skip
@pytest.mark.parametrize("name", ["enterprises", "renewals", "lessons"])
def test_what_makes_no_sense_in_an_address_is_passed_over(catalyst: Person, name: str, query: str) -> None:
    for ending in ("", ".csv", ".xlsx"):
        assert catalyst.get(f"/{name}{ending}?{query}").status_code == 200
