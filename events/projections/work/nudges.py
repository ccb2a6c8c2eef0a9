"""What the hub reminded whom of, and how that stands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from events.base import Event
from events.ledger import Recorded
from events.nudges import (
    NudgeActedOn,
    NudgeAnswered,
    NudgeAnswerSeen,
    NudgeDelivered,
    NudgeEscalated,
    NudgeFailed,
    NudgeHeldOut,
    NudgePlanned,
    NudgePreferenceSet,
    NudgeSent,
    NudgeSuppressed,
)
from events.projections.work.rows import Row, of

STATES: Mapping[type[Event], str] = {
    NudgePlanned: "planned",
    NudgeHeldOut: "held out",
    NudgeSent: "sent",
    NudgeDelivered: "delivered",
    NudgeFailed: "failed",
    NudgeSuppressed: "suppressed",
}
"""What the newest of these says; that somebody acted on it, or that somebody else was reminded, stands beside it."""


class Nudge(Row, frozen=True, kw_only=True):
    nudge: UUID
    rule: str
    rule_version: int
    about: UUID
    about_kind: str
    what: str
    due: date
    step: int
    recipient_kind: str
    recipient: UUID
    planned_on: date
    send_on: date
    held_out: bool
    trial: str | None
    state: str
    since: date
    why: str | None
    message: UUID | None
    channel: str | None
    sent_on: date | None
    acted_on: date | None
    acted_how: str | None
    escalated_on: date | None
    escalated_to: UUID | None


class Reminding(Row, frozen=True, kw_only=True):
    """How an enterprise wants to be reminded; one that chose nothing has no row."""

    enterprise: UUID
    way: str
    language: str
    optional: bool
    every: str
    set_on: date


class ToldByLink(Row, frozen=True, kw_only=True):
    """What an enterprise told by the link in a reminder."""

    enterprise: UUID
    answer: UUID
    says: str
    told_on: date
    seen_on: date | None


TABLES: tuple[type[Row], ...] = (Nudge,)

OF_ENTERPRISES: tuple[type[Row], ...] = (Reminding, ToldByLink)


def enterprise_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    """What an enterprise's own entries, in the order in which they happened, say of its reminders."""
    chosen = max(of(entries, NudgePreferenceSet), key=lambda each: each[0].position, default=None)
    if chosen:
        entry, event = chosen
        yield Reminding(
            area=entry.area,
            stream=entry.stream,
            enterprise=entry.stream,
            way=event.way,
            language=event.language,
            optional=event.optional,
            every=event.every,
            set_on=entry.occurred_on,
        )
    seen = {event.answer: entry.occurred_on for entry, event in of(entries, NudgeAnswerSeen)}
    for entry, event in of(entries, NudgeAnswered):
        yield ToldByLink(
            area=entry.area,
            stream=entry.stream,
            enterprise=entry.stream,
            answer=event.answer,
            says=event.says,
            told_on=entry.occurred_on,
            seen_on=seen.get(event.answer),
        )


def nudge_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    entry = entries[0]
    planned = entry.event
    if not isinstance(planned, NudgePlanned | NudgeHeldOut):
        return
    last = max((each for each in entries if type(each.event) in STATES), key=lambda each: each.position)
    sent = next(iter(of(entries, NudgeSent)), None)
    acted = next(iter(of(entries, NudgeActedOn)), None)
    escalated = next(iter(of(entries, NudgeEscalated)), None)
    yield Nudge(
        area=entry.area,
        stream=entry.stream,
        nudge=planned.nudge,
        rule=planned.rule,
        rule_version=planned.rule_version,
        about=planned.about,
        about_kind=planned.about_kind,
        what=planned.what,
        due=planned.due,
        step=planned.step,
        recipient_kind=planned.recipient_kind,
        recipient=planned.recipient,
        planned_on=entry.occurred_on,
        send_on=planned.send_on,
        held_out=isinstance(planned, NudgeHeldOut),
        trial=getattr(planned, "trial", None),
        state=STATES[type(last.event)],
        since=last.occurred_on,
        why=getattr(last.event, "why", None),
        message=sent and sent[1].message,
        channel=sent and sent[1].channel,
        sent_on=sent and sent[0].occurred_on,
        acted_on=acted and acted[0].occurred_on,
        acted_how=acted and acted[1].how,
        escalated_on=escalated and escalated[0].occurred_on,
        escalated_to=escalated and escalated[1].to,
    )
