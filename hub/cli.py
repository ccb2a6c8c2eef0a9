"""`hub`, the command line. Exit codes: 0 done, 1 refused or something wrong with the data, 2 cannot run like this."""

import sys
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path

import click
import msgspec
import psycopg
import redis
from rich.console import Console

from events import erasing, heads
from events.base import CannotStart, TrellisError, today
from events.database import connect, value
from events.ledger import heads as ledger_heads
from events.logs import log_as
from events.migrate import check_ready, check_ready_for_web, migrate
from events.places import place_name
from events.projections import ALL, engine
from events.settings import Settings, read_settings
from events.verify import Fault, signed_positions, verify_area
from hub.access.commands import key, user
from hub.nudges.commands import nudges
from hub.people.commands import erase, export_person, forget_looks
from hub.progress import progress_bar
from hub.status.commands import lag, parked, rebuild, retry

err = Console(stderr=True, highlight=False)
out = Console(highlight=False)


class Commands(click.Group):
    """The hub's own commands, and those that other packages bring under the entry point `trellis.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *entry_points(group="trellis.commands").names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for found in entry_points(group="trellis.commands", name=cmd_name):
            return found.load()
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trellis-hub", prog_name="hub")
def cli() -> None:
    """Trellis, the hub of a network of community enterprises.

    `hub up` runs everything on this machine. The other commands work on a running hub: on the one of `hub up`, or on
    the one that HUB_DATABASE_URL, HUB_VAULT_URL and HUB_REDIS_URL name.
    """


cli.add_command(user)
cli.add_command(key)
cli.add_command(nudges)
cli.add_command(export_person)
cli.add_command(erase)
cli.add_command(forget_looks)
cli.add_command(rebuild)
cli.add_command(lag)
cli.add_command(parked)
cli.add_command(retry)


def main() -> None:
    """Run a command; say what went wrong in a sentence, without a traceback unless it is a bug."""
    try:
        cli(standalone_mode=True)
    except CannotStart as error:
        err.print(f"[bold red]Cannot run:[/] {error}")
        sys.exit(2)
    except psycopg.OperationalError:
        err.print("[bold red]Cannot run:[/] The database does not answer. Check that it runs, or start `hub up`.")
        sys.exit(2)
    except redis.RedisError:
        err.print("[bold red]Cannot run:[/] The queue (HUB_REDIS_URL) does not answer. Check that it runs.")
        sys.exit(2)
    except TrellisError as error:
        err.print(f"[bold red]Refused:[/] {error}")
        sys.exit(1)


def reached() -> Settings:
    """Settings of the hub to work on: what the environment names, or the hub that `hub up` runs here."""
    settings = read_settings()
    if settings.database_url:
        return settings
    from hub.local.env import env_lines

    return read_settings(dict(line.split("=", 1) for line in env_lines(settings.data)))


# ---- running


@cli.command()
@click.option("--empty", is_flag=True, help="Do not load the demonstration network into an empty folder.")
def up(empty: bool) -> None:
    """Run everything on this machine, until Ctrl-C: databases, queue, web and workers.

    Data is kept in HUB_DATA. On an empty folder an invented network is loaded, unless told otherwise.
    """
    from hub.local import up as local

    def prepare(settings: Settings) -> None:
        _prepare(settings, demo=not empty)

    commands = {"web": "serve", "project": "project", "tick": "tick", "work": "work", "send": "work nudges"}
    local.up(
        read_settings(),
        prepare=prepare,
        children={name: [sys.executable, "-m", "hub", *command.split()] for name, command in commands.items()},
    )


def _prepare(settings: Settings, *, demo: bool) -> None:
    migrate(settings.database_url, "ledger")
    migrate(settings.vault_url, "vault")
    check_ready(settings)
    with connect(settings.database_url) as connection, connect(settings.vault_url) as vault:
        erasing.erase_again(connection, vault, folder=settings.heads)
    with connect(settings.database_url) as connection:
        engine.ensure_builds(connection, ALL)
        empty = not any(ledger_heads(connection).values())
        started = value(connection, "select true from notice where name = 'started'")
        if empty and demo and not started:
            _simulate(settings)
            engine.catch_up_all(connection, ALL, folds=engine.Folds())
        # whether it began empty or with the invented network is decided once, by the first start that got this far
        connection.execute("insert into notice (name, words) values ('started', '') on conflict (name) do nothing")


@cli.command()
def serve() -> None:
    """Serve pages and API on HUB_HOST and HUB_PORT, until stopped."""
    import gc

    import uvicorn

    from hub.app import create_app
    from hub.edges.ending import Ending
    from hub.edges.patience import Impatient

    settings = read_settings()
    if settings.host not in ("127.0.0.1", "::1", "localhost") and settings.only_here:
        raise CannotStart(
            f"HUB_HOST {settings.host} is open to other machines, and without HUB_URL or HUB_WRITE_KEY anybody there "
            "could record. Set HUB_URL to the address people use, such as https://hub.example.org."
        )
    settings.check_queue()
    check_ready_for_web(settings)
    log_as(settings.log)
    app = create_app(settings, only_local=settings.only_here)
    # what is loaded by now stays: the collector would look through all of it while somebody waits for a page
    gc.freeze()
    config = uvicorn.Config(
        app,
        http=Impatient,
        proxy_headers=bool(settings.trusted_proxy),
        forwarded_allow_ips=settings.trusted_proxy,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        ws="none",
    )
    server = Ending(config, before=lambda: app.state.feed.close())
    server.run()
    if not server.started:
        sys.exit(3)  # as uvicorn by itself does


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the tables of both databases up to date."""
    settings = reached()
    done = migrate(settings.database_url, "ledger") + migrate(settings.vault_url, "vault")
    out.print(f"Applied {', '.join(done)}." if done else "Nothing to do: the tables are up to date.")


