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


def wanted(day: date, *, early: bool = False) -> list[tuple[int, str, date]]:
    """What is wanted on a day, whichever steps the query offers."""
    found: list[Wanted] = []
    for step in (-90, -60, -30, -7, 0, 14):
        row = Ending(
            area=AREA, enterprise=ENTERPRISE, requirement="first aid", due=ENDS, early=early, step=step
        )  # fmt: skip
        found += RENEWALS_EXPIRY.nudges(row, Day(day, "England"))
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
            Open(area=AREA, need=uuid4(), waiting_since=since, recorded_on=recorded, step=step, enterprise=None)
            for step in (14, 90, 365)
        ]
        return [(each.step, each.to) for row in rows for each in REFERRALS_NEEDS.nudges(row, Day(day, "England"))]

    assert on(recorded - timedelta(1)) == []
    assert on(recorded) == [(90, "catalyst")]
    assert on(recorded + timedelta(8)) == []
    assert on(since + timedelta(365)) == [(365, "national")]


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


def test_who_is_held_out_is_settled_for_good_and_few_are() -> None:
    trial = Trial(
        name="milestones 2027", declared_on=date(2027, 1, 1), share=0.1, words="Does it help?", outcome="a milestone"
    )
    about = [UUID(int=number) for number in range(4000)]
    held = {each for each in about if trial.holds_out(each, on=date(2027, 1, 1))}
    assert held == {each for each in about if trial.holds_out(each, on=date(2028, 1, 1))}
    assert 0.08 < len(held) / len(about) < 0.12
    assert not any(trial.holds_out(each, on=date(2026, 12, 31)) for each in about), "it was declared later"
    other = msgspec.structs.replace(trial, name="reports 2027")
    assert held != {each for each in about if other.holds_out(each, on=date(2027, 1, 1))}


def test_nobody_is_held_out_of_what_they_have_to_be_told_and_never_more_than_one_in_ten() -> None:
    trial = Trial(name="t", declared_on=ENDS, share=0.1, words="w", outcome="o")
    with pytest.raises(ValueError, match="never held out"):
        msgspec.structs.replace(RENEWALS_EXPIRY, trial=trial)
    with pytest.raises(ValueError, match="one in ten"):
        Trial(name="t", declared_on=ENDS, share=0.11, words="w", outcome="o")
    careless = mutated(rule, "if self.trial and not self.optional:", "if False:")
    assert careless.Rule is not rule.Rule
