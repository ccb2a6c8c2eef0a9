"""The demo network as it would have been told to the hub: entries that may be recorded, and believable."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, cast, get_args
from uuid import UUID

import msgspec
import pytest

from events import areas, enterprises, learning, participation, quality, referrals, renewals, training
from events.base import NETWORK, Event, Sealed, area_stream, civil_day
from events.catalogue import EntryCorrected
from events.civil import is_working_day
from events.corrections import corrected
from events.ledger import Recorded
from events.nudges import NudgeActedOn, NudgeEvent, NudgeHeldOut, NudgePlanned, NudgeSent
from events.places import places
from events.renewal_catalogue import read_catalogue
from events.requirements import rederived, standing, state
from hub.areas import decide as on_areas
from hub.corrections.routes import INPUTS
from hub.enterprises import decide as on_enterprises
from hub.input import Input
from hub.learning import decide as on_learning
from hub.learning.inputs import practice_stream
from hub.participation import decide as on_participation
from hub.quality import decide as on_quality
from hub.referrals import decide as on_referrals
from hub.renewals import decide as on_renewals
from hub.simulate import learning as invented_learning
from hub.simulate.run import in_commands, invent
from hub.training import decide as on_training

DAY = date(2026, 11, 21)
SOMERSET = "E06000066"
RULES = read_catalogue(None)

Streams = Mapping[UUID, Sequence[Recorded]]
May = Callable[[str, Any, Sequence[Recorded], date], object]


@pytest.fixture(scope="module")
def network() -> dict[str, list[Recorded]]:
    """Every area's entries, with empty boxes for what is sealed."""
    told = invent(RULES, lambda subject, plain: Sealed(subject, b""), until=DAY)
    ledgers: dict[str, list[Recorded]] = {}
    for area, each in told.items():
        entries = ledgers[area] = []
        versions: Counter[UUID] = Counter()
        for command, known in zip(in_commands(area, each, RULES, b"digest"), each, strict=True):
            assert command.expected == versions[command.stream]
            for event, on in (msgspec.structs.astuple(happened) for happened in command.events):
                versions[command.stream] += 1
                version = versions[command.stream]
                at = len(entries) + 1
                entries.append(
                    Recorded(area, at, command.stream, version, event, on, known.recorded, "a", command.id, None)
                )
    return ledgers


def streams(entries: Sequence[Recorded]) -> dict[UUID, list[Recorded]]:
    found: dict[UUID, list[Recorded]] = {}
    for each in entries:
        found.setdefault(each.stream, []).append(each)
    return found


def registered(entries: Sequence[Recorded]) -> list[list[Recorded]]:
    return [
        each
        for each in streams(entries).values()
        if any(isinstance(entry.event, enterprises.EnterpriseRegistered) for entry in each)
    ]


def active(history: Sequence[Recorded]) -> bool:
    kinds = enterprises.EnterprisePaused | enterprises.EnterpriseResumed | enterprises.EnterpriseClosed
    last = next((each.event for each in reversed(corrected(history)) if isinstance(each.event, kinds)), None)
    return last is None or isinstance(last, enterprises.EnterpriseResumed)


# ---- what may be recorded


def _plain(may: Callable[[Any, Sequence[Recorded]], object]) -> May:
    return lambda area, said, history, on: may(said, history)


def _dated(may: Callable[[Any, Sequence[Recorded], date], object]) -> May:
    return lambda area, said, history, on: may(said, history, on)


def _here(may: Callable[[str, Any, Sequence[Recorded]], object]) -> May:
    return lambda area, said, history, on: may(area, said, history)


def _step(may: Callable[..., object]) -> May:
    return lambda area, said, history, on: may(said, history, on, named=lambda actor: actor)


