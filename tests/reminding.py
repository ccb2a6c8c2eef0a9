"""An enterprise whose insurance runs out, somebody to tell, and a day on which to tell them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from network import SOMERSET, Fact, Network, joined

from events import ledger
from events.access import HeldRole, Role
from events.base import LONDON, named_id
from events.database import connect
from events.enterprises import EnterpriseRegistered, Owner
from events.nudges import NudgePreferenceSet, Way
from events.projections import engine
from events.renewals import Applies, RequirementRenewed, RequirementsApplied
from events.settings import Settings
from events.vault import Vault, seal
from workers.addresses import owner_of
from workers.channels import channels
from workers.channels.channel import Channel
from workers.plan import Planned, plan
from workers.send import Sender
from workers.sweep import Sweeper

INSURANCE = "public liability insurance"
TUESDAY = date(2026, 6, 2)
"""Sixty days before the insurance runs out, and an ordinary working day."""
ENDS = TUESDAY + timedelta(60)
EMAIL = "wilhelmina@quillfeather.example"


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A moment in London."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


class Reminding:
    """A network with insured enterprises in Somerset, with its clock in the test's hand."""

    def __init__(self, network: Network, settings: Settings) -> None:
        self.network = network
        self.settings = settings
        self.connection = network.connection
        self.now = at(TUESDAY)
        self.keys = connect(settings.vault_url)
        self.vault = Vault(settings.vault_key, before=settings.vault_key_before)
        network.given(joined(SOMERSET, on=date(2025, 1, 1)))

    def close(self) -> None:
        self.keys.close()

    def insured(self, name: str = "Bakery", *, ends: date = ENDS, email: str = EMAIL, phone: str = "") -> UUID:
        """An enterprise whose insurance ends on a day, and whose owner has this address."""
        enterprise, owner, began = named_id("test", name), uuid4(), ends - timedelta(364)
        key = self.vault.keys(self.keys, [owner])[owner]
        details = Owner(name="Wilhelmina Quillfeather", email=email, phone=phone)
        self.network.given(
            Fact(
                event=EnterpriseRegistered(
                    enterprise=enterprise,
                    name=name,
                    origin="new",
                    legal_form="sole trader",
                    owner=seal(details, subject=owner, key=key) if email else None,
                ),
                on=began,
                area=SOMERSET,
                stream=enterprise,
            ),
            Fact(
                event=RequirementsApplied(
                    catalogue="test", applies=(Applies(requirement=INSURANCE, because="All do."),)
                ),
                on=began,
                stream=enterprise,
            ),
        )
        self.renewed(name, began, ends)
        return enterprise

    def owner_of(self, enterprise: UUID) -> UUID:
        """Under whose key the address is."""
        owner = owner_of(ledger.read_stream(self.connection, SOMERSET, enterprise))
        assert owner is not None
        return owner.subject

    def renewed(self, name: str, starts: date, ends: date) -> None:
        event = RequirementRenewed(requirement=INSURANCE, valid_from=starts, valid_to=ends)
        self.network.given(Fact(event=event, on=starts, area=SOMERSET, stream=named_id("test", name)))

    def prefers(self, name: str, way: Way) -> None:
        """An enterprise wants to be reached in this way, from today on."""
        event = NudgePreferenceSet(way=way)
        self.network.given(Fact(event=event, on=TUESDAY, area=SOMERSET, stream=named_id("test", name)))

    def staff(self, role: Role, *, email: str | None = None, area: str = SOMERSET) -> UUID:
        account = uuid4()
        self.connection.execute(
            "insert into account (id, name, email) values (%s, %s, %s)",
            [account, "Bronwen", email or f"{account}@example.org"],
        )
        held = HeldRole(role=role, area=area, starts=date(2026, 1, 1))
        self.connection.execute(
            "insert into held_role (account, role, area, starts, given_by) values (%s, %s, %s, %s, 'test')",
            [account, held.role, held.area, held.starts],
        )
        return account

    def plan(self, day: date | None = None) -> Planned:
        if day:
            self.now = at(day)
        self.network.project()
        return plan(self.connection, now=self.now)

    def sender(self, carriers: Mapping[Way, Channel] | None = None) -> Sender:
        found = carriers or channels(self.settings, self.connection, self.vault, self.keys)
        return Sender(self.settings, self.connection, self.vault, self.keys, found, clock=lambda: self.now)

    def send(self, carriers: Mapping[Way, Channel] | None = None) -> int:
        self.network.project()
        return self.sender(carriers).batch(SOMERSET)

    def sweep(self) -> list[str]:
        return Sweeper().sweep(self.settings, self.connection, now=self.now)

    def messages(self) -> list[tuple[object, ...]]:
        return self.connection.execute(
            "select recipient_kind, state, attempt, note from message order by send_on, recipient_kind"
        ).fetchall()

    def nudges(self) -> list[tuple[object, ...]]:
        """Recipient, step, state, day to send and why, the earliest first."""
        self.network.project()
        with engine.reading(self.connection, "work"):
            return self.connection.execute(
                "select recipient_kind, step, state, send_on, why from nudge order by send_on, recipient_kind"
            ).fetchall()

    def link_in(self, text: str) -> str:
        (line,) = [line for line in text.splitlines() if "/due/" in line and not line.startswith("<")][:1]
        return line.rpartition("/due/")[2].strip()
