"""People's data: looking at it, who looked, giving it out, erasing it."""

import csv
import html
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from house import DETAILS, NOTE, OWNER, WHY, House, Person, house_on
from network import CORNWALL, SOMERSET, Fact, Network

from events import erasing, ledger
from events.access import LOCAL, Action, Principal
from events.base import Sealed, in_words, today
from events.catalogue import EntryCorrected
from events.database import connect, let_in
from events.enterprises import EnterpriseRegistered, MilestoneRecorded, Owner
from events.personal_data import COLUMNS, PLAIN
from events.settings import Settings
from hub.access.invitations import accept, invite
from hub.db import Hub
from hub.people import erasure, routes
from hub.people.export import CLOSED, redacted
from hub.people.looking import ONE_KEY


@pytest.fixture
def house(settings: Settings, network: Network) -> Iterator[House]:
    with house_on(settings, network) as house:
        yield house


# ---- looking


def test_a_look_needs_a_reason_shows_once_and_is_on_record(house: House) -> None:
    path = f"/people/{house.owner}"
    closed = house.catalyst.get(path)
    assert closed.status_code == 200
    assert "Quillfeather" not in closed.text
    without = house.catalyst.post(path, why=" ")
    assert without.status_code == 422
    assert "Quillfeather" not in without.text
    assert house.looks() == []
    shown = house.catalyst.post(path, why=WHY)
    for part in (
        DETAILS["name"],
        OWNER["email"],
        OWNER["phone"],
        "face to face on 3 May 2026",
        "form of words A 2026-05",
    ):
        assert part in shown.text
    assert NOTE not in shown.text, "the note is about somebody else"
    assert house.looks() == [(SOMERSET, "Bronwen", WHY, False, False)]
    assert WHY in house.lead.get(path).text
    for answer in (closed, without, shown):
        assert answer.headers["cache-control"] == "no-store"


def test_a_note_opens_under_the_enterprises_key(house: House) -> None:
    assert NOTE in house.catalyst.post(f"/people/{house.enterprise}", why=WHY).text.replace("&#39;", "'")


def test_what_is_noted_beside_a_reason_opens_with_the_enterprise(house: House) -> None:
    own = f"/api/areas/{SOMERSET}/enterprises/{house.enterprise}"
    position = house.record(f"{own}/pause", {"reason": "another reason", "note": "note-of-pause"}).json()["position"]
    said = {
        "position": position,
        "reason": "wrong day",
        "note": "note-of-correction",
        "replacement": {"note": "mended"},
    }
    house.record(f"/api/areas/{SOMERSET}/corrections", said)
    house.record(f"{own}/close", {"reason": "retired", "note": "note-of-closing"})
    page = house.catalyst.post(f"/people/{house.enterprise}", why=WHY).text
    for part in ("note-of-pause", "note-of-correction", "mended", "note-of-closing"):
        assert part in page
    feed = house.lead.get(f"/api/areas/{SOMERSET}/ledger").text
    assert "note-of" not in feed
    assert '"wrong day"' in feed


def test_without_a_record_of_the_look_nothing_is_shown(house: House) -> None:
    house.connection.execute("alter table look add constraint none_is_added check (false) not valid")
    try:
        answer = house.catalyst.post(f"/people/{house.owner}", why=WHY)
    finally:
        house.connection.execute("alter table look drop constraint none_is_added")
    assert answer.status_code >= 500
    assert "Quillfeather" not in answer.text
    assert house.looks() == []


