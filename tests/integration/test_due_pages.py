"""What an enterprise tells by the link in a reminder: once, checked, and never because somebody looked at the page."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from linked import ENDS, PDF, Linked, linked_on, words
from network import SOMERSET, Network, forget_attempts, mutated
from reminding import INSURANCE

from events.base import Sealed, in_words, today
from events.nudges import NudgeActedOn, NudgeAnswered, NudgePreferenceSet
from events.projections import engine
from events.renewals import EvidenceSubmitted
from events.settings import Settings
from events.sweeping import sweep_links
from events.vault import unseal
from hub.db import Hub
from hub.due import links, recording, routes
from hub.due.upload import JPEG, PNG, kind_of


@pytest.fixture
def linked(network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Linked]:
    monkeypatch.setattr(recording, "SEEN_WITHIN", 0.0)
    forget_attempts(settings)
    with linked_on(network, settings) as found:
        yield found


def test_the_page_says_what_is_due_and_is_kept_by_nobody(linked: Linked) -> None:
    answer = linked.get()
    assert answer.status_code == 200, answer.text
    told = words(answer.text)
    assert "Bakery" in told
    assert "1 thing waits for you" in told
    assert f"Until {in_words(ENDS)}" in told
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text
    assert "<script" not in answer.text


def test_opening_it_in_any_way_changes_nothing(linked: Linked) -> None:
    before = linked.counts()
    for step in ("", f"/renewed?what={INSURANCE}", "/stopped", "/changed", "/reminders", "?done=renewed"):
        assert linked.get(step).status_code == 200, step
        assert linked.get(step, purpose="prefetch", **{"sec-purpose": "prefetch;prerender"}).status_code == 200
        assert linked.client.head(f"/due/{linked.token}{step}").status_code == 200, step
    assert linked.counts() == before


@pytest.mark.parametrize("step", ["stopped", "changed", "reminders", "calendar"])
def test_a_program_that_sends_without_the_form_changes_nothing(linked: Linked, step: str) -> None:
    before = linked.counts()
    said = {"key": "1", "note": "Hello", "way": "email", "every": "day", "language": "en"}
    another = linked.held("/stopped" if step == "changed" else "/changed")["form"]
    for form in ({}, {"form": ""}, {"form": "00" * 32}, {"form": another}):
        assert linked.post(f"/{step}", **said, **form).status_code == 422, form
    assert linked.counts() == before


def test_a_renewal_needs_the_form_too(linked: Linked) -> None:
    before = linked.counts()
    assert linked.renew(form="00" * 32).status_code == 422
    assert linked.post("/renewed", valid_from="2026-05-03").status_code == 400
    assert linked.counts() == before


def test_the_value_of_one_link_does_not_fit_another(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    held = linked.held("/stopped")
    assert held["form"] != linked.held("/changed")["form"]
    lax = mutated(links, "{step} {link.token}", "{step}")
    link = links.find_link(linked.hub, linked.token)
    other = msgspec.structs.replace(link, token="other")
    hub = linked.hub
    assert links.form_value(hub, link, "stopped") != links.form_value(hub, other, "stopped")
    assert lax.form_value(hub, link, "stopped") == lax.form_value(hub, other, "stopped"), "the mutant is noticed"


def test_yes_renewed_waits_for_a_catalyst_and_is_told_once(linked: Linked) -> None:
    answer = linked.renew(PDF, reference="PL 12345")
    assert answer.status_code == 303, answer.text
    linked.network.project()
    (submitted,) = [each.event for each in linked.network.events() if isinstance(each.event, EvidenceSubmitted)]
    assert (submitted.requirement, submitted.kind, submitted.valid_from) == (
        INSURANCE,
        "a certificate",
        ENDS + timedelta(1),
    )
    assert submitted.valid_to is not None, "the catalogue says how long"
    (acted,) = [each for each in linked.network.events() if isinstance(each.event, NudgeActedOn)]
    assert acted.event == NudgeActedOn(how="renewed")
    assert acted.actor == f"link:{linked.message}"
    told = words(linked.get("?done=renewed").text)
    assert "Thank you" in told
    assert f"{in_words(today())}: your {INSURANCE} is renewed" in told


def test_the_same_form_sent_twice_is_one(linked: Linked) -> None:
    held = linked.held(f"/renewed?what={INSURANCE}")
    assert [linked.renew(PDF, **held).status_code for _ in range(2)] == [303, 303]
    assert linked.told("evidence.submitted") == linked.told("nudge.acted_on") == 1
    assert linked.counts()[0][1] == 1


def test_a_certificate_is_sealed_under_the_key_of_the_enterprise(linked: Linked) -> None:
    linked.renew(PDF)
    (row,) = linked.network.connection.execute("select kind, size, subject, box from evidence_file").fetchall()
    assert row[:3] == ("application/pdf", len(PDF), linked.enterprise)
    assert isinstance(row[3], bytes)
    assert b"%PDF" not in row[3]
    key = linked.reminding.vault.existing_keys(linked.reminding.keys, [linked.enterprise])[linked.enterprise]
    assert unseal(Sealed(linked.enterprise, row[3]), key=key, type=bytes) == PDF


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"<html><script>alert(1)</script></html>", "not a whole PDF, JPEG or PNG"),
        (b"MZ\x90" + bytes(100), "not a whole PDF, JPEG or PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(5000), "not a whole PDF, JPEG or PNG"),
        (PDF[:20], "not a whole PDF, JPEG or PNG"),
        (b"%PDF-" + bytes(5 * 1024 * 1024) + b"%%EOF", "larger than 5 MB"),
    ],
)
def test_what_is_no_certificate_is_refused_by_what_is_in_it(linked: Linked, file: bytes, sentence: str) -> None:
    before = linked.counts()
    answer = linked.renew(file)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert linked.counts() == before


def test_far_too_much_is_not_even_read(linked: Linked) -> None:
    assert linked.renew(b"%PDF-" + bytes(6_000_000)).status_code == 413


def test_photos_are_known_by_their_bytes() -> None:
    assert kind_of(b"\xff\xd8\xff\xe0" + bytes(50) + b"\xff\xd9") == JPEG
    filmed = b"\xff\xd8\xff\xe0" + bytes(50) + b"\xff\xd9" + b"ftypmp42" + bytes(9000)
    assert kind_of(filmed) == JPEG, "with the film that some telephones put behind it"
    assert kind_of(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(30) + b"IEND\xaeB`\x82") == PNG


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(linked: Linked) -> None:
    answer = linked.renew(valid_from="soon", reference="PL 12345", kind="")
    assert answer.status_code == 422
    assert "Give the day it starts" in answer.text
    assert "Choose how your Catalyst can see it" in answer.text
    assert 'value="PL 12345"' in answer.text
    assert linked.renew(kind="a certificate").status_code == 422
    backwards = linked.renew(valid_to="2020-01-01")
    assert "The last day comes before the first" in backwards.text


def test_we_have_stopped_closes_nothing_and_is_told_once(linked: Linked) -> None:
    assert linked.post("/stopped", **linked.held("/stopped"), note="Wilhelmina is ill").status_code == 303
    (told,) = [each.event for each in linked.network.events() if isinstance(each.event, NudgeAnswered)]
    assert told.says == "stopped"
    assert told.note is not None
    assert told.note.subject == linked.enterprise
    assert linked.told("enterprise.closed") == 0
    (acted,) = [each.event for each in linked.network.events() if isinstance(each.event, NudgeActedOn)]
    assert acted.how == "stopped"
    assert f"You already told us on {in_words(today())} that you have stopped" in words(linked.get().text)
    assert linked.get("/stopped").status_code == 303, "there is nothing more to tell"
    held = linked.held("/changed") | {"form": links.form_value(*_link(linked), "stopped")}
    assert linked.post("/stopped", **held).status_code == 303
    assert linked.told("nudge.answered") == 1


def _link(linked: Linked) -> tuple[Hub, links.Link]:
    return linked.hub, links.find_link(linked.hub, linked.token)


def test_something_has_changed_is_read_by_those_who_may(linked: Linked) -> None:
    assert linked.post("/changed", **linked.held("/changed")).status_code == 422, "it says what"
    assert linked.post("/changed", **linked.held("/changed"), note="We moved to Taunton").status_code == 303
    assert "Taunton" not in linked.get().text
    catalyst = linked.person("catalyst")
    linked.network.project()
    opened = catalyst.post(f"/people/{linked.enterprise}", why="To see what changed")
    assert "We moved to Taunton" in opened.text


def test_the_enterprise_chooses_how_it_is_reminded(linked: Linked) -> None:
    said = {"way": "email", "every": "week", "language": "cy"}
    assert linked.post("/reminders", **linked.held("/reminders"), **said).status_code == 303
    (chosen,) = [each.event for each in linked.network.events() if isinstance(each.event, NudgePreferenceSet)]
    assert chosen == NudgePreferenceSet(way="email", every="week", language="cy", optional=False)
    linked.network.project()
    with engine.reading(linked.network.connection, "work"):
        rows = linked.network.connection.execute("select way, language, optional, every from reminding").fetchall()
    assert rows == [("email", "cy", False, "week")]
    assert linked.post("/reminders", **linked.held("/reminders"), **said | {"way": "pigeon"}).status_code == 422


def test_an_enterprise_cannot_have_no_reminders_at_all(linked: Linked) -> None:
    assert "Not at all" not in linked.get("/reminders").text
    said = {"way": "hub", "every": "week", "language": "en"}
    assert linked.post("/reminders", **linked.held("/reminders"), **said).status_code == 422
    assert linked.told("nudge.preference_set") == 0


def test_a_link_that_ended_says_whom_to_ask_and_takes_nothing(linked: Linked) -> None:
    held = linked.held("/stopped")
    linked.network.connection.execute("update due_link set ends_at = clock_timestamp() - interval '360 days'")
    sweep_links(linked.network.connection)
    before = linked.counts()
    for answer in (linked.get(), linked.get("/stopped"), linked.post("/stopped", **held)):
        assert answer.status_code == 410
        assert "ask your Catalyst in Somerset" in answer.text
        assert "Bakery" not in answer.text
    assert linked.counts() == before


def test_a_link_that_ended_more_than_a_year_ago_is_forgotten(linked: Linked) -> None:
    linked.network.connection.execute("update due_link set ends_at = clock_timestamp() - interval '366 days'")
    sweep_links(linked.network.connection)
    assert linked.get().status_code == 404


def test_an_unknown_link_opens_nothing(linked: Linked) -> None:
    for token in ("x", "x" * 3000, linked.token[:-1], linked.token.swapcase()):
        assert linked.get(token=token).status_code == 404


def test_the_database_holds_no_link(linked: Linked) -> None:
    found = linked.network.connection.execute("select due_link::text, message::text from due_link").fetchall()
    assert linked.token not in str(found)


def test_a_link_opens_what_it_was_made_for_and_no_more(linked: Linked) -> None:
    linked.network.connection.execute("update due_link set purpose = 'stop'")
    assert linked.get().status_code == 404


def test_of_an_erased_enterprise_nothing_is_taken_down(linked: Linked) -> None:
    before = linked.counts()
    with linked.erased():
        assert linked.post("/changed", **linked.held("/changed"), note="Hello").status_code == 410
        assert linked.renew(PDF).status_code == 410
    assert linked.counts() == before


def test_who_guesses_at_links_has_to_wait(linked: Linked) -> None:
    answers = [linked.get(token="guess").status_code for _ in range(routes.LINKS.times + 1)]
    assert answers == [404] * routes.LINKS.times + [429]


def test_what_is_shown_is_of_one_enterprise(linked: Linked) -> None:
    other = linked.reminding.insured("Garden", ends=today() + timedelta(5))
    linked.network.project()
    assert isinstance(other, UUID)
    assert "Garden" not in linked.get().text
    assert SOMERSET not in linked.get().text.partition("<main")[2]
