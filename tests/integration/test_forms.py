"""Every form: what is missing is said, what is sent is recorded once, and can be corrected and undone."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from filling import Page, Said, filled_in
from house import House, Person, house_on
from msgspec import Struct
from network import CORNWALL, DEVON, SOMERSET, Network, mutated
from one_of_each import learned, one_of_each, project

from events import ledger
from events.base import in_words, today
from events.catalogue import EntryCorrected
from events.ledger import Recorded
from events.places import places
from events.renewals import RequirementsApplied
from events.settings import Settings
from hub import found
from hub.corrections.routes import INPUTS
from hub.edges.limits import Limits
from hub.forms import choices, routes
from hub.forms import form as form_module
from hub.forms.catalogue import FORMS
from hub.forms.entries import form_of
from hub.forms.form import Form, asked

SOON = (today() + timedelta(30)).isoformat()

BEFORE: Mapping[str, list[str]] = {
    "resume": ["enterprises/{enterprise}/pause"],
    "referral-again": ["referrals/{referral}/expired"],
    "contact": ["referrals/{referral}/accepted"],
    "support-started": ["referrals/{referral}/accepted"],
    "support-ended": ["referrals/{referral}/accepted", "referrals/{referral}/support-started"],
}
"""What else came before, beside one of each thing."""

SAID: Mapping[str, Said] = {
    "action": {"due": SOON},
    "session": {"takes_place": SOON},
    "waived": {"until": SOON},
    "legal-form": {"legal_form": "partnership"},
}

IDS = ("evidence", "check", "concern", "action", "story", "lesson", "session")
"""Fields of an entry by which others name it, or what it is about."""

CODES = [
    code
    for code, place in places().items()
    if place.nation and not place.to_year and code not in (SOMERSET, CORNWALL, DEVON)
]


def opened(who: Person, address: str) -> httpx.Response:
    """The page at an address. That of a form leads to itself, with a key: gone back to, it is the same form."""
    answer = who.get(address)
    return who.get(answer.headers["location"]) if answer.status_code == 303 else answer


class Place(Struct, frozen=True, kw_only=True):
    """An area where a form may be sent, by somebody who works there."""

    area: str
    who: Person
    ids: dict[str, str]
    form: Form

    @property
    def about(self) -> str:
        return self.ids["idea"] if self.form.name == "registration" else self.ids.get(self.form.about, "")

    def address(self, about: str | None = None) -> str:
        about = self.about if about is None else about
        linked = {each.name: self.ids[each.name] for each in self.form.fields if each.hidden and each.name in self.ids}
        if self.form.name == "referral":
            linked = {}
        if self.form.name == "referral-again":
            linked = {"instead_of": self.ids["referral"]}
        query = urlencode({name: text for name, text in {"about": about, **linked}.items() if text})
        return f"/areas/{self.area}/record/{self.form.name}?{query}".rstrip("?")

    def filled_in(self) -> Said:
        page = opened(self.who, self.address())
        assert page.status_code == 200, page.headers.get("location", page.text)
        said = dict(SAID.get(self.form.name, {}))
        if self.form.name == "boundary":
            said = {"from_code": self.area, "to_code": DEVON}
        return filled_in(page.text, self.form, **said)


class Places:
    """For each form an area of its own, made when it is first asked for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.codes = iter(CODES)
        self._made: dict[str, Place] = {}
        self.elsewhere = one_of_each(house, SOMERSET)

    def of(self, form: Form) -> Place:
        if form.name not in self._made:
            self._made[form.name] = self._make(form)
        return self._made[form.name]

    def _make(self, form: Form) -> Place:
        area, ids = next(self.codes), dict[str, str]()
        if form.name != "join":
            self.house.record(f"/api/areas/{area}/join", {})
            ids = one_of_each(self.house, area)
            for path in BEFORE.get(form.name, []):
                self.house.record(f"/api/areas/{area}/{path.format_map(ids)}", {})
            if form.name.startswith("practice"):
                ids["lesson"] = self.elsewhere["lesson"]
            if form.name == "practice-abandoned":
                learned(self.house, area, ids["lesson"], "trialled")
        project(self.house)
        return Place(area=area, who=self.house.person("catalyst", area), ids=ids, form=form)

    def entries(self, place: Place) -> list[Recorded]:
        return list(ledger.read_all(self.house.connection, place.area))


@pytest.fixture(scope="module")
def everywhere(module_settings: Settings) -> Iterator[Places]:
    with pytest.MonkeyPatch.context() as patch, Network.on(module_settings) as network:
        patch.setattr(routes, "SEEN_WITHIN", 0.0)  # no projector runs here
        patch.setattr(Limits, "count", lambda *_: None)  # who tries everything asks more often than anybody may
        with house_on(module_settings, network) as house:
            yield Places(house)


