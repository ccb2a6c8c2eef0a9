"""`hub import enterprises`: the enterprises of areas, by each area's own references."""

from typing import get_args
from uuid import UUID

import msgspec

from events.base import Event, named_id
from events.enterprises import EnterpriseRegistered, LegalForm, Origin
from events.people import ConsentGiven, LawfulBasis
from events.vault import seal
from hub.enterprises import decide
from hub.enterprises.inputs import RegisterInput
from hub.importing.areas import AREA, DAY
from hub.importing.kind import Entry, Kind
from hub.importing.table import Column, to_day, to_list
from hub.membership import taking_part

LINE = "a line of at most 120 characters"
BESIDE = "beside an owner_name"


def enterprise_id(key: tuple[str, ...]) -> UUID:
    """The id of the enterprise that an area knows under a reference of its own."""
    area, reference, *_ = key
    return named_id("enterprise", area, reference)


def _owner(entry: Entry) -> UUID | None:
    if entry.as_input(RegisterInput).owner is None:
        return None
    return named_id("owner", entry.area, str(entry.stream), str(entry.command))


def _seal(entry: Entry, event: Event, subject: UUID, key: bytes) -> Event:
    owner = entry.as_input(RegisterInput).owner
    assert isinstance(event, EnterpriseRegistered)
    assert owner
    return msgspec.structs.replace(event, owner=seal(owner.plain(), subject=subject, key=key))


ENTERPRISES = Kind(
    name="enterprises",
    columns=(
        AREA,
        Column(name="reference", expected="the area's own name or number for it, never used for another"),
        Column(name="name", field="name", expected=LINE),
        Column(name="origin", field="origin", expected=" or ".join(get_args(Origin))),
        Column(name="legal_form", field="legal_form", expected=", ".join(get_args(LegalForm))),
        Column(
            name="services",
            field="services",
            needed=False,
            read=to_list,
            expected="at most 20, separated by semicolons",
        ),
        Column(name="registered_on", field="on", read=to_day, expected=DAY),
        Column(name="owner_name", field="owner.name", needed=False, expected=LINE),
        Column(name="owner_email", field="owner.email", needed=False, expected=f"{LINE}, {BESIDE}"),
        Column(name="owner_phone", field="owner.phone", needed=False, expected=f"{LINE}, {BESIDE}"),
        Column(
            name="lawful_basis",
            field="owner.lawful_basis",
            needed=False,
            expected=f"why the owner's details may be held: {', '.join(get_args(LawfulBasis))}",
        ),
        Column(
            name="consent_given_on",
            field="owner.consent.given_on",
            needed=False,
            read=to_day,
            expected=f"{DAY}, where the lawful_basis is consent",
        ),
        Column(
            name="consent_given_how",
            field="owner.consent.how",
            needed=False,
            expected=f"{', '.join(get_args(ConsentGiven))}, beside a consent_given_on",
        ),
        Column(
            name="consent_form_of_words",
            field="owner.consent.wording",
            needed=False,
            expected="the name of what they agreed to, such as A 2026-05, beside a consent_given_on",
        ),
    ),
    input=RegisterInput,
    key=("area", "reference"),
    about="reference",
    stream=enterprise_id,
    may=lambda entry, history: decide.may_register(entry.as_input(RegisterInput), history, entry.on),
    check_area=taking_part,
    subject=_owner,
    seal=_seal,
)
