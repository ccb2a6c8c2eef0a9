"""What the network is counted by. An entry says something of a facet of its stream, in up to four measures."""

from collections.abc import Mapping
from typing import Final

FACETS: Final[Mapping[str, tuple[str, ...]]] = {
    "area": ("areas",),
    "code": ("codes",),
    "registered": ("enterprises", "enterprises_new", "enterprises_established"),
    "standing": ("active",),
    "activity": ("people_supported", "jobs", "volunteers", "hours_per_week"),
    "milestone": ("milestones",),
    "training": ("trainings",),
    "check": ("checks",),
    "post": ("catalysts", "post_cost", "post_days"),
    "target": ("load_target",),
    "condition": ("conditions_met", "conditions_withdrawn"),
    "risk": ("risks", "risks_mitigated"),
    "requirement": ("requirements", "requirements_valid"),
    "renewal": ("renewals_due", "renewals_on_time"),
    "referral": ("referrals",),
    "answer": ("answers", "acceptances"),
    "start": ("starts", "waited_days", "waited_long"),
    "waiting": ("waiting", "waiting_long"),
    "lesson": ("lessons",),
    "practice": ("trials", "adoptions"),
    "barrier": ("barriers",),
}
"""The measures of each facet, in the order of the columns that hold them."""

COUNTED: Final = frozenset({"code", "registered", "milestone", "training", "check", "referral", "answer"})
"""What adds up for good. Of every other facet an entry holds until the next one of its kind."""

DERIVED: Final = frozenset({"requirement", "renewal", "start", "waiting"})
"""What follows from several entries together; those of a case may lie in several streams."""

MEASURES: Final = tuple(measure for measures in FACETS.values() for measure in measures)

FACET_OF: Final[Mapping[str, str]] = {measure: facet for facet, measures in FACETS.items() for measure in measures}

SLOT: Final[Mapping[str, int]] = {
    measure: slot for measures in FACETS.values() for slot, measure in enumerate(measures)
}
"""In which of its facet's four columns a measure is."""

REPORTED: Final = FACETS["activity"]
"""What is told by reports: where nobody reports there is no figure, which is not nought."""

HUNDREDTHS: Final = 100
"""Hours are counted in hundredths, so that sums of sums stay exact."""
