"""All rules by which the hub reminds people."""

from collections.abc import Mapping
from typing import Any

from workers.rules.referrals_unanswered import REFERRALS_UNANSWERED
from workers.rules.renewals_expiry import RENEWALS_EXPIRY
from workers.rules.rule import Rule

ALL: tuple[Rule[Any], ...] = (
    RENEWALS_EXPIRY,
    REFERRALS_UNANSWERED,
)

BY_NAME: Mapping[str, Rule[Any]] = {rule.name: rule for rule in ALL}
