"""What may be said about an area."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta

from events.areas import (
    AreaBoundaryChanged,
    AreaJoined,
    AreaLeft,
    CatalystAppointed,
    CatalystLeft,
    Condition,
    ConditionConfirmed,
    ConditionWithdrawn,
    FigurePublished,
    LeavingReason,
    LoadTargetSet,
    PostReason,
    Qualifier,
    SystemRisk,
    SystemRiskClosed,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event, NotFound, Refused
from events.places import places
from events.projections.indicators import INDICATORS
from hub.input import AREA_CODE, Input, Line, OptionalLine, Sealing

LongLine = Annotated[
    str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z")
]
Code = Annotated[str, Meta(pattern=AREA_CODE)]


class JoinInput(Input, frozen=True, kw_only=True):
    """The area takes part from this day on."""

    focus: OptionalLine = ""

    def event(self, sealing: Sealing) -> AreaJoined:
        nation = places()[sealing.area].nation
        assert nation, "only an authority joins"
        return AreaJoined(gss_code=sealing.area, nation=nation, focus=self.focus)


class LeaveInput(Input, frozen=True, kw_only=True):
    reason: LeavingReason | None = None

    def event(self, sealing: Sealing) -> AreaLeft:
        return AreaLeft(reason=self.reason)


class CatalystInput(Input, frozen=True, kw_only=True):
    """Somebody is employed to help people here start enterprises."""

    post: Line
    employer: Line
    starts: date
    ends: Annotated[date, Meta(examples=["2028-05-02"])]
    cost: Annotated[int, Meta(ge=0, le=10_000_000)]
    locally_rooted: bool

    def check(self, *, today: date) -> None:
        if self.ends <= self.starts:
            raise Refused("The post must end after it starts.", field="ends")

    def event(self, sealing: Sealing) -> CatalystAppointed:
        return CatalystAppointed(
            post=self.post,
            employer=self.employer,
            starts=self.starts,
            ends=self.ends,
            cost=self.cost,
            locally_rooted=self.locally_rooted,
        )


class CatalystLeftInput(Input, frozen=True, kw_only=True):
    post: Line
    reason: PostReason | None = None

    def event(self, sealing: Sealing) -> CatalystLeft:
        return CatalystLeft(post=self.post, reason=self.reason)


class LoadTargetInput(Input, frozen=True, kw_only=True):
    """How many active enterprises one Catalyst can look after."""

    enterprises: Annotated[int, Meta(ge=1, le=100_000)]
    source: Line

    def event(self, sealing: Sealing) -> LoadTargetSet:
        return LoadTargetSet(enterprises=self.enterprises, source=self.source)


class FigureInput(Input, frozen=True, kw_only=True):
    """A figure as somebody published it."""

    indicator: Line
    value: Annotated[float, Meta(ge=0, le=1_000_000_000)]
    qualifier: Qualifier
    source: LongLine

    def check(self, *, today: date) -> None:
        if self.indicator not in INDICATORS:
            raise Refused(f"Choose an indicator: {', '.join(INDICATORS)}.", field="indicator")

    def event(self, sealing: Sealing) -> FigurePublished:
        return FigurePublished(indicator=self.indicator, value=self.value, qualifier=self.qualifier, source=self.source)


class BoundaryInput(Input, frozen=True, kw_only=True):
    """The authority goes by another code from this day on."""

    from_code: Annotated[Code, Meta(description="The code it went by until then.")]
    to_code: Code

    def check(self, *, today: date) -> None:
        if self.from_code == self.to_code:
            raise Refused("Give the new code. This is the one it went by.", field="to_code")

    def check_day(self, on: date) -> None:
        """Raises `NotFound` for a code that was never one, `Refused` for one that was not in use."""
        place = places().get(self.to_code)
        if place is None or place.nation is None:
            raise NotFound(f"{self.to_code} is not the ONS code of an upper-tier authority.", field="to_code")
        if place.from_year and on.year < place.from_year:
            raise Refused(
                f"{self.to_code} is in use only since {place.from_year}. Check code and day.", field="to_code"
            )
        if place.to_year and on.year > place.to_year:
            raise Refused(
                f"{self.to_code} has not been used since {place.to_year}. Give the code in use then.", field="to_code"
            )

    def event(self, sealing: Sealing) -> AreaBoundaryChanged:
        return AreaBoundaryChanged(from_code=self.from_code, to_code=self.to_code)


class ConditionInput(Input, frozen=True, kw_only=True):
    """The area has something that it needs for the approach to take hold."""

    condition: Condition
    evidence: Annotated[LongLine, Meta(description="What shows it, without naming anybody.")]

    def event(self, sealing: Sealing) -> ConditionConfirmed:
        return ConditionConfirmed(condition=self.condition, evidence=self.evidence)


class ConditionWithdrawnInput(Input, frozen=True, kw_only=True):
    """It no longer has it."""

    condition: Condition
    evidence: Annotated[LongLine, Meta(description="What shows it, without naming anybody.")]

    def event(self, sealing: Sealing) -> ConditionWithdrawn:
        return ConditionWithdrawn(condition=self.condition, evidence=self.evidence)


class RiskInput(Input, frozen=True, kw_only=True):
    """Something that can end it here."""

    risk: SystemRisk
    owner: Annotated[Line, Meta(description="The post that looks after it, never a name.")]

    def event(self, sealing: Sealing) -> SystemRiskRaised:
        return SystemRiskRaised(risk=self.risk, owner=self.owner)


class RiskMitigatedInput(Input, frozen=True, kw_only=True):
    risk: SystemRisk
    action: Annotated[LongLine, Meta(description="What was done about it, without naming anybody.")]

    def event(self, sealing: Sealing) -> SystemRiskMitigated:
        return SystemRiskMitigated(risk=self.risk, action=self.action)


class RiskClosedInput(Input, frozen=True, kw_only=True):
    risk: SystemRisk

    def event(self, sealing: Sealing) -> SystemRiskClosed:
        return SystemRiskClosed(risk=self.risk)


INPUTS: Mapping[type[Event], type[Input]] = {
    AreaJoined: JoinInput,
    AreaLeft: LeaveInput,
    CatalystAppointed: CatalystInput,
    CatalystLeft: CatalystLeftInput,
    LoadTargetSet: LoadTargetInput,
    FigurePublished: FigureInput,
    AreaBoundaryChanged: BoundaryInput,
    ConditionConfirmed: ConditionInput,
    ConditionWithdrawn: ConditionWithdrawnInput,
    SystemRiskRaised: RiskInput,
    SystemRiskMitigated: RiskMitigatedInput,
    SystemRiskClosed: RiskClosedInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
