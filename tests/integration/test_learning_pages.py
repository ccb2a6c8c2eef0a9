"""The library, a lesson with its spread, and a barrier with what helped elsewhere."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from house import House, Person, house_on
from network import CORNWALL, DEVON, SOMERSET, Network, joined
from one_of_each import project

from events.base import in_words, today
from events.settings import Settings
from hub.forms import routes
from hub.learning import decide
from hub.learning.page import NEXT

WALES = "W06000001"
RECORD = f"/areas/{SOMERSET}/record"
SAYS = {"title": "Asking at the gate", "tried": "We asked.", "context": "A town.", "result": "Six came."}


@pytest.fixture
def house(settings: Settings, network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(routes, "SEEN_WITHIN", 0.0)  # no projector runs here
    network.given(joined(DEVON), joined(WALES))
    with house_on(settings, network) as found:
        yield found


def lesson(house: House, area: str = SOMERSET, **said: Any) -> str:
    id = str(uuid4())
    house.record(f"/api/areas/{area}/lessons/{id}", SAYS | said)
    return id


def practice(house: House, area: str, lesson: str, step: str, from_area: str = SOMERSET, **said: Any) -> None:
    project(house)
    house.record(f"/api/areas/{area}/practices/{lesson}/{step}", {"from_area": from_area} | said)


def barrier(house: House, area: str, title: str, *, topic: str = "insurance", detail: str = "", how: str = "") -> str:
    id = str(uuid4())
    house.record(f"/api/areas/{area}/barriers/{id}", {"topic": topic, "title": title, "detail": detail})
    if how:
        house.record(f"/api/areas/{area}/barriers/{id}/resolved", {"how": how})
    return id


def page(house: House, path: str, who: Person | None = None) -> str:
    project(house)
    answer = (who or house.catalyst).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def form_at(who: Person, address: str) -> str:
    """A form as a browser comes to it: by way of an address with a key of its own."""
    answer = who.get(address)
    if answer.status_code == 303:
        answer = who.get(answer.headers["location"])
    assert answer.status_code == 200, answer.text
    return answer.text


def words(text: str) -> str:
    """The text of a page, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))


def titles(text: str) -> list[str]:
    return re.findall(r'class="shelf__title"><a [^>]*>([^<]*)', text)


# ---- the library


def test_the_library_shows_lessons_of_all_areas_with_how_far_they_went(house: House) -> None:
    assert "No area shared a lesson yet" in page(house, "/learning")
    id = lesson(house, CORNWALL, title="By boat", topics=["transport"])
    practice(house, SOMERSET, id, "adopted", CORNWALL)
    practice(house, DEVON, id, "adapted", CORNWALL, change="By bus")
    practice(house, WALES, id, "seen", CORNWALL)
    text = page(house, "/learning")
    assert f'href="/learning/{id}"' in text
    said = words(text)
    assert f"Cornwall, {in_words(today())}. Transport. Adopted or adapted in 2 of 4 areas, 1 with a change" in said
    assert "1 with a change: Somerset and Devon. Half of them took 0 days or less." in said
    assert "“By boat” travelled furthest: 2 areas took it up. Every lesson was taken up somewhere." in said


def test_what_is_looked_for_is_found_by_its_stem_and_kept(house: House) -> None:
    lesson(house, title="Insurers that cover a first year")
    lesson(house, title="A walk", tried="We looked for insurance and walked on.")
    lesson(house, title="A lunch")
    text = page(house, "/learning?q=insuring")
    assert titles(text) == ["Insurers that cover a first year", "A walk"]
    assert 'value="insuring"' in text
    assert titles(page(house, '/learning?q="first+year"+-lunch')) == ["Insurers that cover a first year"]
    assert "No lesson fits" in page(house, "/learning?q=submarines")
    for odd in ("%22", "%26%26+!", "a:*", "'"):
        page(house, f"/learning?q={odd}")


def test_a_topic_filters_and_retired_lessons_come_last_and_say_so(house: House) -> None:
    old = lesson(house, title="Old", topics=["rural"])
    lesson(house, title="New", resolves=["rural"])
    lesson(house, title="Elsewhere", topics=["money"])
    house.record(f"/api/areas/{SOMERSET}/lessons/{old}/retired", {"reason": "out of date"})
    text = page(house, "/learning?topic=rural")
    assert titles(text) == ["New", "Old"]
    assert "Retired" in words(text)
    said = words(page(house, f"/learning/{old}"))
    assert f"Retired on {in_words(today())}: out of date" in said
    assert "We adopted it" not in said
    assert len(titles(page(house, "/learning?topic=nonsense"))) == 3


# ---- a lesson