def test_the_look_is_on_record_before_anything_opens(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    on_record: list[int] = []
    key_of = Hub.key_of

    def watched(hub: Hub, subject: UUID) -> bytes | None:
        on_record.append(len(house.looks()))
        return key_of(hub, subject)

    monkeypatch.setattr(Hub, "key_of", watched)
    assert DETAILS["name"] in house.catalyst.post(f"/people/{house.owner}", why=WHY).text
    assert on_record == [1], "committed: another connection sees it"


def test_who_may_not_read_people_learns_nothing(house: House) -> None:
    path = f"/people/{house.owner}"
    elsewhere = house.person("catalyst", CORNWALL)
    assert elsewhere.get(path).status_code == elsewhere.post(path, why=WHY).status_code == 404
    assert elsewhere.get(path).text == elsewhere.get(f"/people/{uuid4()}").text
    for role in ("commissioner", "national", "administrator"):
        stranger = house.person(role)
        assert stranger.get(path).status_code == stranger.post(path, why=WHY).status_code == 403
    assert house.catalyst.post(f"{path}/break-glass", why=WHY).status_code == 403
    assert house.looks() == []


def test_breaking_the_glass_shows_to_the_lead(house: House) -> None:
    national = house.person("national", name="Ruth")
    path = f"/people/{house.owner}/break-glass"
    assert "not your task" in national.get(path).text
    assert DETAILS["name"] in national.post(path, why="A safeguarding call came in").text
    assert house.looks() == [(SOMERSET, "Ruth", "A safeguarding call came in", False, True)]
    audit = house.lead.get("/audit?done=broke+glass")
    assert "A safeguarding call came in" in audit.text


def look_at(house: House, area: str, subject: UUID, why: str) -> None:
    house.connection.execute(
        "insert into look (area, id, who, who_name, subject, why) values (%s, %s, 'account:x', 'Xenia', %s, %s)",
        [area, uuid4(), subject, why],
    )


def seen_from_cornwall(house: House, network: Network) -> tuple[str, str]:
    """What a Catalyst there sees of somebody both areas hold something of, and a lead there of what is to be erased."""
    note = Sealed[str](subject=house.owner, box=b"x")
    network.given(Fact(event=MilestoneRecorded(kind="x", note=note), on=None, stream=uuid4(), area=CORNWALL))
    look_at(house, SOMERSET, house.owner, "a look in Somerset")
    look_at(house, CORNWALL, house.owner, "a look in Cornwall")
    other = uuid4()
    house.register(SOMERSET, other, {"name": "Zebedee"})
    (held,) = house.owners(enterprise=other)
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    house.catalyst.post(f"/areas/{SOMERSET}/people/{held}/hold", kind="legal claim")
    person = house.person("catalyst", CORNWALL).get(f"/people/{house.owner}")
    erasures = house.person("lead", CORNWALL).get("/erasures")
    assert person.status_code == erasures.status_code == 200
    assert "a look in Cornwall" in person.text
    return person.text, erasures.text


def test_looks_and_erasures_of_another_area_do_not_show(house: House, network: Network) -> None:
    person, erasures = seen_from_cornwall(house, network)
    assert "a look in Somerset" not in person
    assert "Nothing waits." in erasures
    assert "Nobody is on hold." in erasures


@pytest.mark.parametrize("action", ["read people", "approve erasure"])
def test_seeing_all_areas_where_one_acts_is_noticed(
    house: House, network: Network, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """The mutants: looks, or the list of erasures, are read as by the hub itself."""
    acting = Hub.acting

    def seeing_all(hub: Hub, who: Principal, wanted: Action, area: str | None = None) -> AbstractContextManager[object]:
        return hub.watching() if wanted == action and area is None else acting(hub, who, wanted, area)

    monkeypatch.setattr(Hub, "acting", seeing_all)
    person, erasures = seen_from_cornwall(house, network)
    assert ("a look in Somerset" in person) == (action == "read people")
    assert ("Nothing waits." in erasures) == ("Nobody is on hold." in erasures) == (action == "read people")


def test_the_way_to_a_person_leads_over_their_enterprise(house: House) -> None:
    path = f"/areas/{SOMERSET}/enterprises/{house.enterprise}/people"
    page = house.catalyst.get(path)
    assert f"/people/{house.owner}" in page.text
    assert f"/people/{house.enterprise}" in page.text
    assert f"/people/{house.owner}/break-glass" in house.person("national").get(path).text
    assert f"/people/{house.owner}" not in house.person("commissioner").get(path).text
    assert house.person("catalyst", CORNWALL).get(path).status_code == 404
    assert house.catalyst.get(f"/areas/{SOMERSET}/enterprises/{uuid4()}/people").status_code == 404
    assert house.looks() == []


def test_looks_are_added_and_never_changed(house: House) -> None:
    house.catalyst.post(f"/people/{house.owner}", why=WHY)
    with connect(house.settings.database_url, for_others=True) as connection:
        for forbidden in ("update look set why = 'x'", "delete from look", "truncate look"):
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(forbidden.encode())
        assert connection.execute("select count(*) from look").fetchone() == (0,), "a look shows in its area only"


# ---- consent


@pytest.mark.parametrize(
    ("owner", "field"),
    [
        ({"name": "A", "lawful_basis": "contract", "consent": OWNER["consent"]}, "owner.lawful_basis"),
        ({"name": "A", "consent": OWNER["consent"]}, "owner.lawful_basis"),
        (
            {"name": "A", "lawful_basis": "consent", "consent": {"given_on": "2099-01-01", "how": "online"}},
            "owner.consent.given_on",
        ),
    ],
)
def test_consent_and_lawful_basis_must_fit(house: House, owner: object, field: str) -> None:
    refused = house.register(SOMERSET, uuid4(), owner, status=422)
    assert refused.json()["errors"][0]["field"] == field


def test_without_a_lawful_basis_the_usual_one_is_shown(house: House) -> None:
    house.enterprise = uuid4()
    house.register(SOMERSET, house.enterprise, {"name": "Bob"})
    assert "Public task" in house.catalyst.get(f"/people/{house.owners()[0]}").text


# ---- audit


def test_the_audit_filters_and_its_file_runs_no_formula(house: House) -> None:
    house.catalyst.post(f"/people/{house.owner}", why="=cmd|' /C calc'!A0")
    house.lead.post(f"/people/{house.enterprise}", why="A second reason")
    file = house.lead.get("/audit.csv?done=looked")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [row["why"] for row in rows] == ["A second reason", "'=cmd|' /C calc'!A0"]
    assert file.headers["cache-control"] == "no-store"
    by = rows[1]["who"]
    for query, whys in (
        (f"by={by}", 1),
        (f"person={house.owner}", 1),
        (f"on={date.today().isoformat()}&done=looked", 2),
        ("on=2020-01-01", 0),
        ("done=looked", 2),
        ("done=exported", 0),
        (f"of_area={CORNWALL}", 0),
    ):
        assert len(house.lead.get(f"/audit.csv?{query}").text.splitlines()) == 1 + whys, query
        assert house.lead.get(f"/audit?{query}").status_code == 200
    assert house.lead.get("/audit?on=nonsense&person=x").status_code == 422
    assert "A second reason" not in house.person("lead", CORNWALL).get("/audit").text
    assert "A second reason" in house.person("administrator").get("/audit").text
    assert house.catalyst.get("/audit").status_code == 403


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "1999-12-31", (today() + timedelta(1)).isoformat()])
def test_a_day_of_the_audit_that_cannot_be_is_told_at_the_field(house: House, on: str) -> None:
    page = house.lead.get(f"/audit?on={on}")
    assert page.status_code == 422
    assert '<p class="govuk-error-message" id="on-error">' in page.text
    assert "Choose a day from 1 January 2000 to today." in page.text
    assert house.lead.get(f"/audit.csv?on={on}").status_code == 422


