"""What may be recorded about needs and referrals, given what was recorded before. Pure: sentences come out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from events.base import Event, NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.referrals import (
    ContactMade,
    NeedAnswer,
    NeedClosed,
    NeedClosingReason,
    NeedRecorded,
    NeedResponded,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    ReferralWithdrawn,
    SupportEnded,
    SupportStarted,
    WithdrawalReason,
)
from hub.days import not_before
from hub.referrals.inputs import (
    AcceptInput,
    CloseNeedInput,
    ContactInput,
    DeclineInput,
    EndInput,
    ExpireInput,
    NeedInput,
    ReferralInput,
    ResponseInput,
    ShareInput,
    StartInput,
    WithdrawInput,
)

State = Literal[
    "made", "accepted", "declined", "withdrawn", "expired", "contact made", "support started", "completed",
    "ended early",
]  # fmt: skip

Named = Callable[[str], str]
"""What to call an actor, in a sentence to whoever asks."""

# ---- needs


class Need(Struct, frozen=True, kw_only=True):
    """What a need comes to."""

    service: str
    waiting_since: date
    recorded_on: date
    answers: Mapping[UUID, tuple[NeedAnswer, date]]
    """The last answer of each enterprise."""
    told_on: date
    """The last day of what was told of it while somebody waited."""
    closed: tuple[date, NeedClosingReason] | None
    """When nobody waited any more, and why, if no support started."""


def need(history: Sequence[Recorded]) -> Need | None:
    """The state that its entries, corrections counted in, come to; None if there is no such need."""
    entries = corrected(history)
    recorded = next(((each, each.event) for each in entries if isinstance(each.event, NeedRecorded)), None)
    if recorded is None:
        return None
    entry, told = recorded
    return Need(
        service=told.service,
        waiting_since=told.waiting_since,
        recorded_on=entry.occurred_on,
        answers={
            each.event.enterprise: (each.event.answer, each.occurred_on)
            for each in entries
            if isinstance(each.event, NeedResponded)
        },
        told_on=max(each.occurred_on for each in entries if not isinstance(each.event, NeedClosed)),
        closed=next(
            ((each.occurred_on, each.event.reason) for each in entries if isinstance(each.event, NeedClosed)), None
        ),
    )


def may_need(said: NeedInput, history: Sequence[Recorded], on: date) -> None:
    if need(history):
        raise Refused("This need is already recorded.")
    _unused(history)
    said.check_day(on)


def may_share(_: ShareInput, history: Sequence[Recorded], on: date) -> None:
    _open_need(history, on)


def may_respond(said: ResponseInput, history: Sequence[Recorded], on: date) -> None:
    answer, day = _open_need(history, on).answers.get(said.enterprise, (None, on))
    if answer == said.answer and not said.note:
        raise Refused(f"This enterprise already answered “{answer}”, on {in_words(day)}.", field="answer")


def may_close_need(
    _: CloseNeedInput,
    history: Sequence[Recorded],
    on: date,
    *,
    referrals: Sequence[tuple[str, Sequence[Recorded]]],
) -> None:
    """Given its referrals, too: each with what the enterprise is called and its history."""
    found = _known_need(history, on)
    if found.closed:
        raise _closed_need(found.closed)
    not_before(on, found.told_on, "Something was recorded of this need")
    for name, told in referrals:
        made = referral(told)
        if made is None:
            continue
        if begun := next((step for step in made.steps if step.state == "support started"), None):
            raise Refused(f"Support from {name} started on {in_words(begun.since)}, so nobody waits any more.")
        if "withdrawn" in may_come_next(made.state):
            raise Refused(f"The referral to {name} is still open. Withdraw it first.")
        not_before(on, made.since, f"The referral to {name} was {'closed' if made.state == 'expired' else made.state}")


def _known_need(history: Sequence[Recorded], on: date) -> Need:
    found = need(history)
    if found is None:
        raise NotFound("There is no such need in this area.", field="need")
    not_before(on, found.recorded_on, "This need was recorded")
    return found


def _open_need(history: Sequence[Recorded], on: date) -> Need:
    found = _known_need(history, on)
    if found.closed and on >= found.closed[0]:
        raise _closed_need(found.closed)
    return found


def _closed_need(closed: tuple[date, NeedClosingReason], *, field: str | None = None) -> Refused:
    on, reason = closed
    return Refused(f"This need was closed on {in_words(on)}: {reason}.", field=field)


def _unused(history: Sequence[Recorded]) -> None:
    if history:
        raise Refused("This id was used for something else, or for what was taken back. Use a new one.")


# ---- referrals


class Step(Struct, frozen=True, kw_only=True):
    state: State
    since: date
    by: str
    """Whoever recorded it, as the ledger names them."""


class Referral(Struct, frozen=True, kw_only=True):
    """Where a referral stands."""

    enterprise: UUID
    need: UUID | None
    service: str
    waiting_since: date
    reason: WithdrawalReason | None
    """Why it was withdrawn, if it was."""
    steps: tuple[Step, ...]
    """How it came there, in the order in which it was recorded."""

    @property
    def state(self) -> State:
        return self.steps[-1].state

    @property
    def since(self) -> date:
        return self.steps[-1].since

    @property
    def by(self) -> str:
        return self.steps[-1].by


_LEADS_TO: Mapping[type[Event], State] = {
    ReferralMade: "made",
    ReferralAccepted: "accepted",
    ReferralDeclined: "declined",
    ReferralWithdrawn: "withdrawn",
    ReferralExpired: "expired",
    ContactMade: "contact made",
    SupportStarted: "support started",
}


def referral(history: Sequence[Recorded]) -> Referral | None:
    """The state that its entries, corrections counted in, come to; None if it was never made.

    Each step was decided on those recorded before it, so their order is that of the ledger: a step that was moved to
    another day leads to the same.
    """
    made: ReferralMade | None = None
    reason: WithdrawalReason | None = None
    steps: list[Step] = []
    for entry in sorted(corrected(history), key=lambda each: each.position):
        event = entry.event
        made = event if isinstance(event, ReferralMade) else made
        reason = event.reason if isinstance(event, ReferralWithdrawn) else reason
        state = event.outcome if isinstance(event, SupportEnded) else _LEADS_TO.get(type(event))
        if state:
            steps.append(Step(state=state, since=entry.occurred_on, by=entry.actor))
    if made is None:
        return None
    return Referral(
        enterprise=made.enterprise,
        need=made.need,
        service=made.service,
        waiting_since=made.waiting_since,
        reason=reason,
        steps=tuple(steps),
    )


def completed(said: ReferralInput, of_earlier: Sequence[Recorded]) -> ReferralInput:
    """What was said, and what was left out as it is in the need, or in the referral that it is made in place of.

    Given the history of that need or referral. Raises `NotFound` if there is no such thing, `Refused` for a need that
    was closed.
    """
    if said.need is None and said.instead_of is None:
        return said
    found = need(of_earlier) if said.need else referral(of_earlier)
    if found is None and said.need:
        raise NotFound("There is no such need in this area.", field="need")
    if found is None:
        raise NotFound("There is no such referral in this area.", field="instead_of")
    if isinstance(found, Need) and found.closed:
        raise _closed_need(found.closed, field="need")
    return replace(said, service=said.service or found.service, waiting_since=said.waiting_since or found.waiting_since)


def may_refer(said: ReferralInput, history: Sequence[Recorded], on: date) -> None:
    """Given what was said with nothing left out."""
    if referral(history):
        raise Refused("This referral is already made.")
    _unused(history)
    said.complete()
    said.check_day(on)


def may_refer_again(of_earlier: Sequence[Recorded], on: date) -> None:
    """Given the history of the referral that another one is to be made in place of."""
    found = referral(of_earlier)
    if found is None:
        raise NotFound("There is no such referral in this area.", field="instead_of")
    if found.need:
        raise Refused("That referral is for a need. Refer from the need.", field="instead_of")
    if not came_to_nothing(found.state, found.reason):
        raise Refused(
            f"That referral is “{found.state}”. Only one that came to nothing is made anew.", field="instead_of"
        )
    not_before(on, found.since, f"That referral was {'closed' if found.state == 'expired' else found.state}")


def came_to_nothing(state: str, reason: str | None) -> bool:
    """Whether it is over and the person still waits: they may be referred to another enterprise."""
    return state in ("declined", "expired") or (state, reason) == ("withdrawn", "the enterprise could not take it on")


def may_accept(_: AcceptInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become("accepted", history, on, named=named)


def may_decline(_: DeclineInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become("declined", history, on, named=named)


def may_withdraw(_: WithdrawInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become("withdrawn", history, on, named=named)


def may_expire(_: ExpireInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become("expired", history, on, named=named)


def may_contact(_: ContactInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become("contact made", history, on, named=named)


def may_start(_: StartInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become("support started", history, on, named=named)


def may_end(said: EndInput, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    return _may_become(said.outcome, history, on, named=named)


_FROM: Mapping[State, tuple[State, ...]] = {
    "accepted": ("made",),
    "declined": ("made",),
    "expired": ("made",),
    "withdrawn": ("made", "accepted", "contact made"),
    "contact made": ("accepted",),
    "support started": ("accepted", "contact made"),
    "completed": ("support started",),
    "ended early": ("support started",),
}
"""What may come before what."""


def may_come_next(state: State) -> tuple[State, ...]:
    """What a referral in this state may become."""
    return tuple(each for each, before in _FROM.items() if state in before)


_ALREADY: Mapping[State, str] = {
    "accepted": "This referral was already accepted by {by} on {on}.",
    "declined": "This referral was already declined by {by} on {on}.",
    "withdrawn": "This referral was already withdrawn by {by} on {on}.",
    "expired": "This referral was already closed as expired by {by} on {on}.",
    "contact made": "That contact was made on {on} is already recorded, by {by}.",
    "support started": "That support started on {on} is already recorded, by {by}.",
    "completed": "That support ended on {on} is already recorded, by {by}.",
    "ended early": "That support ended on {on} is already recorded, by {by}.",
}

_NOT_YET: Mapping[State, str] = {
    "contact made": "This referral was not accepted yet. Record that first.",
    "support started": "This referral was not accepted yet. Record that first.",
    "completed": "Support has not started yet. Record that first.",
    "ended early": "Support has not started yet. Record that first.",
}


_SO_FAR: Mapping[State, str] = {
    "made": "This referral was made",
    "accepted": "This referral was accepted",
    "contact made": "Contact was made",
    "support started": "Support started",
}
"""Each state that others may follow, as the beginning of a sentence that goes on with a day."""


def _may_become(state: State, history: Sequence[Recorded], on: date, *, named: Named) -> Referral:
    found = referral(history)
    if found is None:
        raise NotFound("There is no such referral in this area.", field="referral")
    if found.state in _FROM[state]:
        for step in found.steps:
            not_before(on, step.since, _SO_FAR[step.state])
        return found
    taken = next((step for step in found.steps if step.state == state), None)
    if taken is None and found.state in _SO_FAR and found.state != "support started" and state in _NOT_YET:
        raise Refused(_NOT_YET[state])
    # who took the very step asked for says more than who took a later one
    already = taken or found.steps[-1]
    raise Refused(_ALREADY[already.state].format(by=named(already.by), on=in_words(already.since)))
