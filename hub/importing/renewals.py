"""`hub import renewals`: what enterprises hold, or hold again."""

import msgspec

from hub.importing.areas import AREA, DAY
from hub.importing.columns import ENTERPRISE
from hub.importing.kind import Around, Entry, History, Kind, Unsealed
from hub.importing.table import Column, to_day
from hub.renewals import decide
from hub.renewals.inputs import RenewedInput


def _with_last_day(entry: Entry, history: History, around: Around) -> RenewedInput:
    said = entry.as_input(RenewedInput)
    dated = decide.dated(said.event(Unsealed(entry)), history, around.renewals)
    return msgspec.structs.replace(said, valid_to=dated.valid_to)


RENEWALS = Kind(
    name="renewals",
    columns=(
        AREA,
        ENTERPRISE,
        Column(
            name="requirement",
            field="requirement",
            expected="its word in the renewal catalogue, such as public liability insurance",
        ),
        Column(
            name="valid_from", field="valid_from", read=to_day, expected="the first day, such as 2026-05-03 or 3/5/2026"
        ),
        Column(
            name="valid_to",
            field="valid_to",
            needed=False,
            read=to_day,
            expected="the last day; left out, the renewal catalogue says when it ends",
        ),
        Column(name="renewed_on", field="on", read=to_day, expected=DAY),
    ),
    input=RenewedInput,
    key=("area", "enterprise_reference", "requirement", "valid_from"),
    about="enterprise_reference",
    stream="enterprise_reference",
    complete=_with_last_day,
    builds_on=True,
    may=lambda entry, history: decide.may_renew(entry.as_input(RenewedInput), history, entry.on),
)
