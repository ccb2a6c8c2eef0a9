"""`hub import needs` and `hub import referrals`: what people lack, and which enterprise each came to."""

from typing import get_args

from events.referrals import NeedSource, Referrer
from hub.importing.areas import AREA, DAY
from hub.importing.columns import LINE, OWN, about_person
from hub.importing.kind import Around, Entry, History, Kind, known_as
from hub.importing.table import Column, to_day
from hub.membership import taking_part
from hub.referrals import decide
from hub.referrals.inputs import NeedInput, ReferralInput

_PERSON = {"contact": "person.contact", "wants": "person.wants"}


def _completed(entry: Entry, _: History, around: Around) -> ReferralInput:
    said = entry.as_input(ReferralInput)
    return decide.completed(said, around.history(said.need))


NEEDS = Kind(
    name="needs",
    columns=(
        AREA,
        OWN,
        Column(name="service", field="service", expected=f"{LINE}, such as company, which names nobody"),
        Column(name="source", field="source", expected=", ".join(get_args(NeedSource))),
        Column(
            name="waiting_since",
            field="waiting_since",
            read=to_day,
            expected=f"{DAY}: the first on which the person waited",
        ),
        Column(name="recorded_on", field="on", read=to_day, expected=DAY),
        Column(
            name="people", field="people", needed=False, expected="a whole number from 1; 1 where a person is named"
        ),
        *about_person("person", **_PERSON),
    ),
    input=NeedInput,
    key=("area", "reference"),
    about="reference",
    stream=known_as("need"),
    may=lambda entry, history: decide.may_need(entry.as_input(NeedInput), history, entry.on),
    check_area=taking_part,
)

REFERRALS = Kind(
    name="referrals",
    columns=(
        AREA,
        OWN,
        Column(
            name="enterprise_reference",
            field="enterprise",
            names="enterprise",
            expected="the id of the enterprise, as lists have it, or the reference under which it was imported",
        ),
        Column(
            name="need_reference",
            field="need",
            names="need",
            needed=False,
            expected="the reference under which the need was imported, or its id",
        ),
        Column(name="referrer", field="referrer", expected=", ".join(get_args(Referrer))),
        Column(
            name="service",
            field="service",
            needed=False,
            expected=f"{LINE}, which names nobody; as in the need if left out",
        ),
        Column(
            name="waiting_since",
            field="waiting_since",
            needed=False,
            read=to_day,
            expected=f"{DAY}; as in the need if left out",
        ),
        Column(name="made_on", field="on", read=to_day, expected=DAY),
        *about_person("person", **_PERSON),
    ),
    input=ReferralInput,
    key=("area", "reference"),
    about="reference",
    stream=known_as("referral"),
    complete=_completed,
    may=lambda entry, history: decide.may_refer(entry.as_input(ReferralInput), history, entry.on),
    check_area=taking_part,
)
