"""The page on which somebody sends a file. It is read from memory: nothing of it is put on a disk, its name least."""

from typing import Annotated, Final, Literal, get_args

from litestar import MediaType, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct

from events.access import Principal
from events.base import Refused
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.importing.report import SHOWN, Report
from hub.importing.run import KINDS, MOST_ROWS, import_upload
from hub.look.page import NO_STORE, render

Sendable = Literal[
    "enterprises",
    "activity",
    "milestones",
    "needs",
    "referrals",
    "sessions",
    "training",
    "renewals",
    "quality-checks",
    "concerns",
    "actions",
    "lessons",
    "barriers",
]
"""What people of an area send; areas and published figures are for the operator of the hub."""

WORDS: Final[dict[Sendable, str]] = {
    "enterprises": "Enterprises",
    "activity": "What enterprises report they do",
    "milestones": "Milestones",
    "needs": "Needs",
    "referrals": "Referrals",
    "sessions": "Training sessions",
    "training": "Training completed",
    "renewals": "Insurance, checks and training renewed",
    "quality-checks": "Quality checks",
    "concerns": "Concerns, by their kind",
    "actions": "Actions agreed",
    "lessons": "Lessons",
    "barriers": "Barriers",
}


MOST_NAME = 100


class Upload(Struct, frozen=True, kw_only=True):
    file: UploadFile | None = None
    kind: str = ""
    check: str = ""
    """Whatever it holds, the file is only checked."""


@get("/", access=Needs("record"), sync_to_thread=True, include_in_schema=False)
def import_page(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    return _page(hub, who)


@post("/", access=Needs("record"), sync_to_thread=True, include_in_schema=False, status_code=200)
def import_rows(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[bytes]:
    """Record all rows of the file or, if one is wrong, none; sent again, it changes nothing."""
    held = data.file.file.read() if data.file else b""
    errors: dict[str, str] = {}
    if data.kind not in WORDS:
        errors["kind"] = "Choose what the file holds."
    if data.file is None or not (data.file.filename and held):
        errors["file"] = "Choose a file that holds something."
    if errors or data.file is None:
        return _page(hub, who, kind=data.kind, errors=errors)
    try:
        report = import_upload(hub, who, data.kind, shown(data.file.filename), held, dry_run=bool(data.check))
    except Refused as refused:
        return _page(hub, who, kind=data.kind, errors={"file": str(refused)})
    return _page(hub, who, kind=data.kind, report=report)


def shown(name: str) -> str:
    """What a file is called, to be shown and for nothing else: without folders, and as one line."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:MOST_NAME] or "The file"


def _page(
    hub: Hub,
    who: Principal,
    *,
    kind: str = "",
    report: Report | None = None,
    errors: dict[str, str] | None = None,
) -> Response[bytes]:
    with hub.watching() as connection:
        words = notice(connection)
    page = render(
        "importing/pages/import.html",
        notice=words,
        who=who,
        here="/import",
        kinds={name: KINDS[name] for name in get_args(Sendable)},
        words=WORDS,
        kind=kind,
        report=report,
        errors=errors or {},
        most_rows=MOST_ROWS,
        errors_shown=SHOWN,
    )
    status = 422 if errors or (report and not report.ok) else 200
    return Response(page, media_type=MediaType.HTML, status_code=status, headers=NO_STORE)


IMPORTING = Router("/import", route_handlers=[import_page, import_rows])
