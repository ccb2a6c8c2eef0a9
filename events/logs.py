"""One line for each thing worth knowing, on standard output, without people's data in it."""

import logging
import sys


def log_plainly() -> None:
    """Bare sentences; whoever runs the process adds the time and the name."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s", force=True)
    for noisy in ("rq", "rq.worker", "psycopg.pool", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