MAY: Mapping[type[Event], May] = {
    areas.AreaJoined: _here(on_areas.may_join),
    areas.AreaBoundaryChanged: on_areas.may_change_boundary,
    areas.CatalystAppointed: _here(on_areas.may_appoint),
    areas.CatalystLeft: _dated(on_areas.may_end_post),
    areas.LoadTargetSet: _here(on_areas.may_set_target),
    areas.FigurePublished: _here(on_areas.may_publish),
    areas.ConditionConfirmed: _here(on_areas.may_confirm),
    areas.ConditionWithdrawn: _dated(on_areas.may_withdraw_condition),
    areas.SystemRiskRaised: _here(on_areas.may_raise),
    areas.SystemRiskMitigated: _dated(on_areas.may_mitigate),
    areas.SystemRiskClosed: _dated(on_areas.may_close_risk),
    enterprises.EnquiryReceived: _plain(on_enterprises.may_enquire),
    enterprises.EnterpriseRegistered: _dated(on_enterprises.may_register),
    enterprises.LegalFormChanged: _dated(on_enterprises.may_change_form),
    enterprises.CircumstancesTold: _dated(on_enterprises.may_tell_circumstances),
    enterprises.StageReached: _dated(on_enterprises.may_reach),
    enterprises.MilestoneRecorded: _dated(on_enterprises.may_note),
    enterprises.SupportGiven: _dated(on_enterprises.may_support),
    enterprises.ActivityReported: _dated(on_enterprises.may_report),
    enterprises.CapacityUpdated: _dated(on_enterprises.may_tell_capacity),
    enterprises.ListingVerified: _dated(on_enterprises.may_verify_listing),
    enterprises.EnterprisePaused: _dated(on_enterprises.may_pause),
    enterprises.EnterpriseResumed: _dated(on_enterprises.may_resume),
    enterprises.EnterpriseClosed: _dated(on_enterprises.may_close),
    enterprises.StoryShared: _dated(on_enterprises.may_tell_story),
    enterprises.StoryWithdrawn: _dated(on_enterprises.may_withdraw_story),
    training.SessionScheduled: _plain(on_training.may_schedule),
    training.PlaceBooked: _dated(on_training.may_book),
    training.TrainingCompleted: _dated(on_training.may_complete),
    training.CompetenceObserved: _dated(on_training.may_observe),
    quality.StandardsSigned: _dated(on_quality.may_sign),
    quality.QualityCheckCompleted: _dated(on_quality.may_check),
    quality.ConcernRaised: _dated(on_quality.may_raise),
    quality.ActionAgreed: _dated(on_quality.may_agree),
    quality.ActionCompleted: _dated(on_quality.may_complete),
    renewals.RequirementWaived: _dated(on_renewals.may_waive),
    renewals.EvidenceSubmitted: _dated(on_renewals.may_submit),
    renewals.EvidenceVerified: _dated(on_renewals.may_verify),
    renewals.EvidenceRejected: _dated(on_renewals.may_reject),
    renewals.RequirementRenewed: _dated(on_renewals.may_renew),
    referrals.NeedRecorded: _dated(on_referrals.may_need),
    referrals.NeedShared: _dated(on_referrals.may_share),
    referrals.NeedResponded: _dated(on_referrals.may_respond),
    referrals.ReferralMade: _dated(on_referrals.may_refer),
    referrals.ReferralAccepted: _step(on_referrals.may_accept),
    referrals.ReferralDeclined: _step(on_referrals.may_decline),
    referrals.ReferralWithdrawn: _step(on_referrals.may_withdraw),
    referrals.ReferralExpired: _step(on_referrals.may_expire),
    referrals.ContactMade: _step(on_referrals.may_contact),
    referrals.SupportStarted: _step(on_referrals.may_start),
    referrals.SupportEnded: _step(on_referrals.may_end),
    learning.LessonShared: _dated(on_learning.may_teach),
    learning.LessonRevised: _dated(on_learning.may_revise),
    learning.LessonRetired: _dated(on_learning.may_retire),
    learning.BarrierRaised: _dated(on_learning.may_raise),
    learning.BarrierResolved: _dated(on_learning.may_resolve),
    learning.PracticeSeen: on_learning.may_see,
    learning.PracticeTrialled: on_learning.may_try,
    learning.PracticeAdopted: on_learning.may_adopt,
    learning.PracticeAdapted: on_learning.may_adapt,
    learning.PracticeAbandoned: on_learning.may_abandon,
    participation.FeedbackGiven: _dated(on_participation.may_give),
    participation.FeedbackAcknowledged: _dated(on_participation.may_acknowledge),
    participation.AgendaItemRaised: _dated(on_participation.may_raise),
    participation.AgendaItemAnswered: _dated(on_participation.may_answer),
}


