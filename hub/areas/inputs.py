"""What may be said about an area."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta

from events.areas import (
    AreaJoined,
    AreaLeft,
    CatalystAppointed,
    CatalystLeft,
    FigurePublished,
    LeavingReason,
    LoadTargetSet,
    PostReason,
    Qualifier,
)
from events.base import Event, Refused
from events.places import places
from hub.input import Input, Line, OptionalLine, Sealing


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
    ends: date
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
    source: Annotated[
        str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z")
    ]

    def event(self, sealing: Sealing) -> FigurePublished:
        return FigurePublished(indicator=self.indicator, value=self.value, qualifier=self.qualifier, source=self.source)


INPUTS: Mapping[type[Event], type[Input]] = {
    AreaJoined: JoinInput,
    AreaLeft: LeaveInput,
    CatalystAppointed: CatalystInput,
    CatalystLeft: CatalystLeftInput,
    LoadTargetSet: LoadTargetInput,
    FigurePublished: FigureInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
