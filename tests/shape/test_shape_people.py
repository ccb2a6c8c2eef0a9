"""What identifies people is described, and opened in one place only."""

import re
from pathlib import Path

import pytest

from events import catalogue
from events.database import Connection
from events.personal_data import COLUMNS, SEALED, sealed_kinds

ROOT = Path(__file__).parents[2]

NAMES_PEOPLE = re.compile(r"(^|_)(name|email|phone|agent|address|by)$")

NO_PERSON = {("api_key", "name"), ("passkey", "name"), ("notice", "name"), ("migration", "name")}
"""Columns with such a name that tell of a thing."""

PLAIN_COLUMNS = """
select table_name, column_name from information_schema.columns
where table_schema = 'public' and data_type in ('text', 'uuid')
"""


@pytest.mark.parametrize("type", catalogue.TYPES, ids=catalogue.TAG_OF.get)
def test_every_sealed_field_is_described(type: type) -> None:
    assert sealed_kinds(type) <= set(SEALED), "describe it in events/personal_data.py"


def test_nothing_is_described_that_is_not_there() -> None:
    assert set(SEALED) == {kind for type in catalogue.TYPES for kind in sealed_kinds(type)}


def test_every_column_that_names_somebody_is_described(connection: Connection) -> None:
    columns = {(str(table), str(column)) for table, column in connection.execute(PLAIN_COLUMNS)}
    described = {(each.table, each.column) for each in COLUMNS}
    assert described <= columns
    naming = {(table, column) for table, column in columns if NAMES_PEOPLE.search(column)}
    assert naming - NO_PERSON <= described, "describe it in events/personal_data.py"


def test_what_is_sealed_is_opened_where_the_look_was_recorded_and_nowhere_else() -> None:
    opening = {
        file.relative_to(ROOT).as_posix()
        for folder in ("hub", "workers")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"\bunseal\b|\bkey_of\b|\bexisting_keys\b", file.read_text(encoding="utf-8"))
    }
    assert opening == {"hub/people/looking.py", "hub/db.py"}
