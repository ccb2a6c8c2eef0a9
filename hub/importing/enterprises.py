"""`hub import enterprises`: the enterprises of areas, by each area's own references."""

from typing import get_args
from uuid import UUID

import msgspec

from events.base import Event, named_id
from events.enterprises import EnterpriseRegistered, LegalForm, Origin
from events.vault import seal
from hub.enterprises import decide
from hub.enterprises.inputs import RegisterInput
from hub.importing.areas import AREA, DAY
from hub.importing.kind import Entry, History, Kind
from hub.importing.table import Column, to_day, to_list
from hub.membership import taking_part

LINE = "a line of at most 120 characters"


def enterprise_id(key: tuple[str, ...]) -> UUID:
    """The id of the enterprise that an area knows under a reference of its own."""
    area, reference, *_ = key
    return named_id("enterprise", area, reference)


def _decide(entry: Entry, history: History) -> Event:
    # who owns it is sealed into it once the whole file is known to fit
    decide.may_register(history)
    return entry.as_input(RegisterInput).event(entry.stream, None)


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
        Column(name="owner_email", field="owner.email", needed=False, expected=f"{LINE}, beside an owner_name"),
        Column(name="owner_phone", field="owner.phone", needed=False, expected=f"{LINE}, beside an owner_name"),
    ),
    input=RegisterInput,
    key=("area", "reference"),
    about="reference",
    stream=enterprise_id,
    decide=_decide,
    check_area=taking_part,
    subject=_owner,
    seal=_seal,
)
