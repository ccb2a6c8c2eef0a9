"""`hub import milestones`: what enterprises reached."""

from hub.enterprises import decide
from hub.enterprises.inputs import MilestoneInput
from hub.importing.areas import AREA, DAY
from hub.importing.columns import ENTERPRISE, LINE, NOTE
from hub.importing.kind import Kind
from hub.importing.table import Column, to_day

MILESTONES = Kind(
    name="milestones",
    columns=(
        AREA,
        ENTERPRISE,
        Column(name="milestone", field="kind", expected=f"{LINE}, such as first customer, which names nobody"),
        Column(name="reached_on", field="on", read=to_day, expected=DAY),
        Column(name="note", field="note", needed=False, expected=NOTE),
    ),
    input=MilestoneInput,
    key=("area", "enterprise_reference", "milestone", "reached_on"),
    about="enterprise_reference",
    stream="enterprise_reference",
    may=lambda entry, history: decide.may_note(entry.as_input(MilestoneInput), history, entry.on),
)
