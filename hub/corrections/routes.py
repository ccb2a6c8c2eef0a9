"""Correct any entry of an area's ledger. The entry stays; the correction says what it should have been."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol, runtime_checkable

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from events import areas, enterprises
from events.base import Event, today
from events.catalogue import Entry, EntryCorrected
from events.ledger import Recorded
from hub.access.guard import Needs
from hub.areas import inputs as area_inputs
from hub.corrections import decide
from hub.corrections.inputs import CorrectionInput
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.enterprises import inputs as enterprise_inputs
from hub.enterprises.decide import may_hold
from hub.errors import BadField
from hub.input import Input, happened_on, misfit

INPUTS: Mapping[type[Event], type[Input]] = {
    areas.AreaJoined: area_inputs.JoinInput,
    areas.AreaLeft: area_inputs.LeaveInput,
    areas.CatalystAppointed: area_inputs.CatalystInput,
    areas.CatalystLeft: area_inputs.CatalystLeftInput,
    areas.LoadTargetSet: area_inputs.LoadTargetInput,
    areas.FigurePublished: area_inputs.FigureInput,
    enterprises.EnterpriseRegistered: enterprise_inputs.RegisterInput,
    enterprises.StageReached: enterprise_inputs.StageInput,
    enterprises.MilestoneRecorded: enterprise_inputs.MilestoneInput,
    enterprises.ActivityReported: enterprise_inputs.ActivityInput,
    enterprises.EnterprisePaused: enterprise_inputs.PauseInput,
    enterprises.EnterpriseResumed: enterprise_inputs.ResumeInput,
    enterprises.EnterpriseClosed: enterprise_inputs.CloseInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""


@runtime_checkable
class SelfContained(Protocol):
    """An input that needs nothing but itself to become an event."""

    def event(self) -> Entry: ...


@post("/corrections", sync_to_thread=True)
def correct(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[CorrectionInput]) -> Receipt:
    """An earlier entry was wrong. Past figures change from now on; what was believed until now can still be asked."""
    entry = decide.correctable(desk.entry(area, data.position), data.position)
    said = _converted(entry, data.replacement)
    given = data.on or (said.on if said else None)
    on = happened_on(given, today=today()) if given else None

    def decided(history: Sequence[Recorded], _: date) -> tuple[EntryCorrected, date]:
        decide.may_correct(entry, history, noted=bool(data.note), withdrawn=said is None)
        replacement = _event(desk, entry, history, said)
        note = desk.seal(entry.stream, data.note)
        return decide.correct(entry, history, reason=data.reason, replacement=replacement, note=note, on=on)

    return desk.record(area, entry.stream, data, decided)


def _converted(entry: Recorded, fields: dict[str, object] | None) -> Input | None:
    if fields is None:
        return None
    try:
        return msgspec.convert(fields, INPUTS[type(entry.event)])
    except msgspec.ValidationError as error:
        field, sentence = misfit(error)
        raise BadField(f"replacement.{field}".rstrip("."), sentence) from None


def _event(desk: Desk, entry: Recorded, history: Sequence[Recorded], said: Input | None) -> Entry | None:
    match said:
        case None:
            return None
        case area_inputs.JoinInput() if isinstance(entry.event, areas.AreaJoined):
            return msgspec.structs.replace(entry.event, focus=said.focus)
        case enterprise_inputs.RegisterInput():
            if said.owner is None:
                return said.event(entry.stream, None)
            may_hold(said.owner, today=today())
            subject = desk.owner_named(entry.area, history, entry.stream, said.owner.name)
            return said.event(entry.stream, desk.seal(subject, said.owner.plain()))
        case enterprise_inputs.MilestoneInput() | enterprise_inputs.PauseInput() | enterprise_inputs.CloseInput():
            return said.event(desk.seal(entry.stream, said.note))
        case SelfContained():
            return said.event()
        case _:
            raise AssertionError(f"{type(said).__name__} cannot stand in for an entry")


CORRECTIONS = Router(
    "/api/areas/{area:str}",
    route_handlers=[correct],
    dependencies={"desk": Provide(desk, sync_to_thread=False)},
    opt={"access": Needs("record")},
    tags=["Corrections"],
)
