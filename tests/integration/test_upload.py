"""Sending a file: the rules of `hub import`, in the sender's areas only, and attacks on whatever takes a file in."""

import csv
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from io import BytesIO, StringIO
from random import Random
from uuid import UUID, uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest
from askers import app, asker, client, closed
from books import book
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, mutated

from events import ledger
from events.access import Role
from events.base import named_id, today
from events.database import Connection
from events.enterprises import EnterpriseRegistered
from events.projections import ALL, engine
from events.training import TrainingCompleted
from hub.importing import run
from hub.importing.routes import shown

__all__ = ["app", "client", "closed"]

HEADING = "area,reference,name,origin,legal_form,registered_on,owner_name"
ACTIVITY = "area,reference,period_starts,period_ends,people_supported,hours_per_week,jobs,volunteers"

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(client: TestClient, connection: Connection) -> Iterator[Send]:
    @cache
    def headers(role: Role) -> dict[str, str]:
        return asker(connection, role).headers | {"accept": "text/html"}

    def send(
        *rows: str,
        heading: str = HEADING,
        role: Role = "catalyst",
        kind: str = "enterprises",
        name: str = "mine.csv",
        content: bytes | None = None,
        **more: str,
    ) -> httpx.Response:
        held = content if content is not None else "\n".join([heading, *rows]).encode()
        file = {"file": (name, held, "text/csv")}
        return client.post(
            "/import", data={"kind": kind, **more}, files=file, headers=headers(role), follow_redirects=False
        )

    return send


def row(reference: str, *, area: str = SOMERSET, name: str = "Marsh Sitters", owner: str = "Nell Gwynne") -> str:
    return f"{area},{reference},{name},new,sole trader,3/5/2026,{owner}"


def positions(connection: Connection, area: str = SOMERSET) -> int:
    return ledger.heads(connection)[area]


def test_a_file_is_recorded_once_by_whoever_sent_it_and_its_owner_is_sealed(send: Send, connection: Connection) -> None:
    before = positions(connection)
    answer = send(row("A1"), row("A2", name="Levels Lunches"))
    assert answer.status_code == 200
    assert "2 rows were imported." in answer.text
    assert "Nothing new: all 2 rows were already there." in send(row("A1"), row("A2", name="Levels Lunches")).text
    # each row, and what the enterprise then has to hold
    assert positions(connection) == before + 2 * 2
    entry, _ = ledger.read_stream(connection, SOMERSET, named_id("enterprise", SOMERSET, "A1"))
    assert entry.actor.startswith("account:")
    assert b"Nell" not in str(entry).encode()


def test_only_checking_records_nothing(send: Send, connection: Connection) -> None:
    before = positions(connection)
    assert "1 row can be imported" in send(row("A1"), check="yes").text
    assert positions(connection) == before


def test_one_wrong_row_keeps_all_of_it_out_and_is_told(send: Send, connection: Connection) -> None:
    before = positions(connection)
    answer = send(row("A1"), row("A2").replace("sole trader", "empire"))
    assert answer.status_code == 422
    assert "Nothing was imported" in answer.text
    assert "legal_form" in answer.text
    assert positions(connection) == before


def test_many_reports_of_one_enterprise_stand_one_after_the_other(send: Send, connection: Connection) -> None:
    send(row("A1"))
    rows = [f"{SOMERSET},A1,{n}/6/2026,{n}/6/2026,{n},,," for n in range(1, 29)]
    assert "28 rows were imported." in send(*rows, heading=ACTIVITY, kind="activity").text
    history = ledger.read_stream(connection, SOMERSET, named_id("enterprise", SOMERSET, "A1"))
    assert [entry.version for entry in history] == list(range(1, 31))


def test_what_a_list_exports_says_by_its_id_which_enterprise_a_row_is_about(
    send: Send, client: TestClient, connection: Connection
) -> None:
    """Enterprises that were recorded by hand have no other reference."""
    send(row("A1"))
    engine.catch_up_all(connection, ALL, folds=engine.Folds())
    headers = asker(connection, "catalyst").headers
    directory = list(
        csv.DictReader(StringIO(client.get("/enterprises.csv", headers=headers).text.removeprefix("\ufeff")))
    )
    assert {each["area"] for each in directory} == {SOMERSET}
    marked, imported = sorted(UUID(each["id"]) for each in directory)
    rows = [f"{SOMERSET},T{n},{id},Moving people,{today()}" for n, id in enumerate((marked, imported))]
    heading = "area,reference,enterprise_reference,course,completed_on"
    assert "2 rows were imported." in send(*rows, heading=heading, kind="training").text
    for id in (marked, imported):
        assert isinstance(ledger.read_stream(connection, SOMERSET, id)[-1].event, TrainingCompleted)
    report = f"{SOMERSET},{marked},{today()},{today()},4,,,"
    assert "1 row was imported." in send(report, heading=ACTIVITY, kind="activity").text
    assert "Nothing new" in send(*rows, heading=heading, kind="training").text


