"""A hub with one enterprise whose owner is known by name, and people who work with it in browsers of their own."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, joined

from events import erasing, ledger
from events.access import EVERYWHERE, NETWORK_ROLES, HeldRole, Role
from events.base import today
from events.database import Connection, connect
from events.enterprises import Owner
from events.personal_data import sealed_in
from events.settings import Settings
from hub.access.accounts import add_account, give_role
from hub.access.sessions import COOKIE, open_session
from hub.app import create_app

WRITE_KEY = "s3cret"
WHY = "The owner asked what we hold"
DETAILS = {
    "name": "Wilhelmina Quillfeather",
    "email": "wilhelmina@quillfeather.example",
    "phone": "07700 900123",
}
OWNER = DETAILS | {
    "lawful_basis": "consent",
    "consent": {"given_on": "2026-05-03", "how": "face to face", "wording": "A 2026-05"},
}
NOTE = "Wilhelmina's daughter drives her to Taunton"


class Person:
    """Somebody signed in, in a browser of their own."""

    def __init__(
        self, client: TestClient[Litestar], connection: Connection, role: Role, areas: Sequence[str], name: str
    ) -> None:
        self._client = client
        self._connection = connection
        self.email = f"{uuid4()}@example.org"
        self.account = add_account(connection, name=name, email=self.email)
        self.id = f"account:{self.account}"
        for area in [EVERYWHERE] if role in NETWORK_ROLES else areas:
            give_role(connection, self.account, HeldRole(role=role, area=area, starts=today()), given_by="test")
        self.sign_in()

    def sign_in(self) -> None:
        token = open_session(self._connection, self.account, how="test", agent="", before=None)
        self._headers = {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path, headers=self._headers, follow_redirects=False)

    def post(self, path: str, **said: str) -> httpx.Response:
        return self._client.post(path, data=said, headers=self._headers, follow_redirects=False)

    def send(self, path: str, content: str, **said: str) -> httpx.Response:
        file = {"file": ("sent.csv", content.encode(), "text/csv")}
        return self._client.post(path, data=said, files=file, headers=self._headers, follow_redirects=False)


class House:
    """A hub with one enterprise in Somerset: its owner, and a note on a milestone."""

    def __init__(self, settings: Settings, connection: Connection, client: TestClient[Litestar]) -> None:
        self.settings = settings
        self.connection = connection
        self.client = client
        self.enterprise = uuid4()
        self.register(SOMERSET, self.enterprise, OWNER)
        (self.owner,) = self.owners()
        self.record(f"/api/areas/{SOMERSET}/enterprises/{self.enterprise}/milestones", {"kind": "open", "note": NOTE})
        self.catalyst = self.person("catalyst", name="Bronwen")
        self.lead = self.person("lead", name="Imran")

    def record(self, path: str, said: object, status: int = 201) -> httpx.Response:
        headers = {"authorization": f"Bearer {WRITE_KEY}", "idempotency-key": str(uuid4())}
        answer = self.client.post(path, json=said, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    def register(self, area: str, enterprise: UUID, owner: object, status: int = 201) -> httpx.Response:
        said = {"name": "Bakery", "origin": "new", "legal_form": "CIC", "owner": owner}
        return self.record(f"/api/areas/{area}/enterprises/{enterprise}", said, status)

    def owners(self, area: str = SOMERSET, enterprise: UUID | None = None) -> list[UUID]:
        """Whom an enterprise's entries hold an owner's details of, the first first."""
        entries = ledger.read_stream(self.connection, area, enterprise or self.enterprise)
        found = (each for entry in entries for each in sealed_in(entry.event))
        return list(dict.fromkeys(each.sealed.subject for each in found if each.holds is Owner))

    def person(self, role: Role, *areas: str, name: str = "Ann") -> Person:
        return Person(self.client, self.connection, role, areas or [SOMERSET], name)

    def looks(self) -> list[tuple[object, ...]]:
        return self.connection.execute(
            "select area, who_name, why, exported, broken_glass from look order by at"
        ).fetchall()

    def ask_and_approve(self) -> None:
        asked = self.catalyst.post(f"/areas/{SOMERSET}/people/{self.owner}/erasure", basis="asked by the person")
        assert asked.status_code == 303, asked.text
        approved = self.lead.post(f"/areas/{SOMERSET}/erasures/{self.order()}/approve")
        assert approved.status_code == 303, approved.text

    def order(self) -> object:
        row = self.connection.execute("select id from erasure where subject = %s", [self.owner]).fetchone()
        assert row is not None
        return row[0]

    def tick(self) -> int:
        with connect(self.settings.vault_url) as vault:
            return erasing.carry_out_all(self.connection, vault, folder=self.settings.heads, backup_days=35)


@contextmanager
def house_on(settings: Settings, network: Network) -> Generator[House]:
    network.given(joined(SOMERSET))
    network.given(joined(CORNWALL))
    closed = msgspec.structs.replace(settings, write_key=WRITE_KEY)
    with TestClient(create_app(closed), base_url="https://testserver.local", raise_server_exceptions=False) as client:
        yield House(closed, network.connection, client)


@pytest.fixture
def house(settings: Settings, network: Network) -> Iterator[House]:
    with house_on(settings, network) as found:
        yield found
