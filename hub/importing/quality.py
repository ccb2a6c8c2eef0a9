"""`hub import quality-checks`: how checks of enterprises came out."""

from typing import get_args

from events.quality import CheckResult
from hub.importing.areas import AREA, DAY
from hub.importing.columns import ENTERPRISE, LINE, NOTE
from hub.importing.kind import Kind, known_as
from hub.importing.table import Column, to_day
from hub.quality import decide
from hub.quality.inputs import QualityCheckInput

QUALITY_CHECKS = Kind(
    name="quality-checks",
    columns=(
        AREA,
        Column(
            name="reference",
            field="check",
            names="quality check",
            expected="the area's own name or number for it, never used for another",
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
    stream=known_as("enterprise", "enterprise_reference"),
    may=lambda entry, history: decide.may_check(entry.as_input(QualityCheckInput), history, entry.on),
)