def test_a_file_of_the_audit_that_was_cut_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        house.catalyst.post(f"/people/{house.owner}", why=WHY)
    for most, lines in ((2, [WHY, WHY]), (1, [WHY, "The file was cut: these are the newest 1."])):
        monkeypatch.setattr(routes, "IN_FILE", most)
        rows = list(csv.DictReader(io.StringIO(house.lead.get("/audit.csv?done=looked").text)))
        assert [row["why"].split(" Choose")[0] for row in rows] == lines


# ---- the copy for the person


def test_the_copy_lists_every_look(house: House) -> None:
    house.connection.execute(
        "insert into look (area, id, who, who_name, subject, why)"
        " select %s, gen_random_uuid(), 'x', 'x', %s, 'look ' || n from generate_series(1, 250) n",
        [SOMERSET, house.owner],
    )
    answer = house.catalyst.post(f"/people/{house.owner}/export", why="They asked for a copy")
    data = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("data.json"))
    assert len(data["looked"]) == 251
    assert "These are the newest 200" in house.catalyst.get(f"/people/{house.owner}").text


def test_the_copy_holds_all_about_one_person_and_nothing_about_another(house: House) -> None:
    refused = house.catalyst.post(f"/people/{house.owner}/export", why="")
    assert refused.status_code == 422
    answer = house.catalyst.post(f"/people/{house.owner}/export", why="They asked for a copy")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    data = json.loads(archive.read("data.json"))
    readable = archive.read("read-me.html").decode()
    entry = data["entries"][0]
    assert entry["sealed"] == [{name.capitalize(): said for name, said in DETAILS.items()}]
    assert (entry["area"], entry["position"]) == (SOMERSET, 2)
    assert entry["recorded_at"]
    assert DETAILS["name"] in readable
    assert NOTE not in archive.read("data.json").decode() + readable
    assert house.looks() == [(SOMERSET, "Bronwen", "They asked for a copy", True, False)]
    assert "They asked for a copy" in readable
    assert "Bronwen" not in readable, "who works with the hub is a third party too"


def test_what_is_about_somebody_else_in_the_same_entry_stays_closed() -> None:
    one, other = uuid4(), uuid4()
    box = Sealed[Owner](subject=other, box=b"x")
    event = EnterpriseRegistered(enterprise=uuid4(), name="Bakery", origin="new", legal_form="CIC", owner=box)
    assert redacted(event, one)["owner"] == CLOSED
    assert (
        redacted(EntryCorrected(corrects=1, reason="mistyped", replacement=event), one)["replacement"]["owner"]
        == CLOSED
    )
    assert redacted(event, other)["owner"] != CLOSED


# ---- whose key


def owner_said(name: str) -> dict[str, object]:
    return {"name": "Bakery", "origin": "new", "legal_form": "CIC", "owner": {"name": name}}


