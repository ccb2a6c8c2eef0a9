"""What a reminder asks an enterprise, and its answer by the link: a referral, whether it can help, what it does."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from linked import Linked, linked_on, words
from network import SOMERSET, Fact, Network, forget_attempts, mutated

from events.base import Event, in_words, named_id, today
from events.civil import after_working_days, working_day_until
from events.enterprises import ActivityReported, EnterpriseRegistered, Owner, StageReached
from events.links import link_token
from events.nudges import NudgeActedOn
from events.referrals import (
    NeedRecorded,
    NeedResponded,
    NeedShared,
    ReferralAccepted,
    ReferralDeclined,
    ReferralMade,
    ReferralWithdrawn,
)
from events.settings import Settings
from events.vault import seal, unseal
from hub.due import answering, asked, recording

SENT = working_day_until(today() - timedelta(1), "England")
"""The working day before today on which mails went out."""
MADE = next(
    day for back in range(3, 20) if after_working_days(day := SENT - timedelta(back), 3, "England") == SENT
)  # fmt: skip
GARDEN = named_id("test", "Garden")


@pytest.fixture
def linked(network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Linked]:
    monkeypatch.setattr(recording, "SEEN_WITHIN", 0.0)
    forget_attempts(settings)
    with linked_on(network, settings) as found:
        yield found


def ask(linked: Linked, *told: tuple[UUID, Event, date]) -> None:
    """Remind another enterprise of what was told, and go by the link in its mail from now on."""
    reminding, owner = linked.reminding, uuid4()
    details = Owner(name="Gwen", email="gwen@garden.example")
    key = reminding.vault.keys(reminding.keys, [owner])[owner]
    garden = EnterpriseRegistered(
        enterprise=GARDEN,
        name="Garden",
        origin="new",
        legal_form="sole trader",
        services=("company",),
        owner=seal(details, subject=owner, key=key),
    )
    for stream, event, on in [(GARDEN, garden, SENT - timedelta(300)), *told]:
        linked.network.given(Fact(event=event, on=on, area=SOMERSET, stream=stream))
    reminding.plan(SENT)
    reminding.send()
    linked.network.project()
    (row,) = linked.network.connection.execute(
        "select message from message where recipient = %s and state = 'sent'", [GARDEN]
    ).fetchall()
    assert isinstance(row[0], UUID)
    linked.enterprise, linked.message = GARDEN, row[0]
    linked.token = link_token(reminding.vault.digest_key(reminding.keys), "due", row[0])


def refer(linked: Linked) -> UUID:
    referral = uuid4()
    made = ReferralMade(
        referral=referral, enterprise=GARDEN, service="company", waiting_since=MADE, referrer="the council"
    )  # fmt: skip
    ask(linked, (referral, made, MADE))
    return referral


def look_for(linked: Linked) -> UUID:
    need, since = uuid4(), SENT - timedelta(14)
    recorded = NeedRecorded(need=need, service="company", source="a conversation", waiting_since=since)
    ask(linked, (need, recorded, since), (need, NeedShared(), since))
    return need


def ask_for_report(linked: Linked) -> None:
    ask(linked, (GARDEN, StageReached(stage="trading"), SENT - timedelta(180)))


def answer(linked: Linked, kind: str, about: UUID, **said: str) -> int:
    held = linked.held(f"/{kind}?about={about}")
    return linked.post(f"/{kind}", **held, **said).status_code


def recorded(linked: Linked, stream: UUID) -> list[Event]:
    return [each.event for each in linked.network.events(SOMERSET) if each.stream == stream]


def acted(linked: Linked) -> list[str]:
    linked.network.project()
    return [each.event.how for each in linked.network.events(SOMERSET) if isinstance(each.event, NudgeActedOn)]


def test_who_was_referred_is_taken_on_by_the_link(linked: Linked) -> None:
    referral = refer(linked)
    told = words(linked.get().text)
    assert "1 thing waits for you" in told
    assert f"Somebody was referred to you on {in_words(MADE)} for company" in told
    assert answer(linked, "referral", referral, answer="accept") == 303
    assert recorded(linked, referral)[1:] == [ReferralAccepted()]
    assert acted(linked) == ["answered"]
    again = words(linked.get("?done=referral").text)
    assert f"You already told us on {in_words(today())} that you will take this on" in again
    assert "Thank you" in again
    assert linked.get(f"/referral?about={referral}").status_code == 303, "there is nothing more to answer"


def test_who_was_referred_is_declined_with_a_reason(linked: Linked) -> None:
    referral = refer(linked)
    for wrong in ({}, {"answer": "maybe"}, {"answer": "decline"}, {"answer": "decline", "reason": "no"}):
        assert answer(linked, "referral", referral, **wrong) == 422, wrong
    assert answer(linked, "referral", referral, answer="decline", reason="too far away") == 303
    assert recorded(linked, referral)[1:] == [ReferralDeclined(reason="too far away")]
    assert "that you cannot take this on" in words(linked.get().text)


def test_an_answer_sent_twice_is_one(linked: Linked) -> None:
    referral = refer(linked)
    held = linked.held(f"/referral?about={referral}")
    for said in ("accept", "accept", "decline"):
        assert linked.post("/referral", **held, answer=said, reason="no room now").status_code == 303
    assert recorded(linked, referral)[1:] == [ReferralAccepted()]


def test_a_referral_that_somebody_else_settled_wants_no_answer(linked: Linked) -> None:
    referral = refer(linked)
    held = linked.held(f"/referral?about={referral}")
    withdrawn = ReferralWithdrawn(reason="no longer needed")
    linked.network.given(Fact(event=withdrawn, on=today(), area=SOMERSET, stream=referral))
    assert linked.post("/referral", **held, answer="accept").status_code == 303
    assert recorded(linked, referral)[1:] == [withdrawn]
    assert f"Nothing more to answer: it is “withdrawn” since {in_words(today())}" in words(linked.get().text)


def test_an_enterprise_says_whether_it_can_help(linked: Linked) -> None:
    need = look_for(linked)
    assert "Can you help: company" in words(linked.get().text)
    assert answer(linked, "need", need) == 422
    assert answer(linked, "need", need, answer="can help", note="From Monday on") == 303
    (said,) = [each for each in recorded(linked, need) if isinstance(each, NeedResponded)]
    assert (said.enterprise, said.answer) == (GARDEN, "can help")
    assert said.note is not None
    key = linked.reminding.vault.existing_keys(linked.reminding.keys, [need])[need]
    assert unseal(said.note, key=key, type=str) == "From Monday on"
    assert acted(linked) == ["answered"]
    assert f"You already told us on {in_words(today())} that you can help" in words(linked.get().text)


def test_a_question_says_what_it_asks(linked: Linked) -> None:
    need = look_for(linked)
    assert answer(linked, "need", need, answer="has a question") == 422
    assert answer(linked, "need", need, answer="has a question", note="How far away?") == 303


def test_an_enterprise_tells_what_it_does(linked: Linked) -> None:
    ask_for_report(linked)
    assert "What you do" in words(linked.get().text)
    for wrong in (
        {},
        {"people_supported": "four"},
        {"people_supported": "1.5"},
        {"people_supported": "-1"},
        {"hours_per_week": "nan"},
        {"hours_per_week": "1e9"},
        {"hourly_rate": "18"},
    ):
        assert answer(linked, "report", GARDEN, **wrong) == 422, wrong
    said = {"people_supported": "4", "hours_per_week": "12.5", "hourly_rate": "£18"}
    assert answer(linked, "report", GARDEN, **said) == 303
    (report,) = [each for each in recorded(linked, GARDEN) if isinstance(each, ActivityReported)]
    assert report == ActivityReported(
        period_starts=SENT - timedelta(179), people_supported=4, hours_per_week=12.5, hourly_rate=18.0
    )
    assert acted(linked) == ["answered"]
    told = words(linked.get("?done=report").text)
    assert "We took down what you do" in told
    assert f"You already told us, as of {in_words(today())}" in told


def test_opening_what_was_asked_changes_nothing(linked: Linked) -> None:
    referral = refer(linked)
    before = linked.counts()
    for step in ("", f"/referral?about={referral}", f"/need?about={referral}", "/report", "/referral?about=x"):
        assert linked.get(step).status_code in (200, 303), step
        assert linked.client.head(f"/due/{linked.token}{step}", follow_redirects=False).status_code in (200, 303)
    assert linked.counts() == before


def test_a_program_that_answers_without_the_form_changes_nothing(linked: Linked) -> None:
    referral = refer(linked)
    before, said = linked.counts(), {"about": str(referral), "answer": "accept", "key": "1"}
    another = linked.held("/changed")["form"]
    for form in ({}, {"form": "00" * 32}, {"form": another}):
        assert linked.post("/referral", **said, **form).status_code == 422, form
    assert linked.counts() == before


def test_a_link_answers_what_its_message_asked_and_nothing_else(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral, other = refer(linked), uuid4()
    made = ReferralMade(
        referral=other,
        enterprise=linked.reminding.insured(),
        service="company",
        waiting_since=MADE,
        referrer="the council",
    )
    linked.network.given(Fact(event=made, on=MADE, area=SOMERSET, stream=other))
    linked.network.project()
    held = linked.held(f"/referral?about={referral}") | {"about": str(other)}
    before = linked.counts()
    assert linked.get(f"/referral?about={other}").status_code == 303
    assert linked.post("/referral", **held, answer="accept").status_code == 303
    assert linked.counts() == before
    lax = mutated(answering, "(e.kind, str(e.about)) == (kind, about)", "e.kind == kind")
    monkeypatch.setattr(answering, "_open", lax._open)
    assert linked.get(f"/referral?about={other}").status_code == 200, "the mutant is noticed"


def test_a_referral_that_was_given_to_somebody_else_by_a_correction_is_not_shown(linked: Linked) -> None:
    referral = refer(linked)
    history = [each for each in linked.network.events(SOMERSET) if each.stream == referral]
    planned = next(
        each.event for each in linked.network.events(SOMERSET) if getattr(each.event, "about", None) == referral
    )
    assert asked.asked(planned, history, enterprise=uuid4(), stands=True) is None
    assert asked.asked(planned, history, enterprise=GARDEN, stands=True) is not None
