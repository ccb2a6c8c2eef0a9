"""`hub import training` and `hub import sessions`: what people learned, and the courses that are given."""

from typing import get_args

from events.training import Learner
from hub.importing.areas import AREA, DAY
from hub.importing.columns import ENTERPRISE, LINE, OWN
from hub.importing.kind import Kind, known_as
from hub.importing.table import Column, to_day
from hub.membership import taking_part
from hub.training import decide
from hub.training.inputs import SessionInput, TrainingInput

COURSE = f"{LINE}, as the renewal catalogue names it where it is one that must be held"

TRAINING = Kind(
    name="training",
    columns=(
        AREA,
        OWN,
        ENTERPRISE,
        Column(name="course", field="course", expected=COURSE),
        Column(name="completed_on", field="on", read=to_day, expected=DAY),
        Column(name="who", field="who", needed=False, expected=f"{' or '.join(get_args(Learner))}; else the owner"),
        Column(
            name="person_name", field="person", needed=False, expected=f"{LINE}, of somebody who helps, kept sealed"
        ),
        Column(
            name="session_reference",
            field="session",
            names="session",
            needed=False,
            expected="the reference under which the session was imported, or its id, if it was one",
        ),
    ),
    input=TrainingInput,
    key=("area", "reference"),
    about="enterprise_reference",
    stream="enterprise_reference",
    may=lambda entry, history: decide.may_complete(entry.as_input(TrainingInput), history, entry.on),
)

SESSIONS = Kind(
    name="sessions",
    columns=(
        AREA,
        OWN,
        Column(name="course", field="course", expected=COURSE),
        Column(
            name="takes_place",
            field="takes_place",
            read=to_day,
            expected="a day, which may be to come, such as 2026-05-03, 3 May 2026 or 3/5/2026",
        ),
        Column(name="places", field="places", expected="a whole number from 1 to 1000"),
        Column(name="venue", field="venue", expected=LINE),
        Column(name="scheduled_on", field="on", read=to_day, expected=f"{DAY}: when it was settled"),
    ),
    input=SessionInput,
    key=("area", "reference"),
    about="reference",
    stream=known_as("session"),
    may=lambda entry, history: decide.may_schedule(entry.as_input(SessionInput), history),
    check_area=taking_part,
)