def correct_owner(house: House, name: str, status: int = 201) -> None:
    position = ledger.read_stream(house.connection, SOMERSET, house.enterprise)[0].position
    said = {"position": position, "reason": "mistyped", "replacement": owner_said(name)}
    house.record(f"/api/areas/{SOMERSET}/corrections", said, status)


def test_another_owner_has_another_key_and_the_same_keeps_theirs(house: House) -> None:
    correct_owner(house, DETAILS["name"])
    assert house.owners() == [house.owner], "the name is unchanged, so this is the same person"
    correct_owner(house, "Zebedee")
    assert len(house.owners()) == 2
    correct_owner(house, DETAILS["name"])
    assert len(house.owners()) == 2
    house.ask_and_approve()
    assert house.tick() == 1
    other = house.owners()[1]
    assert "Zebedee" in house.catalyst.post(f"/people/{other}", why=WHY).text, "erasing one leaves the other"
    correct_owner(house, "Yolanda")
    assert len(house.owners()) == 3


def test_comparing_with_an_earlier_owner_is_on_record_as_a_look_at_them(house: House) -> None:
    correct_owner(house, "Zebedee")
    assert [(area, why) for area, _, why, _, _ in house.looks()] == [(SOMERSET, ONE_KEY)]
    assert ONE_KEY in house.lead.get(f"/people/{house.owner}").text
    house.connection.execute("alter table look add constraint none_is_added check (false) not valid")
    try:
        correct_owner(house, DETAILS["name"], status=500)
    finally:
        house.connection.execute("alter table look drop constraint none_is_added")


def test_an_owner_who_was_erased_is_compared_with_nobody_though_a_restored_vault_has_their_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "destroy_keys", lambda vault, subjects: 0)
    house.ask_and_approve()
    assert house.tick() == 1
    correct_owner(house, DETAILS["name"])
    assert len(house.owners()) == 2
    assert house.looks() == []


def test_a_corrected_owner_must_fit_like_a_registered_one(house: House) -> None:
    position = ledger.read_stream(house.connection, SOMERSET, house.enterprise)[0].position
    owner = OWNER | {"lawful_basis": "public task"}
    said = {"position": position, "reason": "mistyped", "replacement": owner_said("x") | {"owner": owner}}
    house.record(f"/api/areas/{SOMERSET}/corrections", said, status=422)
    assert house.owners() == [house.owner]


def test_one_enterprise_id_in_two_areas_has_two_owners(house: House) -> None:
    house.register(CORNWALL, house.enterprise, OWNER)
    assert set(house.owners(CORNWALL)).isdisjoint(house.owners())


# ---- erasing


def test_one_asks_and_another_approves(house: House) -> None:
    path = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert house.lead.post(path, basis="consent withdrawn").status_code == 303
    own = house.lead.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve")
    assert own.status_code == 422
    assert "somebody else has to approve" in own.text
    assert house.catalyst.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve").status_code == 403
    assert house.catalyst.post(path, basis="consent withdrawn").status_code == 422, "it was asked for already"
    assert house.tick() == 0
    other = house.person("lead", name="Olu")
    assert "Erase for good" in other.get("/erasures").text
    assert "Erase for good" not in house.lead.get("/erasures").text
    assert other.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve").status_code == 303
    assert house.tick() == 1


def test_whoever_approves_signed_in_lately(house: House) -> None:
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    house.connection.execute("update session set proved_at = clock_timestamp() - interval '16 minutes'")
    first = house.lead.post(approve)
    assert first.status_code == 303
    assert first.headers["location"] == "/sign-in?to=/erasures"
    assert house.tick() == 0
    assert house.lead.get("/erasures").status_code == 200
    house.lead.sign_in()
    assert house.lead.post(approve).headers["location"] == "/erasures"
    assert house.tick() == 1


def test_the_notes_about_their_enterprise_are_erased_in_the_same_request(house: House) -> None:
    page = house.catalyst.get(f"/people/{house.owner}").text
    assert "Also what is noted about their enterprise" in page
    assert f'href="/people/{house.enterprise}"' in page
    assert "does not guess that two owners are one person" in page
    assert "Also what is noted" not in house.catalyst.get(f"/people/{house.enterprise}").text
    path = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert house.catalyst.post(path, basis="asked by the person", notes="with").status_code == 303
    page = house.lead.get("/erasures").text
    assert f"Person {house.owner}" in page
    assert f"Notes about enterprise {house.enterprise}" in page
    orders = house.connection.execute("select id, subject from erasure").fetchall()
    assert {subject for _, subject in orders} == {house.owner, house.enterprise}
    for id, _ in orders:
        assert house.lead.post(f"/areas/{SOMERSET}/erasures/{id}/approve").status_code == 303
    assert house.tick() == 2
    assert house.catalyst.post(f"/people/{house.enterprise}", why=WHY).status_code == 410
    noted = f"/api/areas/{SOMERSET}/enterprises/{house.enterprise}/milestones"
    house.record(noted, {"kind": "x", "note": "another"}, status=410)
    house.record(noted, {"kind": "x"})


