"""What the hub reminded whom of, and what came of it.

A nudge is one reminder to one recipient, and its id is its stream. Names and addresses are in none of these.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from events.base import Event, Sealed, named_id

AboutKind = Literal["area", "enterprise", "need", "referral", "lesson", "barrier", "feedback", "agenda item"]
RecipientKind = Literal["enterprise", "catalyst", "lead", "commissioner", "national"]
"""An enterprise, or an account in a role that it holds."""
Way = Literal["email", "sms", "hub"]
"""How somebody is reached; `hub`: only on the hub's own pages."""
Language = Literal["en", "cy"]
Every = Literal["day", "week", "month"]
FailedBecause = Literal[
    "no address", "refused", "undelivered", "bounced", "complained", "stopped", "gave up", "doubtful"
]  # fmt: skip
"""`stopped`: an earlier mail to the address bounced, or was complained about. `gave up`: the mail server stayed away.
`doubtful`: the hub went down while it handed the mail over, and cannot tell whether it went out."""
SuppressedBecause = Literal["the reason is gone", "erased", "nobody to tell", "turned off", "too late"]
Answer = Literal["renewed", "answered", "stopped", "changed", "seen"]
"""What somebody told from the page that a nudge led them to; `answered`: what it asked. What they did without it, the
effect of rules counts."""


class _Reminder(Event, frozen=True, kw_only=True):
    """One reminder: who is reminded of what, and why on this day."""

    nudge: UUID
    rule: str
    """The name of the rule, and its version then."""
    rule_version: int
    about: UUID
    """The stream of what it is about."""
    about_kind: AboutKind
    what: str
    """Which thing of it, where there are several: the word of a requirement, a condition. It names nobody."""
    due: date
    """The day on which the thing is due, or on which it happened."""
    step: int
    """The rung of the rule's ladder, such as days from `due` on: -30, 0, 14."""
    recipient_kind: RecipientKind
    recipient: UUID
    """The enterprise, or the account."""
    send_on: date
    """The civil day on which it is to go out."""


class NudgePlanned(_Reminder, frozen=True, tag="nudge.planned"):
    way: Way = "email"


class NudgeHeldOut(_Reminder, frozen=True, tag="nudge.held_out"):
    """It would have been sent, was not for the sake of a trial, and never will be."""

    trial: str


class NudgeSent(Event, frozen=True, tag="nudge.sent"):
    """It was handed over, in a message that may hold others."""

    message: UUID
    channel: str
    """What carried it, such as smtp."""
    attempt: int


class NudgeDelivered(Event, frozen=True, tag="nudge.delivered"):
    message: UUID


class NudgeFailed(Event, frozen=True, tag="nudge.failed"):
    message: UUID
    why: FailedBecause
    attempt: int = 0


class NudgeAddressReopened(Event, frozen=True, tag="nudge.address_reopened"):
    """Mail to its address was stopped, and somebody saw to it that it can go there again."""

    message: UUID


class NudgeSuppressed(Event, frozen=True, tag="nudge.suppressed"):
    why: SuppressedBecause


class NudgeActedOn(Event, frozen=True, tag="nudge.acted_on"):
    how: Answer


class NudgeEscalated(Event, frozen=True, tag="nudge.escalated"):
    """Nothing came of it in time, so somebody else is reminded of the same thing."""

    to: UUID
    """The nudge that follows it."""


class NudgePreferenceSet(Event, frozen=True, tag="nudge.preference_set"):
    """How an enterprise wants to be reminded, from now on. On the enterprise's own stream."""

    way: Way = "email"
    """Not `hub`, which has no page of an enterprise's own: where that stands, it is reminded by e-mail."""
    language: Language = "en"
    optional: bool = True
    """Whether it wants what it need not have."""
    every: Every = "day"


class NudgeAnswered(Event, frozen=True, tag="nudge.answered"):
    """What an enterprise told by the link in a reminder, for a Catalyst to act on. On the enterprise's own stream."""

    answer: UUID
    says: Literal["stopped", "changed"]
    note: Sealed[str] | None = None
    """In its own words, under its key."""


class NudgeAnswerSeen(Event, frozen=True, tag="nudge.answer_seen"):
    """Somebody read it, and did what was to be done."""

    answer: UUID


NudgeEvent = (
    NudgePlanned
    | NudgeHeldOut
    | NudgeSent
    | NudgeDelivered
    | NudgeFailed
    | NudgeAddressReopened
    | NudgeSuppressed
    | NudgeActedOn
    | NudgeEscalated
    | NudgePreferenceSet
    | NudgeAnswered
    | NudgeAnswerSeen
)


def nudge_id(
    rule: str,
    area: str,
    *,
    about: UUID,
    what: str,
    due: date,
    step: int,
    recipient_kind: RecipientKind,
    recipient: UUID,
) -> UUID:
    """The id of a nudge, its stream, and of the command that plans it: planned however often, it is planned once."""
    return named_id(
        "nudge", rule, area, str(about), what, due.isoformat(), str(step), recipient_kind, str(recipient)
    )  # fmt: skip


def message_id(area: str, *, recipient_kind: RecipientKind, recipient: UUID, way: Way, send_on: date) -> UUID:
    """The id of what is sent to somebody on a day: all nudges of that day in one."""
    return named_id("message", area, recipient_kind, str(recipient), way, send_on.isoformat())
