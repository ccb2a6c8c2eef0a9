"""An enterprise that was reminded of its insurance, and the link in the mail that it got."""

import html
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
from house import WRITE_KEY, Person
from litestar import Litestar
from litestar.testing import TestClient
from network import SOMERSET, Network
from reminding import INSURANCE, Reminding

from events.access import Role
from events.base import today
from events.civil import working_day_until
from events.links import link_token
from events.settings import Settings
from events.vault import destroy_keys
from hub.app import create_app
from hub.db import Hub

REMINDED = working_day_until(today() - timedelta(1), "England")
"""The working day before today on which the mail went out."""
ENDS = REMINDED + timedelta(30)

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
FORM = "multipart/form-data; boundary=xxx"


class Linked:
    """The hub, and a browser without any account."""

    def __init__(self, network: Network, settings: Settings, client: TestClient[Litestar]) -> None:
        self.network = network
        self.client = client
        self.reminding = Reminding(network, settings)
        self.enterprise = self.reminding.insured(ends=ENDS)
        self.reminding.plan(REMINDED)
        assert self.reminding.send() == 1
        network.project()
        (row,) = network.connection.execute("select message from message").fetchall()
        assert isinstance(row[0], UUID)
        self.message = row[0]
        digest_key = self.reminding.vault.digest_key(self.reminding.keys)
        self.token = link_token(digest_key, "due", self.message)

    @property
    def hub(self) -> Hub:
        return self.client.app.state.hub

    def get(self, step: str = "", token: str | None = None, **headers: str) -> httpx.Response:
        path = f"/due/{token or self.token}{step}"
        return self.client.get(path, headers={"accept": "text/html"} | headers, follow_redirects=False)

    def held(self, step: str) -> dict[str, str]:
        """What the form of a step holds hidden."""
        text = self.get(step).text
        found = re.findall(r'type="hidden" name="(\w+)" value="(.*?)"', text)
        return {name: html.unescape(said) for name, said in found}

    def post(self, step: str, **said: str) -> httpx.Response:
        path = f"/due/{self.token}{step}"
        return self.client.post(path, data=said, headers={"accept": "text/html"}, follow_redirects=False)

    def renew(self, file: bytes | None = None, **said: str) -> httpx.Response:
        """Send the form of a renewal; what is left out is filled in as most would."""
        filled = self.held(f"/renewed?what={INSURANCE}") | {
            "valid_from": (ENDS + timedelta(1)).isoformat(),
            "kind": "a certificate" if file else "seen in person",
        }
        sent = {name: (None, value) for name, value in (filled | said).items()}
        parts = {**sent, "file": ("policy.pdf", file or b"", "application/octet-stream")}
        return self.client.post(
            f"/due/{self.token}/renewed", files=parts, headers={"accept": "text/html"}, follow_redirects=False
        )

    def told(self, type: str) -> int:
        """How often this type of event was recorded."""
        return sum(each.event.__struct_config__.tag == type for each in self.network.events(SOMERSET))

    def counts(self) -> list[tuple[object, ...]]:
        """How much there is of all that a link may change."""
        return self.network.connection.execute(
            "select (select count(*) from event), (select count(*) from evidence_file),"
            " (select count(*) from calendar_address), (select count(*) from look)"
        ).fetchall()

    @contextmanager
    def erased(self) -> Generator[None]:
        """While the enterprise's key is destroyed; other tests share the vault."""
        self.reminding.vault.keys(self.reminding.keys, [self.enterprise])
        destroy_keys(self.reminding.keys, [self.enterprise])
        yield
        self.reminding.keys.execute("delete from subject_key where subject = %s", [self.enterprise])

    def person(self, role: Role, *areas: str) -> Person:
        return Person(self.client, self.network.connection, role, areas or (SOMERSET,), "Bronwen")


@contextmanager
def linked_on(network: Network, settings: Settings) -> Generator[Linked]:
    closed = msgspec.structs.replace(settings, write_key=WRITE_KEY)
    with TestClient(create_app(closed), base_url="https://testserver.local", raise_server_exceptions=False) as client:
        found = Linked(network, settings, client)
        yield found
        found.reminding.close()


def words(text: str) -> str:
    """What a page says, without its frame."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))
