"""Planning reminders: once however often, the latest step only, together with the message that carries it."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest
from network import SOMERSET, Fact, Network, registered
from reminding import ENDS, INSURANCE, TUESDAY, Reminding, at

from events import ledger
from events.areas import CatalystAppointed
from events.base import named_id
from events.nudges import NudgePlanned
from events.nudging import due as finding
from events.projections import ALL, engine
from events.projections.engine import NotBuilt
from events.referrals import ReferralAccepted, ReferralMade
from events.settings import Settings
from workers import plan as planner
from workers.plan import Planning, plan

BAKERY = named_id("test", "Bakery")
DAY = timedelta(1)


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    yield found
    found.close()


def test_what_runs_out_is_planned_once_however_often(reminding: Reminding) -> None:
    reminding.insured()
    assert reminding.plan().nudges == 1
    before = len(reminding.network.events(SOMERSET))
    assert reminding.plan().nudges == 0
    reminding.now = at(TUESDAY + 2 * DAY)
    assert reminding.plan().nudges == 0
    assert len(reminding.network.events(SOMERSET)) == before
    assert reminding.nudges() == [("enterprise", -60, "planned", TUESDAY, None)]
    assert reminding.messages() == [("enterprise", "planned", 0, None)]


def test_also_where_the_projection_has_not_taken_in_the_plan_yet(reminding: Reminding) -> None:
    reminding.insured()
    reminding.network.project()
    first = reminding.plan()
    assert (first.nudges, plan(reminding.connection, now=reminding.now).nudges) == (1, 0)
    assert len(reminding.messages()) == 1


def test_where_nothing_is_due_nothing_is_written(reminding: Reminding) -> None:
    reminding.insured(ends=TUESDAY + timedelta(200))
    before = len(reminding.network.events(SOMERSET))
    assert reminding.plan() == reminding.plan()
    assert len(reminding.network.events(SOMERSET)) == before
    assert reminding.messages() == []


def test_only_the_latest_step_is_planned_and_none_that_was_missed_for_long(reminding: Reminding) -> None:
    reminding.insured("Bakery", ends=ENDS)
    reminding.plan(ENDS - 29 * DAY)
    assert [row[1] for row in reminding.nudges()] == [-30]
    reminding.insured("Garden", ends=ENDS)
    assert reminding.plan(ENDS - 20 * DAY).nudges == 0, "ten days after its step it is left out"


def missed(reminding: Reminding, day: date, planning: Planning | None = None) -> int:
    reminding.now = at(day)
    reminding.network.project()
    return (planning or Planning()).late(reminding.connection, now=reminding.now).nudges


def test_what_ran_out_while_the_hub_was_away_is_still_told_once(reminding: Reminding) -> None:
    """From 22 December to 2 January: nobody was told on the day, nor would the lead hear 14 days after the others."""
    ran_out, long_ago, back = date(2026, 12, 22), date(2026, 12, 9), date(2027, 1, 4)
    reminding.insured("Bakery", ends=ran_out)
    reminding.insured("Garden", ends=long_ago)
    reminding.insured("Shed", ends=ran_out)
    reminding.renewed("Shed", ran_out + DAY, ran_out + 365 * DAY)
    reminding.staff("catalyst")
    reminding.staff("lead")
    assert reminding.plan(back).nudges == 0
    planning = Planning()
    assert missed(reminding, back, planning) == 3
    assert missed(reminding, back, planning) == 0, "an area is looked through once a day"
    assert [row[:4] for row in reminding.nudges()] == [
        ("catalyst", 0, "planned", back),
        ("enterprise", 0, "planned", back),
        ("lead", 14, "planned", back),
    ]
    reminding.send()
    assert [row[2] for row in reminding.nudges()] == ["sent"] * 3
    assert missed(reminding, back, Planning()) == 0
    assert missed(reminding, back + DAY, planning) == 1, "the lead, 14 days after the bakery's ran out"
    assert missed(reminding, back + 200 * DAY, planning) == 0, "once for ever"


def test_a_post_that_was_told_of_late_and_what_one_may_do_without(reminding: Reminding) -> None:
    """Of a post that ends in 150 days those hear who pay for it; that somebody went quiet is left out."""
    reminding.staff("national", area="*")
    reminding.staff("catalyst")
    post = CatalystAppointed(
        post="coast",
        employer="e",
        starts=TUESDAY - 400 * DAY,
        ends=TUESDAY + 150 * DAY,
        cost=1,
        locally_rooted=True,
    )
    reminding.network.given(
        Fact(event=post, on=TUESDAY - 400 * DAY, area=SOMERSET, of_area=True),
        registered("Quiet", area=SOMERSET, on=TUESDAY - 80 * DAY),
    )
    assert reminding.plan(TUESDAY).nudges == 0
    assert missed(reminding, TUESDAY) == 1
    assert [row[:2] for row in reminding.nudges()] == [("national", -180)]


def test_while_what_stands_now_is_made_anew_no_day_counts_as_planned(
    reminding: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that was upgraded overnight plans that day once its figures are there, though nothing else comes in."""
    reminding.insured()
    reminding.insured("Garden", ends=TUESDAY - 10 * DAY)
    reminding.network.project()
    planning = Planning()
    with monkeypatch.context() as newer:
        newer.setattr(finding, "WORK", msgspec.structs.replace(finding.WORK, version=finding.WORK.version + 1))
        for look in (planning.step, planning.late):
            with pytest.raises(NotBuilt, match="made anew"):
                look(reminding.connection, now=reminding.now)
    assert planning.step(reminding.connection, now=reminding.now).nudges == 1
    assert planning.late(reminding.connection, now=reminding.now).nudges == 1


