"""What may be recorded, given what was recorded before: a sentence for everything that may not."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from events.areas import AreaJoined, AreaLeft, CatalystAppointed, CatalystLeft
from events.base import Event, NotFound, Refused
from events.catalogue import EntryCorrected
from events.corrections import corrected, replaced_on
from events.enterprises import (
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
    StageReached,
)
from events.ledger import Recorded
from hub.areas import decide as areas
from hub.areas.inputs import CatalystInput, CatalystLeftInput, FigureInput, JoinInput, LeaveInput, LoadTargetInput
from hub.corrections import decide as corrections
from hub.enterprises import decide as enterprises
from hub.enterprises.inputs import (
    ActivityInput,
    CloseInput,
    MilestoneInput,
    OwnerInput,
    PauseInput,
    RegisterInput,
    ResumeInput,
    StageInput,
)
from hub.input import ConsentInput, happened_on
from hub.membership import joined_on

DAY = date(2026, 5, 3)
AREA = "E06000066"
JOINED = AreaJoined(gss_code=AREA, nation="England")
REGISTERED = EnterpriseRegistered(enterprise=UUID(int=1), name="Bakery", origin="new", legal_form="CIC")
POST = CatalystAppointed(post="coast", employer="x", starts=DAY, ends=date(2028, 1, 1), cost=1, locally_rooted=True)
NOTED = MilestoneInput(kind="first customer")
APPOINT = CatalystInput(post="coast", employer="x", starts=DAY, ends=date(2028, 1, 1), cost=1, locally_rooted=True)


def history(*events: Event | tuple[Event, date]) -> list[Recorded]:
    return [
        Recorded(
            area=AREA,
            position=number,
            stream=UUID(int=1),
            version=number,
            event=each[0] if isinstance(each, tuple) else each,  # pyright: ignore[reportArgumentType]
            occurred_on=each[1] if isinstance(each, tuple) else DAY,
            recorded_at=datetime(2026, 5, 3, 12, tzinfo=UTC),
            actor="test:somebody",
            command=UUID(int=number),
            cause=None,
        )
        for number, each in enumerate(events, start=1)
    ]


def fix(position: int, replacement: Event | None = None) -> EntryCorrected:
    return EntryCorrected(corrects=position, reason="mistyped", replacement=replacement)  # pyright: ignore[reportArgumentType]


def refused(part: str, decide: Callable[[], object]) -> None:
    with pytest.raises((Refused, NotFound)) as refusal:
        decide()
    assert part in str(refusal.value)
    assert str(refusal.value).endswith(".")


def join(*events: Event, area: str = AREA) -> None:
    areas.may_join(area, JoinInput(), history(*events))


def test_an_area_joins_once_and_again_after_it_left() -> None:
    join()
    refused("already takes part, since 3 May 2026", lambda: join(JOINED))
    join(JOINED, AreaLeft())
    join(JOINED, fix(1))


def test_a_code_that_is_none_or_no_longer_used_does_not_join() -> None:
    refused("is not the ONS code", lambda: join(area="E99999999"))
    refused("is not the ONS code", lambda: join(area="UK"))
    refused("has not been used since", lambda: join(area="E10000027"))


def test_only_an_area_that_takes_part_leaves() -> None:
    refused("does not take part", lambda: areas.may_leave(AREA, LeaveInput(), history(), DAY))
    refused("does not take part", lambda: areas.may_leave(AREA, LeaveInput(), history(JOINED, AreaLeft()), DAY))
    areas.may_leave(AREA, LeaveInput(), history(JOINED), DAY)
    refused(
        "Give that day or a later one", lambda: areas.may_leave(AREA, LeaveInput(), history(JOINED), date(2000, 1, 1))
    )


def test_a_post_is_filled_once_until_it_is_left() -> None:
    areas.may_appoint(AREA, APPOINT, history(JOINED))
    refused("is filled", lambda: areas.may_appoint(AREA, APPOINT, history(JOINED, POST)))
    areas.may_appoint(AREA, APPOINT, history(JOINED, POST, CatalystLeft(post="coast")))
    areas.may_appoint(AREA, APPOINT, history(JOINED, POST, fix(2)))
    backwards = CatalystInput(post="x", employer="x", starts=DAY, ends=DAY, cost=1, locally_rooted=True)
    refused("must end after it starts", lambda: backwards.check(today=DAY))


def test_nobody_leaves_a_post_that_nobody_holds() -> None:
    left = CatalystLeftInput(post="coast")
    refused("Nobody holds", lambda: areas.may_end_post(left, history(JOINED)))
    areas.may_end_post(left, history(JOINED, POST))


def test_targets_and_figures_are_told_of_areas_that_take_part_and_of_the_network() -> None:
    target = LoadTargetInput(enterprises=200, source="x")
    refused("does not take part", lambda: areas.may_set_target(AREA, target, history()))
    areas.may_set_target("UK", target, history())
    figure = FigureInput(indicator="jobs", value=1.0, qualifier="exact", source="x")
    areas.may_publish("UK", figure, history(), ["jobs"])
    refused("Choose an indicator", lambda: areas.may_publish("UK", figure, history(), ["people"]))


ENTERPRISE: dict[str, tuple[Callable[[Sequence[Recorded]], object], str]] = {
    "milestone": (lambda h: enterprises.may_note(NOTED, h, date(2026, 5, 4)), "closed on 3 May 2026"),
    "stage": (lambda h: enterprises.may_reach(StageInput(stage="trading"), h, date(2026, 5, 4)), "closed on"),
    "report": (
        lambda h: enterprises.may_report(ActivityInput(period_starts=DAY, jobs=1), h, date(2026, 5, 4)),
        "closed on",
    ),
    "pause": (lambda h: enterprises.may_pause(PauseInput(), h, date(2026, 5, 4)), "closed on"),
    "close": (lambda h: enterprises.may_close(CloseInput(), h, date(2026, 5, 4)), "already closed on 3 May 2026"),
}


@pytest.mark.parametrize("what", ENTERPRISE)
def test_after_closing_nothing_more_happens_to_an_enterprise(what: str) -> None:
    decide, part = ENTERPRISE[what]
    refused("no such enterprise", lambda: decide(history()))
    decide(history(REGISTERED))
    refused(part, lambda: decide(history(REGISTERED, EnterpriseClosed())))
    decide(history(REGISTERED, EnterpriseClosed(), fix(2)))


def test_what_happened_before_it_closed_may_still_be_told() -> None:
    closed = history(REGISTERED, (EnterpriseClosed(), date(2026, 6, 1)))
    enterprises.may_note(NOTED, closed, DAY)


def test_nothing_is_told_of_an_enterprise_from_before_it_was_registered() -> None:
    early = date(2000, 1, 1)
    refused("Give that day or a later one", lambda: enterprises.may_note(NOTED, history(REGISTERED), early))
    refused("Give that day or a later one", lambda: enterprises.may_close(CloseInput(), history(REGISTERED), early))


def test_an_enterprise_registers_once() -> None:
    said = RegisterInput(name="Bakery", origin="new", legal_form="CIC")
    enterprises.may_register(said, history(), DAY)
    refused("Bakery is already registered", lambda: enterprises.may_register(said, history(REGISTERED), DAY))
    refused("was taken back", lambda: enterprises.may_register(said, history(REGISTERED, fix(1)), DAY))


def test_pausing_and_resuming_take_turns() -> None:
    refused("is not paused", lambda: enterprises.may_resume(ResumeInput(), history(REGISTERED), DAY))
    paused = history(REGISTERED, EnterprisePaused())
    refused("already paused, since 3 May 2026", lambda: enterprises.may_pause(PauseInput(), paused, DAY))
    enterprises.may_resume(ResumeInput(), paused, DAY)


def test_a_stage_is_reached_once_at_a_time() -> None:
    there = history(REGISTERED, StageReached(stage="trading"))
    refused("already at the stage", lambda: enterprises.may_reach(StageInput(stage="trading"), there, DAY))


def test_a_report_says_something_about_a_time_that_has_an_end() -> None:
    known = history(REGISTERED)
    refused("at least one", lambda: ActivityInput(period_starts=DAY).check(today=DAY))
    late = ActivityInput(period_starts=date(2026, 5, 4), jobs=1)
    refused("must start before it ends", lambda: enterprises.may_report(late, known, DAY))


def test_nothing_is_reported_of_an_enterprise_while_it_is_paused() -> None:
    said = ActivityInput(period_starts=DAY, jobs=1)
    paused = history(REGISTERED, (EnterprisePaused(), date(2026, 5, 4)))
    refused("is paused since 4 May 2026", lambda: enterprises.may_report(said, paused, date(2026, 5, 5)))
    enterprises.may_report(said, paused, DAY)
    resumed = history(REGISTERED, (EnterprisePaused(), DAY), (EnterpriseResumed(), DAY))
    enterprises.may_report(said, resumed, DAY)


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


def test_consent_and_lawful_basis_fit_together() -> None:
    given = ConsentInput(given_on=DAY, how="online")
    OwnerInput(name="Ann").may_hold(today=DAY, within="owner")
    OwnerInput(name="Ann", lawful_basis="contract").may_hold(today=DAY, within="owner")
    OwnerInput(name="Ann", lawful_basis="consent", consent=given).may_hold(today=DAY, within="owner")
    for part, owner, day in (
        ("so the lawful basis is consent", OwnerInput(name="Ann", lawful_basis="contract", consent=given), DAY),
        ("Say when and how", OwnerInput(name="Ann", lawful_basis="consent"), DAY),
        ("a day to come", OwnerInput(name="Ann", lawful_basis="consent", consent=given), date(2026, 5, 2)),
    ):
        refused(part, lambda owner=owner, day=day: owner.may_hold(today=day, within="owner"))


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
