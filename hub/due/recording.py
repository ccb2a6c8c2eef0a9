"""What the forms of a link share: from a filled-in form to the ledger and back to the page."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from events import ledger
from events.access import Principal
from events.base import Refused, today
from events.ledger import Appended
from events.nudges import Answer, NudgeActedOn
from events.projections import engine
from hub.db import Hub
from hub.due import decide
from hub.due.links import HEADERS, Link, nudges_of

SEEN_WITHIN = 2.0
"""Seconds to wait until the page shows what was just told."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Shown = Response[bytes] | Redirect


def record(
    hub: Hub, link: Link, stream: UUID, step: str, fields: dict[str, str], said: bytes, decided: Any
) -> Appended:
    return hub.record(
        area=link.area,
        key=f"{link.message} {form_key(fields)}",
        request=f"{step}\n".encode() + said,
        stream=stream,
        who=link.who,
        decide=decided,
    )


def act_on(hub: Hub, link: Link, how: Answer, *, of: tuple[UUID, str] | None) -> None:
    """Record on the reminders of the message that they were answered: those of one thing, or all."""
    with hub.acting(link.who, "record", link.area) as connection:
        nudges = nudges_of(connection, link)
        histories = ledger.read_streams(connection, [(link.area, nudge) for nudge in nudges])
    for (_, nudge), history in histories.items():
        if decide.answers(history, of=of):
            _tell(hub, link.who, link.area, nudge, how)


def _tell(hub: Hub, who: Principal, area: str, nudge: UUID, how: Answer) -> None:
    hub.record(
        area=area,
        key=f"acted on {nudge} {how}",
        request=how.encode(),
        stream=nudge,
        who=who,
        decide=lambda _: (NudgeActedOn(how=how), today()),
    )


def back(hub: Hub, link: Link, done: str, appended: Appended) -> Redirect:
    with hub.pool.connection() as connection:
        engine.wait(connection, "work", appended.area, appended.last, timeout=SEEN_WITHIN)
    return Redirect(f"{link.address}?done={done}", status_code=303, headers=HEADERS)


def texts(data: dict[str, Any]) -> dict[str, str]:
    return {name: said for name, said in data.items() if isinstance(said, str)}


def form_key(fields: Any) -> str:
    """What tells one filled-in form from another. Raises `Refused` for none, which no form of ours sends."""
    key = str(fields.get("key", ""))
    if not 1 <= len(key) <= 60 or not key.isascii() or not key.isprintable():
        raise Refused("This did not come from the page of your link. Open the link again and use its buttons.")
    return key