@cli.command()
def env() -> None:
    """Print how to reach the hub that runs here, as KEY=VALUE lines."""
    from hub.local.env import env_lines

    for line in env_lines(read_settings().data):
        click.echo(line)


# ---- looking after the ledgers and the figures


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def verify(as_json: bool) -> None:
    """Recompute every ledger's chain and hold it against the signed heads.

    Names the area and position of the first fault in each ledger, and exits with 1 if there is one.
    """
    settings = reached()
    signer = heads.public_bytes(heads.signing_key(settings.signing_key))
    seals = list(heads.read_seals(settings.heads, signer=signer))
    signed = signed_positions(seals)
    faults: list[Fault] = []
    with connect(settings.database_url) as connection:
        known = ledger_heads(connection)
        checked = 0
        with progress_bar(err) as tell:

            def progress(events: int) -> None:
                nonlocal checked
                checked += events
                tell("Checking", checked, sum(known.values()))

            for area in sorted({*known, *signed}):
                fault = verify_area(connection, area, signed=signed.get(area, {}), progress=progress)
                if fault:
                    faults.append(fault)
    at = seals[-1].at if seals else None
    if as_json:
        click.echo(
            msgspec.json.encode({"areas": len(known), "events": sum(known.values()), "faults": faults, "at": at})
        )
    else:
        for fault in faults:
            out.print(f"[red]{place_name(fault.area)} ({fault.area}), position {fault.position}[/]: {fault.sentence}.")
        if not faults:
            out.print(f"{sum(known.values()):,} events in {len(known)} ledgers are whole. {_signed_words(at)}")
    sys.exit(1 if faults else 0)


