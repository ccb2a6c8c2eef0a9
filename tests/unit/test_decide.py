"""What may be corrected, what stands after it, and which days may be told of."""

from datetime import UTC, date, datetime
from uuid import UUID

from deciding import AREA, DAY, ENQUIRED, REGISTERED, fix, history, refused
from msgspec.structs import replace

from events.areas import AreaJoined, AreaLeft
from events.base import Event
from events.corrections import corrected, replaced_on
from events.enterprises import EnterpriseClosed, MilestoneRecorded, StageReached, SupportGiven
from events.ledger import Recorded
from events.renewals import RequirementsApplied
from events.training import PlaceBooked, SessionScheduled
from hub.corrections import decide as corrections
from hub.days import within_reach
from hub.input import happened_on
from hub.membership import joined_on

JOINED = AreaJoined(gss_code=AREA, nation="England")


def test_a_correction_corrects_an_entry() -> None:
    entries = history(REGISTERED, MilestoneRecorded(kind="x"))
    refused("no entry at position 9", lambda: corrections.correctable(None, 9))
    refused("itself a correction, of position 1", lambda: corrections.correctable(history(fix(1))[0], 1))

    def correct(entry: Recorded, on: date | None = None) -> object:
        corrections.may_correct(entry, entries, noted=False, withdrawn=True)
        return corrections.correct(entry, entries, reason="mistyped", replacement=None, note=None, on=on)

    refused("Other entries build on this one", lambda: correct(entries[0]))
    assert correct(entries[1]) == (fix(2), DAY)
    assert correct(entries[1], on=date(2026, 5, 1)) == (fix(2), date(2026, 5, 1))


def test_only_an_enterprises_entry_takes_a_note() -> None:
    corrections.may_correct(history(REGISTERED)[0], history(REGISTERED), noted=True, withdrawn=False)
    (entry,) = history(JOINED)
    corrections.may_correct(entry, [entry], noted=False, withdrawn=False)
    refused("Only an enterprise's", lambda: corrections.may_correct(entry, [entry], noted=True, withdrawn=False))


def test_it_is_known_since_when_an_entry_no_longer_stands() -> None:
    events = history(REGISTERED, fix(1, REGISTERED), MilestoneRecorded(kind="x"), fix(1))
    told = [replace(each, recorded_at=datetime(2026, 5, each.position, 12, tzinfo=UTC)) for each in events]
    assert replaced_on(told) == {1: date(2026, 5, 2), 2: date(2026, 5, 4)}
    assert replaced_on(told[:1]) == {}


def test_the_last_correction_counts_even_of_what_was_taken_back() -> None:
    one, two = MilestoneRecorded(kind="one"), MilestoneRecorded(kind="two")
    assert [each.event for each in corrected(history(one, fix(1, two)))] == [two]
    assert corrected(history(one, fix(1))) == []
    again = corrected(history(one, fix(1), (fix(1, two), date(2026, 5, 1))))
    assert [(each.position, each.event, each.occurred_on) for each in again] == [(1, two, date(2026, 5, 1))]


def test_entries_stand_in_the_order_in_which_they_happened() -> None:
    late = history((AreaLeft(), date(2026, 6, 1)), (JOINED, date(2026, 7, 1)))
    assert joined_on(late) == date(2026, 7, 1)
    assert joined_on(history((JOINED, date(2026, 5, 1)), (AreaLeft(), date(2026, 4, 1)))) == date(2026, 5, 1)


def test_a_day_to_come_is_refused() -> None:
    assert happened_on(None, today=DAY) == DAY
    assert happened_on(DAY, today=DAY) == DAY
    refused("4 May 2026 is in the future", lambda: happened_on(date(2026, 5, 4), today=DAY))
    refused("is too long ago", lambda: happened_on(date(1979, 12, 31), today=DAY))


def test_a_day_that_nobody_plans_for_is_a_year_mistyped() -> None:
    within_reach(date(2031, 12, 31), today=DAY, field="due")
    refused("too far ahead", lambda: within_reach(date(2032, 1, 1), today=DAY, field="due"), field="due")


def take_back(position: int, *events: Event) -> None:
    entries = history(*events)
    corrections.may_correct(entries[position - 1], entries, noted=False, withdrawn=True)


def test_a_session_is_not_taken_back_while_places_in_it_are_booked() -> None:
    session = SessionScheduled(session=UUID(int=1), course="x", takes_place=DAY, places=9, venue="x")
    booked = PlaceBooked(enterprise=UUID(int=2))
    take_back(1, session)
    refused("Other entries build on this one", lambda: take_back(1, session, booked))
    take_back(1, session, booked, fix(2))


def test_a_registration_is_taken_back_to_the_enquiry_that_it_came_of() -> None:
    support = SupportGiven(minutes=1, kind="training", by="a peer")
    take_back(2, ENQUIRED, REGISTERED)
    take_back(2, ENQUIRED, REGISTERED, support, StageReached(stage="signposted"), EnterpriseClosed())
    for more in (MilestoneRecorded(kind="x"), StageReached(stage="trading")):
        refused("Other entries build on this one", lambda more=more: take_back(2, ENQUIRED, REGISTERED, more))
    refused("Other entries build on this one", lambda: take_back(1, REGISTERED, support))


def test_an_enquiry_is_taken_back_while_nothing_builds_on_it_or_the_registration_does_without() -> None:
    support = SupportGiven(minutes=1, kind="training", by="a peer")
    take_back(1, ENQUIRED)
    refused("Other entries build on this one", lambda: take_back(1, ENQUIRED, support))
    take_back(1, ENQUIRED, support, REGISTERED)


def test_what_the_hub_concluded_does_not_keep_a_registration_from_being_taken_back() -> None:
    take_back(1, REGISTERED, RequirementsApplied(catalogue="1", applies=()))
