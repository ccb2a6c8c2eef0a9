"""Correct any entry of an area's ledger. The entry stays; the correction says what it should have been."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from events.base import Event, today
from events.catalogue import Entry, EntryCorrected
from events.ledger import Recorded
from hub.access.guard import Needs
from hub.areas import inputs as areas
from hub.corrections import decide
from hub.corrections.built_on import built_on
from hub.corrections.inputs import CorrectionInput
from hub.corrections.replacing import dated, may_replace
from hub.desk import AreaCode, Desk, DeskSealing, Receipt, desk
from hub.enterprises import inputs as enterprises
from hub.errors import BadField
from hub.input import Input, happened_on, misfit
from hub.learning import inputs as learning
from hub.participation import inputs as participation
from hub.quality import inputs as quality
from hub.referrals import inputs as referrals
from hub.renewals import inputs as renewals
from hub.training import inputs as training

INPUTS: Mapping[type[Event], type[Input]] = {
    **areas.INPUTS,
    **enterprises.INPUTS,
    **training.INPUTS,
    **quality.INPUTS,
    **renewals.INPUTS,
    **referrals.INPUTS,
    **learning.INPUTS,
    **participation.INPUTS,
}
"""What each type of entry is asked for as, and so what may stand in its place."""


@post("/corrections", sync_to_thread=True)
def correct(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[CorrectionInput]) -> Receipt:
    """An earlier entry was wrong. Past figures change from now on; what was believed until now can still be asked."""
    return put_right(desk, area, data)


def put_right(
    desk: Desk, area: str, data: CorrectionInput, *, kept: Collection[str] = (), seen: int | None = None
) -> Receipt:
    """The same for pages. `kept` names sealed fields that stay as they are, whatever the replacement says of them.

    `seen` is the last correction that somebody knew of. Raises `Refused` if there is a later one.
    """
    entry = decide.correctable(desk.entry(area, data.position), data.position)
    said = _converted(entry, data.replacement)
    given = data.on or (said.on if said else None)
    on = happened_on(given, today=today()) if given else None

    def decided(history: Sequence[Recorded], _: date) -> tuple[EntryCorrected, date]:
        if seen is not None:
            decide.unchanged(entry, history, seen=seen)
        decide.may_correct(entry, history, noted=bool(data.note), withdrawn=said is None)
        if said is None:
            built_on(desk, entry)
        else:
            may_replace(desk, said, entry, history, on or decide.happened(entry, history))
        replacement = said and _replacement(desk, said, entry, history, kept)
        note = desk.seal(entry.stream, data.note)
        return decide.correct(entry, history, reason=data.reason, replacement=replacement, note=note, on=on)

    return desk.record(area, entry.stream, data, decided)


def _replacement(desk: Desk, said: Input, entry: Recorded, history: Sequence[Recorded], kept: Collection[str]) -> Entry:
    event = said.event(DeskSealing(desk, entry.area, entry.stream, history))
    return dated(desk, decide.keeping(event, entry, history, kept), entry, history)


def _converted(entry: Recorded, fields: dict[str, object] | None) -> Input | None:
    if fields is None:
        return None
    try:
        return msgspec.convert(fields, INPUTS[type(entry.event)])
    except msgspec.ValidationError as error:
        field, sentence = misfit(error)
        raise BadField(f"replacement.{field}".rstrip("."), sentence) from None


CORRECTIONS = Router(
    "/api/areas/{area:str}",
    route_handlers=[correct],
    dependencies={"desk": Provide(desk, sync_to_thread=False)},
    opt={"access": Needs("record")},
    tags=["Corrections"],
)
