"""`hub import enterprises`: the enterprises of areas, by each area's own references."""

from typing import get_args

from events.enterprises import LegalForm, Origin
from hub.enterprises import decide
from hub.enterprises.inputs import RegisterInput
from hub.importing.areas import AREA, DAY
from hub.importing.columns import LINE, OWN, about_person
from hub.importing.kind import Kind, known_as
from hub.importing.table import Column, to_day, to_list
from hub.membership import taking_part

ENTERPRISES = Kind(
    name="enterprises",
    columns=(
        AREA,
        OWN,
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
        *about_person("owner", email="owner.email", phone="owner.phone"),
    ),
    input=RegisterInput,
    key=("area", "reference"),
    about="reference",
    stream=known_as("enterprise"),
    may=lambda entry, history: decide.may_register(entry.as_input(RegisterInput), history, entry.on),
    check_area=taking_part,
)
