"""What may be recorded about needs and referrals: a sentence for everything that may not."""

from datetime import date
from uuid import UUID

import pytest
from deciding import DAY, LATER, LONG_AGO, fix, history, refused
from msgspec.structs import replace

from events.base import Event
from events.referrals import (
    ContactMade,
    NeedClosed,
    NeedRecorded,
    NeedResponded,
    NeedShared,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    ReferralWithdrawn,
    SupportEnded,
    SupportStarted,
)
from hub.input import ConsentInput
from hub.referrals import decide
from hub.referrals.inputs import (
    AcceptInput,
    CloseNeedInput,
    ContactInput,
    DeclineInput,
    EndInput,
    ExpireInput,
    NeedInput,
    PersonInput,
    ReferralInput,
    ResponseInput,
    ShareInput,
    StartInput,
    WithdrawInput,
)

NEED, BAKERY, CAFE = UUID(int=7), UUID(int=8), UUID(int=9)
RECORDED = NeedRecorded(need=NEED, service="company", source="a conversation", waiting_since=LONG_AGO)
ASKED = NeedInput(service="company", source="a conversation", waiting_since=LONG_AGO)
MADE = ReferralMade(
    referral=UUID(int=1), enterprise=BAKERY, service="company", waiting_since=LONG_AGO, referrer="the council"
)
REFER = ReferralInput(enterprise=BAKERY, service="company", waiting_since=LONG_AGO, referrer="the council")
ACCEPTED, CONTACT, STARTED = ReferralAccepted(), ContactMade(), SupportStarted()
DECLINED, WITHDRAWN, EXPIRED = (
    ReferralDeclined(reason="no room now"), ReferralWithdrawn(reason="no longer needed"), ReferralExpired(),
)  # fmt: skip
DONE, CUT_SHORT = SupportEnded(outcome="completed"), SupportEnded(outcome="ended early")


def called(actor: str) -> str:
    return {"test:somebody": "Ann Lee"}[actor]