def test_on_the_last_day_the_catalyst_is_told_and_two_weeks_later_the_lead(reminding: Reminding) -> None:
    friday = date(2026, 7, 31)
    reminding.insured(ends=friday)
    reminding.staff("catalyst")
    reminding.staff("lead")
    reminding.plan(friday)
    reminding.plan(friday + 14 * DAY)
    assert [(row[0], row[1], row[3]) for row in reminding.nudges()] == [
        ("catalyst", 0, friday),
        ("enterprise", 0, friday),
        ("lead", 14, friday + 14 * DAY),
    ]


def test_a_step_on_days_off_goes_before_them_and_what_is_over_goes_after(reminding: Reminding) -> None:
    easter_sunday = date(2027, 3, 28)
    reminding.insured(ends=easter_sunday)
    reminding.staff("lead")
    reminding.plan(date(2027, 3, 19))
    assert reminding.plan(date(2027, 3, 24)).nudges == 0
    reminding.plan(date(2027, 3, 25))
    assert [(row[1], row[3]) for row in reminding.nudges()] == [(-7, date(2027, 3, 19)), (0, date(2027, 3, 25))]
    assert reminding.plan(date(2027, 4, 10)).nudges == 0
    reminding.plan(date(2027, 4, 12))  # 14 days after is a Sunday
    assert reminding.nudges()[-1][:4] == ("lead", 14, "planned", date(2027, 4, 12))


def test_what_is_planned_at_night_goes_out_in_the_morning(reminding: Reminding) -> None:
    reminding.insured()
    reminding.now = at(TUESDAY, 22)
    reminding.plan()
    assert reminding.nudges()[0][3] == TUESDAY + DAY
    (moment,) = reminding.connection.execute("select send_from from message").fetchone() or ()
    assert moment == at(TUESDAY + DAY, 8)


def test_all_reminders_of_a_day_are_in_one_message_until_it_goes_out(reminding: Reminding) -> None:
    account = reminding.staff("catalyst")
    for name in ("Bakery", "Garden"):
        reminding.insured(name, ends=TUESDAY)
    reminding.plan(TUESDAY)
    query = "select array_length(nudges, 1), send_on from message where recipient = %s order by send_on"
    assert reminding.connection.execute(query, [account]).fetchall() == [(2, TUESDAY)]
    reminding.connection.execute("update message set state = 'sent'")
    reminding.insured("Shed", ends=TUESDAY)
    reminding.plan(TUESDAY)
    assert reminding.connection.execute(query, [account]).fetchall() == [(2, TUESDAY), (1, TUESDAY + DAY)]