def said_of(entry: Recorded) -> Input:
    """What somebody would have sent in for an entry: all of it that is not about people."""
    type_ = INPUTS[type(entry.event)]
    names = {field.encode_name for field in msgspec.structs.fields(type_)}
    told = cast("dict[str, object]", msgspec.to_builtins(entry.event))
    given = {
        name: each
        for name, each in told.items()
        if name in names and each is not None and not (isinstance(each, dict) and "box" in each)
    }
    if isinstance(entry.event, quality.ActionAgreed):
        given["what"] = "Sealed."
    if isinstance(entry.event, participation.FeedbackGiven):
        given["verbatim"] = "Sealed."
    return msgspec.convert(given | {"on": entry.occurred_on.isoformat()}, type_)


def _check(entry: Recorded, there: Streams) -> None:
    said = said_of(entry)
    said.check(today=civil_day(entry.recorded_at))
    for each in said.refers_to():
        if each.kind == "enterprise":
            on_enterprises.at_work(there.get(each.id, []), entry.occurred_on)
        else:
            assert there[each.id][0].occurred_on <= entry.occurred_on
    may = _may_close_need(there) if isinstance(entry.event, referrals.NeedClosed) else MAY[type(entry.event)]
    may(entry.area, said, there.get(entry.stream, []), entry.occurred_on)


def _may_close_need(there: Streams) -> May:
    def made_for(history: Sequence[Recorded], need: UUID) -> bool:
        return isinstance(history[0].event, referrals.ReferralMade) and history[0].event.need == need

    def may(area: str, said: Any, history: Sequence[Recorded], on: date) -> None:
        made = [("an enterprise", each) for each in there.values() if made_for(each, history[0].stream)]
        on_referrals.may_close_need(said, history, on, referrals=made)

    return may


def test_every_entry_is_one_that_the_hub_would_have_recorded_then(
    network: Mapping[str, list[Recorded]],
) -> None:
    tried: set[type[Event]] = set()
    for area in network:
        there: dict[UUID, list[Recorded]] = {}
        for entry in network[area]:
            # what follows from other entries: the planner's reminders are looked at below
            if not isinstance(entry.event, EntryCorrected | renewals.RequirementsApplied | NudgeEvent):
                try:
                    _check(entry, there)
                except Exception as error:
                    raise AssertionError(entry.event, entry.occurred_on) from error
                tried.add(type(entry.event))
            there.setdefault(entry.stream, []).append(entry)
    assert tried == {*MAY, referrals.NeedClosed}


def test_reminders_were_planned_once_sent_once_and_answered_after(network: Mapping[str, list[Recorded]]) -> None:
    tried: set[type[Event]] = set()
    for area, entries in network.items():
        found = streams(entries)
        for stream, history in found.items():
            planned, *others = history
            if not isinstance(planned.event, NudgePlanned | NudgeHeldOut):
                continue
            event = planned.event
            assert stream == event.nudge
            assert planned.occurred_on == civil_day(planned.recorded_at) == event.send_on
            assert is_working_day(event.send_on, None if area == NETWORK else places()[area].nation)
            told = [each.event for each in found[event.about] if each.occurred_on <= event.send_on]
            assert any(isinstance(each, enterprises.EnterpriseRegistered) for each in told)
            kinds = [type(each.event) for each in others]
            assert kinds in ([NudgeSent], [NudgeSent, NudgeActedOn]) if isinstance(event, NudgePlanned) else not kinds
            tried |= {type(event), *kinds}
    assert tried == {NudgePlanned, NudgeHeldOut, NudgeSent, NudgeActedOn}


def test_an_entry_that_would_have_been_refused_is_found(network: Mapping[str, list[Recorded]]) -> None:
    there = streams(network[SOMERSET])
    closed = next(
        each for each in registered(network[SOMERSET]) if isinstance(each[-2].event, enterprises.EnterpriseClosed)
    )
    late = msgspec.structs.replace(
        closed[-1], event=quality.StandardsSigned(version="2026"), occurred_on=closed[-1].occurred_on + timedelta(9)
    )
    with pytest.raises(Exception, match="closed on"):
        _check(late, there)


def test_practices_stand_where_the_hub_would_keep_them(network: Mapping[str, list[Recorded]]) -> None:
    kinds = learning.PracticeSeen | learning.PracticeTrialled | learning.PracticeAdopted | learning.PracticeAdapted
    for area, entries in network.items():
        for each in entries:
            if isinstance(each.event, kinds | learning.PracticeAbandoned):
                assert each.stream == practice_stream(area, each.event.lesson)