def test_notes_that_it_was_asked_for_are_not_asked_for_again(house: House) -> None:
    path = f"/areas/{SOMERSET}/people"
    assert house.catalyst.post(f"{path}/{house.enterprise}/erasure", basis="recorded by mistake").status_code == 303
    ask = house.catalyst.post(f"{path}/{house.owner}/erasure", basis="asked by the person", notes="with")
    assert ask.status_code == 303
    bases = house.connection.execute("select subject, basis from erasure").fetchall()
    assert sorted(bases) == sorted([(house.enterprise, "recorded by mistake"), (house.owner, "asked by the person")])


def test_a_hold_of_an_owner_holds_the_notes_about_their_enterprise(house: House) -> None:
    path = f"/areas/{SOMERSET}/people/{house.owner}"
    assert house.catalyst.post(f"{path}/erasure", basis="asked by the person", notes="with").status_code == 303
    assert house.catalyst.post(f"{path}/hold", kind="legal claim").status_code == 303
    page = house.lead.get("/erasures").text
    assert page.count("must not be erased yet: legal claim") == 2
    assert "Erase for good" not in page


def test_a_hold_of_an_owner_holds_what_is_noted_about_their_enterprise_later(house: House) -> None:
    enterprise = uuid4()
    house.register(SOMERSET, enterprise, {"name": "Zebedee"})
    (owner,) = house.owners(enterprise=enterprise)
    path = f"/areas/{SOMERSET}/people/{owner}"
    assert house.catalyst.post(f"{path}/hold", kind="legal claim").status_code == 303
    noted = {"kind": "open", "note": "evidence for the claim"}
    house.record(f"/api/areas/{SOMERSET}/enterprises/{enterprise}/milestones", noted)
    assert house.catalyst.post(f"{path}/erasure", basis="asked by the person", notes="with").status_code == 303
    rows = house.connection.execute("select subject, id from erasure").fetchall()
    orders = {str(subject): id for subject, id in rows}
    assert set(orders) == {str(owner), str(enterprise)}
    for id in orders.values():
        refused = house.lead.post(f"/areas/{SOMERSET}/erasures/{id}/approve")
        assert refused.status_code == 422
        assert "must not be erased yet: legal claim" in refused.text
    assert house.tick() == 0
    (hold,) = house.connection.execute("select id from erasure_hold").fetchall()
    house.lead.post(f"/areas/{SOMERSET}/holds/{hold[0]}/lift")
    notes = f"/areas/{SOMERSET}/erasures/{orders[str(enterprise)]}/approve"
    assert "You lifted a hold" in house.lead.post(notes).text
    assert house.person("lead", name="Olu").post(notes).status_code == 303


def test_without_asking_for_the_notes_they_stay(house: House) -> None:
    house.ask_and_approve()
    assert house.tick() == 1
    assert NOTE in html.unescape(house.catalyst.post(f"/people/{house.enterprise}", why=WHY).text)


def came_in(house: House, guest: Person, *, by: str, days_ago: int) -> None:
    """Somebody used a link to an account, made by `by`, so many days ago, and is signed in with it."""
    account = accept(house.connection, invite(house.connection, name="", email=guest.email, role=None, by=LOCAL.id))
    house.connection.execute(
        "update invitation set made_by = %s, closed_at = closed_at - make_interval(days => %s) where account = %s",
        [by, days_ago, account],
    )
    guest.sign_in()


@pytest.mark.parametrize("asker_invited", [True, False], ids=["invited by the asker", "invited the asker"])
def test_whoever_let_the_other_in_is_no_second_person(house: House, asker_invited: bool) -> None:
    asker, other = house.person("lead", name="Olu"), house.person("lead", name="Pia")
    host, guest = (asker, other) if asker_invited else (other, asker)
    came_in(house, guest, by=host.id, days_ago=1000)
    path = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert asker.post(path, basis="consent withdrawn").status_code == 303
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    refused = other.post(approve)
    assert refused.status_code == 422
    assert "invited the other to this hub" in refused.text
    page = other.get("/erasures").text
    assert "invited the other to this hub" in page
    assert "Erase for good" not in page
    assert house.lead.post(approve).status_code == 303


def test_an_invitation_that_was_not_accepted_keeps_nobody_from_approving(house: House) -> None:
    asker, other = house.person("lead", name="Olu"), house.person("lead", name="Pia")
    invite(house.connection, name="", email=other.email, role=None, by=LOCAL.id)
    house.connection.execute("update invitation set made_by = %s", [asker.id])
    asker.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="consent withdrawn")
    assert other.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve").status_code == 303


