"""How an enterprise is found to work: standards signed, checks, concerns, what was agreed to do about them."""

from datetime import date
from typing import Literal
from uuid import UUID

from events.base import Event, Sealed

CheckResult = Literal["met", "met with actions", "not met"]
ConcernKind = Literal["safety", "conduct", "quality of support", "money", "safeguarding, told to the council"]
"""Never what happened: safeguarding goes to the council, and a ledger is no place for it."""


class StandardsSigned(Event, frozen=True, tag="standards.signed"):
    version: str
    """Which standards, such as "2026"."""


class QualityCheckCompleted(Event, frozen=True, tag="quality_check.completed"):
    check: UUID
    result: CheckResult
    checklist: str
    """The version of the list that was gone through."""
    note: Sealed[str] | None = None
    """Under the enterprise's key, as on a milestone."""


class ConcernRaised(Event, frozen=True, tag="concern.raised"):
    concern: UUID
    kind: ConcernKind


class ActionAgreed(Event, frozen=True, tag="action.agreed"):
    """What the enterprise will do, after a check or a concern."""

    action: UUID
    due: date
    what: Sealed[str] | None = None
    """Under the enterprise's key."""


class ActionCompleted(Event, frozen=True, tag="action.completed"):
    action: UUID


QualityEvent = StandardsSigned | QualityCheckCompleted | ConcernRaised | ActionAgreed | ActionCompleted
