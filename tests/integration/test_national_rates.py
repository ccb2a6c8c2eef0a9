"""Rates and how areas stand, from facts in the ledgers to pages: for any day as known on any day, opened to events."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any, cast
from uuid import uuid4

import httpx
import msgspec
import pytest
from house import Person
from litestar.testing import TestClient
from network import CORNWALL, DEVON, SOMERSET, Fact, Network, joined, left, noon, registered, reported

from events.areas import (
    CatalystAppointed,
    CatalystLeft,
    ConditionConfirmed,
    ConditionWithdrawn,
    FigurePublished,
    LoadTargetSet,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event, today
from events.catalogue import Entry, EntryCorrected
from events.projections import engine, grounds
from events.projections.picture import behind
from events.referrals import NeedRecorded, ReferralAccepted, ReferralMade, SupportStarted
from events.renewals import Applies, RequirementsApplied
from events.settings import Settings
from hub.app import create_app
from hub.edges.limits import Limits

START = date(2024, 1, 1)
END = date(2025, 12, 30)
"""Of a post of 730 days at £135,000: £184.93 a day."""


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    closed = msgspec.structs.replace(settings, write_key="s3cret", url="https://testserver.local")
    with TestClient(create_app(closed), base_url="https://testserver.local") as client:
        yield client


def of_area(area: str, event: Event, *, on: date = START, recorded: date | None = None) -> Fact:
    return Fact(event=event, on=on, area=area, of_area=True, recorded=noon(recorded) if recorded else None)


def post(area: str, name: str = "coast", *, starts: date = START, ends: date = END, cost: int = 135_000) -> Fact:
    event = CatalystAppointed(post=name, employer="A charity", starts=starts, ends=ends, cost=cost, locally_rooted=True)
    return of_area(area, event, on=starts)


def started(area: str, *, waited: int, on: date) -> list[Fact]:
    """Somebody was referred, and support started after that many days."""
    referral = uuid4()
    made = ReferralMade(
        referral=referral,
        enterprise=uuid4(),
        service="company",
        waiting_since=on - timedelta(waited),
        referrer="the council",
    )
    return [
        Fact(event=made, on=on - timedelta(min(waited, 3)), area=area, stream=referral),
        Fact(event=ReferralAccepted(), on=on, area=area, stream=referral),
        Fact(event=SupportStarted(), on=on, area=area, stream=referral),
    ]


def costs(network: Network, on: date, *, known: date | None = None) -> dict[str, int]:
    network.project()
    with engine.reading(network.connection, "national"):
        found = grounds.costs(network.connection, [SOMERSET, DEVON], on=on, known=known or today())
    return {area: round(pounds) for area, pounds in found.items()}


def test_a_post_costs_by_the_share_of_its_days_that_have_passed(network: Network) -> None:
    network.given(joined(SOMERSET, on=START), post(SOMERSET))
    assert costs(network, START - timedelta(1)) == {}
    assert costs(network, START) == {SOMERSET: 185}
    assert costs(network, START + timedelta(364)) == {SOMERSET: 67_500}
    assert costs(network, END) == {SOMERSET: 135_000}
    assert costs(network, END + timedelta(300)) == {SOMERSET: 135_000}


def test_a_post_that_was_left_early_costs_nothing_from_then_on(network: Network) -> None:
    network.given(joined(SOMERSET, on=START), post(SOMERSET), post(SOMERSET, "hills"))
    network.given(of_area(SOMERSET, CatalystLeft(post="hills"), on=START + timedelta(73)))
    assert costs(network, END) == {SOMERSET: 135_000 + 13_500}


def test_costs_are_as_they_were_known(network: Network) -> None:
    network.given(
        Fact(event=joined(SOMERSET).event, on=START, recorded=noon(START), area=SOMERSET, of_area=True),
        of_area(SOMERSET, post(SOMERSET).event, recorded=START),
    )
    network.given(
        of_area(
            SOMERSET,
            EntryCorrected(corrects=2, reason="mistyped", replacement=cast("Entry", post(SOMERSET, cost=73_000).event)),
            recorded=START + timedelta(20),
        )
    )
    assert costs(network, END, known=START + timedelta(19)) == {SOMERSET: 135_000}
    assert costs(network, END, known=START + timedelta(20)) == {SOMERSET: 73_000}


def test_the_posts_behind_the_cost_add_up_to_it(network: Network) -> None:
    network.given(joined(SOMERSET, on=START), post(SOMERSET), post(SOMERSET, "hills", cost=7_300))
    on = START + timedelta(364)
    assert costs(network, on) == {SOMERSET: 71_150}
    with engine.reading(network.connection, "national"):
        rows = grounds.posts_behind(network.connection, [SOMERSET], on=on, known=today(), after=("", 0, ""), limit=9)
        assert [(row.key, row.amount) for row in rows] == [("coast", 67_500), ("hills", 3_650)]
        after = (rows[0].area, rows[0].position, rows[0].key)
        rest = grounds.posts_behind(network.connection, [SOMERSET], on=on, known=today(), after=after, limit=9)
        assert [row.key for row in rest] == ["hills"]


def test_waits_are_those_of_the_year_before_the_day(network: Network) -> None:
    day = today() - timedelta(10)
    network.given(joined(SOMERSET, on=START), joined(DEVON, on=START))
    for area, waits in ((SOMERSET, (10, 20, 30)), (DEVON, (400, 50))):
        for waited in waits:
            network.given(*started(area, waited=waited, on=day))
    network.given(*started(SOMERSET, waited=999, on=day - timedelta(365)))
    network.project()
    with engine.reading(network.connection, "national"):
        since = day - timedelta(365)
        asked: Any = {"since": since, "on": day, "known": today()}
        of_all = grounds.waits(network.connection, [SOMERSET, DEVON], **asked, by_area=True)
        assert of_all[""] == grounds.Waited(started=5, median=30, ninetieth=260, long=1)
        assert of_all[SOMERSET].median == 20
        assert of_all[DEVON].long == 1
        assert grounds.waits(network.connection, [SOMERSET, DEVON], **asked) == {"": of_all[""]}
        assert grounds.waits(network.connection, [SOMERSET], **asked)[""].started == 3
        assert grounds.waits(network.connection, [], **asked)[""] == grounds.Waited()


# ---- pages


def filled(network: Network) -> None:
    """Somerset as published, and Devon where nobody is in post."""
    day = today() - timedelta(20)
    network.given(
        joined(SOMERSET, on=START),
        joined(DEVON, on=START),
        post(SOMERSET, ends=today() + timedelta(100)),
        of_area("UK", LoadTargetSet(enterprises=2, source="Somebody")),
        of_area(SOMERSET, ConditionConfirmed(condition="funding", evidence="A letter")),
        of_area(DEVON, ConditionWithdrawn(condition="funding", evidence="A letter")),
        of_area(SOMERSET, SystemRiskRaised(risk="the wrong recruit", owner="The director")),
        of_area(DEVON, SystemRiskRaised(risk="funding ends", owner="The director")),
        of_area(DEVON, SystemRiskMitigated(risk="funding ends", action="The council was asked for a third year")),
        registered("Bakery", area=SOMERSET, on=day),
        reported(people=600, hours=2200, on=day),
        registered("Tide Table", area=SOMERSET, on=day, origin="established"),
        registered("Loom", area=DEVON, on=day),
        of_area(
            DEVON, FigurePublished(indicator="enterprises_new", value=1, qualifier="exact", source="A leaflet"), on=day
        ),
    )
    network.project()


def page(asker: TestClient[Any] | Person, path: str) -> str:
    answer: httpx.Response = asker.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def row_of(text: str, heading: str) -> str:
    found = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*{re.escape(heading)}.*?</tr>", text, re.DOTALL)
    assert found, heading
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip()


def test_a_rate_opens_to_its_formula_its_parts_and_who_is_in_it(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    text = page(client, "/figures/catalyst_load")
    assert "<strong>100%</strong>" in text
    assert "1 of 2 areas has a Catalyst in post and a target" in text
    assert "Not in it: Devon." in text
    parts = re.findall(r'href="(/figures/\w+\?[^"]+)"', text)
    assert {each.partition("?")[0] for each in parts} >= {"/figures/active", "/figures/catalysts"}
    for each in parts:
        assert "The events behind it" in page(client, each.replace("&amp;", "&"))


def test_a_rate_comes_by_area_as_csv(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    (address,) = re.findall(r'href="(/figures/catalyst_load/areas\.csv[^"]+)"', page(client, "/figures/catalyst_load"))
    (row,) = csv.DictReader(StringIO(page(client, address.replace("&amp;", "&"))))
    assert (row["area"], row["catalyst_load"], row["numerator"], row["denominator"]) == (SOMERSET, "100.0", "2", "2")
    waits = csv.DictReader(StringIO(page(client, "/figures/wait_median/areas.csv")))
    assert [each["numerator"] for each in waits] == [], "nobody's support started"


def test_the_cost_of_posts_opens_to_the_posts(network: Network, client: TestClient[Any], settings: Settings) -> None:
    filled(network)
    ann = Person(client, network.connection, "national", [], "Ann")
    text = page(ann, "/figures/cost")
    assert "Catalyst appointed: coast" in text
    assert "1 of 2 areas reports" in text
    assert "areas.csv" not in text


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("conditions_met", "Condition met: funding"),
        ("conditions_withdrawn", "Condition no longer met: funding"),
        ("risks", "Risk raised: the wrong recruit"),
        ("risks_mitigated", "Risk reduced: funding ends"),
        ("catalysts", "Catalyst appointed: coast"),
        ("enterprises", "Bakery registered"),
    ],
)
def test_the_events_behind_a_figure_are_in_words_for_those_who_may_read_them(
    network: Network, client: TestClient[Any], figure: str, words: str
) -> None:
    filled(network)
    ann = Person(client, network.connection, "national", [], "Ann")
    assert words in page(ann, f"/figures/{figure}")
    everybody = page(client, f"/figures/{figure}")
    assert words not in everybody
    assert "An entry, open to those who work in the area" in everybody


def test_each_requirement_of_one_entry_is_told_by_its_name(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    words = ("public liability insurance", "safeguarding adults")
    applied = RequirementsApplied(
        catalogue="2026", applies=tuple(Applies(requirement=word, because="All do.") for word in words)
    )
    network.given(registered("Oven", area=SOMERSET, on=today()), Fact(event=applied, on=today()))
    network.project()
    ann = Person(client, network.connection, "national", [], "Ann")
    text = page(ann, "/figures/requirements")
    assert all(f"Oven: must hold {word}" in text for word in words)
    assert "Counts from" in text


def test_only_what_happened_to_an_enterprise_leads_to_its_people(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    network.given(*started(SOMERSET, waited=9, on=today()))
    network.project()
    catalyst = Person(client, network.connection, "catalyst", [SOMERSET], "Dai")
    assert "/people" in page(catalyst, "/figures/enterprises")
    referrals = page(catalyst, "/figures/referrals")
    assert "Referral" in referrals
    assert "/people" not in referrals


def test_a_reported_figure_says_how_many_enterprises_reported(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    assert "1 of 2 areas reports, 1 of 3 active enterprises." in page(client, "/figures/people_supported")


def test_everybody_sees_how_areas_stand_and_not_which_has_which_risk(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    text = page(client, "/")
    assert "2 risks are open in 2 areas; nothing is done yet about 1" in text
    assert "wrong recruit" not in text
    assert row_of(text, "Another risk") == "Another risk 1 0"
    assert row_of(text, "Funding ends") == "Funding ends 1 1"
    assert row_of(text, "Funding</th>").startswith("Funding 1 1 0")
    ann = page(Person(client, network.connection, "national", [], "Ann"), "/")
    assert row_of(ann, "The wrong recruit") == "The wrong recruit Somerset 1 0"
    catalyst = page(Person(client, network.connection, "catalyst", [DEVON], "Dai"), "/")
    assert row_of(catalyst, "Funding ends") == "Funding ends Devon 1 1"
    assert "wrong recruit" not in catalyst


def test_few_waits_are_told_nowhere(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    day = today() - timedelta(10)
    network.given(*started(SOMERSET, waited=777, on=day), *started(DEVON, waited=777, on=day))
    need = uuid4()
    recorded = NeedRecorded(need=need, service="company", source="council data", waiting_since=START, people=2)
    network.given(Fact(event=recorded, on=day, area=DEVON, stream=need))
    network.project()
    for path in ("/", "/figures/wait_median", "/figures/wait_ninetieth", "/figures/waited_over_a_year"):
        assert "777" not in page(client, path)
    rates = json.loads(page(client, "/api/national"))["rates"]
    assert rates["wait_median"] == {
        "value": None, "unit": "days", "numerator": None, "denominator": None, "areas": 2, "withheld": "withheld",
    }  # fmt: skip
    assert rates["waited_over_a_year"]["value"] is None


def test_the_api_has_the_rates_of_a_day(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    rates = json.loads(page(client, "/api/national"))["rates"]
    assert rates["catalyst_load"] == {
        "value": 100.0, "unit": "percent", "numerator": 2, "denominator": 2, "areas": 1,
    }  # fmt: skip
    assert rates["conditions_share"] == {
        "value": 8.3, "unit": "percent", "numerator": 1, "denominator": 12, "areas": 2,
    }  # fmt: skip
    before = json.loads(page(client, f"/api/national?on={START}"))["rates"]
    assert before["cost_per_enterprise"]["value"] is None
    assert before["cost_per_enterprise"]["numerator"] > 0


def test_an_area_that_left_is_in_no_rate(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    network.given(left(SOMERSET, on=today()))
    network.project()
    rates = json.loads(page(client, "/api/national"))["rates"]
    assert rates["cost_per_enterprise"]["value"] is None
    assert rates["catalyst_load"]["areas"] == 0


def test_a_published_figure_of_an_area_stands_beside_what_is_recorded(
    network: Network, client: TestClient[Any]
) -> None:
    filled(network)
    assert "New enterprises 1 1" in row_of(page(client, "/"), "A leaflet")


def test_events_of_one_entry_are_not_lost_between_two_pages(network: Network) -> None:
    network.given(joined(SOMERSET, on=START))
    position = network.given(post(SOMERSET))[0]
    network.project()
    # the same entry with a second key, as one entry says what all an enterprise must hold
    network.connection.execute("create temp table another as select * from national_1.belief where facet = 'post'")
    network.connection.execute("update another set key = 'dale'")
    network.connection.execute("insert into national_1.belief select * from another")
    with engine.reading(network.connection, "national"):
        asked: Any = {"on": START, "known": today(), "limit": 1}
        first = behind(network.connection, "catalysts", **asked)
        second = behind(network.connection, "catalysts", **asked, after=(SOMERSET, position, first[0].key))
    assert [each.key for each in (*first, *second)] == ["coast", "dale"]


# ---- the table of areas


def areas_of(text: str) -> list[str]:
    return re.findall(r'<tr id="([A-Z0-9]+)"', text)


def test_the_table_is_sorted_and_filtered_by_its_address(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    network.given(joined("W06000001", on=today()))
    network.project()
    assert areas_of(page(client, "/")) == [SOMERSET, DEVON, "W06000001"]
    assert areas_of(page(client, "/?sort=area")) == [DEVON, "W06000001", SOMERSET]
    assert areas_of(page(client, "/?nation=Wales")) == ["W06000001"]
    found = page(client, f"/?q=som&on={START}&known={today()}&by=jobs")
    assert areas_of(found) == [SOMERSET]
    # what else was asked goes along, in links and in forms
    assert f"on={START}" in re.findall(r'class="govuk-link sort" href="([^"]+)"', found)[0]
    assert found.count('<input type="hidden" name="by" value="jobs">') == 2
    assert found.count('<input type="hidden" name="q" value="som">') == 2
    assert "0 areas with" in page(client, "/?q=nowhere")


@pytest.mark.parametrize("asked", ["sort=x", "order=up", "nation=Narnia", "q=" + "a" * 101])
def test_what_the_table_cannot_do_is_said(client: TestClient[Any], asked: str) -> None:
    assert client.get(f"/?{asked}").status_code == 400


def test_two_orders_of_the_table_are_two_pages(network: Network, client: TestClient[Any]) -> None:
    """The page is made once, and again for another order."""
    filled(network)
    assert areas_of(page(client, "/")) != areas_of(page(client, "/?order=asc"))
    assert areas_of(page(client, "/")) == [SOMERSET, DEVON]


def test_a_place_that_is_nowhere_behind_a_figure_is_refused(network: Network, client: TestClient[Any]) -> None:
    filled(network)
    assert client.get(f"/figures/catalysts?after={SOMERSET}.1.coast").status_code == 200
    assert client.get(f"/figures/catalysts?after={SOMERSET}.1").status_code == 200
    assert client.get("/figures/catalysts?after=x").status_code == 400
    assert client.get("/figures/nothing").status_code == 404
    assert CORNWALL not in page(client, "/")
