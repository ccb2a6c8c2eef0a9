"""Who asks for an erasure and who may approve it: two people, holds, and what the page of erasures shows."""

import html
from datetime import timedelta
from uuid import uuid4

import pytest
from house import NOTE, WHY, House, Person, house
from network import CORNWALL, SOMERSET, Fact, Network

from events.access import LOCAL
from events.base import Sealed, in_words, today
from events.enterprises import MilestoneRecorded
from hub.access.invitations import accept, invite
from hub.people import erasure

__all__ = ["house"]


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


def test_who_waits_for_support_is_told_from_an_enterprise_and_from_an_owner(house: House) -> None:
    """A need, and a referral without one, has a key under its own id, as notes about an enterprise have."""
    waits = {"service": "company", "waiting_since": "2026-05-03"}
    person = {"name": "Wilhelmina", "lawful_basis": "public task"}
    need, referral = uuid4(), uuid4()
    house.record(f"/api/areas/{SOMERSET}/needs/{need}", waits | {"source": "a conversation", "person": person})
    house.record(
        f"/api/areas/{SOMERSET}/referrals/{referral}",
        waits | {"enterprise": str(house.enterprise), "referrer": "the council", "person": person},
    )
    for waiting in (need, referral):
        page = house.catalyst.get(f"/people/{waiting}").text
        assert "Somebody who waits for support</h1>" in page
        assert f"Person {waiting}" in page
        assert "enterprise's name" not in page
        assert "Give the person a copy" in page
        path = f"/areas/{SOMERSET}/people/{waiting}/erasure"
        assert house.catalyst.post(path, basis="asked by the person").status_code == 303
        assert f"Somebody who waits for support, {waiting}" in house.lead.get("/erasures").text
    assert "Notes about an enterprise</h1>" in house.catalyst.get(f"/people/{house.enterprise}").text
    page = house.catalyst.get(f"/people/{house.owner}").text
    assert "A person's data</h1>" in page or "A person&#39;s data</h1>" in page