def _signed_words(at: datetime | None) -> str:
    if at is None:
        return "No heads were signed yet, so a cut tail would not show; a running hub signs them within a minute."
    return f"Heads were last signed at {at:%Y-%m-%d %H:%M:%S} UTC."


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Say what about this hub is not safe enough for real people's data, and what to do about it.

    Exits with 1 if anything is unsafe. Run it with the settings of `hub serve` and `hub tick` together: it looks at
    the logins of both.
    """
    from hub.doctor import examine, is_safe

    settings = reached()
    settings.check_queue()
    found = examine(settings)
    if as_json:
        click.echo(msgspec.json.encode(found))
    for each in [] if as_json else found:
        out.print(f"[{'red' if each.unsafe else 'yellow'}]{'Unsafe' if each.unsafe else 'Advice'}[/]: {each.words}")
        out.print(f"    {each.do}")
    if not found:
        out.print("Nothing unsafe was found.")
    sys.exit(0 if is_safe(found) else 1)


@cli.group()
def rotate() -> None:
    """Let a new key take over from another while the hub runs; deploy/README.md says in which order."""


@rotate.command(name="vault")
def rotate_vault_command() -> None:
    """Wrap people's keys under HUB_VAULT_KEY instead of HUB_VAULT_KEY_BEFORE. Stopped half way, run it again."""
    from hub.rotate import rotate_vault

    keys = rotate_vault(reached())
    out.print(f"Wrapped {keys:,} keys anew. HUB_VAULT_KEY_BEFORE is now needed for older backups of the vault alone.")


@rotate.command(name="signing")
def rotate_signing_command() -> None:
    """Let HUB_SIGNING_KEY sign heads after HUB_SIGNING_KEY_BEFORE. What that one signed is still verified."""
    from hub.rotate import rotate_signing

    done = rotate_signing(reached())
    out.print("The new key signs from now on." if done else "Nothing to do: this key signs already.")


# ---- what comes in


@cli.command()
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day of the history; today unless given.")
def simulate(until: datetime | None) -> None:
    """Fill an empty hub with an invented network of fifty areas and ten years."""
    _simulate(reached(), until=until)


def _simulate(settings: Settings, *, until: datetime | None = None) -> None:
    from hub.simulate.run import simulate as simulated

    settings.check_queue()
    with progress_bar(err) as tell:
        events = simulated(settings, until=until.date() if until else today(), progress=tell)
    err.print(f"Loaded an invented network of {events:,} events.")


IMPORTED = (
    *("areas", "enterprises", "activity", "milestones", "needs", "referrals"),
    *("sessions", "training", "renewals", "quality-checks", "concerns"),
    *("actions", "lessons", "barriers", "figures"),
)
"""As `KINDS` of `hub.importing.run`, which is not loaded for other commands."""

BOUNDARIES = "boundaries"


class Importing(click.Command):
    """Its help lists the columns of each kind of file."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from hub.importing.run import KINDS

        for kind in KINDS.values():
            with formatter.section(f"Columns of {kind.name}"):
                formatter.write_dl(
                    [(each.name, f"{each.expected}{'' if each.needed else ' (if you like)'}") for each in kind.columns]
                )
        with formatter.section(f"What {BOUNDARIES} are"):
            formatter.write_text(
                "A GeoJSON or TopoJSON file in degrees (WGS 84) of upper-tier authorities, with their ONS codes, as "
                "the Office for National Statistics publishes them: generalised ones are enough."
            )


@cli.command(name="import", cls=Importing)
@click.argument("kind", type=click.Choice([*IMPORTED, BOUNDARIES]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and say what would happen; record nothing.")
@click.option("--attribution", default="", help="Whose boundaries they are, if not the ONS's. It stands on the map.")
def import_command(kind: str, file: Path, dry_run: bool, attribution: str) -> None:
    """Record what a CSV file in UTF-8 or a spreadsheet (.xlsx) says: all of it, or nothing and what is wrong.

    Or, for boundaries, show those in a GeoJSON or TopoJSON file on the map.

    Its first row names the columns, in any order; those listed below with "if you like" may be left out or empty.

    The same file twice changes nothing. Exits with 1 if a row cannot be recorded.
    """
    from hub.importing.report import render_report
    from hub.importing.run import import_file

    settings = reached()
    if kind == BOUNDARIES:
        from hub.boundaries.keep import import_boundaries

        out.print(import_boundaries(settings, file, attribution=attribution, dry_run=dry_run))
        return
    settings.check_queue()
    with progress_bar(err) as tell:
        report = import_file(settings, kind, file, dry_run=dry_run, progress=tell)
    render_report(report, out)
    sys.exit(1 if report.errors else 0)
