"""All rules by which the hub reminds people. A rule knows events and what is read from them, and nothing else."""

from collections.abc import Mapping
from typing import Any

from events.nudging.rule import Rule
from workers.rules.areas_condition import AREAS_CONDITION
from workers.rules.areas_load import AREAS_LOAD
from workers.rules.areas_post import AREAS_POST
from workers.rules.enterprises_no_milestone import ENTERPRISES_NO_MILESTONE
from workers.rules.enterprises_report import ENTERPRISES_REPORT
from workers.rules.enterprises_stuck import ENTERPRISES_STUCK
from workers.rules.learning_barrier import LEARNING_BARRIER
from workers.rules.learning_practice import LEARNING_PRACTICE
from workers.rules.participation_unanswered import PARTICIPATION_UNANSWERED
from workers.rules.referrals_needs import REFERRALS_NEEDS
from workers.rules.referrals_unanswered import REFERRALS_UNANSWERED
from workers.rules.renewals_expiry import RENEWALS_EXPIRY
from workers.rules.renewals_local import RENEWALS_LOCAL

ALL: tuple[Rule[Any], ...] = (
    RENEWALS_EXPIRY,
    RENEWALS_LOCAL,
    REFERRALS_UNANSWERED,
    REFERRALS_NEEDS,
    ENTERPRISES_REPORT,
    ENTERPRISES_NO_MILESTONE,
    ENTERPRISES_STUCK,
    AREAS_CONDITION,
    AREAS_LOAD,
    AREAS_POST,
    LEARNING_BARRIER,
    LEARNING_PRACTICE,
    PARTICIPATION_UNANSWERED,
)

BY_NAME: Mapping[str, Rule[Any]] = {rule.name: rule for rule in ALL}