def accept(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_accept(AcceptInput(), history(*events), on, named=called)


def decline(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_decline(DeclineInput(reason="no room now"), history(*events), on, named=called)


def withdraw(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_withdraw(WithdrawInput(reason="no longer needed"), history(*events), on, named=called)


def expire(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_expire(ExpireInput(), history(*events), on, named=called)


def contact(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_contact(ContactInput(), history(*events), on, named=called)


def start(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_start(StartInput(), history(*events), on, named=called)


def end(*events: Event | tuple[Event, date], on: date = DAY) -> None:
    decide.may_end(EndInput(outcome="completed"), history(*events), on, named=called)


# ---- needs


def test_a_need_is_recorded_once_under_an_id_of_its_own() -> None:
    decide.may_need(ASKED, history(), DAY)
    refused("already recorded", lambda: decide.may_need(ASKED, history(RECORDED), DAY))
    refused("Use a new one", lambda: decide.may_need(ASKED, history(RECORDED, fix(1)), DAY))
    refused("Use a new one", lambda: decide.may_need(ASKED, history(MADE), DAY))


def test_nobody_waits_from_a_day_to_come_or_long_before_anybody_kept_count() -> None:
    def since(day: date) -> NeedInput:
        return NeedInput(service="company", source="a conversation", waiting_since=day)

    since(DAY).check(today=DAY)
    refused("in the future", lambda: since(LATER).check(today=DAY), field="waiting_since")
    refused("too long ago", lambda: since(date(1066, 10, 14)).check(today=DAY), field="waiting_since")
    refused("Check both days", lambda: decide.may_need(since(LATER), history(), DAY), field="waiting_since")
    decide.may_need(since(DAY), history(), DAY)


def test_a_person_is_held_on_a_lawful_basis_and_not_with_a_need_of_several() -> None:
    def about(person: PersonInput, people: int = 1) -> NeedInput:
        return NeedInput(
            service="company", source="a conversation", waiting_since=LONG_AGO, person=person, people=people
        )

    ann = PersonInput(name="Ann", lawful_basis="public task")
    about(ann).check(today=DAY)
    refused("several people", lambda: about(ann, people=2).check(today=DAY), field="people")
    for_none = PersonInput(name="Ann")
    refused("lawful basis", lambda: about(for_none).check(today=DAY), field="person.lawful_basis")
    consent = ConsentInput(given_on=LATER, how="face to face")
    agreed_later = PersonInput(name="Ann", lawful_basis="consent", consent=consent)
    refused("day to come", lambda: about(agreed_later).check(today=DAY), field="person.consent.given_on")
    about(agreed_later).check(today=LATER)


def test_a_need_is_shared_and_answered_from_the_day_it_was_recorded() -> None:
    answer = ResponseInput(enterprise=BAKERY, answer="can help")
    for ask in (
        lambda *events, on=DAY: decide.may_share(ShareInput(), history(*events), on),
        lambda *events, on=DAY: decide.may_respond(answer, history(*events), on),
    ):
        ask(RECORDED)
        refused("no such need", lambda ask=ask: ask(), field="need")
        refused("no such need", lambda ask=ask: ask(RECORDED, fix(1)), field="need")
        refused("recorded on 4 May 2026", lambda ask=ask: ask((RECORDED, LATER)), field="on")


CLOSED = NeedClosed(reason="no longer needed")


def close_need(*events: Event | tuple[Event, date], on: date = DAY, referred: tuple[Event, ...] | None = None) -> None:
    made = [("Harbour Walkers", history(*referred))] if referred else []
    decide.may_close_need(CloseNeedInput(reason="moved away"), history(*events), on, referrals=made)


def test_a_need_is_closed_once_from_the_day_something_was_last_told_of_it() -> None:
    close_need(RECORDED, NeedShared())
    close_need(RECORDED, CLOSED, fix(2))
    refused("no such need", close_need, field="need")
    refused("closed on 3 May 2026: no longer needed", lambda: close_need(RECORDED, CLOSED))
    refused("recorded on 4 May 2026", lambda: close_need((RECORDED, LATER)), field="on")
    refused("Something was recorded", lambda: close_need(RECORDED, (NeedShared(), LATER)), field="on")


def test_a_need_is_not_closed_once_support_started_or_while_a_referral_is_open() -> None:
    for over in (DECLINED, EXPIRED, WITHDRAWN):
        close_need(RECORDED, referred=(MADE, over))
    for steps in ((MADE,), (MADE, ACCEPTED), (MADE, ACCEPTED, CONTACT)):
        sentence = "The referral to Harbour Walkers is still open. Withdraw it first"
        refused(sentence, lambda steps=steps: close_need(RECORDED, referred=steps))
    for ended in ((), (DONE,), (CUT_SHORT,)):
        steps = (MADE, ACCEPTED, STARTED, *ended)
        sentence = "Support from Harbour Walkers started on 3 May 2026"
        refused(sentence, lambda steps=steps: close_need(RECORDED, referred=steps))
    refused(
        "The referral to Harbour Walkers was declined on 3 May 2026",
        lambda: close_need((RECORDED, LONG_AGO), on=LONG_AGO, referred=(MADE, DECLINED)),
        field="on",
    )


def test_nothing_more_is_asked_or_answered_or_referred_for_what_was_closed() -> None:
    answer = ResponseInput(enterprise=BAKERY, answer="can help")
    told = history(RECORDED, (CLOSED, LATER))
    decide.may_share(ShareInput(), told, DAY)
    decide.may_respond(answer, told, DAY)
    refused("closed on 4 May 2026", lambda: decide.may_share(ShareInput(), told, LATER))
    refused("closed on 4 May 2026", lambda: decide.may_respond(answer, told, LATER))
    refer = ReferralInput(enterprise=BAKERY, need=NEED, referrer="the council")
    refused("closed on 4 May 2026", lambda: decide.completed(refer, told), field="need")
    decide.completed(refer, history(RECORDED, CLOSED, fix(2)))


def test_an_enterprise_may_change_its_answer_but_not_give_the_same_again() -> None:
    can, cannot = (NeedResponded(enterprise=BAKERY, answer=each) for each in ("can help", "cannot help"))  # pyright: ignore[reportArgumentType]
    answer = ResponseInput(enterprise=BAKERY, answer="can help")
    refused(
        "already answered “can help”, on 3 May 2026", lambda: decide.may_respond(answer, history(RECORDED, can), DAY)
    )
    decide.may_respond(answer, history(RECORDED, cannot), DAY)
    decide.may_respond(answer, history(RECORDED, can, cannot), DAY)
    decide.may_respond(answer, history(RECORDED, can, fix(2)), DAY)
    decide.may_respond(ResponseInput(enterprise=CAFE, answer="can help"), history(RECORDED, can), DAY)
    noted = ResponseInput(enterprise=BAKERY, answer="can help", note="On Mondays too")
    decide.may_respond(noted, history(RECORDED, NeedShared(), can), DAY)


# ---- referrals


def test_a_referral_is_made_once_under_an_id_of_its_own() -> None:
    decide.may_refer(REFER, history(), DAY)
    refused("already made", lambda: decide.may_refer(REFER, history(MADE), DAY))
    refused("Use a new one", lambda: decide.may_refer(REFER, history(MADE, fix(1)), DAY))
    refused("Check both days", lambda: decide.may_refer(REFER, history(), date(1999, 1, 1)), field="waiting_since")


def test_what_a_referral_leaves_out_is_as_in_its_need() -> None:
    said = ReferralInput(enterprise=BAKERY, referrer="the council", need=NEED)
    said.check(today=DAY)
    found = decide.completed(said, history(RECORDED))
    assert (found.service, found.waiting_since) == ("company", LONG_AGO)
    own = ReferralInput(enterprise=BAKERY, referrer="the council", need=NEED, service="walks", waiting_since=DAY)
    assert decide.completed(own, history(RECORDED)) == own
    moved = fix(1, NeedRecorded(need=NEED, service="company", source="a conversation", waiting_since=DAY))
    assert decide.completed(said, history(RECORDED, moved)).waiting_since == DAY
    refused("no such need", lambda: decide.completed(said, history(RECORDED, fix(1))), field="need")
    assert decide.completed(REFER, history()) == REFER


def test_a_referral_without_a_need_says_everything_itself() -> None:
    REFER.check(today=DAY)
    no_service = ReferralInput(enterprise=BAKERY, referrer="the council", waiting_since=LONG_AGO)
    refused("what kind of support", lambda: no_service.check(today=DAY), field="service")
    no_day = ReferralInput(enterprise=BAKERY, referrer="the council", service="company")
    refused("since when", lambda: no_day.check(today=DAY), field="waiting_since")
    too_late = ReferralInput(enterprise=BAKERY, referrer="the council", need=NEED, waiting_since=LATER)
    refused("in the future", lambda: too_late.check(today=DAY), field="waiting_since")
    nobody_said_why = ReferralInput(enterprise=BAKERY, referrer="the council", need=NEED, person=PersonInput(name="A"))
    refused("lawful basis", lambda: nobody_said_why.check(today=DAY), field="person.lawful_basis")


def test_a_referral_is_made_anew_only_in_place_of_one_that_came_to_nothing() -> None:
    not_taken_on = ReferralWithdrawn(reason="the enterprise could not take it on")
    for ending in (DECLINED, EXPIRED, not_taken_on):
        decide.may_refer_again(history(MADE, ending), DAY)
    for told in ((MADE,), (MADE, ACCEPTED), (MADE, WITHDRAWN), (MADE, ACCEPTED, STARTED, DONE)):
        refused("came to nothing", lambda told=told: decide.may_refer_again(history(*told), DAY), field="instead_of")
    for_need = replace(MADE, need=NEED)
    refused("for a need", lambda: decide.may_refer_again(history(for_need, DECLINED), DAY), field="instead_of")
    refused("no such referral", lambda: decide.may_refer_again(history(), DAY), field="instead_of")
    refused("declined on 4 May 2026", lambda: decide.may_refer_again(history(MADE, (DECLINED, LATER)), DAY), field="on")


def test_a_referral_in_place_of_another_is_of_the_same_person_and_wait() -> None:
    said = ReferralInput(enterprise=CAFE, referrer="the council", instead_of=UUID(int=1))
    said.check(today=DAY)
    found = decide.completed(said, history(MADE, DECLINED))
    assert (found.service, found.waiting_since) == ("company", LONG_AGO)
    refused("no such referral", lambda: decide.completed(said, history()), field="instead_of")
    ann = PersonInput(name="Ann", lawful_basis="public task")
    refused("stands in the earlier", lambda: replace(said, person=ann).fits(), field="person")
    refused("not both", lambda: replace(said, need=NEED).fits(), field="instead_of")


STEPS = (accept, decline, expire, withdraw, contact, start, end)

MAY: dict[tuple[Event, ...], tuple[object, ...]] = {
    (MADE,): (accept, decline, expire, withdraw),
    (MADE, ACCEPTED): (withdraw, contact, start),
    (MADE, ACCEPTED, CONTACT): (withdraw, start),
    (MADE, ACCEPTED, STARTED): (end,),
    (MADE, ACCEPTED, CONTACT, STARTED): (end,),
    (MADE, DECLINED): (),
    (MADE, EXPIRED): (),
    (MADE, WITHDRAWN): (),
    (MADE, ACCEPTED, WITHDRAWN): (),
    (MADE, ACCEPTED, STARTED, DONE): (),
    (MADE, ACCEPTED, STARTED, CUT_SHORT): (),
}


@pytest.mark.parametrize("told", MAY, ids=lambda told: " ".join(type(each).__name__ for each in told))
def test_a_referral_goes_only_the_ways_there_are(told: tuple[Event, ...]) -> None:
    for step in STEPS:
        if step in MAY[told]:
            step(*told)
        else:
            refused("", lambda step=step: step(*told))
    for step in STEPS:
        refused("no such referral", lambda step=step: step(), field="referral")


def test_a_refusal_says_who_came_first_and_when() -> None:
    for told in (
        (MADE, ACCEPTED),
        (MADE, (ACCEPTED, DAY), (CONTACT, LATER)),
        (MADE, (ACCEPTED, DAY), (STARTED, LATER)),
    ):
        refused("already accepted by Ann Lee on 3 May 2026", lambda told=told: accept(*told, on=LATER))
    refused("already accepted by Ann Lee on 3 May 2026", lambda: decline(MADE, ACCEPTED))
    refused("already declined by Ann Lee on 3 May 2026", lambda: accept(MADE, DECLINED))
    refused("already withdrawn by Ann Lee on 3 May 2026", lambda: start(MADE, ACCEPTED, WITHDRAWN))
    refused("already closed as expired by Ann Lee on 3 May 2026", lambda: accept(MADE, EXPIRED))
    refused("contact was made on 3 May 2026 is already recorded, by Ann Lee", lambda: contact(MADE, ACCEPTED, CONTACT))
    refused("support started on 3 May 2026 is already", lambda: start(MADE, ACCEPTED, STARTED))
    refused("support started on 3 May 2026 is already", lambda: contact(MADE, ACCEPTED, STARTED))
    refused("support started on 3 May 2026 is already", lambda: withdraw(MADE, ACCEPTED, STARTED))
    refused("support ended on 3 May 2026 is already", lambda: end(MADE, ACCEPTED, STARTED, DONE))
    refused("support ended on 3 May 2026 is already", lambda: end(MADE, ACCEPTED, STARTED, CUT_SHORT))


def test_a_refusal_says_what_is_still_missing() -> None:
    for step in (contact, start):
        refused("was not accepted yet", lambda step=step: step(MADE))
    for told in ((MADE,), (MADE, ACCEPTED), (MADE, ACCEPTED, CONTACT)):
        refused("has not started yet", lambda told=told: end(*told))


def test_no_step_comes_before_the_one_it_follows() -> None:
    refused("made on 4 May 2026", lambda: accept((MADE, LATER)), field="on")
    refused("accepted on 4 May 2026", lambda: contact(MADE, (ACCEPTED, LATER)), field="on")
    refused("Contact was made on 4 May 2026", lambda: start(MADE, ACCEPTED, (CONTACT, LATER)), field="on")
    refused("Support started on 4 May 2026", lambda: end(MADE, ACCEPTED, (STARTED, LATER)), field="on")
    end(MADE, ACCEPTED, (STARTED, LATER), on=LATER)


def test_what_was_taken_back_may_be_told_again() -> None:
    accept(MADE, ACCEPTED, fix(2))
    accept(MADE, DECLINED, fix(2))
    start(MADE, ACCEPTED, STARTED, fix(3))
    refused("already accepted", lambda: accept(MADE, ACCEPTED, fix(2), ACCEPTED))


def test_moving_a_step_to_another_day_does_not_undo_a_later_one() -> None:
    told = history(MADE, ACCEPTED, STARTED, (fix(2, ACCEPTED), LATER))
    found = decide.referral(told)
    assert found
    assert (found.state, found.since, found.by) == ("support started", DAY, "test:somebody")
    assert (found.enterprise, found.need, found.waiting_since) == (BAKERY, None, LONG_AGO)
    assert decide.referral([]) is None


def test_a_reason_fits_how_support_ended() -> None:
    EndInput(outcome="completed", reason="what was wanted was done").check(today=DAY)
    EndInput(outcome="ended early", reason="moved away").check(today=DAY)
    refused("ended early", lambda: EndInput(outcome="completed", reason="moved away").check(today=DAY), field="reason")
    done_early = EndInput(outcome="ended early", reason="what was wanted was done")
    refused("was completed", lambda: done_early.check(today=DAY), field="reason")
