"""A log in JSON is a line for each record, and an error in the code tells its type and place."""

import json
import logging
import traceback
from collections.abc import Iterator

import pytest

from events.logs import Form, log_as

CANARY = "Zebedee Quillfeather"


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_record_is_a_line_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log_as("json")
    logging.getLogger("x").info("took in %s events", 3, extra={"fields": {"area": "UK"}})
    line = json.loads(capsys.readouterr().out)
    assert line.pop("at").endswith("Z")
    assert line == {"level": "info", "words": "took in 3 events", "area": "UK"}


def test_an_error_tells_its_type_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    log_as("json")
    try:
        int(CANARY)
    except ValueError:
        logging.getLogger("x").exception("a bug")
    told = capsys.readouterr().out
    assert json.loads(told)["error"].startswith("ValueError at test_logs.py:")
    assert CANARY not in told
    assert told.count("\n") == 1


def test_plain_is_the_bare_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    log_as("plain")
    logging.getLogger("x").info("took in %s events", 3)
    assert capsys.readouterr().out == "took in 3 events\n"


@pytest.mark.parametrize("form", ["plain", "json"])
def test_an_error_is_told_by_its_type_and_place_alone(capsys: pytest.CaptureFixture[str], form: Form) -> None:
    """A driver's words quote values, and so does a traceback that is part of the sentence."""
    log_as(form)
    try:
        int("ann@example.org")
    except ValueError:
        logging.getLogger("any").exception("a connection failed")
        logging.getLogger("any").warning("job 7 failed\n%s", traceback.format_exc())
    told = capsys.readouterr().out
    assert "ann@" not in told
    assert "Traceback" not in told
    assert "ValueError at test_logs.py:" in told
    assert "in test_an_error_is_told_by_its_type_and_place_alone" in told
    assert "job 7 failed" in told
    logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(message)s"))
    try:
        int("ann@example.org")
    except ValueError:
        logging.getLogger("any").exception("a connection failed")
    assert "ann@" in capsys.readouterr().out, "the mutant, which was here before, tells"
