"""What may be recorded about renewals, and the sentence for what may not."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from deciding import AREA, DAY, LATER, REGISTERED, fix, history, refused

from events.base import Event, Refused
from events.enterprises import EnterpriseClosed
from events.ledger import Recorded
from events.renewal_catalogue import read_catalogue
from events.renewals import (
    EvidenceRejected,
    EvidenceSubmitted,
    EvidenceVerified,
    RequirementRenewed,
    RequirementsApplied,
)
from events.requirements import rederived
from hub.corrections.decide import correctable
from hub.renewals import decide
from hub.renewals.inputs import EvidenceInput, RejectedInput, RenewedInput, VerifiedInput, WaiverInput
from hub.renewals.words import applies_when, holds, met_by

CATALOGUE = read_catalogue(None)
INSURANCE = "public liability insurance"
ID = UUID(int=7)
BEFORE = DAY - timedelta(1)
NOT_THIS = "This requirement does not apply to this enterprise."

WAIVED = WaiverInput(requirement=INSURANCE, reason="the council agreed")
SUBMITTED = EvidenceInput(evidence=ID, requirement=INSURANCE, kind="a certificate", valid_from=DAY)
RENEWED = RenewedInput(requirement=INSURANCE, valid_from=DAY)
VERIFIED, REJECTED = VerifiedInput(evidence=ID), RejectedInput(evidence=ID, reason="unreadable")
GIVEN = EvidenceSubmitted(evidence=ID, requirement=INSURANCE, kind="a certificate", valid_from=DAY)


def at_hand(*events: Event | tuple[Event, date]) -> list[Recorded]:
    """An enterprise, a CIC, for which what applies stands recorded; then these."""
    applied = rederived(history(REGISTERED), CATALOGUE, AREA)
    assert applied
    return history(REGISTERED, applied, *events)


def test_what_does_not_apply_is_neither_waived_nor_shown_nor_renewed() -> None:
    motor = "business motor insurance"
    refused(NOT_THIS, lambda: decide.may_waive(_of(WAIVED, motor), at_hand(), DAY), field="requirement")
    refused(NOT_THIS, lambda: decide.may_submit(_of(SUBMITTED, motor), at_hand(), DAY), field="requirement")
    refused(NOT_THIS, lambda: decide.may_renew(_of(RENEWED, "no such thing"), at_hand(), DAY), field="requirement")
    decide.may_waive(WAIVED, at_hand(), DAY)
    decide.may_submit(SUBMITTED, at_hand(), DAY)
    decide.may_renew(RENEWED, at_hand(), DAY)


def _of(said: WaiverInput | EvidenceInput | RenewedInput, requirement: str):
    return type(said)(**{name: getattr(said, name) for name in said.__struct_fields__} | {"requirement": requirement})


def test_nothing_is_recorded_of_one_that_is_not_there_or_closed() -> None:
    closed = at_hand(GIVEN, EnterpriseClosed())
    for may in (
        lambda past, on: decide.may_waive(WAIVED, past, on),
        lambda past, on: decide.may_submit(SUBMITTED, past, on),
        lambda past, on: decide.may_renew(RENEWED, past, on),
        lambda past, on: decide.may_verify(VERIFIED, past, on),
        lambda past, on: decide.may_reject(REJECTED, past, on),
    ):
        refused("There is no such enterprise in this area.", lambda may=may: may([], DAY))
        refused("Bakery closed on 3 May 2026.", lambda may=may: may(closed, LATER))
        refused("Bakery was registered on 3 May 2026.", lambda may=may: may(at_hand(), BEFORE))


def test_evidence_is_submitted_once() -> None:
    refused("Use a new one.", lambda: decide.may_submit(SUBMITTED, at_hand(GIVEN), DAY), field="evidence")
    refused("Use a new one.", lambda: decide.may_submit(SUBMITTED, at_hand(GIVEN, fix(3)), DAY))


def test_evidence_is_looked_at_once_and_not_before_it_was_there() -> None:
    decide.may_verify(VERIFIED, at_hand(GIVEN), DAY)
    decide.may_reject(REJECTED, at_hand(GIVEN), DAY)
    verified, rejected = EvidenceVerified(evidence=ID), EvidenceRejected(evidence=ID, reason="unreadable")
    for may in (
        lambda past, on: decide.may_verify(VERIFIED, past, on),
        lambda past, on: decide.may_reject(REJECTED, past, on),
    ):
        refused("No such evidence was submitted", lambda may=may: may(at_hand(), DAY), field="evidence")
        refused("No such evidence was submitted", lambda may=may: may(at_hand(GIVEN, fix(3)), DAY))
        refused("verified on 3 May 2026", lambda may=may: may(at_hand(GIVEN, verified), DAY), field="evidence")
        refused("rejected on 3 May 2026", lambda may=may: may(at_hand(GIVEN, rejected), DAY), field="evidence")
        refused("submitted on 4 May 2026", lambda may=may: may(at_hand((GIVEN, LATER)), DAY), field="on")
        may(at_hand(GIVEN, verified, fix(4)), DAY)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (WaiverInput(requirement=INSURANCE, reason="another reason", on=DAY, until=BEFORE), "until"),
        (WaiverInput(requirement=INSURANCE, reason="another reason", until=date(2126, 1, 1)), "until"),
        (RenewedInput(requirement=INSURANCE, valid_from=DAY, valid_to=BEFORE), "valid_to"),
        (RenewedInput(requirement=INSURANCE, valid_from=date(2126, 1, 1)), "valid_from"),
        (EvidenceInput(evidence=ID, requirement="x", kind="a letter", valid_from=DAY, valid_to=BEFORE), "valid_to"),
        (EvidenceInput(evidence=ID, requirement="x", kind="a letter", valid_from=date(2126, 1, 1)), "valid_from"),
    ],
)
def test_days_that_go_backwards_or_are_far_off_are_refused(
    said: WaiverInput | RenewedInput | EvidenceInput, field: str
) -> None:
    refused("", lambda: said.check(today=DAY), field=field)


def test_the_catalogue_says_the_last_day_where_nobody_told_one() -> None:
    event = RequirementRenewed(requirement=INSURANCE, valid_from=DAY)
    assert decide.dated(event, at_hand(), CATALOGUE).valid_to == date(2027, 5, 2)
    held = RequirementRenewed(requirement=INSURANCE, valid_from=date(2025, 6, 1), valid_to=date(2026, 5, 31))
    assert decide.dated(event, at_hand(held), CATALOGUE).valid_to == date(2027, 5, 31)
    told = RequirementRenewed(requirement=INSURANCE, valid_from=DAY, valid_to=date(2026, 9, 1))
    assert decide.dated(told, at_hand(held), CATALOGUE) is told
    assert decide.dated(GIVEN, at_hand(held), CATALOGUE).valid_to == date(2027, 5, 31)
    gone = RequirementRenewed(requirement="of an older catalogue", valid_from=DAY)
    assert decide.dated(gone, at_hand(), CATALOGUE) is gone


def test_a_last_day_of_its_own_has_to_be_told() -> None:
    event = RequirementRenewed(requirement="CIC34 report and accounts", valid_from=DAY)
    with pytest.raises(Refused, match="nine months after the end of its financial year") as refusal:
        decide.dated(event, at_hand(), CATALOGUE)
    assert refusal.value.field == "valid_to"


def test_what_the_hub_concluded_cannot_be_corrected() -> None:
    entry = next(each for each in at_hand() if isinstance(each.event, RequirementsApplied))
    refused("follows from what is recorded about it", lambda: correctable(entry, entry.position), field="position")


def test_the_catalogue_reads_as_words() -> None:
    rows = CATALOGUE.by_word
    assert applies_when(rows[INSURANCE].applies_when) == "Every enterprise"
    assert applies_when(rows["CQC position"].applies_when) == "In England, if it gives personal care"
    assert applies_when(rows["Care Certificate"].applies_when) == "In England, if it is new to care"
    assert applies_when(rows["data protection fee"].applies_when) == (
        "Every enterprise, unless it is exempt from the data protection fee"
    )
    assert applies_when(rows["self assessment"].applies_when) == "If its legal form is sole trader or partnership"
    assert holds(rows[INSURANCE]) == "12 months"
    assert holds(rows["self assessment"]) == "Until 31 January each year"
    assert holds(rows["Care Certificate"]) == "Once and for all"
    assert holds(rows["confirmation statement"]) == "Until 14 days after the end of its review period"
    assert holds(rows["CQC position"]).startswith("12 months, or until the legal form changes or it begins")
    assert met_by(rows["medication"].met_by) == "The owner completed the course “medication”"
    assert met_by(rows["medication competence"].met_by) == "The owner was seen giving medication"
    assert met_by(rows["listing verified"].met_by) == "Listing verified"
    assert met_by(None) == "Evidence that somebody verified"
