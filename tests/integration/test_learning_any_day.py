"""Learning on any day as known on any day: the library, a lesson, barriers, introductions, and areas side by side."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from io import StringIO
from uuid import UUID

import msgspec
import pytest
from house import WRITE_KEY, House
from litestar.testing import TestClient
from network import CORNWALL, DEVON, SOMERSET, Fact, Network, joined, left, noon, registered
from one_of_each import project

from events.base import Event, named_id, today
from events.catalogue import EntryCorrected
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRevised,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeTrialled,
)
from events.projections import engine
from events.projections.work.any_day import DAYS
from events.settings import Settings
from hub.app import create_app

WALES = "W06000001"
LESSON, OTHER = named_id("test", "lesson"), named_id("test", "other lesson")
BARRIER, STUCK = named_id("test", "barrier"), named_id("test", "stuck")


def told(area: str, event: Event, stream: UUID, on: date, *, known: date | None = None) -> Fact:
    return Fact(event=event, area=area, stream=stream, on=on, recorded=noon(known or on))


def practice(area: str) -> UUID:
    return named_id("practice", area, str(LESSON))


def shared(lesson: UUID, title: str) -> LessonShared:
    return LessonShared(lesson=lesson, title=title, tried="We asked.", context="A town.", result="Six came.")


def joining(area: str, day: date) -> Fact:
    return joined(area, on=day, recorded=noon(day))


BEGUN, NOW = date(2019, 1, 1), today()
FROM_CORNWALL = {"lesson": LESSON, "from_area": CORNWALL}

FACTS = (
    joining(CORNWALL, BEGUN),
    joining(DEVON, BEGUN),
    joining(WALES, BEGUN),
    told(CORNWALL, shared(LESSON, "By boat"), LESSON, date(2020, 1, 1)),
    told(WALES, PracticeTrialled(**FROM_CORNWALL), practice(WALES), date(2020, 2, 1)),
    told(WALES, PracticeAdapted(**FROM_CORNWALL, change="By bus"), practice(WALES), date(2020, 3, 1)),
    told(WALES, BarrierRaised(barrier=BARRIER, topic="insurance", title="No insurer"), BARRIER, date(2020, 5, 1)),
    told(WALES, BarrierResolved(how="Asked", lesson=LESSON), BARRIER, date(2021, 5, 1)),
    told(
        DEVON,
        PracticeAdopted(lesson=LESSON, from_area=WALES),
        practice(DEVON),
        date(2020, 4, 10),
        known=date(2021, 6, 1),
    ),
    told(DEVON, BarrierRaised(barrier=STUCK, topic="insurance", title="No cover"), STUCK, date(2021, 7, 1)),
    told(CORNWALL, LessonRevised(title="By ferry", tried="So", context="A", result="B"), LESSON, date(2022, 1, 1)),
    told(WALES, PracticeAbandoned(**FROM_CORNWALL, why="no buy-in"), practice(WALES), date(2022, 5, 1)),
    told(CORNWALL, shared(OTHER, "Nobody’s"), OTHER, date(2022, 6, 1)),
    told(DEVON, PracticeTrialled(lesson=OTHER, from_area=CORNWALL), OTHER, date(2022, 7, 1)),
    joining(SOMERSET, NOW),
)
"""Cornwall shared a lesson that went to Wales and from there to Devon, which was heard of late."""


@pytest.fixture
def house(settings: Settings, network: Network) -> Iterator[House]:
    network.given(*FACTS)
    closed = msgspec.structs.replace(settings, write_key=WRITE_KEY)
    with TestClient(create_app(closed), base_url="https://testserver.local", raise_server_exceptions=False) as client:
        yield House(closed, network.connection, client)


def page(house: House, path: str, status: int = 200) -> str:
    project(house)
    answer = house.catalyst.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))


def test_the_library_on_a_day_holds_what_was_shared_by_then(house: House) -> None:
    now, then = words(page(house, "/learning")), words(page(house, "/learning?on=2020-12-31"))
    assert "By ferry" in now
    assert "Nobody’s" in now
    assert "1 of 2 lessons has been taken up nowhere else yet." in now
    assert "By boat" in then
    assert "Nobody’s" not in then
    assert "In the year to 31 December 2020 “By boat” travelled furthest: 2 areas took it up." in then
    assert "Adopted or adapted in 2 of 3 areas, 1 with a change: Isle of Anglesey and Devon." in then
    assert "Half of them took 80 days or less." in then
    assert "No area had shared a lesson by 1 May 2019" in words(page(house, "/learning?on=2019-05-01"))


def test_what_was_heard_of_late_is_left_out_as_it_was_known_before(house: House) -> None:
    believed = words(page(house, "/learning?on=2020-12-31&known=2021-01-01"))
    assert "Adopted or adapted in 1 of 3 areas, 1 with a change: Isle of Anglesey. It took 60 days." in believed
    assert "as it was known on 1 January 2021" in believed


def test_a_search_keeps_its_day_and_the_other_way_round(house: House) -> None:
    text = page(house, "/learning?q=boat&order=reach&on=2020-12-31")
    assert re.findall(r'type="hidden" name="(\w+)"', text) == ["on", "known", "q", "order"]
    assert f'href="/learning/{LESSON}?on=2020-12-31&amp;known={today()}"' in text
    assert "No lesson fits" in words(page(house, "/learning?q=boat")), "it is called a ferry now"


def test_the_order_of_the_library_is_chosen(house: House) -> None:
    def titles(query: str) -> list[str]:
        return re.findall(r'class="shelf__title"><a [^>]*>([^<]*)', page(house, f"/learning?{query}"))

    assert titles("") == ["Nobody’s", "By ferry"]
    assert titles("order=reach") == titles("order=days") == ["By ferry", "Nobody’s"]
    assert titles("order=nonsense") == titles("")


def test_a_lesson_is_shown_as_it_stood_and_spread(house: House) -> None:
    now, then = page(house, f"/learning/{LESSON}"), page(house, f"/learning/{LESSON}?on=2021-01-01&known=2021-07-01")
    said = words(now)
    assert "Isle of Anglesey gave it up, 1 May 2022 (adopted 60 days after it was shared)" in said
    assert "Why: no buy-in" in said
    assert "Devon adopted it, 10 April 2020 (adopted 40 days after Isle of Anglesey)" in said
    assert "Adopted or adapted in 1 of 4 areas" in said
    assert "1 area gave it up." in said
    assert '<h1 class="govuk-heading-xl">By boat' in then
    assert "Adopted or adapted in 2 of 3 areas" in words(then)
    assert "Changed: By bus" in words(then)
    assert "record/practice" not in then, "what is past is not recorded from there"
    assert "From 0 on 1 January 2020 to 2 on 1 January 2021." in then, "the curve in words"
    before = page(house, f"/learning/{LESSON}?on=2021-01-01&known=2021-01-01")
    assert "From 0 on 1 January 2020 to 1 on 1 January 2021." in before


def test_a_curve_falls_where_an_area_gives_up_or_leaves(house: House, network: Network) -> None:
    network.given(left(DEVON, on=date(2023, 1, 1), recorded=noon(date(2023, 1, 1))))
    text = page(house, f"/learning/{LESSON}?on=2023-06-01")
    assert "to 0 on 1 June 2023, with a peak of 2 on 10 April 2020." not in text, "nothing is drawn that nobody does"
    assert "Adopted or adapted" not in words(text)
    earlier = page(house, f"/learning/{LESSON}?on=2022-12-31")
    assert "to 1 on 31 December 2022, with a peak of 2 on 10 April 2020." in earlier


def test_a_lesson_before_it_was_shared_says_when_it_was(house: House) -> None:
    assert "It was shared on 1 January 2020" in page(house, f"/learning/{LESSON}?on=2019-06-01", 404)


@pytest.mark.parametrize(
    "path",
    [
        "/learning",
        f"/learning/{LESSON}",
        "/learning/barriers",
        "/learning/introductions",
        f"/areas/{SOMERSET}/like",
        "/compare",
    ],
)
def test_a_day_that_is_none_is_said_at_its_field(house: House, path: str) -> None:
    text = page(house, f"{path}?on=soon", 400)
    assert 'href="#on"' in text
    assert 'value="soon"' in text


def test_today_as_known_today_is_what_stands(house: House, network: Network) -> None:
    (position,) = network.given(told(DEVON, PracticeTrialled(**FROM_CORNWALL), practice(DEVON), NOW))
    network.given(told(DEVON, EntryCorrected(corrects=position, reason="mistyped"), practice(DEVON), NOW))
    project(house)
    with engine.reading(network.connection, "work"):
        for table in ("area", "lesson", "practice", "barrier"):
            kept = f"select to_jsonb(t) - %s::text[] from {table}_then t where ends_on > %s and superseded_on > %s"
            found = network.connection.execute(kept.encode(), [[*DAYS], NOW, NOW]).fetchall()
            stands = network.connection.execute(f"select to_jsonb(t) from {table} t".encode()).fetchall()
            assert sorted(found, key=str) == sorted(stands, key=str), table
            assert found


def test_barriers_stand_by_topic_with_who_got_past_them(house: House) -> None:
    now = words(page(house, "/learning/barriers"))
    assert "1 barrier was open in 1 area. Insurance stood in the way of most: 1 area." in now
    assert "For 1 of the 1, another area got past one on the same topic." in now
    assert "Devon, since 1 July 2021: No cover" in now
    assert "Isle of Anglesey, 1 May 2021: No insurer , with the lesson By ferry" in now
    then = words(page(house, "/learning/barriers?on=2021-01-01"))
    assert "Isle of Anglesey, since 1 May 2020: No insurer" in then
    assert "Resolved nowhere yet" in then
    one = words(page(house, "/learning/barriers?topic=insurance"))
    assert "Barriers about insurance" in one
    assert "No area raised a barrier yet" in words(page(house, "/learning/barriers?topic=money"))
    assert "No area had raised a barrier by 1 May 2019" in words(page(house, "/learning/barriers?on=2019-05-01"))


def rows(house: House, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(page(house, path))))


def test_what_is_shown_of_a_day_comes_as_csv(house: House) -> None:
    then = "on=2021-01-01&known=2021-07-01"
    (lesson,) = rows(house, f"/learning/lessons.csv?{then}")
    assert (lesson["on"], lesson["known"], lesson["title"]) == ("2021-01-01", "2021-07-01", "By boat")
    assert (lesson["reach"], lesson["adapted"], lesson["median_days"]) == ("2", "1", "80")
    assert [each["title"] for each in rows(house, "/learning/lessons.csv")] == ["Nobody’s", "By ferry"]
    spread = rows(house, f"/learning/{LESSON}/spread.csv?{then}")
    assert [(each["area"], each["from_area"], each["days_from_sharing"]) for each in spread] == [
        (WALES, CORNWALL, "60"),
        (DEVON, WALES, "100"),
    ]
    assert spread[0]["change"] == "By bus"
    barriers = rows(house, "/learning/barriers.csv")
    assert [(each["area"], each["resolved_on"]) for each in barriers] == [(WALES, "2021-05-01"), (DEVON, "")]
    assert barriers[0]["lesson_title"] == "By ferry"
    first = rows(house, f"/learning/introductions.csv?area={DEVON}")[0]
    assert {first["name"], first["other_name"]} == {"Devon", "Isle of Anglesey"}
    assert "held up by “No cover”" in first["reasons"]


def test_how_far_it_went_comes_as_a_picture(house: House) -> None:
    address = f"/learning/{LESSON}/spread.svg?on=2021-01-01&known=2021-07-01"
    assert address in page(house, f"/learning/{LESSON}?on=2021-01-01&known=2021-07-01").replace("&amp;", "&")
    assert "By boat: adopted or adapted in 2 areas by 1 January 2021" in page(house, address).partition("</title>")[0]
    assert "spread.svg" not in page(house, f"/learning/{LESSON}?on=2020-01-02")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/learning/introductions.csv?area=X", 400),
        ("/learning/lessons.csv?on=never", 400),
        (f"/learning/{LESSON}/spread.csv?on=2019-06-01", 404),
    ],
)
def test_a_file_of_what_is_not_there_is_refused(house: House, path: str, status: int) -> None:
    page(house, path, status)


def test_pages_lead_to_their_files(house: House) -> None:
    for path in ("/learning", f"/learning/{LESSON}", "/learning/barriers", f"/learning/introductions?area={DEVON}"):
        text = page(house, f"{path}{'&' if '?' in path else '?'}on=2022-12-31")
        (address,) = re.findall(r'href="(/learning/[^"]+\.csv[^"]*)"', text)
        assert rows(house, address.replace("&amp;", "&")), path


def test_introductions_say_who_should_talk_to_whom(house: House) -> None:
    text = page(house, "/learning/introductions")
    said = words(text)
    assert "Devon and Isle of Anglesey" in said
    assert "Devon has been held up by “No cover” since 1 July 2021." in said
    assert "Isle of Anglesey got past a barrier about insurance on 1 May 2021 with the lesson “By ferry”." in said
    assert f'href="/barriers/{BARRIER}"' in text
    assert "Devon" in words(page(house, f"/learning/introductions?area={DEVON}"))
    assert "No area has anything to tell this one yet" in words(page(house, f"/learning/introductions?area={SOMERSET}"))
    then = words(page(house, "/learning/introductions?on=2020-06-01"))
    assert "Cornwall took up no lesson in the year to 1 June 2020. Isle of Anglesey took up 1 lesson." in then
    assert "It takes two areas to talk" in words(page(house, "/learning/introductions?on=2018-06-01"))
    refused = page(house, "/learning/introductions?area=X", 400)
    assert "Choose one of the areas taking part on that day." in refused


def test_areas_like_one_are_named_with_the_reason(house: House) -> None:
    text = words(page(house, f"/areas/{SOMERSET}/like"))
    assert text.index("Cornwall") < text.index("Isle of Anglesey")
    assert "Also in England" in text
    assert f'href="/areas/{SOMERSET}/like"' in page(house, f"/areas/{SOMERSET}")
    assert "Somerset took no part on 1 June 2019" in words(page(house, f"/areas/{SOMERSET}/like?on=2019-06-01"))
    assert house.catalyst.get(f"/areas/{CORNWALL}/like").status_code == 404, "it is not theirs to read"


def test_areas_are_compared_side_by_side(house: House, network: Network) -> None:
    network.given(registered("Bay Tree", area=CORNWALL, on=date(2020, 1, 1)))
    project(house)
    asked = f"area={CORNWALL}&area={DEVON}&area="
    answer = house.client.get(f"/compare?{asked}")
    assert answer.status_code == 200
    assert "Cornwall had supported 1 enterprise and Devon 0." in words(answer.text)
    assert answer.text.count(" selected") == 2
    assert f"/areas/{CORNWALL}" not in answer.text, "of somebody who is not signed in"
    csv = house.client.get(f"/compare.csv?{asked}")
    assert csv.headers["content-type"].startswith("text/csv")
    first, second, *_ = csv.text.splitlines()
    assert first == f"on,known,indicator,unit,{CORNWALL},{DEVON}"
    assert second == f"{today()},{today()},Enterprises supported,enterprises,1,0"
    before = house.client.get(f"/compare?{asked}&on=2019-06-01")
    assert "Cornwall had supported 0 enterprises" in words(before.text)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (f"area={CORNWALL}", "Choose a second area to compare it with."),
        (f"area={CORNWALL}&area={CORNWALL}", "Choose a second area to compare it with."),
        (f"area={CORNWALL}&area=E06000001", "Hartlepool took no part on"),
        ("area=%3Cb%3E&area=x", "&lt;b&gt; took no part on"),
        (f"area={CORNWALL}&area={DEVON}&area={SOMERSET}&area={WALES}&area={WALES}x", "took no part on"),
    ],
)
def test_areas_that_cannot_be_compared_are_refused_at_their_field(house: House, asked: str, sentence: str) -> None:
    project(house)
    answer = house.client.get(f"/compare?{asked}")
    assert answer.status_code == 400
    assert 'href="#area"' in answer.text
    assert sentence in answer.text
    refused = house.client.get(f"/compare.csv?{asked}")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "area"


def test_a_fifth_area_does_not_fit(house: House, network: Network) -> None:
    network.given(joining("E06000001", date(2019, 1, 1)))
    project(house)
    codes = (CORNWALL, DEVON, SOMERSET, WALES, "E06000001")
    answer = house.client.get("/compare?" + "&".join(f"area={code}" for code in codes))
    assert answer.status_code == 400
    assert "Choose at most 4 areas." in answer.text
    assert house.client.get("/compare").status_code == 200
    assert house.client.get("/compare.csv").status_code == 400


def test_programs_read_how_learning_spread(house: House) -> None:
    project(house)
    headers = {"authorization": f"Bearer {WRITE_KEY}"}
    said = house.client.get("/api/learning/spread?on=2020-12-31&known=2021-07-01", headers=headers).json()
    assert (said["on"], said["known"], said["areas_active"]) == ("2020-12-31", "2021-07-01", 3)
    (lesson,) = said["lessons"]
    assert (lesson["title"], lesson["reach"], lesson["median_days"]) == ("By boat", 2, 80)
    assert [(each["area"], each["state"], each["days"]) for each in lesson["areas"]] == [
        (WALES, "adapted", 60),
        (DEVON, "adopted", 100),
    ]
    one = house.client.get(f"/api/learning/spread?lesson={OTHER}", headers=headers).json()
    assert [each["title"] for each in one["lessons"]] == ["Nobody’s"]
    refused = house.client.get("/api/learning/spread?on=soon", headers=headers)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "on"
    assert house.client.get("/api/learning/spread").status_code == 401
