"""The workers' commands: `hub project`, `hub tick`, `hub work`."""

import os
import signal
from types import FrameType

import click

from events.logs import log_as
from events.migrate import check_ready
from events.settings import Settings, read_settings


class _Stop:
    """True once SIGTERM or SIGINT was received."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

    def __call__(self) -> bool:
        return self.asked


def _leave(number: int, frame: FrameType | None) -> None:
    # an exception raised here would be lost if it met a finaliser, and the worker would go on
    os._exit(0)


def _ready(*, vault: bool = False) -> Settings:
    settings = read_settings()
    log_as(settings.log)
    settings.check_queue()
    check_ready(settings, vault=vault)
    return settings


@click.command()
def project() -> None:
    """Take new events into the figures, until stopped.

    Any number may run: they share the work by area.
    """
    from workers import project as projecting

    projecting.run(_ready(), stopping=_Stop())


@click.command()
def tick() -> None:
    """Do what has to be done now and then, until stopped.

    Signs the ledgers' heads, sweeps away retired figures, asks for the daily checks. Any number may run: one leads.
    """
    from workers import tick as ticking

    ticking.run(_ready(vault=True), stopping=_Stop())


@click.command()
@click.argument("name", metavar="[QUEUE]", type=click.Choice(["checks", "nudges"]), default="checks")
def work(name: str) -> None:
    """Do the jobs in a queue, until stopped.

    `checks`, unless said otherwise, checks ledgers; `nudges` sends reminders. Any number may run for each.
    """
    from workers import queue

    settings = _ready(vault=name == queue.NUDGES)
    # until RQ listens to signals itself there is nothing to finish
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    worker = queue.worker(settings, name)
    worker.work(logging_level="WARNING")
