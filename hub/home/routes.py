"""The page a Catalyst begins the day with, and the choice of an enterprise to record something of."""

from typing import Final
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct
from psycopg.rows import class_row

from events.access import EVERYWHERE, Principal
from events.base import NotFound, today
from events.places import place_name
from hub.access.guard import Needs
from hub.access.web import account_id
from hub.db import Hub, notice
from hub.forms.catalogue import FORMS
from hub.home.queue import queues
from hub.inbox.nudges import open_count
from hub.look.page import NO_STORE, render

MOST_CHOICES: Final = 12

OF_ENQUIRIES: Final = frozenset({"registration", "support", "stage", "close"})
"""The forms that what is only an enquiry may be told in."""


class Choice(Struct, frozen=True, kw_only=True):
    area: str
    enterprise: UUID
    name: str
    stage: str | None


_CHOICES = """
select e.area, e.enterprise, e.name, e.stage
from enterprise e
left join handled h on h.area = e.area and h.enterprise = e.enterprise and h.actor = %(who)s
where e.standing = any (%(standings)s) and e.name ilike %(like)s
order by h.last_on desc nulls last, e.told_on desc, e.name limit %(most)s
"""


@get("/home", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def home(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes] | Redirect:
    """What waits for whoever records somewhere; others are sent to what is theirs to read."""
    areas = who.areas("record")
    if not areas:
        readable = sorted(who.areas("read area") - {EVERYWHERE})
        return Redirect(f"/areas/{readable[0]}" if readable else "/", status_code=303)
    with hub.reading("work", who.only("record")) as connection:
        found = queues(connection, areas=None if EVERYWHERE in areas else sorted(areas), today=today())
        reminders = open_count(connection, who, account_id(who), today=today()) if who.signed_in else 0
        words = notice(connection)
    body = render(
        "home/pages/home.html",
        who=who,
        notice=words,
        here="/home",
        queues=found,
        reminders=reminders,
        areas={area: place_name(area) for area in sorted(areas - {EVERYWHERE})},
        today=today(),
        place_name=place_name,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


@get("/choose/{form:str}", access=Needs("record"), sync_to_thread=True, include_in_schema=False)
def choose(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    form: FromPath[str],
    name: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Which enterprise? Those that whoever asks worked with last come first."""
    found = FORMS.get(form)
    if found is None or found.about != "enterprise":
        raise NotFound("There is no such form.")
    like = "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in name or "")
    enquiries = ["enquiry"] if form in OF_ENQUIRIES else []
    standings = enquiries if form == "registration" else ["active", "paused", *enquiries]
    known = {"who": who.id, "standings": standings, "like": f"%{like}%", "most": MOST_CHOICES}
    with hub.reading("work", who.only("record")) as connection:
        choices = connection.cursor(row_factory=class_row(Choice)).execute(_CHOICES, known).fetchall()
        words = notice(connection)
    body = render(
        "home/pages/choose.html",
        who=who,
        notice=words,
        form=found,
        choices=choices,
        name=name or "",
        most=MOST_CHOICES,
        place_name=place_name,
        several=len({each.area for each in choices}) > 1,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)