# ---- what it comes to


def test_what_applies_was_recorded_with_whatever_made_it_apply(network: Mapping[str, list[Recorded]]) -> None:
    for area, entries in network.items():
        for history in registered(entries):
            assert rederived(history, RULES, area) is None
            for before, entry in pairwise(history):
                if isinstance(entry.event, renewals.RequirementsApplied):
                    assert before.command == entry.command


def test_some_renewals_are_due_in_each_area_and_few_things_are_missing(
    network: Mapping[str, list[Recorded]],
) -> None:
    found: dict[str, Counter[str]] = {}
    for area in [each for each in sorted(network) if each not in (NETWORK, SOMERSET)][::4]:
        states = (
            state(requirement, DAY)
            for history in registered(network[area])
            if active(history)
            for requirement in standing(history, RULES)
        )
        found[area] = Counter(states)
    for area, counted in found.items():
        needed = counted.total() - counted["not needed"]
        assert counted["valid"] > 0.75 * needed, area
        assert counted["missing"] < 0.1 * needed, area
        assert counted["expired"] < 12, area
        assert 5 < counted["in renewal window"] < 40, area
    together = sum(found.values(), Counter[str]())
    assert 2 < together["expired"] / len(found) < 8
    assert together["waived"]
    assert together["submitted"]


def test_people_waited_for_weeks_some_for_months_and_few_for_over_a_year(
    network: Mapping[str, list[Recorded]],
) -> None:
    waits = [
        (each.occurred_on - history[0].event.waiting_since).days
        for entries in network.values()
        for history in streams(entries).values()
        if isinstance(history[0].event, referrals.ReferralMade)
        for each in history
        if isinstance(each.event, referrals.SupportStarted)
    ]
    assert 21 <= median(waits) <= 35
    assert 3 <= sum(wait > 365 for wait in waits) <= 25


def test_one_person_in_somerset_has_waited_for_over_a_year(network: Mapping[str, list[Recorded]]) -> None:
    needs, referred = {}, set()
    for each in network[SOMERSET]:
        if isinstance(each.event, referrals.NeedRecorded):
            needs[each.stream] = each.event.waiting_since
        elif isinstance(each.event, referrals.ReferralMade):
            referred.add(each.event.need)
    assert sum((DAY - since).days > 365 for need, since in needs.items() if need not in referred) == 1


def test_some_needs_are_closed_without_support_and_most_are_met(network: Mapping[str, list[Recorded]]) -> None:
    assert any(isinstance(each.event, referrals.NeedClosed) for each in network[SOMERSET])
    closed = [each.event for area in network for each in network[area] if isinstance(each.event, referrals.NeedClosed)]
    needs = sum(isinstance(each.event, referrals.NeedRecorded) for area in network for each in network[area])
    assert 0.02 < len(closed) / needs < 0.1
    assert {each.reason for each in closed} == set(get_args(referrals.NeedClosingReason))


def test_some_referrals_are_unanswered_now_a_few_of_them_for_over_a_week(
    network: Mapping[str, list[Recorded]],
) -> None:
    ages = [
        (DAY - history[0].occurred_on).days
        for entries in network.values()
        for history in streams(entries).values()
        if isinstance(history[0].event, referrals.ReferralMade) and len(history) == 1
    ]
    assert len(ages) > 30
    assert 5 < sum(age > 7 for age in ages) < len(ages)
    assert max(ages) < 40


def test_lessons_are_learned_from_an_area_that_shared_or_does_them(network: Mapping[str, list[Recorded]]) -> None:
    doing: dict[UUID, dict[str, date]] = defaultdict(dict)
    seen: list[tuple[UUID, str, date]] = []
    for area, entries in network.items():
        for each in entries:
            match each.event:
                case learning.LessonShared(lesson=lesson):
                    doing[lesson][area] = each.occurred_on
                case learning.PracticeAdopted(lesson=lesson) | learning.PracticeAdapted(lesson=lesson):
                    doing[lesson].setdefault(area, each.occurred_on)
                case learning.PracticeSeen(lesson=lesson, from_area=taught):
                    seen.append((lesson, taught, each.occurred_on))
                case _:
                    pass
    assert len(doing) == 60
    assert all(doing[lesson][taught] < on for lesson, taught, on in seen)
    reach = sorted(len(taken) - 1 for taken in doing.values())
    assert sum(each >= 10 for each in reach) >= 4
    assert sum(each <= 3 for each in reach) > 30


