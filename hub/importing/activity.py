"""`hub import activity`: what enterprises report that they do. An empty cell is not reported, which is not 0."""

from hub.enterprises import decide
from hub.enterprises.inputs import ActivityInput
from hub.importing.areas import AREA, DAY
from hub.importing.kind import Kind
from hub.importing.table import Column, to_day

COUNT = "a whole number from 0 to 100000, or nothing"


ACTIVITY = Kind(
    name="activity",
    columns=(
        AREA,
        Column(
            name="reference",
            names="enterprise",
            expected="the id of the enterprise, as lists have it, or the reference under which it was imported",
        ),
        Column(name="period_starts", field="period_starts", read=to_day, expected=DAY),
        Column(name="period_ends", field="on", read=to_day, expected=DAY),
        Column(name="people_supported", field="people_supported", needed=False, expected=COUNT),
        Column(
            name="hours_per_week",
            field="hours_per_week",
            needed=False,
            expected="a number from 0 to 100000, such as 12.5, or nothing",
        ),
        Column(name="jobs", field="jobs", needed=False, expected=COUNT),
        Column(name="volunteers", field="volunteers", needed=False, expected=COUNT),
    ),
    input=ActivityInput,
    key=("area", "reference", "period_ends"),
    about="reference",
    stream="reference",
    may=lambda entry, history: decide.may_report(entry.as_input(ActivityInput), history, entry.on),
)
