"""What identifies people is described, and opened in one place only."""

import re
from pathlib import Path

import pytest
from network import Network

from events import catalogue
from events.access import ACTIONS, NOBODY, ROLES
from events.base import Event
from events.database import Connection, connect
from events.personal_data import COLUMNS, ELSEWHERE, PLAIN, SEALED, open_texts, readers, sealed_kinds
from events.settings import Settings
from hub.look.page import render

ROOT = Path(__file__).parents[2]

IMPERSONAL: dict[str, set[str]] = {
    "api_key": {"prefix", "digest", "name", "actions", "areas"},
    "build": {"projection"},
    "checkpoint": {"area", "projection"},
    "boundary": {"area", "frame", "path"},
    "calendar_address": {"area", "token"},
    "erasure": {"area", "id", "basis"},
    "erasure_hold": {"area", "id", "kind"},
    # `data` is of PLAIN and SEALED
    "event": {"area", "stream", "type", "data", "command", "cause", "digest", "hash"},
    "event_type": {"area", "type"},
    "evidence_file": {"area", "evidence", "enterprise", "kind"},
    "held_role": {"role", "area"},
    "invitation": {"token", "role", "area"},
    "kept_long_enough": {"area"},
    "due_link": {"area", "token", "message", "purpose"},
    "ledger": {"area"},
    "look": {"area", "id"},
    "mailbox": {"area", "message"},
    "message": {"area", "message", "way", "tried_way", "nudges", "state", "attempt_by", "channel", "note"},
    "migration": {"name", "digest"},
    "notice": {"name", "words"},
    "parked": {"area", "projection", "stream", "why"},
    "passkey": {"public_key"},
    "recovery_code": {"digest", "salt"},
    "session": {"token", "id"},
    "stopped_address": {"why"},
    "sign_in_attempt": {"token"},
    "access_log": {"id", "kind", "areas"},
    "proof": {"projection", "differing"},
    "verification": {"area", "fault"},
}
"""Columns that tell of a thing: text, ids and bytes that somebody decided to be about no person."""

STANDING_OPEN: dict[str, set[str]] = {
    "area": {"focus"},
    "post": {"post", "employer"},
    "load_target": {"source"},
    "condition": {"evidence"},
    "risk": {"owner", "action"},
    "enterprise": {"name", "services", "milestone"},
    "training": {"course"},
    "quality_check": {"checklist"},
    "requirement": {"requirement", "because"},
    "story": {"title", "text"},
    "training_session": {"course", "venue"},
    "need": {"service"},
    "referral": {"service"},
    "lesson": {"title", "tried", "context", "result", "words"},
    "practice": {"change"},
    "barrier": {"title", "detail", "how"},
    "area_then": {"focus"},
    "lesson_then": {"title", "tried", "context", "result", "words"},
    "practice_then": {"change"},
    "barrier_then": {"title", "detail", "how"},
    "matter": {"title", "answer"},
    "published": {"source"},
    "nudge": {"rule", "what", "trial", "channel"},
}
"""Columns of projections that hold text of PLAIN, which stands open in the ledgers too."""

OF_WORDS: dict[str, set[str]] = {
    "post": {"reason"},
    "condition": {"condition"},
    "risk": {"risk"},
    "enterprise": {"standing", "origin", "legal_form", "modes", "circumstances", "stage", "check_result"},
    "training": {"learner"},
    "quality_check": {"result"},
    "concern": {"kind"},
    "need": {"source", "closed_reason", "state"},
    "answer": {"answer"},
    "referral": {"referrer", "state", "outcome", "reason"},
    "lesson": {"topics", "resolves", "reason"},
    "practice": {"state", "from_area", "why"},
    "barrier": {"topic"},
    "lesson_then": {"topics", "resolves", "reason"},
    "practice_then": {"state", "from_area", "why"},
    "barrier_then": {"topic"},
    "matter": {"kind", "raised_by", "owner"},
    "belief": {"facet", "key"},
    "changed": {"changes"},
    "learned": {"changes"},
    "snapshot": {"pictures", "courses"},
    "published": {"indicator", "qualifier"},
    "nudge": {"about_kind", "recipient_kind", "state", "why", "acted_how"},
    "reminding": {"way", "language", "every"},
    "told_by_link": {"says"},
}
"""Columns of projections that hold one of a few words, or a code."""

TELLING_WHO = {("handled", "actor"), ("referral", "actor")}
"""Columns of projections that say who recorded something: what COLUMNS says of `event.actor` holds of them."""

OF_PROJECTIONS = """
select table_name, column_name from information_schema.columns
where table_schema in (select projection || '_' || build from build)
  and column_name not in ('area', 'stream')
  and data_type not in ('integer', 'bigint', 'boolean', 'date', 'timestamp with time zone', 'double precision', 'uuid',
                        'daterange', 'datemultirange', 'tstzrange')
"""

