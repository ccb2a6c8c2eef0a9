"""People's data: looking at it, who looked, giving it out, what is kept of it."""

import csv
import html
import io
import json
import zipfile
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from house import DETAILS, NOTE, OWNER, WHY, House, house
from network import CORNWALL, SOMERSET, Fact, Network

from events import erasing, ledger
from events.access import Action, Principal
from events.base import Sealed, today
from events.catalogue import EntryCorrected
from events.database import connect, let_in
from events.enterprises import EnterpriseRegistered, MilestoneRecorded, Owner
from events.personal_data import COLUMNS, PLAIN, sealed_in
from hub.db import Hub
from hub.people import routes
from hub.people.export import CLOSED, redacted
from hub.people.looking import ONE_KEY

__all__ = ["house"]


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


def test_the_basis_that_was_said_is_shown_of_everybody_who_is_held(house: House) -> None:
    area = f"/api/areas/{SOMERSET}"
    held = {"name": "Bob", "lawful_basis": "vital interests"}
    lacking = {"service": "company", "waiting_since": "2026-05-03"}
    referred = {"enterprise": str(house.enterprise), "referrer": "the council"}
    for path, said in (
        (f"{area}/enterprises/{uuid4()}/enquiry", {"name": "Pies", "enquirer": held}),
        (f"{area}/needs/{uuid4()}", lacking | {"source": "a conversation", "person": held}),
        (f"{area}/referrals/{uuid4()}", lacking | referred | {"person": held}),
    ):
        house.record(path, said)
        entry = list(ledger.read_all(house.connection, SOMERSET))[-1]
        (found,) = sealed_in(entry.event)
        assert "Vital interests" in house.catalyst.get(f"/people/{found.sealed.subject}").text, path


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


# ---- what is kept


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
