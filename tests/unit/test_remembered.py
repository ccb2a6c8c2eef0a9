"""Who is signed in is remembered only for as long as nothing could have changed it unheard."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from types import ModuleType

import psycopg
import pytest
from network import mutated

from events.access import Principal
from hub.access import remembered as module
from hub.access.remembered import KEPT, MOST, UNHEARD, Remembered

ANN = Principal(id="account:1", name="Ann")


class Clock:
    """A time that stands still, of a hub that hears its database."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.day = date(2026, 5, 3)

    def remembering(self, of: ModuleType) -> Remembered:
        """One that knows who Ann is."""
        vars(of)["today"] = lambda: self.day
        vars(of)["listening_to"] = refused
        known: Remembered = of.Remembered("")
        known._heard = self.now
        known.keep(b"ann", ANN, known.asking())
        assert known.get(b"ann") == ANN
        return known


def refused(*_: str) -> None:
    raise psycopg.OperationalError


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def a_minute_later(clock: Clock, known: Remembered) -> None:
    clock.now += KEPT
    known._heard = clock.now


def unheard(clock: Clock, _: Remembered) -> None:
    clock.now += UNHEARD


def cut_off(_: Clock, known: Remembered) -> None:
    async def listening() -> None:
        async with known:
            for _ in range(5):
                await asyncio.sleep(0)

    # in a thread: where a browser was used before, this one has a loop already
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, listening()).result()


def midnight(clock: Clock, _: Remembered) -> None:
    clock.day += timedelta(1)


def asked_before_midnight(clock: Clock, known: Remembered) -> None:
    asking = known.asking()
    clock.day += timedelta(1)
    known.keep(b"ann", ANN, asking)


def changed(_: Clock, known: Remembered) -> None:
    known.forget()


def changed_while_asking(_: Clock, known: Remembered) -> None:
    asking = known.asking()
    known.forget()
    known.keep(b"ann", ANN, asking)


def too_many(_: Clock, known: Remembered) -> None:
    for nth in range(MOST):
        known.keep(str(nth).encode(), ANN, known.asking())


@pytest.mark.parametrize(
    ("happened", "guard", "without"),
    [
        (a_minute_later, "now >= known.until", "False"),
        (unheard, "now >= self._heard + UNHEARD", "False"),
        (cut_off, 'error:\n                self._heard = float("-inf")', "error:"),
        (midnight, "known.on != today()", "False"),
        (changed, "self._known.clear()", "pass"),
        (changed_while_asking, "asking.forgotten != self._forgotten", "False"),
        (asked_before_midnight, "(who, asking.on,", "(who, today(),"),
        (too_many, "len(self._known) >= MOST", "False"),
    ],
)
def test_nobody_is_remembered_for_too_long(
    clock: Clock, happened: Callable[[Clock, Remembered], None], guard: str, without: str
) -> None:
    """Each with its mutant."""
    for of, known_still in ((mutated(module, guard, guard), None), (mutated(module, guard, without), ANN)):
        known = clock.remembering(of)
        happened(clock, known)
        assert known.get(b"ann") == known_still