def test_an_administrator_who_becomes_two_people_by_links_erases_nobody(house: House) -> None:
    administrator = house.person("administrator")
    path = f"/areas/{SOMERSET}/people/{house.owner}"
    assert house.catalyst.post(f"{path}/erasure", basis="asked by the person").status_code == 303
    house.connection.execute("delete from erasure")
    came_in(house, house.catalyst, by=administrator.id, days_ago=0)
    came_in(house, house.lead, by=administrator.id, days_ago=0)
    from_day = in_words(today() + timedelta(7))
    says = f"by a link in the last 7 days. You may ask for erasures and approve them from {from_day}."
    refused = house.catalyst.post(f"{path}/erasure", basis="asked by the person")
    assert refused.status_code == 422
    assert says in refused.text
    page = house.catalyst.get(f"/people/{house.owner}").text
    assert says in page
    assert "Ask for this person" not in page
    asked = house.person("catalyst", name="Olu").post(f"{path}/erasure", basis="asked by the person")
    assert asked.status_code == 303
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    refused = house.lead.post(approve)
    assert refused.status_code == 422
    assert says in refused.text
    page = house.lead.get("/erasures").text
    assert says in page
    assert "an administrator has to make one more person lead" in page
    assert "Erase for good" not in page
    assert house.tick() == 0


@pytest.mark.parametrize(
    ("days", "same", "refused"),
    [(6, False, True), (7, False, False), (8, True, True), (89, True, True), (91, True, False)],
)
def test_two_whom_one_person_let_in_are_two_people_after_three_months_only(
    house: House, days: int, same: bool, refused: bool
) -> None:
    one, another = house.person("administrator"), house.person("administrator")
    came_in(house, house.lead, by=one.id, days_ago=days)
    came_in(house, house.catalyst, by=(one if same else another).id, days_ago=max(days, 7))
    path = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert house.catalyst.post(path, basis="asked by the person").status_code == 303
    answer = house.lead.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve")
    assert answer.status_code == (422 if refused else 303)
    assert ("One person let both of you in" in answer.text) == (refused and same)
    assert house.tick() == (0 if refused else 1)


