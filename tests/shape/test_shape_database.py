"""The rules that let the ledger database be spread over many machines by area, checked on plain PostgreSQL."""

from pathlib import Path

import pytest
from network import Network

from events.database import Connection

REFERENCE = {"migration", "build", "proof", "notice", "account", "held_role", "session", "api_key"} | {
    "invitation",
    "identity",
    "passkey",
    "recovery_code",
    "sign_in_attempt",
    "access_log",
    "stopped_address",
    "nudge_preference",
}
"""Small tables that every machine would hold in full."""

TABLES = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""

KEYS = """
select n.nspname || '.' || c.relname, i.relname, a.attname
from pg_index x
join pg_class c on c.oid = x.indrelid
join pg_class i on i.oid = x.indexrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
where x.indisunique and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""


CHANGED = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and has_table_privilege('trellis_web', c.oid, 'update, delete, truncate, references, trigger')
"""

COLUMNS_CHANGED = """
select c.relname, a.attname
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and a.attnum > 0
  and has_column_privilege('trellis_web', c.oid, a.attnum, 'update, references')
"""


@pytest.fixture
def tables(network: Network) -> set[str]:
    """All tables of a hub, those of its projections among them."""
    found = {str(name) for (name,) in network.connection.execute(TABLES)}
    assert {"public.event", "public.ledger", "national_1.belief"} <= found
    return {name for name in found if name.partition(".")[2] not in REFERENCE}


def test_area_leads_every_primary_and_unique_key(tables: set[str], connection: Connection) -> None:
    keyed = {
        str(table): (str(index), str(first)) for table, index, first in connection.execute(KEYS) if table in tables
    }
    for table, index, first in connection.execute(KEYS):
        assert table not in tables or first == "area", f"{index} leads with {first}"
    assert set(keyed) == tables, "every table has a key"


def test_pages_and_api_may_change_what_is_about_access_and_nothing_else(
    tables: set[str], connection: Connection
) -> None:
    """To the rest they may add, and fill in what is decided about an erasure later."""
    changed = {str(name) for (name,) in connection.execute(CHANGED)}
    assert changed == {
        *("account", "held_role", "session", "api_key"),
        *("invitation", "identity", "passkey", "recovery_code", "sign_in_attempt"),
        *("nudge_preference", "stopped_address"),
    }
    columns = {(str(table), str(column)) for table, column in connection.execute(COLUMNS_CHANGED)}
    decided = {"approved", "decided_at", "decided_by", "decided_name"}
    lifted = {"lifted_at", "lifted_by", "lifted_name"}
    assert {each for each in columns if each[0] not in changed} == {
        ("ledger", "opened_at"),  # never updated, only locked
        *(("erasure", column) for column in decided),
        *(("erasure_hold", column) for column in lifted),
        *(("calendar_address", column) for column in ("nth", "token", "made_at")),
        # to send a message again, or give it up, and what became of it
        *(("message", column) for column in ("state", "send_from", "lease_until", "outcome_at", "note")),
        *(("message", column) for column in ("tried_way", "put_off", "put_back", "asked_on")),
    }


def test_nothing_is_numbered_by_a_sequence(tables: set[str], connection: Connection) -> None:
    assert connection.execute("select sequencename from pg_sequences").fetchall() == []


def test_only_what_says_who_may_do_what_has_triggers(tables: set[str], connection: Connection) -> None:
    """Hub processes remember that. What is kept by area has none."""
    found = connection.execute("select distinct tgrelid::regclass::text from pg_trigger where not tgisinternal")
    assert {table for (table,) in found} == {"account", "held_role", "session"}


def test_foreign_keys_stay_within_an_area(tables: set[str], connection: Connection) -> None:
    """Both ends of each begin with the area, unless it points at a small reference table."""
    foreign = connection.execute(
        "select conname, (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]),"
        " (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[1]),"
        " (select relname from pg_class where oid = confrelid)"
        " from pg_constraint where contype = 'f'"
    ).fetchall()
    for name, here, there, table in foreign:
        assert (here, there) == ("area", "area") or table in REFERENCE, name


def test_no_rule_or_view_stands_between_the_code_and_the_tables(tables: set[str], connection: Connection) -> None:
    views = connection.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    assert views == []


def test_nothing_but_version_15_is_needed() -> None:
    """`uuidv7()` is of version 18, `json_table` of 17, `merge … returning` of 17."""
    root = Path(__file__).parents[2] / "events"
    for file in (*root.rglob("*.sql"), *root.rglob("*.py")):
        text = file.read_text(encoding="utf-8").lower()
        for later in ("uuidv7(", "json_table(", "merge into", "any_value("):
            assert later not in text, f"{file.name} uses {later}"
