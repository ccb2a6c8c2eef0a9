"""`hub import quality-checks`, `concerns` and `actions`: how enterprises were found, and what they agreed to do."""

from typing import get_args

from events.quality import CheckResult, ConcernKind
from hub.importing.areas import AREA, DAY
from hub.importing.columns import ENTERPRISE, LINE, NOTE
from hub.importing.kind import Kind
from hub.importing.table import Column, to_day
from hub.quality import decide
from hub.quality.inputs import ActionInput, ConcernInput, QualityCheckInput

_OWN = "the area's own name or number for it, never used for another"

QUALITY_CHECKS = Kind(
    name="quality-checks",
    columns=(
        AREA,
        Column(
            name="reference",
            field="check",
            names="quality check",
            expected=_OWN,
        ),
        ENTERPRISE,
        Column(name="checked_on", field="on", read=to_day, expected=DAY),
        Column(name="result", field="result", expected=", ".join(get_args(CheckResult))),
        Column(name="checklist", field="checklist", expected=f"{LINE}: the version of the list gone through"),
        Column(name="note", field="note", needed=False, expected=NOTE),
    ),
    input=QualityCheckInput,
    key=("area", "reference"),
    about="enterprise_reference",
    stream="enterprise_reference",
    may=lambda entry, history: decide.may_check(entry.as_input(QualityCheckInput), history, entry.on),
)

CONCERNS = Kind(
    name="concerns",
    columns=(
        AREA,
        Column(name="reference", field="concern", names="concern", expected=_OWN),
        ENTERPRISE,
        Column(name="raised_on", field="on", read=to_day, expected=DAY),
        Column(name="kind", field="kind", expected=", ".join(get_args(ConcernKind))),
    ),
    input=ConcernInput,
    key=("area", "reference"),
    about="enterprise_reference",
    stream="enterprise_reference",
    may=lambda entry, history: decide.may_raise(entry.as_input(ConcernInput), history, entry.on),
)

ACTIONS = Kind(
    name="actions",
    columns=(
        AREA,
        Column(name="reference", field="action", names="action", expected=_OWN),
        ENTERPRISE,
        Column(name="agreed_on", field="on", read=to_day, expected=DAY),
        Column(name="due", field="due", read=to_day, expected="a day, which may be to come, such as 2026-05-03"),
        Column(name="what", field="what", expected=NOTE),
    ),
    input=ActionInput,
    key=("area", "reference"),
    about="enterprise_reference",
    stream="enterprise_reference",
    may=lambda entry, history: decide.may_agree(entry.as_input(ActionInput), history, entry.on),
)
