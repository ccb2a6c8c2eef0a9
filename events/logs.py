"""One line for each thing worth knowing, on standard output, without people's data in it."""

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import msgspec

Form = Literal["plain", "json"]


def place_of(error: BaseException) -> str:
    """The type of an error and where it happened. Its words may hold what somebody typed: a driver quotes values."""
    trace, place = error.__traceback__, ""
    while trace:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}" if place else type(error).__name__


def _words(record: logging.LogRecord) -> str:
    """What was to be said, without a traceback that some write into it, as the queue does of a job."""
    return record.getMessage().partition("Traceback (most recent call last)")[0].rstrip()


class _Plain(logging.Formatter):
    """A bare sentence, and of an error in the code its type and place."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        return _words(record) if error is None else f"{_words(record)}: {place_of(error)}"


class _Json(logging.Formatter):
    """A line of JSON. Of an error in the code only its type and place are told."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "words": _words(record),
            **record.__dict__.get("fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = place_of(record.exc_info[1])
        return msgspec.json.encode(line).decode()


def log_as(form: Form) -> None:
    """Bare sentences, to which whoever runs the process adds time and name; or JSON, for a program that reads it."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json() if form == "json" else _Plain())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("rq", "rq.worker", "psycopg.pool", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
