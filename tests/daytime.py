"""Run a command of the workers as if every moment were within a working day, at whatever hour a test runs.

    python tests/daytime.py work nudges

With TEST_HASTE in its environment, leases are short and the sweeper comes often, so that a crash is mended in seconds.
"""

import os
import sys
from datetime import date, datetime, timedelta

from events.areas import Nation
from workers import plan, run, send, sweep, tick


def _always(day: date, nation: Nation | None, now: datetime) -> datetime:
    return now


def main() -> None:
    for module in (plan, send, sweep):
        module.send_from = _always
    if "TEST_HASTE" in os.environ:
        send.LEASE = sweep.LEASE = timedelta(seconds=4)
        tick.RING_EVERY = 1.0
    {"project": run.project, "tick": run.tick, "work": run.work}[sys.argv[1]].main(sys.argv[2:])


if __name__ == "__main__":
    main()