def test_two_barriers_in_three_are_resolved_some_by_a_lesson_that_says_so(
    network: Mapping[str, list[Recorded]],
) -> None:
    said = {
        each.event.lesson: each.event
        for entries in network.values()
        for each in entries
        if isinstance(each.event, learning.LessonShared)
    }
    raised = resolved = by_lesson = 0
    for entries in network.values():
        for history in streams(entries).values():
            if isinstance(barrier := history[0].event, learning.BarrierRaised):
                raised += 1
                for each in history[1:]:
                    assert isinstance(each.event, learning.BarrierResolved)
                    resolved += 1
                    if each.event.lesson:
                        by_lesson += 1
                        assert barrier.topic in said[each.event.lesson].resolves
    assert 100 < raised < 140
    assert 0.5 < resolved / raised < 0.8
    assert 0.3 < by_lesson / resolved < 0.7


def test_every_area_has_feedback_and_agenda_items_and_some_of_it_waits(network: Mapping[str, list[Recorded]]) -> None:
    waits: Counter[bool] = Counter()
    for area, entries in network.items():
        found = [
            history
            for history in streams(entries).values()
            if isinstance(history[0].event, participation.FeedbackGiven | participation.AgendaItemRaised)
        ]
        assert (5 <= len(found) <= 10) == (area != NETWORK)
        waits.update(len(history) == 1 for history in found)
    assert 0.1 < waits[True] / waits.total() < 0.5


def test_an_owner_is_the_person_who_enquired(network: Mapping[str, list[Recorded]]) -> None:
    for history in registered(network[SOMERSET]):
        keys = {
            getattr(each.event, "owner", None) or getattr(each.event, "enquirer", None)
            for each in history
            if isinstance(each.event, enterprises.EnquiryReceived | enterprises.EnterpriseRegistered)
        }
        assert len({sealed.subject for sealed in keys if sealed}) == 1


def test_hours_are_reported_in_somerset_only_and_rates_are_those_of_helpers(
    network: Mapping[str, list[Recorded]],
) -> None:
    for area, entries in network.items():
        reports = [each for each in entries if isinstance(each.event, enterprises.ActivityReported)]
        assert {area for each in reports if each.event.hours_per_week is not None} <= {SOMERSET}
        lately = [each.event.hourly_rate for each in reports if DAY - each.occurred_on < timedelta(200)]
        assert all(16 <= rate <= 32 for rate in lately if rate)


def test_somerset_changed_its_code_when_its_county_did(network: Mapping[str, list[Recorded]]) -> None:
    history = streams(network[SOMERSET])[area_stream(SOMERSET)]
    changed = next(each for each in history if isinstance(each.event, areas.AreaBoundaryChanged))
    assert changed.occurred_on == date(2023, 4, 1)
    assert changed.event.to_code == SOMERSET


def test_the_network_stays_small_enough_to_be_made_while_somebody_waits(
    network: Mapping[str, list[Recorded]],
) -> None:
    assert 100_000 < sum(map(len, network.values())) < 121_000


# ---- texts


def test_lessons_differ_and_are_told_in_a_few_short_paragraphs() -> None:
    lessons = invented_learning.texts().lessons
    assert len(lessons) == len({each.title for each in lessons}) == len({each.result for each in lessons}) == 60
    for each in lessons:
        paragraphs = "\n\n".join((each.tried, each.context, each.result)).split("\n\n")
        assert 3 <= len(paragraphs) <= 6
        assert all(len(each) < 450 for each in paragraphs)


def test_a_change_is_made_to_a_lesson_by_one_area_only(network: Mapping[str, list[Recorded]]) -> None:
    changes = [
        each.event.change
        for entries in network.values()
        for each in entries
        if isinstance(each.event, learning.PracticeAdapted)
    ]
    assert len(changes) == len(set(changes)) > 20


def test_what_stands_open_holds_no_telephone_number_and_no_address() -> None:
    texts = invented_learning.texts()
    for text in (msgspec.json.encode(each).decode() for each in (*texts.lessons, *texts.barriers)):
        assert not re.search(r"@|\b0\d{4} ?\d{3}", text)
