"""What enterprises sent and told by their links: the way in for those who work with them."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Principal
from events.base import NotFound, Sealed, today
from events.nudges import NudgeAnswerSeen
from events.projections import engine
from hub.access.guard import Needs
from hub.db import Decision, Hub
from hub.desk import AreaCode
from hub.due import decide, recording
from hub.due.reads import ENDINGS
from hub.look.page import NO_STORE
from hub.people.looking import open_box

WHY: Final = "to look at evidence"

_FILE = "select evidence, kind, subject, box from evidence_file where area = %s and evidence = %s"


class _Kept(Struct, frozen=True, kw_only=True):
    evidence: UUID
    kind: str
    subject: UUID
    box: bytes


@get(
    "/areas/{area:str}/evidence/{evidence:uuid}",
    access=Needs("read people"),
    sync_to_thread=True,
    include_in_schema=False,
)
def evidence_file(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode, evidence: FromPath[UUID]
) -> Response[bytes]:
    """A certificate as a file to keep, never shown as a page of the hub's own: the look goes on record first."""
    with hub.acting(who, "read people", area) as connection:
        found = connection.cursor(row_factory=class_row(_Kept)).execute(_FILE, [area, evidence]).fetchone()
    if found is None:
        raise NotFound("There is no such file here.")
    sealed: Sealed[bytes] = Sealed(found.subject, found.box)
    plain = open_box(hub, who, area, sealed, bytes, why=WHY)
    named = f'attachment; filename="evidence-{evidence}.{ENDINGS[found.kind]}"'
    headers = NO_STORE | {"Content-Disposition": named, "Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(plain, media_type=found.kind, headers=headers)


@post(
    "/areas/{area:str}/enterprises/{enterprise:uuid}/told/{answer:uuid}/seen",
    access=Needs("record"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def seen_to(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    enterprise: FromPath[UUID],
    answer: FromPath[UUID],
) -> Redirect:
    """Take down that somebody read what the enterprise told, and did what was to be done."""
    with hub.acting(who, "record", area) as connection:
        history = ledger.read_stream(connection, area, enterprise)
    if decide.may_see_to(answer, history):

        def decided(_: object) -> Decision:
            return NudgeAnswerSeen(answer=answer), today()

        appended = hub.record(
            area=area,
            key=f"seen {answer}",
            request=b"seen",
            stream=enterprise,
            who=who,
            decide=decided,
        )
        with hub.pool.connection() as connection:
            engine.wait(connection, "work", area, appended.last, timeout=recording.SEEN_WITHIN)
    return Redirect(f"/enterprises/{enterprise}", status_code=303)


SENT = [evidence_file, seen_to]
