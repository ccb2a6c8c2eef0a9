"""Each rule over a real ledger: whom it reminds on which day, in which words, and once."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from network import CORNWALL, DEVON, SOMERSET, Fact, Network, corrected, joined, milestone, registered, reported
from reminding import TUESDAY, Reminding, at

from events.access import Role
from events.areas import CatalystAppointed, CatalystLeft, ConditionConfirmed, ConditionWithdrawn, LoadTargetSet
from events.base import Event, area_stream, in_words, named_id, today
from events.civil import working_day_from
from events.enterprises import EnterpriseRegistered, Stage, StageReached
from events.learning import BarrierRaised, BarrierResolved, LessonShared, PracticeAdopted, PracticeTrialled
from events.nudging.due import wants
from events.nudging.reasons import Reason, reminder, standing
from events.participation import AgendaItemAnswered, AgendaItemRaised, AnsweredBy, FeedbackAcknowledged, FeedbackGiven
from events.projections import engine
from events.referrals import NeedRecorded, NeedResponded, NeedShared, ReferralMade
from events.settings import Settings
from workers.plan import plan
from workers.rules import ALL, BY_NAME

DAY = timedelta(1)
STEPS: tuple[Role, ...] = ("catalyst", "lead", "commissioner", "national")


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    for role in STEPS:
        found.staff(role, area="*" if role == "national" else SOMERSET)
    yield found
    found.close()


def told(reminding: Reminding, day: date) -> list[tuple[str, int, str]]:
    """Who is to be told on a day, of which step, in which words. Planned then, it is planned once."""
    reminding.now = at(day)
    reminding.network.project()
    found = wants(reminding.connection, now=reminding.now, areas=[SOMERSET], rules=ALL)
    said: list[tuple[str, int, str]] = []
    for want in found:
        wanted = want.wanted
        reason = Reason(
            rule=want.rule.name,
            about=wanted.about,
            what=wanted.what,
            due=wanted.due,
            step=wanted.step,
            recipient_kind=wanted.to,
        )
        with engine.reading(reminding.connection, "work"):
            stands = standing(reminding.connection, BY_NAME, SOMERSET, {wanted.about: reason}, today=day)
        words = want.rule.says(reminder(reason, stands[wanted.about], area=SOMERSET, today=day))
        said += [(wanted.to, wanted.step, words)] * len(want.recipients)
    assert plan(reminding.connection, now=reminding.now, areas=[SOMERSET]).nudges + _held_out(reminding) == len(said)
    reminding.network.project()
    assert wants(reminding.connection, now=reminding.now, areas=[SOMERSET], rules=ALL) == []
    return sorted(said)


def _held_out(reminding: Reminding) -> int:
    reminding.network.project()
    with engine.reading(reminding.connection, "work"):
        row = reminding.connection.execute(
            "select count(*) from nudge where held_out and planned_on = %s", [reminding.now.date()]
        ).fetchone()
    return int(str((row or (0,))[0]))


def reached(stage: Stage, *, on: date) -> Fact:
    return Fact(event=StageReached(stage=stage), on=on)


def in_stream(event: Event, stream: UUID, *, on: date, area: str = SOMERSET) -> Fact:
    return Fact(event=event, on=on, area=area, stream=stream)


def of_area(event: Event, *, on: date, area: str = SOMERSET) -> Fact:
    return Fact(event=event, on=on, area=area, of_area=True)


def test_an_enterprise_without_a_milestone_for_60_days(reminding: Reminding) -> None:
    reminding.network.given(
        registered("Bakery", area=SOMERSET, on=TUESDAY - 100 * DAY), milestone("first customer", on=TUESDAY - 60 * DAY)
    )
    assert told(reminding, TUESDAY - DAY) == []
    words = "Bakery has told of nothing new since “first customer” on 3 April 2026."
    assert told(reminding, TUESDAY) == [("catalyst", 60, words)]
    reminding.network.given(milestone("second customer", of="Bakery", on=TUESDAY + DAY))
    assert told(reminding, TUESDAY + 40 * DAY) == []


def test_an_enterprise_that_is_stuck_and_one_that_trades(reminding: Reminding) -> None:
    reminding.network.given(
        registered("Bakery", area=SOMERSET, on=TUESDAY - 120 * DAY),
        reached("developing", on=TUESDAY - 91 * DAY),
        milestone("something", on=TUESDAY - 50 * DAY),
        registered("Garden", area=SOMERSET, on=TUESDAY - 120 * DAY),
        reached("trading", on=TUESDAY - 91 * DAY),
        milestone("something", on=TUESDAY - 50 * DAY),
    )
    words = "Bakery has been at the stage “developing” since 3 March 2026."
    assert told(reminding, TUESDAY) == [("catalyst", 90, words)]
    assert told(reminding, TUESDAY + 8 * DAY) == []


def test_a_report_that_is_due_and_one_that_is_overdue(reminding: Reminding) -> None:
    reminding.network.given(
        registered("Bakery", area=SOMERSET, on=TUESDAY - 300 * DAY),
        reported(people=3, on=TUESDAY - 180 * DAY),
        milestone("something", on=TUESDAY - 50 * DAY),
        registered("Garden", area=SOMERSET, on=TUESDAY - 300 * DAY),
        milestone("something", on=TUESDAY - 50 * DAY),
    )
    assert [(to, step) for to, step, _ in told(reminding, TUESDAY)] == [("enterprise", 0)], "a garden has none to make"
    reminding.network.given(milestone("something", of="Bakery", on=TUESDAY))
    words = "Bakery has not told what it does since 4 December 2025."
    assert ("catalyst", 14, words) in told(reminding, TUESDAY + 14 * DAY)
    reminding.network.given(reported(of="Bakery", people=4, on=TUESDAY + 14 * DAY))
    assert told(reminding, TUESDAY + 18 * DAY) == []


def offering(name: str, service: str, *, on: date) -> Fact:
    event = EnterpriseRegistered(
        enterprise=named_id("test", name), name=name, origin="new", legal_form="CIC", services=(service,)
    )
    return Fact(event=event, on=on, area=SOMERSET, stream=named_id("test", name))


def test_a_need_that_nobody_meets(reminding: Reminding) -> None:
    need, old, since = uuid4(), uuid4(), TUESDAY - 14 * DAY
    recorded = NeedRecorded(need=need, service="company on walks", source="a conversation", waiting_since=since)
    reminding.network.given(
        offering("Walkers", "walking in company", on=TUESDAY - 20 * DAY),
        offering("Ramblers", "walks", on=TUESDAY - 20 * DAY),
        offering("Bakery", "lunch", on=TUESDAY - 20 * DAY),
        in_stream(recorded, need, on=since),
    )
    assert told(reminding, TUESDAY) == [], "it was not shared"
    reminding.network.given(
        in_stream(NeedShared(), need, on=TUESDAY),
        in_stream(NeedResponded(enterprise=named_id("test", "Ramblers"), answer="cannot help"), need, on=TUESDAY),
    )
    words = "Somebody near you has looked for company on walks since 19 May 2026. Tell us if you can help."
    assert told(reminding, TUESDAY) == [("enterprise", 14, words)]
    late = NeedRecorded(need=old, service="a lift", source="a conversation", waiting_since=TUESDAY - 400 * DAY)
    reminding.network.given(in_stream(late, old, on=TUESDAY))
    words = "Somebody in Somerset has looked for a lift since 28 April 2025, and nobody has been found."
    assert told(reminding, TUESDAY) == [("national", 365, words)], "the longest wait alone"
    made = ReferralMade(
        referral=uuid4(),
        enterprise=named_id("test", "Walkers"),
        service="company",
        waiting_since=since,
        need=need,
        referrer="the council",
    )
    reminding.network.given(in_stream(made, made.referral, on=TUESDAY + 73 * DAY))
    assert [each for each in told(reminding, TUESDAY + 76 * DAY) if each[1] == 90] == []


def test_a_need_that_is_shared_weeks_after_it_was_recorded(reminding: Reminding) -> None:
    need, since = uuid4(), TUESDAY - 60 * DAY
    recorded = NeedRecorded(need=need, service="company on walks", source="a conversation", waiting_since=since)
    reminding.network.given(
        offering("Walkers", "walking in company", on=TUESDAY - 20 * DAY), in_stream(recorded, need, on=since)
    )
    assert told(reminding, TUESDAY - DAY) == []
    reminding.network.given(in_stream(NeedShared(), need, on=TUESDAY))
    assert [(to, step) for to, step, _ in told(reminding, TUESDAY)] == [("enterprise", 14)]


def test_a_condition_that_is_withdrawn(reminding: Reminding) -> None:
    reminding.network.given(
        of_area(ConditionConfirmed(condition="funding", evidence="a grant"), on=TUESDAY - 90 * DAY),
        of_area(ConditionWithdrawn(condition="funding", evidence="it ended"), on=TUESDAY),
    )
    words = "Somerset has been without “funding” since 2 June 2026."
    assert told(reminding, TUESDAY) == [("lead", 0, words), ("national", 0, words)]


def test_an_area_that_is_nearly_full(reminding: Reminding) -> None:
    year_ago = TUESDAY - 365 * DAY
    post = CatalystAppointed(
        post="coast", employer="e", starts=year_ago, ends=TUESDAY + 365 * DAY, cost=1, locally_rooted=True
    )
    reminding.network.given(
        of_area(LoadTargetSet(enterprises=5, source="test"), on=year_ago),
        of_area(post, on=year_ago),
        *(registered(f"number {number}", area=SOMERSET, on=TUESDAY - 40 * DAY) for number in range(3)),
    )
    assert told(reminding, TUESDAY) == []
    reminding.network.given(registered("number 3", area=SOMERSET, on=TUESDAY))
    words = "Somerset is nearly full: 4 active enterprises, of 5 that one Catalyst can look after."
    assert told(reminding, TUESDAY) == [("lead", 80, words), ("national", 80, words)]
    reminding.network.given(registered("number 4", area=SOMERSET, on=TUESDAY + DAY))
    assert told(reminding, TUESDAY + DAY) == []


def test_an_area_that_is_full_since_a_catalyst_left(reminding: Reminding) -> None:
    year_ago = TUESDAY - 365 * DAY
    coast = CatalystAppointed(
        post="coast", employer="e", starts=year_ago, ends=TUESDAY + 365 * DAY, cost=1, locally_rooted=True
    )
    hills = msgspec.structs.replace(coast, post="hills")
    reminding.network.given(
        of_area(LoadTargetSet(enterprises=2, source="test"), on=year_ago),
        of_area(coast, on=year_ago),
        of_area(hills, on=year_ago),
        *(registered(f"number {number}", area=SOMERSET, on=TUESDAY - 40 * DAY) for number in range(2)),
    )
    assert told(reminding, TUESDAY) == []
    reminding.network.given(of_area(CatalystLeft(post="hills"), on=TUESDAY))
    assert [(to, step) for to, step, _ in told(reminding, TUESDAY)] == [("lead", 80), ("national", 80)]


def test_a_post_that_ends_and_one_that_another_follows(reminding: Reminding) -> None:
    ends, starts = TUESDAY + 180 * DAY, TUESDAY - 500 * DAY
    coast = CatalystAppointed(post="coast", employer="e", starts=starts, ends=ends, cost=1, locally_rooted=True)
    hills = msgspec.structs.replace(coast, post="hills")
    after = msgspec.structs.replace(hills, starts=ends + DAY, ends=ends + 700 * DAY)
    reminding.network.given(of_area(coast, on=starts), of_area(hills, on=starts), of_area(after, on=TUESDAY - DAY))
    assert told(reminding, TUESDAY - DAY) == []
    words = "The Catalyst's post “coast” in Somerset ends on 29 November 2026, and no other follows."
    assert told(reminding, TUESDAY) == [("commissioner", -180, words), ("national", -180, words)]


def test_a_barrier_that_was_resolved_elsewhere(reminding: Reminding) -> None:
    mine, other, unlike = uuid4(), uuid4(), uuid4()
    raised = BarrierRaised(barrier=mine, topic="insurance", title="No cover for moving people")
    reminding.network.given(
        joined(DEVON, on=TUESDAY - 400 * DAY),
        in_stream(raised, mine, on=TUESDAY - 30 * DAY),
        in_stream(BarrierRaised(barrier=other, topic="insurance", title="x"), other, on=TUESDAY - 60 * DAY, area=DEVON),
        in_stream(BarrierRaised(barrier=unlike, topic="money", title="y"), unlike, on=TUESDAY - 60 * DAY, area=DEVON),
        in_stream(BarrierResolved(how="A group policy."), unlike, on=TUESDAY - DAY, area=DEVON),
    )
    assert told(reminding, TUESDAY) == []
    reminding.network.given(in_stream(BarrierResolved(how="A group policy."), other, on=TUESDAY, area=DEVON))
    words = "Devon resolved a barrier like yours, “No cover for moving people”, on 2 June 2026. See how."
    assert told(reminding, TUESDAY) == [("catalyst", 0, words)]


def test_a_practice_that_spread_to_areas_like_ones_own(reminding: Reminding) -> None:
    lesson, here = uuid4(), uuid4()
    shared = LessonShared(
        lesson=lesson, title="A group policy", tried="t", context="c", result="r", resolves=("money",)
    )
    like, also, source = "E10000009", CORNWALL, DEVON

    def barrier(area: str) -> Fact:
        id = uuid4()
        return in_stream(
            BarrierRaised(barrier=id, topic="money", title="Money"), id, on=TUESDAY - 90 * DAY, area=area
        )  # fmt: skip

    def adopted(area: str, on: date) -> Fact:
        taken = PracticeAdopted(lesson=lesson, from_area=source)
        return in_stream(taken, named_id("practice", area, str(lesson)), on=on, area=area)

    reminding.network.given(
        *(joined(area, on=TUESDAY - 400 * DAY) for area in (source, like, also)),
        in_stream(shared, lesson, on=TUESDAY - 60 * DAY, area=source),
        *(barrier(area) for area in (SOMERSET, like, also)),
        adopted(like, TUESDAY - 20 * DAY),
    )
    assert told(reminding, TUESDAY) == []
    reminding.network.given(adopted(also, TUESDAY))
    words = "Areas like yours took up “A group policy”, which you have not tried. So far 2 areas did."
    assert told(reminding, TUESDAY) == [("catalyst", 2, words)]
    trial = PracticeTrialled(lesson=lesson, from_area=source)
    reminding.network.given(in_stream(trial, here, on=TUESDAY))
    reminding.send()
    assert reminding.nudges()[-1][4] == "the reason is gone"


TODAY = working_day_from(today(), "England")
"""On which the hub learns of all this: feedback is nothing to remind of before."""
NEXT = working_day_from(TODAY + DAY, "England")


def feedback(owner: AnsweredBy = "the Catalyst", *, on: date, enterprise: UUID | None = None) -> Fact:
    id = uuid4()
    return in_stream(FeedbackGiven(feedback=id, owner=owner, enterprise=enterprise), id, on=on)


def test_feedback_and_an_agenda_item_that_nobody_answered(reminding: Reminding) -> None:
    answered, item = feedback(on=TODAY - 10 * DAY), uuid4()
    assert answered.stream
    bus = AgendaItemRaised(item=item, title="A bus after five", by="the community", owner="the commissioner")
    reminding.network.given(
        registered("Bakery", area=SOMERSET, on=TODAY - 30 * DAY),
        feedback(on=TODAY - 10 * DAY, enterprise=named_id("test", "Bakery")),
        in_stream(bus, item, on=NEXT - 10 * DAY),
        answered,
        in_stream(FeedbackAcknowledged(), answered.stream, on=TODAY - DAY),
    )
    assert told(reminding, TODAY - DAY) == []
    words = f"Feedback about Bakery has waited for your answer since {in_words(TODAY - 10 * DAY)}."
    assert told(reminding, TODAY) == [("catalyst", 10, words)]
    words = f"The agenda item “A bus after five” has waited for your answer since {in_words(NEXT - 10 * DAY)}."
    assert told(reminding, NEXT) == [("commissioner", 10, words)]
    reminding.network.given(in_stream(AgendaItemAnswered(answer="From April."), item, on=NEXT))
    reminding.send()
    assert [each[4] for each in reminding.nudges() if each[0] == "commissioner"] == ["the reason is gone"]


def test_feedback_is_its_owners_and_what_the_hub_learned_late_is_told_then(reminding: Reminding) -> None:
    owners: tuple[AnsweredBy, ...] = ("the Catalyst", "the area lead", "the commissioner", "the national team")
    reminding.network.given(*(feedback(owner, on=TODAY - 40 * DAY) for owner in owners))
    assert told(reminding, TODAY - DAY) == []
    words = f"Feedback about Somerset has waited for your answer since {in_words(TODAY - 40 * DAY)}."
    assert told(reminding, TODAY) == [(to, 10, words) for to in sorted(STEPS)]


def test_whose_feedback_it_truly_is_hears_of_it_when_that_was_put_right(reminding: Reminding) -> None:
    given = feedback(on=TODAY - 10 * DAY)
    assert given.stream
    position = reminding.network.given(given)[-1]
    assert [to for to, _, _ in told(reminding, TODAY)] == ["catalyst"]
    instead = FeedbackGiven(feedback=given.stream, owner="the area lead")
    fact = corrected(position, replacement=instead, on=given.on)
    reminding.network.given(msgspec.structs.replace(fact, area=SOMERSET, stream=given.stream))
    assert [to for to, _, _ in told(reminding, NEXT)] == ["lead"]


def test_what_was_recorded_by_mistake_reminds_nobody(reminding: Reminding) -> None:
    (_, position) = reminding.network.given(
        of_area(ConditionConfirmed(condition="funding", evidence="a grant"), on=TUESDAY - 90 * DAY),
        of_area(ConditionWithdrawn(condition="funding", evidence="it ended"), on=TUESDAY),
    )
    fact = corrected(position, on=TUESDAY)
    reminding.network.given(msgspec.structs.replace(fact, area=SOMERSET, stream=area_stream(SOMERSET)))
    assert told(reminding, TUESDAY) == []