each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def send(place: Place, said: Said, address: str = "") -> Any:
    return place.who.post(address or place.address(), **said)  # pyright: ignore[reportArgumentType]


def told(answer: Any) -> list[str]:
    """What is wrong, as the page sums it up."""
    return re.findall(r'<li><a href="#[^"]*">(.*?)</a></li>', answer.text)


def changed(place: Place, said: Said) -> Said:
    """The same form with something else in it."""
    if place.form.on:
        return said | {"on": in_words(today() - timedelta(1))}
    name = next(each.field.name for each in asked(place.form) if each.shape in ("line", "number", "text"))
    return said | {name: f"{said[name]}1"}


def otherwise(form: Form, said: Said) -> Said:
    """With one thing changed that may stand in its place: a text, a number, or else the day."""
    for each in asked(form):
        name = each.field.name
        if each.shape in ("line", "text", "number") and name not in IDS and not name.endswith("_code"):
            return said | {name: "7" if each.shape == "number" and said[name] != "7" else f"{said[name]}1"}
    return said | {"on": in_words(today() - timedelta(1))}


def test_whatever_people_may_record_has_a_form() -> None:
    assert set(INPUTS.values()) == {form.input for form in FORMS.values()}


@each_form
def test_what_is_missing_is_said_where_it_is_missing(everywhere: Places, form: Form) -> None:
    place = everywhere.of(form)
    if not any(each.needed and each.shape not in ("hidden", "yes", "some") for each in asked(form)):
        return
    before = len(everywhere.entries(place))
    answer = send(place, {"key": str(uuid4())})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert 'class="govuk-error-summary"' in answer.text
    assert page.links
    assert set(page.links) <= page.ids, "each leads to a field"
    assert len(everywhere.entries(place)) == before


@each_form
def test_what_has_no_such_id_and_what_is_in_another_area_is_not_found_alike(everywhere: Places, form: Form) -> None:
    if form.about == "area":
        return
    place = everywhere.of(form)
    there = everywhere.elsewhere[form.about]
    shown: set[str] = set()
    for about in (str(uuid4()), *([there] if form.about not in ("lesson", "barrier") else [])):
        address = place.address(about)
        for answer in (opened(place.who, address), send(place, {"key": "one"}, address)):
            assert answer.status_code == 404
            shown.add(answer.text)
    assert len(shown) == 1
    elsewhere = f"/areas/{SOMERSET}/record/{form.name}?about={there}"
    nowhere = f"/areas/{CODES[-1]}/record/{form.name}?about={there}"
    for answer in (opened(place.who, elsewhere), opened(place.who, nowhere), send(place, {"key": "one"}, elsewhere)):
        assert answer.status_code == 404


@each_form
def test_what_is_sent_is_recorded_once_however_often(everywhere: Places, form: Form) -> None:
    place = everywhere.of(form)
    before = everywhere.entries(place)
    said = place.filled_in()
    answer = send(place, said)
    assert answer.status_code == 303, told(answer)
    new = everywhere.entries(place)[len(before) :]
    (entry,) = [each for each in new if not isinstance(each.event, RequirementsApplied)][:1]
    follow = {type(each.event).__name__ for each in new[1:]} - {"RequirementsApplied", "RequirementRenewed"}
    assert INPUTS[type(entry.event)] is form.input
    assert not follow, "and nothing but what follows from it"
    assert entry.actor == place.who.id
    assert str(entry.position) in answer.headers["location"]

    project(everywhere.house)
    again = send(place, said)
    assert again.status_code == 303
    assert str(entry.position) in again.headers["location"]
    other = send(place, changed(place, said))
    assert other.status_code == 422
    assert routes.ALREADY_SENT in other.text
    assert len(everywhere.entries(place)) == len(before) + len(new)

    shown = place.who.get(answer.headers["location"])
    assert shown.status_code == 200
    if not form.to_its_page:
        assert "Undo it" in shown.text


