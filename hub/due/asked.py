"""What a reminder asked an enterprise to answer: a referral, whether it can help, what it does. Pure, as `decide`."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal, get_args
from uuid import UUID

from msgspec import UNSET, Struct

from events.base import Refused, in_words
from events.corrections import corrected
from events.enterprises import ActivityReported
from events.ledger import Recorded
from events.nudges import NudgePlanned
from events.referrals import DeclineReason, NeedAnswer
from hub.enterprises.inputs import ActivityInput
from hub.referrals.decide import need, referral
from hub.referrals.inputs import AcceptInput, DeclineInput, ResponseInput

Kind = Literal["referral", "need", "report"]

MOST_NOTE: Final = 2000

REPORTED_FOR: Final = timedelta(180)
"""So long is a report counted, as the rule that asks for the next one has it."""

REASONS: Final[Mapping[DeclineReason, str]] = {
    "no room now": "We have no room now",
    "too far away": "It is too far away",
    "not what it does": "It is not what we do",
    "not the right match": "It is not the right match",
    "another reason": "Another reason",
}
HELP: Final[Mapping[NeedAnswer, str]] = {
    "can help": "We can help",
    "cannot help": "We cannot help",
    "has a question": "We have a question first",
}
_TOLD: Final[Mapping[NeedAnswer, str]] = {
    "can help": "that you can help",
    "cannot help": "that you cannot help",
    "has a question": "that you have a question",
}
NUMBERS: Final[Mapping[str, str]] = {
    "people_supported": "How many people do you support?",
    "hours_per_week": "For how many hours a week, all together?",
    "jobs": "How many people earn an income from it, you included?",
    "volunteers": "How many volunteers?",
    "hourly_rate": "What do you ask for an hour, in pounds?",
}
WHOLE: Final = ("people_supported", "jobs", "volunteers")


class Asked(Struct, frozen=True, kw_only=True):
    """Something that the message of a link asked, as it stands now."""

    kind: Kind
    about: UUID
    service: str
    """What kind of support; empty for a report."""
    since: date
    """The day of the referral, from which the person waits, or after which nothing was told."""
    settled: str
    """What became of it, in sentences; empty while an answer is wanted."""


def asked(planned: NudgePlanned, history: Sequence[Recorded], *, enterprise: UUID, stands: bool) -> Asked | None:
    """What a nudge asked, by the history of what it is about; None where it asked nothing that has an answer.

    `stands`: whether its rule would still remind of it.
    """
    match planned.about_kind, planned.rule:
        case "referral", _:
            return _referral(planned, history, enterprise)
        case "need", _:
            return _need(planned, history, enterprise, stands)
        case "enterprise", "enterprises_report":
            return _report(planned, history, stands)
        case _:
            return None


def _referral(planned: NudgePlanned, history: Sequence[Recorded], enterprise: UUID) -> Asked | None:
    found = referral(history)
    if found is None or found.enterprise != enterprise:
        return None
    settled = ""
    if found.state != "made":
        answer = found.steps[1]
        told = answer.by.startswith("link:") and found.state in ("accepted", "declined")
        so = "will take this on" if answer.state == "accepted" else "cannot take this on"
        settled = (
            f"You already told us on {in_words(answer.since)} that you {so}."
            if told
            else f"Nothing more to answer: it is “{found.state}” since {in_words(found.since)}."
        )
    return Asked(kind="referral", about=planned.about, service=found.service, since=planned.due, settled=settled)


def _need(planned: NudgePlanned, history: Sequence[Recorded], enterprise: UUID, stands: bool) -> Asked | None:
    found = need(history)
    if found is None:
        return None
    answer, day = found.answers.get(enterprise, (None, planned.due))
    settled = "" if stands else "Nothing more to answer: nobody has to be found for it now."
    if answer:
        settled = f"You already told us on {in_words(day)} {_TOLD[answer]}."
    return Asked(kind="need", about=planned.about, service=found.service, since=found.waiting_since, settled=settled)


def _report(planned: NudgePlanned, history: Sequence[Recorded], stands: bool) -> Asked:
    since = planned.due - REPORTED_FOR
    told = [each.occurred_on for each in corrected(history) if isinstance(each.event, ActivityReported)]
    settled = "" if stands else "Nothing more to tell now."
    if told and max(told) > since:
        settled = f"You already told us, as of {in_words(max(told))}."
    return Asked(kind="report", about=planned.about, service="", since=since, settled=settled)


# ---- what a form says


def referral_answer(fields: Mapping[str, str]) -> tuple[AcceptInput | DeclineInput | None, dict[str, str]]:
    """What the form of a referral says; or nothing, and what is wrong with which field."""
    if fields.get("answer") == "accept":
        return AcceptInput(), {}
    if fields.get("answer") != "decline":
        return None, {"answer": "Choose whether you can take this on."}
    for reason in get_args(DeclineReason):
        if fields.get("reason") == reason:
            return DeclineInput(reason=reason), {}
    return None, {"reason": "Choose why, so that your Catalyst knows whom else to ask."}


def need_answer(fields: Mapping[str, str], *, enterprise: UUID) -> tuple[ResponseInput | None, dict[str, str]]:
    answers: list[NeedAnswer] = [each for each in HELP if each == fields.get("answer")]
    note = fields.get("note", "").strip()
    if not answers:
        return None, {"answer": "Choose whether you can help."}
    if answers[0] == "has a question" and not note:
        return None, {"note": "Say what you would like to know."}
    if len(note) > MOST_NOTE:
        return None, {"note": f"Say it in at most {MOST_NOTE} letters."}
    return ResponseInput(enterprise=enterprise, answer=answers[0], note=note), {}


def report(fields: Mapping[str, str], *, since: date, today: date) -> tuple[ActivityInput | None, dict[str, str]]:
    """What the enterprise does from the day after the last report until today."""
    found: dict[str, float] = {}
    errors: dict[str, str] = {}
    for name in NUMBERS:
        typed = fields.get(name, "").strip().removeprefix("£").replace(",", "")
        number = _number(typed, whole=name in WHOLE, most=1_000 if name == "hourly_rate" else 100_000)
        if number is not None:
            found[name] = number
        elif typed:
            errors[name] = "Give a whole number, such as 4." if name in WHOLE else "Give a number, such as 12.5."
    if errors:
        return None, errors
    said = ActivityInput(
        period_starts=min(since + timedelta(1), today),
        people_supported=_whole(found.get("people_supported")),
        hours_per_week=found.get("hours_per_week"),
        jobs=_whole(found.get("jobs")),
        volunteers=_whole(found.get("volunteers")),
        hourly_rate=found.get("hourly_rate", UNSET),
    )
    try:
        said.check(today=today)
    except Refused as refused:
        return None, {refused.field or "people_supported": str(refused)}
    return said, {}


def _number(typed: str, *, whole: bool, most: float) -> float | None:
    try:
        number = float(int(typed)) if whole else float(typed)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= most else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
