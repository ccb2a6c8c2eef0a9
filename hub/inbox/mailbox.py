"""The mailbox of a demonstration: what would have been sent. Each mail is opened as what is sealed for a person is.

A hub that sends its mails keeps none here.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import class_row

from events.access import EVERYWHERE, Principal
from events.base import NotFound, Sealed
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.look.page import NO_STORE, render
from hub.people.looking import open_box

SHOWN: Final = 50
WHY: Final = "to show what is sent"


class Letter(Struct, frozen=True, kw_only=True):
    """A mail in the box, closed."""

    area: str
    message: UUID
    at: datetime
    to: str
    staff: bool
    nudges: int


class Mail(Struct, frozen=True, kw_only=True):
    subject: str
    text: str


class Kept(Struct, frozen=True, kw_only=True):
    """What is in the box, as `workers.channels.mailbox` put it there."""

    name: str
    email: str
    mail: Mail


class _Box(Struct, frozen=True, kw_only=True):
    area: str
    subject: UUID
    box: bytes
    at: datetime


_LETTERS = """
select b.area, b.message, b.at, m.recipient_kind <> 'enterprise' as staff, cardinality(m.nudges) as nudges,
       coalesce(e.name, a.name, 'Somebody') as to
from mailbox b
join message m on m.area = b.area and m.message = b.message
left join enterprise e on e.area = b.area and e.enterprise = m.recipient
left join account a on a.id = m.recipient
where b.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
order by b.at desc, b.message limit %(shown)s
"""

_BOX = "select area, subject, box, at from mailbox where message = %s"


@get("/mailbox", access=Needs("read people"), sync_to_thread=True, include_in_schema=False)
def mailbox(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """What would have been sent, the newest first; nothing is opened."""
    areas = who.areas("read people")
    asked = {"areas": None if EVERYWHERE in areas else sorted(areas), "shown": SHOWN}
    with hub.reading("work", who.only("read people")) as connection:
        words = notice(connection)
        letters = connection.cursor(row_factory=class_row(Letter)).execute(_LETTERS, asked).fetchall()
    body = render(
        "inbox/pages/mailbox.html", who=who, notice=words, letters=letters, shown=SHOWN, place_name=place_name
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


@get("/mailbox/{message:uuid}", access=Needs("read people"), sync_to_thread=True, include_in_schema=False)
def letter(hub: NamedDependency[Hub], who: NamedDependency[Principal], message: FromPath[UUID]) -> Response[bytes]:
    """One mail, opened after the look was recorded."""
    with hub.acting(who, "read people") as connection:
        words = notice(connection)
        found = connection.cursor(row_factory=class_row(_Box)).execute(_BOX, [message]).fetchone()
    if found is None:
        raise NotFound("There is no such mail here.")
    sealed: Sealed[Kept] = Sealed(found.subject, found.box)
    kept = open_box(hub, who, found.area, sealed, Kept, why=WHY)
    body = render("inbox/pages/letter.html", who=who, notice=words, kept=kept, at=found.at, lines=list(lines_of(kept)))
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def lines_of(kept: Kept) -> Iterator[tuple[str, str]]:
    """Each line of a mail's text, and where it leads on this hub if it is a link."""
    for line in kept.mail.text.splitlines():
        yield line, urlsplit(line).path if re.fullmatch(r"https?://[^\s/]+/[\w./-]*", line) else ""


MAILBOX = [mailbox, letter]