@each_form
def test_what_was_recorded_is_corrected_and_undone(everywhere: Places, form: Form) -> None:
    place = everywhere.of(form)
    entry = next(each for each in reversed(everywhere.entries(place)) if INPUTS.get(type(each.event)) is form.input)
    own = f"/areas/{place.area}/recorded/{entry.position}"
    page = opened(place.who, f"{own}/correct")
    assert page.status_code == 200, page.headers.get("location", page.text)
    assert in_words(entry.occurred_on) in page.text or form.on is None
    assert "&#39;box&#39;" not in page.text, "what is sealed stays closed"
    form_shown = form_of(entry)
    said = otherwise(form_shown, filled_in(page.text, form_shown, wrong="mistyped"))
    if form.name == "referral-again":  # who it is stands in the earlier one
        said |= {name: "" for name in said if name.startswith("person.")}

    without = send(place, said | {"wrong": ""}, f"{own}/correct")
    assert without.status_code == 422
    answer = send(place, said, f"{own}/correct")
    assert answer.status_code == 303, told(answer)
    fix = everywhere.entries(place)[-1].event
    fix = fix if isinstance(fix, EntryCorrected) else everywhere.entries(place)[-2].event
    assert isinstance(fix, EntryCorrected)
    assert (fix.corrects, type(fix.replacement)) == (entry.position, type(entry.event))
    for name in IDS:
        assert getattr(fix.replacement, name, None) == getattr(entry.event, name, None), "it keeps its id"
    count = len(everywhere.entries(place))
    assert send(place, said, f"{own}/correct").status_code == 303
    other = send(place, said | {"wrong": "wrong day"}, f"{own}/correct")
    assert other.status_code == 422
    assert routes.ALREADY_SENT in other.text
    assert len(everywhere.entries(place)) == count

    project(everywhere.house)
    seen = re.findall('name="seen" value="([0-9]+)"', place.who.get(own).text)[0]
    for _ in range(2):
        undone = send(place, {"seen": seen}, f"{own}/undo")
        assert undone.status_code in (303, 422), undone.text
    project(everywhere.house)
    if undone.status_code == 303:
        assert "Taken back" in place.who.get(own).text
    else:
        assert "Other entries build on this one" in undone.text


# ---- somebody of two areas


def of_two_areas(everywhere: Places, form: str) -> Place:
    """An area with nothing in it, and somebody who works there and in Somerset, where there is one of each thing."""
    area = next(everywhere.codes)
    everywhere.house.record(f"/api/areas/{area}/join", {})
    project(everywhere.house)
    who = everywhere.house.person("catalyst", area, SOMERSET)
    return Place(area=area, who=who, ids=everywhere.elsewhere, form=FORMS[form])


def test_what_is_in_another_area_of_theirs_is_not_found_in_this_one(
    everywhere: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = of_two_areas(everywhere, "milestone")
    assert opened(place.who, f"/areas/{SOMERSET}/record/milestone?about={place.about}").status_code == 200
    assert opened(place.who, place.address()).status_code == 404
    without = mutated(found, 'raise NotFound(f"There is no such {kind} here.")', "row = row")
    monkeypatch.setattr(routes, "find", without.find)
    assert opened(place.who, place.address()).status_code == 200, "the mutant: one finds whatever one may read"


@pytest.mark.parametrize(
    ("form", "field", "choice"),
    [
        ("barrier", "enterprise", "enterprises"),
        ("catalyst-left", "post", "posts"),
        ("risk-closed", "risk", "open risks"),
        ("condition-withdrawn", "condition", "conditions met"),
    ],
)
def test_what_there_is_to_choose_from_is_of_this_area(
    everywhere: Places, monkeypatch: pytest.MonkeyPatch, form: str, field: str, choice: str
) -> None:
    place = of_two_areas(everywhere, form)
    assert not Page(opened(place.who, place.address("")).text).options.get(field)
    everywhere_else = {choice: choices.CHOICES[choice].replace("area = %(area)s", "true")}
    monkeypatch.setattr(choices, "CHOICES", {**choices.CHOICES, **everywhere_else})
    assert Page(opened(place.who, place.address("")).text).options.get(field), "the mutant: of all one may read"


def test_what_an_areas_form_is_about_is_the_area_whatever_its_address_says(everywhere: Places) -> None:
    place = of_two_areas(everywhere, "risk")
    said: Said = {"key": str(uuid4()), "risk": "another risk", "owner": "the director"}
    assert send(place, said, place.address(str(uuid4()))).status_code == 303


# ---- mutants of how a correction is read


def test_a_sealed_text_would_be_shown_and_said_in_the_open_if_it_were_taken_for_a_text(
    everywhere: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = everywhere.of(FORMS["standards"])
    own = f"/api/areas/{place.area}/enterprises/{place.ids['enterprise']}/milestones"
    said = {"kind": "open", "note": "Her daughter drives her"}
    position = everywhere.house.record(own, said).json()["position"]
    project(everywhere.house)
    page = f"/areas/{place.area}/recorded/{position}/correct"
    assert Page(opened(place.who, page).text).held["note"] == ""
    without = mutated(form_module, " and not isinstance(within, dict)", "")
    monkeypatch.setattr(routes, "values", without.values)
    assert "box" in Page(opened(place.who, page).text).held["note"]


def test_what_is_corrected_would_go_by_another_id_if_it_were_read_like_something_new() -> None:
    form, said = FORMS["concern"], {"kind": "money", "on": in_words(today())}
    before, key = {"concern": str(uuid4())}, str(uuid4())
    without = mutated(form_module, "(before or {}).get(name) or ", "")
    assert getattr(form_module.read(form, said, key=key, before=before)[0], "concern", None) == UUID(before["concern"])
    assert getattr(without.read(form, said, key=key, before=before)[0], "concern", None) != UUID(before["concern"])