def test_an_id_of_another_area_is_of_nothing_here(send: Send, connection: Connection) -> None:
    (theirs,) = {
        entry.stream for entry in ledger.read(connection, CORNWALL) if isinstance(entry.event, EnterpriseRegistered)
    }
    heading = "area,reference,enterprise_reference,course,completed_on"
    answer = send(f"{SOMERSET},T1,{theirs},Moving people,{today()}", heading=heading, kind="training")
    assert "There is no such enterprise in this area." in answer.text
    assert send(f"{SOMERSET},T1,{uuid4()},x,{today()}", heading=heading, kind="training").text == answer.text


# ---- areas


def test_rows_of_another_area_are_as_those_of_one_that_does_not_take_part(send: Send, connection: Connection) -> None:
    before = positions(connection, CORNWALL)
    theirs = send(row("A1"), row("B1", area=CORNWALL))
    nobodys = send(row("A1"), row("B1", area="E06000047"))
    assert theirs.status_code == nobodys.status_code == 422
    assert theirs.text.replace("Cornwall", "X") == nobodys.text.replace("County Durham", "X")
    assert positions(connection, CORNWALL) == before


def test_without_the_check_of_areas_row_level_security_still_keeps_them_out(
    send: Send, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant is seen by what it says; what it does is refused all the same."""
    before = positions(connection, CORNWALL)
    mutant = mutated(run, 'if self._may and not self._may.may("record", area):', "if False:")
    monkeypatch.setattr("hub.importing.routes.import_upload", mutant.__dict__["import_upload"])
    assert send(row("B1", area=CORNWALL)).status_code == 422
    assert positions(connection, CORNWALL) == before


@pytest.mark.parametrize("role", ["national", "lead", "commissioner", "administrator"])
def test_who_may_not_record_may_not_send(send: Send, role: Role, connection: Connection) -> None:
    before = positions(connection)
    assert send(row("A1"), role=role).status_code == 403
    assert positions(connection) == before


def test_a_form_of_another_site_is_not_heard(client: TestClient, connection: Connection) -> None:
    before = positions(connection)
    headers = asker(connection, "catalyst").headers | {"sec-fetch-site": "cross-site"}
    file = {"file": ("a.csv", f"{HEADING}\n{row('A1')}".encode(), "text/csv")}
    answer = client.post("/import", data={"kind": "enterprises"}, files=file, headers=headers, follow_redirects=False)
    assert answer.status_code == 303
    assert positions(connection) == before


# ---- attacks by what is sent


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../../etc/passwd", "passwd"),
        (r"..\..\windows\win.ini", "win.ini"),
        ("/etc/cron.d/trellis", "trellis"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie: x=1"),
        ("a\0.csv", "a.csv"),
        ("..", ".."),
        ("/", "The file"),
        ("x" * 5000, "x" * 100),
    ],
)
def test_a_name_of_a_file_is_shown_and_leads_nowhere(name: str, said: str) -> None:
    assert shown(name) == said


def test_a_file_called_after_a_path_is_not_written_anywhere(
    send: Send, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(place)
    monkeypatch.setenv("TMPDIR", str(place))
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *more, **given: opened.append(str(path)) or real(path, *more, **given))
    name = f"../{uuid4()}/<b>bold</b>.csv"
    answer = send("wrong", heading="nonsense", name=name)
    assert answer.status_code == 422
    assert "b&gt;.csv has a column “nonsense”" in answer.text
    assert not list(place.rglob("*"))
    assert not [path for path in opened if "bold" in path]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04" + bytes(500), "mine.csv cannot be read as a spreadsheet."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "is protected by a password, or of an older kind"),
        (book([["a"]], far="XFD1048576"), "has cells far from the others"),
        (book([HEADING.split(","), *[row("A1").split(",")] * 5001]), "Split it into files of at most 5,000"),
        (b"\xff\xd8\xff\xe0JFIF" + bytes(500), "is not UTF-8"),
        (HEADING.encode() + b"\nE0600\0", "holds a NUL character"),
        (b"", "Choose a file that holds something."),
        (b'"', "cannot be read"),
        (b"\n" * 900_000, "has no heading"),
        (HEADING.encode() + b"\n" + b"a," * 400_000, "more cells than the heading"),
        ((HEADING + "\n" + f"{row('A1')}\n" * 5001).encode(), "Split it into files of at most 5,000"),
    ],
)
def test_what_is_no_such_file_is_told(send: Send, connection: Connection, content: bytes, sentence: str) -> None:
    before = positions(connection)
    answer = send(content=content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert positions(connection) == before


def test_a_spreadsheet_that_unpacks_to_very_much_is_refused(send: Send) -> None:
    bomb = BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 200_000_000)
    assert len(bomb.getvalue()) < 300_000
    answer = send(content=bomb.getvalue(), name="bomb.xlsx")
    assert answer.status_code == 422
    assert "bomb.xlsx holds more than 30 MB unpacked." in answer.text


def test_a_spreadsheet_is_recorded_as_its_csv_would_be(send: Send, connection: Connection) -> None:
    before = positions(connection)
    rows = [HEADING.split(","), row("A1").split(","), row("A2", name="Levels Lunches").split(",")]
    rows[1][5] = date(2026, 5, 3)
    assert "2 rows were imported." in send(content=book(rows), name="mine.xlsx").text
    again = send(row("A1"), row("A2", name="Levels Lunches"))
    assert "Nothing new: all 2 rows were already there." in again.text
    assert positions(connection) == before + 2 * 2


def test_csv_that_is_called_a_spreadsheet_is_read_as_what_it_is(send: Send) -> None:
    assert "1 row was imported." in send(row("A1"), name="mine.xlsx").text


def test_a_file_that_is_too_big_is_refused_before_it_is_read(send: Send) -> None:
    assert send(content=b"x" * 1_100_000).status_code == 413


@pytest.mark.parametrize("kind", ["areas", "figures", "", "../areas"])
def test_only_what_people_of_an_area_send_is_taken(send: Send, kind: str) -> None:
    answer = send(row("A1"), kind=kind)
    assert answer.status_code == 422
    assert "Choose what the file holds." in answer.text


def test_a_form_without_a_file_is_told(client: TestClient, connection: Connection) -> None:
    headers = asker(connection, "catalyst").headers
    for sent in (
        {"data": {"kind": "activity"}},
        {"files": {"file": ("", b"")}},
        {"content": b"file=x"},
        {"content": b""},
    ):
        answer = client.post("/import", headers=headers, **sent)
        assert 400 <= answer.status_code < 500, sent


def test_a_formula_in_a_file_stays_text(send: Send, client: TestClient, connection: Connection) -> None:
    assert send(row("A1", name='=HYPERLINK("http://evil.example")'.replace('"', "'"))).status_code == 200
    entry = ledger.read_stream(connection, SOMERSET, named_id("enterprise", SOMERSET, "A1"))[0]
    assert "=HYPERLINK" in str(entry.event)


# ---- at the same time


def test_two_who_send_the_same_file_at_once_record_it_once(send: Send, connection: Connection) -> None:
    before = positions(connection)
    send("a wrong heading")  # the sender is known before the threads share them
    rows = [row(f"R{n}") for n in range(40)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: send(*rows), range(4)))
    assert all(answer.status_code in (200, 422) for answer in answers)
    assert positions(connection) == before + 2 * 40


def test_all_of_a_file_goes_if_its_last_row_cannot_be_recorded(
    send: Send, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody records under one of its streams between the check and the append."""
    before = positions(connection)
    last = named_id("enterprise", SOMERSET, "A200")
    real = ledger.lock

    def lock(within: Connection, areas: set[str]) -> None:
        connection.execute(
            "insert into event select area, 100000, %s, 1, type, data, occurred_on, recorded_at, actor, %s, cause,"
            " digest, hash from event where area = %s order by position desc limit 1",
            [last, uuid4(), SOMERSET],
        )
        real(within, areas)

    monkeypatch.setattr(ledger, "lock", lock)
    answer = send(*(row(f"A{n}") for n in range(1, 201)))
    assert answer.status_code == 422
    assert "Row 201:" in answer.text
    assert positions(connection) == 100_000
    connection.execute("delete from event where area = %s and position = 100000", [SOMERSET])
    assert positions(connection) == before


# ---- junk


@pytest.mark.parametrize("seed", range(60))
def test_a_form_that_is_broken_is_never_our_fault(client: TestClient, connection: Connection, seed: int) -> None:
    chance = Random(seed)
    part = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n%s\r\n\r\n%s\r\n'
    words = [b"file", b"kind", b"check", b"../x", b'a"b', b"\xff\xfe", b"enterprises", HEADING.encode(), b"", b"\0"]
    body = (
        b"".join(part % tuple(chance.choice(words) for _ in range(4)) for _ in range(chance.randint(0, 4)))
        + b"--x--\r\n"
    )
    broken = bytearray(body)
    for _ in range(chance.randint(0, 6)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    cut = bytes(broken[: chance.randint(1, len(broken))])
    kind = chance.choice(
        ["multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=", "text/csv"]
    )
    headers = asker(connection, "catalyst").headers | {"content-type": kind}
    assert client.post("/import", content=cut, headers=headers).status_code < 500
