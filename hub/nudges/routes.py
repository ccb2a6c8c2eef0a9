"""What would go out on a day, and whether it helps: pages that record nothing and send nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from events.access import EVERYWHERE, Principal
from events.base import Refused, now, today
from events.database import Connection
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.input import FIRST_DAY, day
from hub.look.page import NO_STORE, render
from hub.look.words import in_words
from hub.nudges.effect import LEAST, as_shown, effects
from hub.nudges.preview import preview
from hub.nudges.replay import as_rows, days_now, read_days, replay
from hub.nudges.rules import all_rules, by_name

SHOWN: Final = 100
"""Reminders of one rule on the page; the command line has all."""

MOST_REPLAYED: Final = 3000
"""Enterprises whose history is gone through while somebody waits, about a thousand a second. Of more, so many are drawn
by chance; the command goes through all."""

AHEAD: Final = timedelta(366)


@get("/nudges/preview", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def preview_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    area: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Who would be reminded of what on a day, and why."""
    asked, error = _day(on)
    with hub.reading("work", who) as connection:
        areas = readable(connection, who)
        within = [area] if area in areas else list(areas)
        lines = preview(
            connection, by_name(), on=asked, now=now(), areas=within, people=not who.id.startswith("key:")
        )  # fmt: skip
        words = notice(connection)
    # who is held out is nobody's to see who looks after them: they would be reminded by it
    held_out = Counter(line.rule for line in lines if line.state == "held out")
    lines = [line for line in lines if line.state != "held out"]
    found = {
        rule: list(each) for rule, each in groupby(sorted(lines, key=lambda line: line.rule), lambda line: line.rule)
    }
    body = render(
        "nudges/pages/preview.html",
        who=who,
        notice=words,
        here="/nudges/preview",
        on=asked,
        today=today(),
        latest=(today() + AHEAD).isoformat(),
        typed=(on or "").strip() if error else asked.isoformat(),
        error=error,
        area=area if area in areas else "",
        areas=areas,
        rules=all_rules(),
        found=found,
        held_out=held_out,
        going=sum(line.state in ("to be planned", "planned") for line in lines),
        went=sum(line.state in ("sent", "delivered") for line in lines),
        most=SHOWN,
        place_name=place_name,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def readable(connection: Connection, who: Principal) -> dict[str, str]:
    """The areas that somebody may read, by name. The connection reads the work projection."""
    codes: Sequence[str] = sorted(who.areas("read area"))
    if EVERYWHERE in codes:
        codes = [str(code) for (code,) in connection.execute("select area from area")]
    return dict(sorted(((code, place_name(code)) for code in codes), key=lambda each: each[1]))


def _day(typed: str | None) -> tuple[date, str]:
    """The day asked for, today if none, and what is wrong with what was typed."""
    text = (typed or "").strip()
    found = day(text) if text else today()
    if found is None:
        return today(), "Enter a day such as 3 May 2026 or 2026-05-03."
    if not FIRST_DAY <= found <= today() + AHEAD:
        return today(), f"Choose a day from {in_words(FIRST_DAY)} to {in_words(today() + AHEAD)}."
    return found, ""


@get("/nudges/effect", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def effect_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: FromQuery[str | None] = None,
    days: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What came of reminders, step by step; and with `days`, what others would have come to."""
    errors: dict[str, str] = {}
    replayed = None
    with hub.reading("work", who) as connection:
        areas = readable(connection, who)
        within = [area] if area in areas else list(areas)
        words = notice(connection)
        rules = as_shown(all_rules(), today=today(), invented=bool(words))
        found = effects(connection, rules, areas=within, today=today())
        if (days or "").strip():
            try:
                replayed = replay(
                    connection,
                    rule=by_name()["renewals_expiry"],
                    days=read_days(days or ""),
                    catalogue=hub.renewals,
                    areas=within,
                    today=today(),
                    most=MOST_REPLAYED,
                )
            except Refused as error:
                errors = {"days": str(error)}
    body = render(
        "nudges/pages/effect.html",
        who=who,
        notice=words,
        here="/nudges/effect",
        today=today(),
        area=area if area in areas else "",
        areas=areas,
        rules=[rule for rule in rules if rule.outcome],
        found={rule: list(each) for rule, each in groupby(found, lambda each: each.rule)},
        least=LEAST,
        errors=errors,
        days=(days or "").strip(),
        replayed=replayed,
        rows=as_rows(replayed) if replayed else [],
        now_days=", ".join(map(str, days_now(by_name()["renewals_expiry"]))),
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


NUDGES = [preview_page, effect_page]
