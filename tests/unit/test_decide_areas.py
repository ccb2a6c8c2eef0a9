"""What may be recorded about an area: a sentence for everything that may not."""

from datetime import date

from deciding import AREA, DAY, LATER, LONG_AGO, fix, history, refused

from events.areas import (
    AreaBoundaryChanged,
    AreaJoined,
    AreaLeft,
    CatalystAppointed,
    CatalystLeft,
    ConditionConfirmed,
    ConditionWithdrawn,
    SystemRiskClosed,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event
from hub.areas import decide as areas
from hub.areas.inputs import (
    BoundaryInput,
    CatalystInput,
    CatalystLeftInput,
    ConditionInput,
    ConditionWithdrawnInput,
    FigureInput,
    JoinInput,
    LeaveInput,
    LoadTargetInput,
    RiskClosedInput,
    RiskInput,
    RiskMitigatedInput,
)

JOINED = AreaJoined(gss_code=AREA, nation="England")
POST = CatalystAppointed(post="coast", employer="x", starts=DAY, ends=date(2028, 1, 1), cost=1, locally_rooted=True)
APPOINT = CatalystInput(post="coast", employer="x", starts=DAY, ends=date(2028, 1, 1), cost=1, locally_rooted=True)


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
    refused("does not take part", lambda: areas.may_appoint(AREA, APPOINT, history()))
    areas.may_appoint(AREA, APPOINT, history(JOINED))
    refused("is filled", lambda: areas.may_appoint(AREA, APPOINT, history(JOINED, POST)))
    areas.may_appoint(AREA, APPOINT, history(JOINED, POST, CatalystLeft(post="coast")))
    areas.may_appoint(AREA, APPOINT, history(JOINED, POST, fix(2)))
    backwards = CatalystInput(post="x", employer="x", starts=DAY, ends=DAY, cost=1, locally_rooted=True)
    refused("must end after it starts", lambda: backwards.check(today=DAY))


def test_nobody_leaves_a_post_that_nobody_holds() -> None:
    left = CatalystLeftInput(post="coast")
    refused("Nobody holds", lambda: areas.may_end_post(left, history(JOINED), DAY))
    areas.may_end_post(left, history(JOINED, POST), DAY)


def test_nobody_leaves_a_post_before_it_begins() -> None:
    left, day_before = CatalystLeftInput(post="coast"), date(2026, 5, 2)
    refused("began on 3 May 2026", lambda: areas.may_end_post(left, history(JOINED, POST), day_before), field="on")


def test_targets_and_figures_are_told_of_areas_that_take_part_and_of_the_network() -> None:
    target = LoadTargetInput(enterprises=200, source="x")
    refused("does not take part", lambda: areas.may_set_target(AREA, target, history()))
    areas.may_set_target("UK", target, history())
    figure = FigureInput(indicator="jobs", value=1.0, qualifier="exact", source="x")
    areas.may_publish("UK", figure, history())
    refused("does not take part", lambda: areas.may_publish(AREA, figure, history()))
    figure.check(today=DAY)
    joy = FigureInput(indicator="joy", value=1.0, qualifier="exact", source="x")
    refused("Choose an indicator", lambda: joy.check(today=DAY), field="indicator")


def change(from_code: str, to_code: str, *before: Event, on: date = DAY) -> None:
    said = BoundaryInput(from_code=from_code, to_code=to_code)
    said.check(today=DAY)
    areas.may_change_boundary(AREA, said, history(*before), on)


def test_an_authority_goes_from_the_code_it_has_to_another_that_is_in_use() -> None:
    change(AREA, "E10000008", JOINED)
    refused("does not take part", lambda: change(AREA, "E10000008"))
    refused("This is the one it went by", lambda: change(AREA, AREA, JOINED), field="to_code")
    refused("goes by the code E06000066", lambda: change("E10000008", "E06000052", JOINED), field="from_code")
    for none in ("E99999999", "UK"):
        refused("is not the ONS code", lambda none=none: change(AREA, none, JOINED), field="to_code")


def test_a_code_is_taken_only_while_it_is_in_use() -> None:
    refused("has not been used since 2022", lambda: change(AREA, "E10000027", JOINED), field="to_code")
    change(AREA, "E10000027", JOINED, on=date(2022, 12, 31))
    early = date(2022, 12, 31)
    refused("in use only since 2023", lambda: change(AREA, "E06000065", JOINED, on=early), field="to_code")


def test_codes_follow_each_other() -> None:
    moved = AreaBoundaryChanged(from_code=AREA, to_code="E10000008")
    refused("goes by the code E10000008", lambda: change(AREA, "E06000052", JOINED, moved), field="from_code")
    change("E10000008", "E06000052", JOINED, moved)
    change(AREA, "E06000052", JOINED, moved, fix(2))
    refused(
        "took the code E10000008 on 3 May 2026",
        lambda: change("E10000008", "E06000052", JOINED, moved, on=date(2026, 5, 2)),
        field="on",
    )


FUNDING = ConditionConfirmed(condition="funding", evidence="x")
RISK = SystemRiskRaised(risk="partial buy-in", owner="x")


def test_a_condition_is_confirmed_where_an_area_takes_part_and_as_often_as_there_is_evidence() -> None:
    said = ConditionInput(condition="funding", evidence="x")
    refused("does not take part", lambda: areas.may_confirm(AREA, said, history()))
    areas.may_confirm(AREA, said, history(JOINED))
    areas.may_confirm(AREA, said, history(JOINED, FUNDING))


def test_only_a_condition_that_is_confirmed_is_withdrawn() -> None:
    said = ConditionWithdrawnInput(condition="funding", evidence="x")
    gone = ConditionWithdrawn(condition="funding", evidence="x")
    refused(
        "is not confirmed here", lambda: areas.may_withdraw_condition(said, history(JOINED), DAY), field="condition"
    )
    areas.may_withdraw_condition(said, history(JOINED, FUNDING), DAY)
    refused("is not confirmed here", lambda: areas.may_withdraw_condition(said, history(JOINED, FUNDING, gone), DAY))
    refused("is not confirmed here", lambda: areas.may_withdraw_condition(said, history(JOINED, FUNDING, fix(2)), DAY))
    areas.may_withdraw_condition(said, history(JOINED, FUNDING, gone, FUNDING), DAY)
    refused(
        "last confirmed on 3 May 2026",
        lambda: areas.may_withdraw_condition(said, history(JOINED, FUNDING), LONG_AGO),
        field="on",
    )


def test_one_risk_of_a_kind_is_open_at_a_time() -> None:
    said = RiskInput(risk="partial buy-in", owner="x")
    refused("does not take part", lambda: areas.may_raise(AREA, said, history()))
    areas.may_raise(AREA, said, history(JOINED))
    refused("is open already, since 3 May 2026", lambda: areas.may_raise(AREA, said, history(JOINED, RISK)))
    areas.may_raise(AREA, RiskInput(risk="funding ends", owner="x"), history(JOINED, RISK))
    areas.may_raise(AREA, said, history(JOINED, RISK, SystemRiskClosed(risk="partial buy-in")))


def test_only_an_open_risk_is_mitigated_or_closed() -> None:
    mitigate = RiskMitigatedInput(risk="partial buy-in", action="x")
    close = RiskClosedInput(risk="partial buy-in")
    done = SystemRiskMitigated(risk="partial buy-in", action="x")
    closed = SystemRiskClosed(risk="partial buy-in")
    for before in ((JOINED,), (JOINED, RISK, closed), (JOINED, RISK, fix(2))):
        refused("There is no open risk", lambda before=before: areas.may_mitigate(mitigate, history(*before), LATER))
        refused("There is no open risk", lambda before=before: areas.may_close_risk(close, history(*before), LATER))
    for before in ((JOINED, RISK), (JOINED, RISK, done)):
        areas.may_mitigate(mitigate, history(*before), DAY)
        areas.may_close_risk(close, history(*before), DAY)
    early = history(JOINED, RISK)
    refused("was raised on 3 May 2026", lambda: areas.may_mitigate(mitigate, early, LONG_AGO), field="on")
    refused("was raised on 3 May 2026", lambda: areas.may_close_risk(close, early, LONG_AGO), field="on")
