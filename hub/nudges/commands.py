"""`hub nudges`: what would go out, and whether it helps, said on the machine that runs the hub."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from events.base import NotFound, in_words, now, today
from events.database import Connection, connect
from events.nudging.rule import Rule
from events.places import place_name
from events.projections import engine
from events.renewal_catalogue import read_catalogue
from hub.db import notice
from hub.nudges import operate
from hub.nudges.effect import Effect, as_shown, effects
from hub.nudges.preview import Line, preview
from hub.nudges.replay import as_rows, read_days, replay
from hub.nudges.rules import all_rules, by_name

out = Console(highlight=False)

DAY = click.DateTime(["%Y-%m-%d"])

_area = click.option("--area", help="Code of an area; all unless given.")
_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@contextmanager
def _reading(area: str | None) -> Generator[tuple[Connection, Sequence[str]]]:
    """A connection that reads what stands now, and the areas asked about."""
    from hub.cli import reached  # which names these commands

    with connect(reached().database_url) as connection, engine.reading(connection, "work"):
        areas = [str(code) for (code,) in connection.execute("select area from area order by area")]
        if area is not None and area not in areas:
            raise NotFound(f"No area with the code {area} takes part.")
        yield connection, areas if area is None else [area]


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def nudges(context: click.Context, as_json: bool) -> None:
    """See which reminders go out, and whether they help. Alone: what is due, stuck or doubtful."""
    if context.invoked_subcommand is None:
        operate.show(as_json)


nudges.add_command(operate.retry)
nudges.add_command(operate.give_up)
nudges.add_command(operate.write_again)
nudges.add_command(operate.bounce)


@nudges.command(name="preview")
@click.option("--on", "on", type=DAY, help="The day, such as 2026-05-03; today unless given.")
@_area
@_json
def show_preview(on: datetime | None, area: str | None, as_json: bool) -> None:
    """Show who would be reminded of what on a day, and why. Nothing is sent."""
    day = on.date() if on else today()
    rules = by_name()
    with _reading(area) as (connection, areas):
        lines = preview(connection, rules, on=day, now=now(), areas=areas)
    if as_json:
        click.echo(
            msgspec.json.encode([_told(line, rules[line.rule].sentence) for line in lines if line.rule in rules])
        )
        return
    if not lines:
        out.print(f"Nobody is to be reminded of anything on {in_words(day)}.")
        return
    table = Table("Area", "To", "What it says", "How it stands")
    for line in lines:
        table.add_row(place_name(line.area), _to(line), line.words or "the reason is gone", line.state)
    out.print(table)
    for name in sorted({line.rule for line in lines} & rules.keys()):
        out.print(f"[dim]{rules[name].sentence}[/]")


@nudges.command(name="effect")
@_area
@_json
def show_effect(area: str | None, as_json: bool) -> None:
    """Show what came of reminders, step by step, beside those held out for a trial."""
    rules = by_name()
    with _reading(area) as (connection, areas):
        measured = as_shown(all_rules(), today=today(), invented=bool(notice(connection)))
        found = effects(connection, measured, areas=areas, today=today())
    if as_json:
        click.echo(msgspec.json.encode([_measured(each, rules[each.rule]) for each in found]))
        return
    if not found:
        out.print("No reminder's time is over yet.")
        return
    table = Table("Rule", "Step", "Reminded", "In time", "Held out", "In time", "Difference", "Finding")
    for each in found:
        apart = each.interval
        table.add_row(
            each.rule,
            each.words,
            f"{each.reminded.number:,}",
            _percent(each.reminded.percent),
            f"{each.held_out.number:,}",
            _percent(each.held_out.percent),
            f"{apart.difference} ({apart.low} to {apart.high})" if apart else "",
            each.finding,
        )
    out.print(table)


@nudges.command(name="replay")
@click.option(
    "--rule", default="renewals_expiry", help="The rule whose days are tried out: renewals-expiry or renewals-local."
)
@click.option("--days", required=True, help="Days before something runs out, such as 45,14.")
@_area
@_json
def show_replay(rule: str, days: str, area: str | None, as_json: bool) -> None:
    """Go through history again as if reminders had gone on other days, beside the days of now. Nothing is sent."""
    from hub.cli import reached  # which names these commands

    rules = read_catalogue(reached().renewals)
    with _reading(area) as (connection, areas):
        found = replay(
            connection,
            rule=by_name().get(rule.replace("-", "_")),
            days=read_days(days),
            catalogue=rules,
            areas=areas,
            today=today(),
        )
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    table = Table("", "Days of now", ", ".join(map(str, found.days)))
    for words, now_, other in as_rows(found):
        table.add_row(words, f"{now_:,}", f"{other:,}")
    out.print(table)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value}%"


def _measured(each: Effect, rule: Rule[Any]) -> dict[str, Any]:
    words = rule.outcome.words if rule.outcome else ""
    arms = {
        name: msgspec.structs.asdict(arm) | {"percent": arm.percent}
        for name, arm in (("reminded", each.reminded), ("held_out", each.held_out))
    }
    return {
        "rule": each.rule,
        "step": each.step,
        "unit": each.unit,
        "in_time_means": words,
        "trial": each.trial,
        **arms,
        "interval": each.interval,
        "finding": each.finding,
    }


def _to(line: Line) -> str:
    return ", ".join(words for words in (line.name, line.role) if words) or "the enterprise"


def _told(line: Line, why: str) -> dict[str, Any]:
    return msgspec.structs.asdict(line) | {"why": why, "page": line.page}