def test_a_referral_is_counted_in_working_days(reminding: Reminding) -> None:
    enterprise, referral, friday = reminding.insured(ends=ENDS + 200 * DAY), uuid4(), date(2026, 5, 22)
    reminding.staff("catalyst")
    made = ReferralMade(
        referral=referral, enterprise=enterprise, service="company", waiting_since=friday, referrer="the council"
    )
    reminding.network.given(Fact(event=made, on=friday, area=SOMERSET, stream=referral))
    assert reminding.plan(date(2026, 5, 27)).nudges == 0, "the 25th is a bank holiday"
    assert reminding.plan(date(2026, 5, 28)).nudges == 1
    reminding.send()
    assert reminding.plan(date(2026, 6, 3)).nudges == 1
    assert [(row[0], row[1], row[2]) for row in reminding.nudges()] == [
        ("enterprise", 3, "sent"),
        ("catalyst", 7, "planned"),
    ]
    with engine.reading(reminding.connection, "work"):
        escalated = reminding.connection.execute("select escalated_on from nudge order by step").fetchall()
    assert escalated == [(date(2026, 6, 3),), (None,)], "that it went on to somebody else is on the first"
    reminding.network.given(Fact(event=ReferralAccepted(), on=date(2026, 6, 3), area=SOMERSET, stream=referral))
    reminding.send()
    assert reminding.nudges()[-1][2:] == ("suppressed", date(2026, 6, 3), "the reason is gone")


def test_rebuilding_every_projection_and_bringing_in_old_plans_sends_nothing(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    (planned,) = [e.event for e in reminding.network.events(SOMERSET) if isinstance(e.event, NudgePlanned)]
    reminding.connection.execute("delete from message")
    for projection in ALL:
        build = engine.start_build(reminding.connection, projection)
        engine.catch_up_all(reminding.connection, ALL, folds=engine.Folds())
        engine.switch(reminding.connection, ALL, build)
    other = uuid4()
    event = NudgePlanned(**{name: getattr(planned, name) for name in planned.__struct_fields__} | {"nudge": other})
    reminding.network.given(Fact(event=event, on=TUESDAY, area=SOMERSET, stream=other))
    assert reminding.plan().nudges == 0
    assert missed(reminding, TUESDAY) == 0
    assert reminding.send() == 0
    assert reminding.messages() == []


def test_an_area_is_looked_at_again_only_when_something_came_in(reminding: Reminding) -> None:
    reminding.insured()
    planning = Planning()
    reminding.network.project()
    assert planning.step(reminding.connection, now=reminding.now).nudges == 1
    reminding.insured("Garden")
    assert planning.step(reminding.connection, now=reminding.now).nudges == 0, "it is not in the projection yet"
    reminding.network.project()
    assert planning.step(reminding.connection, now=reminding.now).nudges == 1
    assert planning.step(reminding.connection, now=reminding.now).nudges == 0


def test_two_that_plan_at_once_plan_once(reminding: Reminding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have found the same, and neither knows of the other."""
    reminding.insured()
    reminding.network.project()
    monkeypatch.setattr(ledger, "streams_there", lambda *_: set())
    found = [plan(reminding.connection, now=reminding.now).nudges for _ in range(2)]
    assert found == [1, 0]
    query = "select array_length(nudges, 1) from message"
    assert reminding.connection.execute(query).fetchall() == [(1,)]
    assert INSURANCE in str(reminding.network.events(SOMERSET)[-1].event)


def test_a_planner_that_dies_between_two_commits_leaves_nothing_out(
    reminding: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules ask whether anybody was told of a thing: so all who are to be told of it are planned in one commit."""
    for _ in range(2):
        reminding.staff("catalyst")
    for name in ("Bakery", "Garden"):
        reminding.insured(name, ends=TUESDAY)
    monkeypatch.setattr(planner, "BATCH", 2)
    record, done = planner._record, []

    def dying(*given: object, **said: object) -> tuple[int, int]:
        if done:
            raise KeyboardInterrupt
        done.append(record(*given, **said))  # pyright: ignore[reportArgumentType]
        return done[0]

    with monkeypatch.context() as patched:
        patched.setattr(planner, "_record", dying)
        with pytest.raises(KeyboardInterrupt):
            reminding.plan(TUESDAY)
    assert done == [(3, 0)]
    assert reminding.plan(TUESDAY).nudges == 3
    assert len(reminding.nudges()) == 6
