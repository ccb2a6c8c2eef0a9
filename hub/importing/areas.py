"""`hub import areas`: which areas take part, since when."""

from events.base import area_stream
from hub.areas import decide
from hub.areas.inputs import JoinInput
from hub.importing.kind import Kind
from hub.importing.table import Column, to_day

AREA = Column(name="area", expected="the ONS code of an upper-tier authority, such as E06000066")
DAY = "a day that has been, such as 2026-05-03, 3 May 2026 or 3/5/2026"


AREAS = Kind(
    name="areas",
    columns=(
        AREA,
        Column(name="joined_on", field="on", read=to_day, expected=DAY),
        Column(name="focus", field="focus", needed=False, expected="a line of at most 120 characters"),
    ),
    input=JoinInput,
    key=("area",),
    about="area",
    stream=lambda words: area_stream(words["area"]),
    may=lambda entry, history: decide.may_join(entry.area, entry.as_input(JoinInput), history),
    opens_ledger=lambda area: True,
)
