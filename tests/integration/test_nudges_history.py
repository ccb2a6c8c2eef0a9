"""What is brought in from before reminds nobody, with everything running; what is due does."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from network import SOMERSET, Network, environment, eventually, hub
from reminding import INSURANCE, Reminding

from events.base import today
from events.database import value
from events.projections import ALL
from events.settings import Settings
from workers import tick

DAY = timedelta(1)

ENTERPRISES = """reference,name,origin,legal_form,area,registered_on
R1,Bakery,new,sole trader,{area},2015-05-04
R2,Garden,new,sole trader,{area},2015-05-04
"""

RENEWALS = """area,enterprise_reference,requirement,valid_from,valid_to,renewed_on
{area},R1,{what},2021-06-02,2022-06-01,2021-06-02
{area},R1,{what},2022-06-02,{ahead},2022-06-02
{area},R2,{what},2021-06-02,2022-06-01,2021-06-02
{area},R2,{what},2022-06-02,{ahead},2022-06-02
"""


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    for role in ("catalyst", "lead"):
        found.staff(role)
    yield found
    found.close()


@contextmanager
def all_running(settings: Settings) -> Iterator[None]:
    """Whatever plans, projects and sends; the tick looks each half second."""
    over = threading.Event()
    ticking = threading.Thread(target=tick.run, args=[settings], kwargs={"stopping": over.is_set})
    commands = (["project"], ["work", "nudges"])
    others = [subprocess.Popen([sys.executable, "-m", "hub", *words], env=environment(settings)) for words in commands]
    ticking.start()
    try:
        yield
    finally:
        over.set()
        ticking.join()
        for each in others:
            each.terminate()
        for each in others:
            each.wait(timeout=20)


def test_importing_history_and_making_every_figure_anew_sends_nothing(
    reminding: Reminding, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "PLAN_EVERY", 0.0)
    monkeypatch.setattr(tick, "RING_EVERY", 0.0)
    given = {"what": INSURANCE, "ahead": today() + 200 * DAY, "area": SOMERSET}
    with all_running(settings):
        for kind, content in (("enterprises", ENTERPRISES), ("renewals", RENEWALS)):
            file = tmp_path / f"{kind}.csv"
            file.write_text(content.format(**given), encoding="utf-8")
            said = hub(settings, "import", kind, str(file))
            assert said.returncode == 0, said.stdout + said.stderr
        for projection in ALL:
            said = hub(settings, "rebuild", projection.name)
            assert said.returncode == 0, said.stdout + said.stderr
        before = len(reminding.network.events(SOMERSET))
        # due yesterday: a demonstration, as this is, has got no further than the end of the last working day
        reminding.insured("Shed", ends=today() + 59 * DAY)
        eventually(lambda: value(reminding.connection, "select count(*) from message") != 0)
    assert [row[:2] for row in reminding.nudges()] == [("enterprise", -60)], "of the shed, which was due"
    assert before < len(reminding.network.events(SOMERSET))


def test_a_tick_that_starts_after_a_long_time_looks_for_what_was_missed(
    reminding: Reminding, settings: Settings
) -> None:
    reminding.insured("Shed", ends=today() - 40 * DAY)
    reminding.network.project()
    with all_running(settings):
        eventually(lambda: value(reminding.connection, "select count(*) from message") != 0)
    assert [row[:2] for row in reminding.nudges()] == [("lead", 14)]