def test_without_the_wait_one_administrator_would_be_two_people(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutants: each of the two conditions alone stops it, neither of them does not."""
    administrator = house.person("administrator")
    for each in (house.lead, house.catalyst):
        came_in(house, each, by=administrator.id, days_ago=0)
    monkeypatch.setattr(erasure, "WAITS", timedelta(0))
    path = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert house.catalyst.post(path, basis="asked by the person").status_code == 303
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    assert "One person let both of you in" in house.lead.post(approve).text
    monkeypatch.setattr(erasure, "ONE_HOST", timedelta(0))
    assert house.lead.post(approve).status_code == 303


def test_whom_the_hubs_own_machine_let_in_may_erase_after_a_week(house: House) -> None:
    for each in (house.lead, house.catalyst):
        came_in(house, each, by=LOCAL.id, days_ago=8)
    house.ask_and_approve()


def test_who_lifted_a_hold_and_leads_alone_is_told_what_to_do(house: House) -> None:
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    house.lead.post(f"/areas/{SOMERSET}/people/{house.owner}/hold", kind="safeguarding")
    page = house.lead.get("/erasures").text
    assert "Lift this hold" in page
    assert "Erase for good" not in page
    hold = house.connection.execute("select id from erasure_hold where subject = %s", [house.owner]).fetchone()
    assert hold is not None
    house.lead.post(f"/areas/{SOMERSET}/holds/{hold[0]}/lift")
    page = house.lead.get("/erasures").text
    assert "You lifted a hold" in page
    assert "an administrator has to make one more person lead" in page
    assert "Erase for good" not in page
    assert "an administrator has to" in house.lead.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve").text
    other = house.person("lead", name="Olu")
    assert "an administrator has to" not in house.lead.get("/erasures").text
    assert "Erase for good" in other.get("/erasures").text


def test_there_is_no_button_for_what_other_areas_hold_or_asked_for(house: House, network: Network) -> None:
    note = Sealed[str](subject=house.owner, box=b"x")
    network.given(Fact(event=MilestoneRecorded(kind="x", note=note), on=None, stream=uuid4(), area=CORNWALL))
    both = house.person("lead", SOMERSET, CORNWALL, name="Olu")
    assert both.post(f"/areas/{CORNWALL}/people/{house.owner}/erasure", basis="asked by the person").status_code == 303
    house.connection.execute(
        "insert into kept_long_enough (area, subject, due_on, found_on) values (%s, %s, '2026-05-03', '2026-05-04')",
        [SOMERSET, house.owner],
    )
    page = house.lead.get("/erasures").text
    assert "Somebody in another area asked for it already" in page
    assert "Ask for this person" not in page
    page = house.catalyst.get(f"/people/{house.owner}").text
    assert "Somebody in another area asked for this person to be erased" in page
    assert "Ask for this person" not in page
    of_cornwall = house.person("lead", CORNWALL, name="Pia").get("/erasures").text
    assert "Other areas hold something" in of_cornwall
    assert "Erase for good" not in of_cornwall


def test_the_database_itself_wants_two_people(house: House) -> None:
    house.lead.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="consent withdrawn")
    with pytest.raises(Exception, match="two_people"):
        house.connection.execute(
            "update erasure set approved = true, decided_at = now(), decided_by = asked_by, decided_name = 'x'"
        )


@pytest.mark.parametrize("kind", ["legal claim", "safeguarding", "open complaint"])
def test_a_hold_blocks_erasing_until_it_is_lifted(house: House, kind: str) -> None:
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    assert house.lead.post(f"/areas/{SOMERSET}/people/{house.owner}/hold", kind=kind).status_code == 303
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    refused = house.lead.post(approve)
    assert refused.status_code == 422
    assert f"{kind}, since" in refused.text
    assert "by Imran" in refused.text
    assert f"{kind}, since" in house.lead.get("/erasures").text
    hold = house.connection.execute("select id from erasure_hold where subject = %s", [house.owner]).fetchone()
    assert hold is not None
    assert house.catalyst.post(f"/areas/{SOMERSET}/holds/{hold[0]}/lift").status_code == 403
    assert house.lead.post(f"/areas/{SOMERSET}/holds/{hold[0]}/lift").status_code == 303
    house.connection.execute("update erasure_hold set lifted_by = 'account:lifter', lifted_name = 'Only A. Lifter'")
    assert 'value="account:lifter"' in house.lead.get("/audit").text, "one can choose whoever lifted a hold"
    house.connection.execute("update erasure_hold set lifted_by = placed_by, lifted_name = placed_name")
    own = house.lead.post(approve)
    assert own.status_code == 422
    assert "You lifted a hold" in own.text
    assert house.person("lead", name="Olu").post(approve).status_code == 303
    too_late = house.lead.post(f"/areas/{SOMERSET}/people/{house.owner}/hold", kind=kind)
    assert too_late.status_code == 422


def test_a_hold_in_another_area_blocks_too(house: House) -> None:
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    house.connection.execute(
        "insert into erasure_hold (area, id, subject, kind, placed_by, placed_name)"
        " values (%s, %s, %s, 'safeguarding', 'account:x', 'Kerra')",
        [CORNWALL, uuid4(), house.owner],
    )
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    refused = house.lead.post(approve).text
    assert "a hold in another area" in refused
    assert "Kerra" not in refused
    assert "safeguarding" not in refused
    both = house.person("lead", SOMERSET, CORNWALL, name="Olu")
    assert "by Kerra" in both.post(approve).text


def test_whoever_approves_must_be_one_who_may_in_every_area_that_holds_something(
    house: House, network: Network
) -> None:
    note = Sealed[str](subject=house.owner, box=b"x")
    network.given(Fact(event=MilestoneRecorded(kind="x", note=note), on=None, stream=uuid4(), area=CORNWALL))
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    approve = f"/areas/{SOMERSET}/erasures/{house.order()}/approve"
    refused = house.lead.post(approve)
    assert refused.status_code == 422
    assert "Other areas hold something" in refused.text
    assert house.tick() == 0
    both = house.person("lead", SOMERSET, CORNWALL, name="Olu")
    assert both.post(approve).headers["location"] == "/erasures"
    assert house.tick() == 1


def test_an_erased_person_reads_as_erased_everywhere(house: House, network: Network) -> None:
    house.ask_and_approve()
    before = network.national().picture.figures
    assert "within a minute" in house.lead.get("/erasures").text
    assert house.tick() == 1
    assert house.tick() == 0
    page = house.catalyst.get(f"/people/{house.owner}")
    assert "Erased on" in page.text
    assert "last backup" in page.text
    assert house.catalyst.post(f"/people/{house.owner}", why=WHY).status_code == 410
    assert house.catalyst.post(f"/people/{house.owner}/export", why=WHY).status_code == 410
    assert house.looks() == []
    elsewhere = house.person("catalyst", CORNWALL)
    assert elsewhere.post(f"/people/{house.owner}", why=WHY).status_code == 404, "not even that they were erased"
    assert NOTE in house.catalyst.post(f"/people/{house.enterprise}", why=WHY).text.replace("&#39;", "'")
    erased = [each for each in network.events(SOMERSET) if type(each.event).__name__ == "PersonErased"]
    assert len(erased) == 1
    assert network.national().picture.figures == before
    withdrawn = {"position": erased[0].position, "reason": "did not happen"}
    assert house.record(f"/api/areas/{SOMERSET}/corrections", withdrawn, status=422)


def test_what_was_declined_is_not_erased_and_can_be_asked_again(house: House) -> None:
    house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    assert house.lead.post(f"/areas/{SOMERSET}/erasures/{house.order()}/decline").status_code == 303
    assert house.lead.post(f"/areas/{SOMERSET}/erasures/{house.order()}/approve").status_code == 422
    assert house.tick() == 0
    again = house.catalyst.post(f"/areas/{SOMERSET}/people/{house.owner}/erasure", basis="asked by the person")
    assert again.status_code == 303


def test_what_waits_is_listed_however_much_was_decided_since(house: House) -> None:
    path = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert house.catalyst.post(path, basis="asked by the person").status_code == 303
    house.connection.execute(
        "insert into erasure (area, id, subject, basis, asked_at, asked_by, asked_name, approved, decided_at,"
        " decided_by, decided_name) select %s, gen_random_uuid(), gen_random_uuid(), 'kept long enough',"
        " now() + interval '1 minute', 'a', 'A', false, now(), 'b', 'B' from generate_series(1, 250)",
        [SOMERSET],
    )
    page = house.lead.get("/erasures").text
    assert f"/erasures/{house.order()}/approve" in page
    assert page.count(">Declined<") == 200
    house.connection.execute("update erasure set approved = null, decided_at = null, decided_by = null")
    assert house.lead.get("/erasures").text.count("Erase for good") == 251


def test_whose_data_was_kept_long_enough_is_listed_for_those_who_approve(house: House) -> None:
    house.connection.execute(
        "insert into kept_long_enough (area, subject, due_on, found_on) values (%s, %s, '2026-05-03', '2026-05-04')",
        [SOMERSET, house.owner],
    )
    assert "due since 3 May 2026" in house.lead.get("/erasures").text
    assert "due since" not in house.person("lead", CORNWALL).get("/erasures").text
    ask = f"/areas/{SOMERSET}/people/{house.owner}/erasure"
    assert house.lead.post(ask, basis="kept long enough").status_code == 303
    page = house.lead.get("/erasures").text
    assert "due since" not in page
    assert "You asked for this erasure" in page


def test_nobody_asks_for_a_person_who_is_not_in_their_area(house: House) -> None:
    elsewhere = house.person("catalyst", CORNWALL)
    assert (
        elsewhere.post(f"/areas/{CORNWALL}/people/{house.owner}/erasure", basis="asked by the person").status_code
        == 404
    )
    assert elsewhere.post(f"/areas/{CORNWALL}/people/{house.owner}/hold", kind="safeguarding").status_code == 404


def test_the_map_of_data_names_what_is_sealed(house: House) -> None:
    page = house.client.get("/data-map")
    assert page.status_code == 200
    assert "Owner of an enterprise" in page.text
    assert "catalyst and lead" in page.text
    for words in (*PLAIN.values(), *(each.words for each in COLUMNS)):
        assert words in html.unescape(page.text)


@pytest.mark.parametrize("table", ["look", "erasure", "erasure_hold", "kept_long_enough"])
def test_what_was_done_about_people_shows_in_its_area_only(house: House, table: str) -> None:
    rows = {
        "look": "insert into look (area, id, who, who_name, subject, why) values (%s, %s, 'x', 'x', %s, 'x')",
        "erasure": "insert into erasure (area, id, subject, basis, asked_by, asked_name)"
        " values (%s, %s, %s, 'x', 'x', 'x')",
        "erasure_hold": "insert into erasure_hold (area, id, subject, kind, placed_by, placed_name)"
        " values (%s, %s, %s, 'x', 'x', 'x')",
        "kept_long_enough": "insert into kept_long_enough (area, due_on, subject, found_on)"
        " values (%s, '2026-01-01', %s, '2026-01-01')",
    }
    ids = [uuid4()] if table == "kept_long_enough" else [uuid4(), uuid4()]
    house.connection.execute(rows[table].encode(), [CORNWALL, *ids])
    with connect(house.settings.database_url, for_others=True) as connection:
        for area, found in ((SOMERSET, 0), (CORNWALL, 1), ("*", 1)):
            with connection.transaction():
                let_in(connection, [area])
                assert connection.execute(f"select count(*) from {table}".encode()).fetchone() == (found,), area
        connection.execute("select set_config('trellis.areas', %s, false)", [SOMERSET])
        with pytest.raises(Exception, match=r"row-level security|permission denied"):
            connection.execute(rows[table].encode(), [CORNWALL, *(uuid4() for _ in ids)])