def test_a_lesson_shows_its_markdown_its_consent_and_how_it_spread(house: House) -> None:
    consent = {"given_on": "2026-05-03", "how": "in writing"}
    id = lesson(house, tried="We *asked* <script>alert(1)</script>", resolves=["insurance"], consent=consent)
    practice(house, CORNWALL, id, "adapted", change="By telephone")
    practice(house, DEVON, id, "trialled", CORNWALL)
    practice(house, DEVON, id, "abandoned", CORNWALL, why="no buy-in")
    text = page(house, f"/learning/{id}")
    assert "<em>asked</em> &lt;script&gt;" in text
    assert "<script>alert" not in text
    said = words(text)
    assert "The people it tells of agreed on 3 May 2026" in said
    assert "Adopted or adapted in 1 of 4 areas" in said
    assert "half had done so 0 days after it was shared" in said
    assert re.search(r"Somerset shared it on .*? Cornwall adapted it, .*? Devon gave it up", said)
    tree = text[text.index('class="spread"') :]
    assert tree.index("Cornwall") < tree.index("<ul", 10) or tree.count('class="spread"') == 3
    assert "By telephone" in said
    assert f"Given up on {in_words(today())}: no buy-in." in said
    assert "What happened" in said


def test_a_lesson_of_another_area_is_open_but_who_recorded_it_is_not(house: House) -> None:
    id = lesson(house)
    there = house.person("catalyst", CORNWALL)
    text = page(house, f"/learning/{id}", there)
    assert "Asking at the gate" in text
    assert "What happened" not in words(text)
    assert "lesson-revised" not in text
    assert f"/areas/{CORNWALL}/record/practice-seen?about={id}" in text
    assert there.get(f"/learning/{uuid4()}").status_code == 404


def test_an_area_is_offered_what_may_come_next_there(house: House) -> None:
    id = lesson(house)
    there = house.person("catalyst", CORNWALL)
    offered = r"/record/practice-(\w+)\?about="
    assert re.findall(offered, page(house, f"/learning/{id}", there)) == list(NEXT[""])
    practice(house, CORNWALL, id, "trialled")
    text = page(house, f"/learning/{id}", there)
    assert re.findall(offered, text) == list(NEXT["trialled"])
    linked = re.search(r'href="([^"]*practice-adapted[^"]*)"', text)
    assert linked
    address = linked[1].replace("&amp;", "&")
    form = form_at(there, address)
    assert re.search(rf'value="{SOMERSET}" (checked|selected)', form), "where it came from is chosen"
    said = {"key": str(uuid4()), "lesson": id, "from_area": SOMERSET, "change": "By boat"}
    for _ in range(2):
        assert there.post(address.partition("&")[0], **said).status_code == 303
    assert "Cornwall adapted it" in words(page(house, f"/learning/{id}", there))
    assert re.findall(offered, page(house, f"/learning/{id}")) == [], "it is no lesson to those who shared it"


def test_what_is_offered_is_what_may_be_recorded() -> None:
    """The words of the buttons are kept beside the decisions: this holds them together."""
    assert set(NEXT) - {""} == set(decide._LEADS_TO.values())


def test_a_revision_begins_with_what_the_lesson_says(house: House) -> None:
    id = lesson(house, topics=["rural"])
    house.record(f"/api/areas/{SOMERSET}/lessons/{id}/revisions", SAYS | {"result": "Seven came.", "topics": ["money"]})
    project(house)
    form = form_at(house.catalyst, f"{RECORD}/lesson-revised?about={id}")
    assert "Seven came." in form
    assert re.findall(r'name="topics" value="([^"]*)" checked', form) == ["money"]


def test_a_lesson_is_shared_by_form_once(house: House) -> None:
    project(house)
    key = str(uuid4())
    said = SAYS | {"key": key, "tried": "# Loud\n\nWe asked.", "topics": "rural"}
    for _ in range(2):
        assert house.catalyst.post(f"{RECORD}/lesson", **said).status_code == 303
    text = page(house, "/learning")
    assert titles(text) == ["Asking at the gate"]
    (id,) = set(re.findall(r'href="/learning/([0-9a-f-]{36})"', text))
    shown = page(house, f"/learning/{id}")
    assert shown.count("<h1") == 1
    assert "<h3>Loud</h3>" in shown


# ---- barriers


