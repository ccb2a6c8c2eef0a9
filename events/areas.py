"""What happens to an area: it takes part, gets a Catalyst, publishes figures about itself, leaves."""

from datetime import date
from typing import Literal

from events.base import Event

Nation = Literal["England", "Scotland", "Wales", "Northern Ireland"]
Qualifier = Literal["exact", "about", "more than"]
LeavingReason = Literal["the funding ended", "the council decided so", "another area took it over", "another reason"]
PostReason = Literal["the post ended", "another job", "another employer took it over", "another reason"]
"""Why a Catalyst left. Like every reason in a ledger it is one of a few, none of which tells of health or family."""
Condition = Literal[
    "a skilled Catalyst for two years",
    "a locally rooted Catalyst",
    "national backup and network",
    "buy-in from the whole system",
    "risk and quality management",
    "funding",
]
"""What an area needs for the approach to take hold."""
SystemRisk = Literal[
    "the wrong recruit",
    "the wrong employer",
    "partial buy-in",
    "no senior commitment",
    "funding ends",
    "quality or safety",
    "another risk",
]
"""What can end it. Raised and closed by people, never scored by a machine."""


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


class AreaBoundaryChanged(Event, frozen=True, tag="area.boundary_changed"):
    """The authority goes by another code from this day on. Its ledger stays where it is."""

    from_code: str
    to_code: str


class ConditionConfirmed(Event, frozen=True, tag="condition.confirmed"):
    condition: Condition
    evidence: str
    """What shows it, in a line."""


class ConditionWithdrawn(Event, frozen=True, tag="condition.withdrawn"):
    """It is no longer met."""

    condition: Condition
    evidence: str


class SystemRiskRaised(Event, frozen=True, tag="risk.raised"):
    risk: SystemRisk
    owner: str
    """The post that looks after it, for example "director of adult social care"; never a name."""


class SystemRiskMitigated(Event, frozen=True, tag="risk.mitigated"):
    risk: SystemRisk
    action: str
    """What was done about it, in a line."""


class SystemRiskClosed(Event, frozen=True, tag="risk.closed"):
    risk: SystemRisk


AreaEvent = (
    AreaJoined
    | AreaBoundaryChanged
    | AreaLeft
    | CatalystAppointed
    | CatalystLeft
    | LoadTargetSet
    | FigurePublished
    | ConditionConfirmed
    | ConditionWithdrawn
    | SystemRiskRaised
    | SystemRiskMitigated
    | SystemRiskClosed
)
