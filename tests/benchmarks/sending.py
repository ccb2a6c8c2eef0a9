"""What one worker sends in a second to a mail server on this machine, each mail to another enterprise.

Beside it, what a bare SMTP client hands over on one connection: mails of the same size, and nothing asked or recorded.
"""

import smtplib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from events.areas import Nation
from events.database import connect
from events.migrate import migrate
from events.settings import Settings
from events.vault import Vault
from tests.benchmarks.measure import Row, against
from tests.benchmarks.network import area_codes
from tests.benchmarks.server import Server
from tests.many_due import many_due
from tests.post_office import PostOffice, post_office
from workers import plan, send
from workers.channels.smtp import Smtp

A_SECOND = 300
AREAS = 3


def measure(server: Server, *, mails: int) -> list[Row]:
    """Several areas one after the other, a round each."""
    codes = area_codes(AREAS)
    url, vault_url = server.ledgers("sending", codes), server.database("sending_vault")
    migrate(vault_url, "vault")
    with TemporaryDirectory() as folder, post_office(Path(folder) / "post") as office, _by_day():
        settings = Settings(
            data=Path(folder),
            heads=Path(folder),
            database_url=url,
            vault_url=vault_url,
            vault_key=KEY,
            mail_url=office.url,
            mail_from="Trellis <hub@trellis.example>",
        )
        ours, theirs, worked = _rounds(settings, office, codes, mails)
    row = against("Reminders sent by one worker", ours, "a bare SMTP client on one connection", theirs)
    busy = 1000 * worked / mails
    return [
        msgspec.structs.replace(row, note=f"the worker itself is busy {busy:.1f} ms for each; the rest is waiting"),
        Row(name="Reminders sent by one worker", unit="/s", ours=max(ours), target=A_SECOND, note="the best round"),
    ]


KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def _rounds(
    settings: Settings, office: PostOffice, codes: list[str], mails: int
) -> tuple[list[float], list[float], float]:
    ours: list[float] = []
    theirs: list[float] = []
    worked = 0.0
    with connect(settings.database_url) as connection, connect(settings.vault_url) as keys:
        many_due(settings, connection, codes, count=mails)
        plan.plan(connection, now=send.server_clock(connection)())
        connection.execute("update message set send_from = clock_timestamp()")
        connection.execute("vacuum analyze")
        vault = Vault(settings.vault_key)
        channel = Smtp(settings.mail_url, settings.mail_from)
        sender = send.Sender(settings, connection, vault, keys, {"email": channel})
        for code in codes:
            began, busy, sent = perf_counter(), process_time(), 0
            while more := sender.batch(code):
                sent += more
            ours.append(sent / (perf_counter() - began))
            worked += process_time() - busy
            theirs.append(_bare(office, sent))
        sender.close()
    return ours, theirs, worked


def _bare(office: PostOffice, count: int) -> float:
    """Mails a second that a client hands over which does nothing else."""
    example = next(office.folder.glob("*.eml")).read_bytes()
    where = urlsplit(office.url)
    with smtplib.SMTP(where.hostname or "", where.port or 0) as client:
        began = perf_counter()
        for _ in range(count):
            client.sendmail("hub@trellis.example", [f"{uuid4()}@quillfeather.example"], example)
        return count / (perf_counter() - began)


@contextmanager
def _by_day() -> Generator[None]:
    """As if it were always the middle of a working day."""

    def always(day: date, nation: Nation | None, now: datetime) -> datetime:
        return now

    with patch.object(plan, "send_from", always), patch.object(send, "send_from", always):
        yield
