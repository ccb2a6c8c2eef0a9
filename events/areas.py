"""What happens to an area: it takes part, gets a Catalyst, publishes figures about itself, leaves."""

from datetime import date
from typing import Literal

from events.base import Event

Nation = Literal["England", "Scotland", "Wales", "Northern Ireland"]
Qualifier = Literal["exact", "about", "more than"]
LeavingReason = Literal["the funding ended", "the council decided so", "another area took it over", "another reason"]
PostReason = Literal["the post ended", "another job", "another employer took it over", "another reason"]
"""Why a Catalyst left. Like every reason in a ledger it is one of a few, none of which tells of health or family."""


class AreaJoined(Event, frozen=True, tag="area.joined"):
    """The area takes part from this day on."""

    gss_code: str
    nation: Nation
    focus: str = ""


class AreaLeft(Event, frozen=True, tag="area.left"):
    reason: LeavingReason | None = None


class CatalystAppointed(Event, frozen=True, tag="catalyst.appointed"):
    """Somebody is employed to help people here start enterprises. Their name is staff data, kept elsewhere."""

    post: str
    """Tells posts of one area apart, for example "coast"."""
    employer: str
    starts: date
    ends: date
    cost: int
    """Pounds for the whole post."""
    locally_rooted: bool


class CatalystLeft(Event, frozen=True, tag="catalyst.left"):
    post: str
    reason: PostReason | None = None


class LoadTargetSet(Event, frozen=True, tag="load.target_set"):
    """How many active enterprises one Catalyst can look after, and who says so."""

    enterprises: int
    source: str


class FigurePublished(Event, frozen=True, tag="figure.published"):
    """A figure as somebody published it. It stands beside what the ledger counts and is never added to it."""

    indicator: str
    value: float
    qualifier: Qualifier
    source: str


AreaEvent = AreaJoined | AreaLeft | CatalystAppointed | CatalystLeft | LoadTargetSet | FigurePublished
