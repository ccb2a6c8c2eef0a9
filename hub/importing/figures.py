"""`hub import figures`: figures as somebody published them, of areas or of the whole network."""

from typing import get_args

from events.areas import Qualifier
from events.base import NETWORK, area_stream
from events.projections.indicators import INDICATORS
from hub.areas import decide
from hub.areas.inputs import FigureInput
from hub.importing.areas import DAY
from hub.importing.kind import Kind
from hub.importing.table import Column, to_day

FIGURES = Kind(
    name="figures",
    columns=(
        Column(name="area", expected=f"the ONS code of an area, or {NETWORK} for the whole network"),
        Column(name="indicator", field="indicator", expected=", ".join(INDICATORS)),
        Column(name="value", field="value", expected="a number, without signs between thousands"),
        Column(name="qualifier", field="qualifier", expected=", ".join(get_args(Qualifier))),
        Column(name="source", field="source", expected="who published it where, in at most 300 characters"),
        Column(name="on", field="on", read=to_day, expected=DAY),
    ),
    input=FigureInput,
    key=("area", "indicator", "on"),
    about="indicator",
    stream=lambda words: area_stream(words["area"]),
    may=lambda entry, history: decide.may_publish(entry.area, entry.as_input(FigureInput), history),
    opens_ledger=lambda area: area == NETWORK,
)
