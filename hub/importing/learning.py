"""`hub import lessons` and `hub import barriers`: what areas tried, and what stands in their way. All areas read it."""

from typing import get_args

import msgspec

from events.learning import Topic
from hub.importing.areas import AREA, DAY
from hub.importing.columns import ENTERPRISE, LINE, OWN, consent
from hub.importing.kind import Kind, known_as
from hub.importing.table import Column, to_day, to_list
from hub.learning import decide
from hub.learning.inputs import BarrierInput, LessonInput
from hub.membership import taking_part

MARKDOWN = "Markdown of at most 8000 characters"
TOPICS = f"separated by semicolons: {', '.join(get_args(Topic))}"

LESSONS = Kind(
    name="lessons",
    columns=(
        AREA,
        OWN,
        Column(name="title", field="title", expected=LINE),
        Column(name="tried", field="tried", expected=f"what you tried, {MARKDOWN}"),
        Column(name="context", field="context", expected=f"in what circumstances, {MARKDOWN}"),
        Column(name="result", field="result", expected=f"what came of it, {MARKDOWN}"),
        Column(name="topics", field="topics", needed=False, read=to_list, expected=TOPICS),
        Column(
            name="resolves",
            field="resolves",
            needed=False,
            read=to_list,
            expected="the barriers it helps with, of the same words",
        ),
        Column(name="shared_on", field="on", read=to_day, expected=DAY),
        *consent("consent", when=", of whoever it tells of"),
    ),
    input=LessonInput,
    key=("area", "reference"),
    about="reference",
    stream=known_as("lesson"),
    may=lambda entry, history: decide.may_teach(entry.as_input(LessonInput), history, entry.on),
    check_area=taking_part,
)

BARRIERS = Kind(
    name="barriers",
    columns=(
        AREA,
        OWN,
        Column(name="topic", field="topic", expected=", ".join(get_args(Topic))),
        Column(name="title", field="title", expected=LINE),
        Column(
            name="detail", field="detail", needed=False, expected="text of at most 2000 characters; it names nobody"
        ),
        msgspec.structs.replace(
            ENTERPRISE, field="enterprise", needed=False, expected=f"{ENTERPRISE.expected}, if it is one's alone"
        ),
        Column(name="raised_on", field="on", read=to_day, expected=DAY),
    ),
    input=BarrierInput,
    key=("area", "reference"),
    about="reference",
    stream=known_as("barrier"),
    may=lambda entry, history: decide.may_raise(entry.as_input(BarrierInput), history, entry.on),
    check_area=taking_part,
)
