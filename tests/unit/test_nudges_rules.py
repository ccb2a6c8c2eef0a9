"""What rules want of a row, in which words, and who is held out for a trial."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from network import mutated

from events.nudging import rule
from events.nudging.rule import Day, Reminder, Trial, Wanted
from workers.rules import ALL, BY_NAME
from workers.rules.areas_post import AREAS_POST, Post
from workers.rules.enterprises_no_milestone import ENTERPRISES_NO_MILESTONE, Quiet
from workers.rules.referrals_needs import REFERRALS_NEEDS, Open
from workers.rules.referrals_unanswered import REFERRALS_UNANSWERED, Unanswered
from workers.rules.renewals_expiry import RENEWALS_EXPIRY, Ending

ENTERPRISE, AREA = UUID(int=1), "E06000066"
ENDS = date(2026, 12, 31)


def wanted(day: date, *, early: bool = False, late: bool = False) -> list[tuple[int, str, date]]:
    """What is wanted on a day, whichever steps the query offers."""
    found: list[Wanted] = []
    for step in (-90, -60, -30, -7, 0, 14):
        row = Ending(
            area=AREA, enterprise=ENTERPRISE, requirement="first aid", due=ENDS, early=early, step=step
        )  # fmt: skip
        found += RENEWALS_EXPIRY.nudges(row, Day(day, "England", late))
    return [(each.step, each.to, each.on) for each in found]


def test_one_step_at_a_time_and_each_on_its_own_day() -> None:
    seen: dict[tuple[int, str], date] = {}
    for ahead in range(100, -40, -1):
        for step, to, on in wanted(ENDS - timedelta(ahead)):
            seen.setdefault((step, to), ENDS - timedelta(ahead))
            assert on == seen[step, to]
    assert seen == {
        (-60, "enterprise"): date(2026, 10, 30),  # 1 November is a Sunday
        (-30, "enterprise"): date(2026, 12, 1),
        (-7, "enterprise"): date(2026, 12, 24),
        (0, "enterprise"): ENDS,
        (0, "catalyst"): ENDS,
        (14, "lead"): date(2027, 1, 14),
    }
    assert wanted(ENDS - timedelta(90)) == []
    assert wanted(ENDS - timedelta(90), early=True) == [(-90, "enterprise", date(2026, 10, 2))]


def test_what_was_missed_is_told_late_by_its_last_step_alone() -> None:
    """On the day before the next step comes, and for three months after the last."""
    new_year = ENDS + timedelta(1)
    assert wanted(new_year + timedelta(8)) == []
    assert wanted(new_year + timedelta(8), late=True) == [(0, "enterprise", ENDS), (0, "catalyst", ENDS)]
    assert wanted(ENDS - timedelta(40), late=True) == [(-60, "enterprise", date(2026, 10, 30))]
    assert wanted(ENDS + timedelta(80)) == []
    assert wanted(ENDS + timedelta(80), late=True) == [(14, "lead", date(2027, 1, 14))]
    assert wanted(ENDS + timedelta(400), late=True) == []
    assert wanted(ENDS - timedelta(90), late=True) == []


def test_a_referral_that_the_hub_was_told_of_late_still_comes_to_the_catalyst() -> None:
    made = date(2026, 5, 4)
    rows = [Unanswered(area=AREA, referral=uuid4(), enterprise=ENTERPRISE, made_on=made, step=step) for step in (3, 7)]
    day = Day(made + timedelta(40), "England")
    assert [each for row in rows for each in REFERRALS_UNANSWERED.nudges(row, day)] == []
    late = msgspec.structs.replace(day, late=True)
    assert [each.to for row in rows for each in REFERRALS_UNANSWERED.nudges(row, late)] == ["catalyst"]


def test_what_ends_on_29_february_is_told_of_in_time() -> None:
    row = Ending(
        area=AREA, enterprise=ENTERPRISE, requirement="first aid", due=date(2028, 2, 29), early=False, step=0
    )  # fmt: skip
    on = [each.on for each in RENEWALS_EXPIRY.nudges(row, Day(date(2028, 2, 29), "England"))]
    assert on == [date(2028, 2, 29)] * 2


def test_a_referral_waits_three_working_days_for_the_enterprise_and_seven_for_the_catalyst() -> None:
    made = date(2026, 12, 23)
    rows = [Unanswered(area=AREA, referral=uuid4(), enterprise=ENTERPRISE, made_on=made, step=step) for step in (3, 7)]

    def on(day: date) -> list[tuple[int, str]]:
        return [(each.step, each.to) for row in rows for each in REFERRALS_UNANSWERED.nudges(row, Day(day, "England"))]

    assert on(date(2026, 12, 29)) == []
    assert on(date(2026, 12, 30)) == [(3, "enterprise")]
    assert on(date(2027, 1, 5)) == [(3, "enterprise")]
    assert on(date(2027, 1, 6)) == [(7, "catalyst")]
    assert on(date(2027, 1, 14)) == []


def test_who_had_waited_for_long_when_the_hub_learned_of_it_is_told_of_then_by_the_longest_step_alone() -> None:
    recorded = date(2026, 6, 2)
    since = recorded - timedelta(100)

    def on(day: date) -> list[tuple[int, str]]:
        rows = [
            Open(
                area=AREA,
                need=uuid4(),
                waiting_since=since,
                recorded_on=recorded,
                shared_on=recorded,
                step=step,
                enterprise=None,
            )
            for step in (14, 90, 365)
        ]
        return [(each.step, each.to) for row in rows for each in REFERRALS_NEEDS.nudges(row, Day(day, "England"))]

    assert on(recorded - timedelta(1)) == []
    assert on(recorded) == [(90, "catalyst")]
    assert on(recorded + timedelta(8)) == []
    assert on(since + timedelta(365)) == [(365, "national")]


def test_a_need_that_was_shared_late_is_told_to_enterprises_then_and_to_the_catalyst_all_the_same() -> None:
    since = date(2026, 1, 5)

    def on(day: date, *, shared_on: date, late: bool = False) -> list[int]:
        row = Open(
            area=AREA,
            need=uuid4(),
            waiting_since=since,
            recorded_on=since,
            shared_on=shared_on,
            step=14,
            enterprise=ENTERPRISE,
        )
        rows = [msgspec.structs.replace(row, step=step) for step in REFERRALS_NEEDS.steps]
        return [each.step for row in rows for each in REFERRALS_NEEDS.nudges(row, Day(day, "England", late))]

    assert on(since + timedelta(30), shared_on=since + timedelta(30)) == [14]
    assert on(since + timedelta(29), shared_on=since + timedelta(30)) == []
    after_the_second = since + timedelta(100)
    assert on(after_the_second, shared_on=after_the_second) == [14]
    assert on(after_the_second, shared_on=after_the_second, late=True) == [14, 90], "who missed the 90 days is told"


def test_what_is_over_is_told_on_the_next_working_day_and_what_is_to_come_on_the_last_before() -> None:
    good_friday = date(2027, 3, 26)
    quiet = Quiet(area=AREA, enterprise=ENTERPRISE, since=good_friday - timedelta(60))
    (told,) = ENTERPRISES_NO_MILESTONE.nudges(quiet, Day(date(2027, 3, 30), "England"))
    assert told.on == date(2027, 3, 30)
    assert list(ENTERPRISES_NO_MILESTONE.nudges(quiet, Day(date(2027, 3, 29), "England"))) == []
    post = Post(area=AREA, stream=uuid4(), post="coast", starts=ENDS, ends=good_friday + timedelta(180))
    early = msgspec.structs.replace(post, starts=date(2020, 1, 1))
    assert {each.on for each in AREAS_POST.nudges(early, Day(date(2027, 3, 25), "England"))} == {date(2027, 3, 25)}


def test_only_what_one_may_do_without_can_be_turned_off() -> None:
    assert {each.name for each in ALL if each.optional} == {
        "enterprises_no_milestone",
        "enterprises_report",
        "enterprises_stuck",
        "learning_barrier",
        "learning_practice",
        "participation_unanswered",
        "renewals_local",
    }
    assert {each.name for each in ALL if each.trial} <= {each.name for each in ALL if each.optional}


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_each_rule_says_itself_in_a_sentence_and_is_found_by_its_name(each: rule.Rule[object]) -> None:
    assert BY_NAME[each.name] is each
    assert each.sentence.endswith(".")
    for to in ("enterprise", "catalyst"):
        for due in (date(2026, 5, 1), date(2026, 5, 3), date(2026, 5, 9)):
            words = each.says(
                Reminder(
                    to=to,
                    area=AREA,
                    name="Bakery",
                    detail="company",
                    what="first aid",
                    due=due,
                    step=0,
                    today=date(2026, 5, 3),
                )
            )
            assert words.endswith(".")
            assert "None" not in words


TRIAL = Trial(
    name="milestones 2027", declared_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), share=0.1, words="Does it help?"
)


def test_who_is_held_out_is_settled_until_the_trial_ends_and_few_are() -> None:
    about = [UUID(int=number) for number in range(4000)]
    held = {each for each in about if TRIAL.holds_out(each, on=date(2027, 1, 1))}
    assert held == {each for each in about if TRIAL.holds_out(each, on=date(2027, 12, 31))}
    assert 0.08 < len(held) / len(about) < 0.12
    assert not any(TRIAL.holds_out(each, on=date(2026, 12, 31)) for each in about), "it was declared later"
    assert not any(TRIAL.holds_out(each, on=date(2028, 1, 1)) for each in about), "it is over"
    other = msgspec.structs.replace(TRIAL, name="reports 2027")
    assert held != {each for each in about if other.holds_out(each, on=date(2027, 1, 1))}


def test_nobody_is_held_out_of_what_they_have_to_be_told_and_never_more_than_one_in_ten() -> None:
    with pytest.raises(ValueError, match="never held out"):
        msgspec.structs.replace(RENEWALS_EXPIRY, trial=TRIAL)
    with pytest.raises(ValueError, match="one in ten"):
        msgspec.structs.replace(TRIAL, share=0.11)
    with pytest.raises(ValueError, match="ends after"):
        msgspec.structs.replace(TRIAL, ends_on=TRIAL.declared_on)
    careless = mutated(rule, "if self.trial and not self.optional:", "if False:")
    fields = msgspec.structs.asdict(RENEWALS_EXPIRY) | {"trial": TRIAL}
    assert careless.Rule(**fields).trial == TRIAL, "nothing else keeps insurance out of a trial"


def test_trials_are_as_they_were_declared() -> None:
    """Whoever changes one of these ends it and declares another under a new name: it would draw others."""
    year = (date(2026, 11, 22), date(2027, 11, 21), 0.10)
    assert {
        each.name: (each.trial.name, each.trial.declared_on, each.trial.ends_on, each.trial.share)
        for each in ALL
        if each.trial
    } == {
        "renewals_local": ("renewals 2026", *year),
        "enterprises_report": ("activity report 2026", *year),
        "enterprises_no_milestone": ("no milestone 2026", *year),
    }
    drawn = [number for number in range(60) if TRIAL.holds_out(UUID(int=number), on=date(2027, 5, 1))]
    assert drawn == DRAWN, "the same are drawn by every version"


DRAWN = [2, 3, 9, 20, 23, 28, 38, 50, 53, 55, 58]
