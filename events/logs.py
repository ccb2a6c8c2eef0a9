"""One line for each thing worth knowing, on standard output, without people's data in it."""

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import msgspec

Form = Literal["plain", "json"]


class _Json(logging.Formatter):
    """A line of JSON. Of an error in the code only its type is told: its words may hold what somebody typed."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "words": record.getMessage(),
            **record.__dict__.get("fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return msgspec.json.encode(line).decode()


def log_as(form: Form) -> None:
    """Bare sentences, to which whoever runs the process adds time and name; or JSON, for a program that reads it."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("rq", "rq.worker", "psycopg.pool", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