MAY_NAME_SOMEBODY = """
select table_name, column_name from information_schema.columns
where table_schema = 'public'
  and data_type not in ('integer', 'bigint', 'boolean', 'date', 'timestamp with time zone', 'double precision')
"""


@pytest.mark.parametrize("type", catalogue.TYPES, ids=catalogue.TAG_OF.get)
def test_every_sealed_field_is_described(type: type) -> None:
    assert sealed_kinds(type) <= set(SEALED), "describe it in events/personal_data.py"


def test_nothing_is_described_that_is_not_there() -> None:
    assert set(SEALED) == {kind for type in catalogue.TYPES for kind in sealed_kinds(type)}


def test_every_text_that_stands_open_in_a_ledger_is_described() -> None:
    assert {kind for type in catalogue.TYPES for kind in open_texts(type)} == set(PLAIN), (
        "choose from a few words, or seal it; else describe it in events/personal_data.py"
    )


def test_a_reason_in_words_of_ones_own_is_noticed() -> None:
    class Freely(Event, frozen=True, tag="test.freely"):
        reason: str = ""
        others: tuple[str, ...] = ()
        replacement: catalogue.Entry | None = None

    assert {(Freely, "reason"), (Freely, "others")} == open_texts(Freely) - set(PLAIN)


def columns_of(connection: Connection) -> set[tuple[str, str]]:
    return {(str(table), str(column)) for table, column in connection.execute(MAY_NAME_SOMEBODY)}


def test_of_every_column_it_is_decided_whether_it_names_somebody(connection: Connection, settings: Settings) -> None:
    with connect(settings.vault_url) as vault:
        columns = columns_of(connection) | columns_of(vault)
    described = {(each.table, column) for each in COLUMNS for column in each.columns}
    impersonal = {(table, column) for table, names in IMPERSONAL.items() for column in names}
    assert described.isdisjoint(impersonal)
    assert described | impersonal == columns, (
        "describe it in events/personal_data.py, or say here that it is impersonal"
    )


def test_what_projections_hold_of_people_is_at_most_who_recorded_it(network: Network) -> None:
    """Ids aside, of which the one of a person is nowhere but in the ledger."""
    found = {(str(table), str(column)) for table, column in network.connection.execute(OF_PROJECTIONS)}
    decided = {
        (table, column) for each in (STANDING_OPEN, OF_WORDS) for table, names in each.items() for column in names
    }
    assert decided.isdisjoint(TELLING_WHO)
    assert found == decided | TELLING_WHO, "say here what it holds; what is sealed is not kept in projections"
    (described,) = [each for each in COLUMNS if (each.table, each.columns) == ("event", ("actor",))]
    assert "what came of the entry" in described.words


def test_a_new_column_is_noticed(connection: Connection) -> None:
    before = columns_of(connection)
    with connection.transaction(force_rollback=True):
        connection.execute("alter table account add column nickname text, add column address jsonb")
        assert columns_of(connection) - before == {("account", "nickname"), ("account", "address")}


def test_who_may_read_it_follows_from_the_roles() -> None:
    assert readers(["read people"]) == ["catalyst", "lead"]
    assert readers([]) == []
    for each in (*SEALED.values(), *COLUMNS):
        assert set(each.read_with) <= {*ACTIONS, "themselves"}
    assert set(readers(ACTIONS)) == set(ROLES)


def test_what_is_sealed_is_opened_where_the_look_was_recorded_and_nowhere_else() -> None:
    opening = {
        file.relative_to(ROOT).as_posix()
        for folder in ("hub", "workers")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"\bunseal\b|\bkey_of\b|\bexisting_keys\b", file.read_text(encoding="utf-8"))
    }
    assert opening == {"hub/people/looking.py", "hub/db.py", "workers/addresses.py"}


def test_the_page_says_what_lies_outside_the_tables_and_why_each_may_be_kept() -> None:
    page = render(
        "people/pages/data_map.html",
        who=NOBODY,
        notice=None,
        sealed=SEALED,
        plain=PLAIN,
        columns=COLUMNS,
        elsewhere=ELSEWHERE,
        readers=readers,
    ).decode()
    for words in ("Erased.jsonl", "HUB_BACKUP_DAYS", "The log of requests", "Article 9(2)(g)"):
        assert words in page, words
    rows = page.split("<tr>")
    for each in COLUMNS:
        (row,) = [row for row in rows if f">{each.table}: {', '.join(each.columns)}<" in row]
        assert each.lawful_basis.capitalize() in row
        assert each.whose.capitalize() in row
