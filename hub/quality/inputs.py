"""What may be said about quality."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from events.base import Event, Refused
from events.quality import (
    ActionAgreed,
    ActionCompleted,
    CheckResult,
    ConcernKind,
    ConcernRaised,
    QualityCheckCompleted,
    StandardsSigned,
)
from hub.days import within_reach
from hub.input import Input, Line, Note, Sealing, Text


class StandardsInput(Input, frozen=True, kw_only=True):
    version: Annotated[Line, Meta(description="Which standards.")]

    def event(self, sealing: Sealing) -> StandardsSigned:
        return StandardsSigned(version=self.version)


class QualityCheckInput(Input, frozen=True, kw_only=True):
    # “check” is what every input is asked, so its own name differs from the field's
    id: UUID = field(name="check")
    """You choose its id."""
    result: CheckResult
    checklist: Annotated[Line, Meta(description="The version of the list that was gone through.")]
    note: Note = ""

    def event(self, sealing: Sealing) -> QualityCheckCompleted:
        return QualityCheckCompleted(
            check=self.id, result=self.result, checklist=self.checklist, note=sealing.note(self.note)
        )


class ConcernInput(Input, frozen=True, kw_only=True):
    """Somebody is worried, and about what kind of thing. What happened is told to the council, never here."""

    concern: UUID
    """You choose its id."""
    kind: ConcernKind

    def event(self, sealing: Sealing) -> ConcernRaised:
        return ConcernRaised(concern=self.concern, kind=self.kind)


class ActionInput(Input, frozen=True, kw_only=True):
    """What the enterprise will do, after a check or a concern."""

    action: UUID
    """You choose its id."""
    due: date
    what: Annotated[Text, Meta(min_length=1, description="Kept under the enterprise's key.")]

    def check(self, *, today: date) -> None:
        if self.due < (self.on or today):
            raise Refused("It must be due on the day it is agreed, or later.", field="due")
        within_reach(self.due, today=today, field="due")

    def event(self, sealing: Sealing) -> ActionAgreed:
        return ActionAgreed(action=self.action, due=self.due, what=sealing.note(self.what))


class ActionCompletedInput(Input, frozen=True, kw_only=True):
    action: UUID

    def event(self, sealing: Sealing) -> ActionCompleted:
        return ActionCompleted(action=self.action)


INPUTS: Mapping[type[Event], type[Input]] = {
    StandardsSigned: StandardsInput,
    QualityCheckCompleted: QualityCheckInput,
    ConcernRaised: ConcernInput,
    ActionAgreed: ActionInput,
    ActionCompleted: ActionCompletedInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