def test_who_raises_a_barrier_sees_at_once_what_helped_elsewhere(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier(house, CORNWALL, "No insurer for cooks", how="One was found")
    monkeypatch.setattr(routes, "_wait", lambda *_: project(house))
    key = str(uuid4())
    said = {"key": key, "title": "No insurer for drivers", "topic": "insurance"}
    for _ in range(2):
        answer = house.catalyst.post(f"{RECORD}/barrier", **said)
        assert answer.status_code == 303, answer.text
    shown = house.catalyst.get(answer.headers["location"])
    assert shown.status_code == 200
    assert "The barrier is raised" in shown.text
    assert "One was found" in shown.text
    undo = re.search(r'href="(/areas/[^"]*/recorded/\d+)"', shown.text)
    assert undo
    assert "Undo it" in house.catalyst.get(undo[1]).text


def test_the_nearest_circumstances_come_first_with_the_reason(house: House) -> None:
    barrier(house, WALES, "A price", how="far")
    barrier(house, DEVON, "Another price", how="same nation")
    barrier(house, WALES, "Insurers refuse first years", detail="For drivers", how="most words")
    barrier(house, SOMERSET, "Of this area", how="own")
    barrier(house, CORNWALL, "Of another topic", topic="money", how="other")
    barrier(house, CORNWALL, "Not resolved")
    id = barrier(house, SOMERSET, "No insurer for the first year", detail="A driver asked three")
    text = page(house, f"/barriers/{id}")
    assert titles(text) == ["Insurers refuse first years", "Another price", "A price"]
    said = words(text)
    assert "Same topic; both speak of driver, first, insurer, year;" in said
    year = f"joined in the same year ({today().year}) and held up by the same (insurance)"
    assert f"Same topic; also in England, {year}." in said
    assert f"Same topic; also {year}." in said


def test_lessons_that_name_the_topic_are_shown_those_taken_up_most_first(house: House) -> None:
    lesson(house, CORNWALL, title="Nobody took this up", resolves=["insurance"])
    wide = lesson(house, CORNWALL, title="Many took this up", resolves=["insurance"])
    retired = lesson(house, CORNWALL, title="Retired", resolves=["insurance"])
    lesson(house, CORNWALL, title="About it only", topics=["insurance"])
    house.record(f"/api/areas/{CORNWALL}/lessons/{retired}/retired", {"reason": "out of date"})
    practice(house, DEVON, wide, "adopted", CORNWALL)
    id = barrier(house, SOMERSET, "No cover")
    text = page(house, f"/barriers/{id}")
    assert titles(text) == ["Many took this up", "Nobody took this up"]
    assert "taken up by 1 area" in words(text)


def test_a_barrier_is_resolved_by_form_with_the_lesson_that_helped(house: House) -> None:
    helped = lesson(house, CORNWALL, title="Ask the broker", resolves=["insurance"])
    lesson(house, CORNWALL, title="Newer, of something else")
    id = barrier(house, SOMERSET, "No cover")
    project(house)
    form = form_at(house.catalyst, f"{RECORD}/barrier-resolved?about={id}")
    assert form.index("Ask the broker") < form.index("Newer, of something else")
    said = {"key": str(uuid4()), "how": "We asked\na broker", "lesson": helped}
    for _ in range(2):
        assert house.catalyst.post(f"{RECORD}/barrier-resolved?about={id}", **said).status_code == 303
    second = house.person("catalyst", name="Ann Lee").post(
        f"{RECORD}/barrier-resolved?about={id}", key=str(uuid4()), how="Otherwise"
    )
    assert second.status_code == 422
    assert "already resolved" in second.text
    text = page(house, f"/barriers/{id}")
    assert "With the lesson Ask the broker" in words(text)
    assert "/record/barrier-resolved" not in text


def test_a_barrier_of_another_area_can_be_read_but_not_which_enterprise_it_blocks(house: House) -> None:
    id = str(uuid4())
    said = {"topic": "insurance", "title": "No insurer", "enterprise": str(house.enterprise)}
    house.record(f"/api/areas/{SOMERSET}/barriers/{id}", said)
    assert "for Bakery" in words(page(house, f"/barriers/{id}"))
    there = house.person("catalyst", CORNWALL)
    text = page(house, f"/barriers/{id}", there)
    assert "for one enterprise" in words(text)
    assert "Bakery" not in text
    assert str(house.enterprise) not in text
    assert "What happened" not in words(text)
    assert "No other area has resolved a barrier about insurance yet" in words(text)
    assert there.get(f"/barriers/{uuid4()}").status_code == 404


def test_reach_leaves_out_areas_that_left_and_nobody_takes_up_what_they_shared_themselves(house: House) -> None:
    id = lesson(house, topics=["rural"])
    for area in (CORNWALL, DEVON):
        practice(house, area, id, "adopted")
    said = {"from_area": CORNWALL}
    refused = house.record(f"/api/areas/{SOMERSET}/practices/{id}/adopted", said, 422)
    assert "shared this lesson itself" in refused.text
    house.record(f"/api/areas/{DEVON}/leave", {})
    for path in ("/learning", f"/learning/{id}"):
        assert "Adopted or adapted in 1 of 3 areas" in words(page(house, path)), path
    assert re.search(r'data-label="Areas that took it up">1<', page(house, "/lessons"))
    assert "taken up in 1 area" in words(page(house, f"/areas/{SOMERSET}"))


def test_a_page_of_the_library_past_the_last_says_so(house: House) -> None:
    lesson(house)
    said = words(page(house, "/learning?page=50"))
    assert "The lessons end before this page." in said
    assert "No area shared a lesson" not in said
