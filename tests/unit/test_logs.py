"""A log in JSON is a line for each record, and an error in the code tells its type alone."""

import json
import logging
from collections.abc import Iterator

import pytest

from events.logs import log_as

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
    assert json.loads(told)["error"] == "ValueError"
    assert CANARY not in told
    assert told.count("\n") == 1


def test_plain_is_the_bare_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    log_as("plain")
    logging.getLogger("x").info("took in %s events", 3)
    assert capsys.readouterr().out == "took in 3 events\n"
