"""Where recipients are reached. An owner's address is opened here and nowhere else in the workers, each look on record.

What comes out of here goes to a channel, and never into a log, a job or an error.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol, cast
from uuid import UUID

from events import ledger
from events.base import Sealed
from events.corrections import corrected
from events.database import Connection
from events.enterprises import EnterpriseRegistered, Owner
from events.ledger import Recorded
from events.links import address_digest
from events.looks import record_looks
from events.nudges import FailedBecause, SuppressedBecause, Way
from events.nudging.preferences import Preference, Recipient, preferences
from events.nudging.recipients import accounts_of, holders
from events.projections import engine
from events.vault import Vault, destroyed, unseal
from workers.channels.channel import Address

WHO, WHO_NAME, WHY = "hub:nudges", "the hub's reminders", "to send a reminder"

Nowhere = FailedBecause | SuppressedBecause
"""Why somebody cannot be reached."""

_ACCOUNTS = "select id, name, email from account where closed_at is null and id = any (%s)"

_STOPPED = "select digest from stopped_address where digest = any (%s)"

_ERASED = "select subject from erasure where done_at is not null and subject = any (%s)"


class AddressBook:
    """Looks addresses up, for one process that sends."""

    def __init__(self, connection: Connection, vault: Vault, keys: Connection) -> None:
        """`connection` sees every area; `keys` is a connection to the vault's database."""
        self._connection = connection
        self._vault = vault
        self._keys = keys
        self._digest_key = vault.digest_key(keys)

    def digest_of(self, address: str) -> bytes:
        """What stands for an address in the tables of messages and of stopped addresses."""
        return address_digest(self._digest_key, address)

    def stopped(self, addresses: Iterable[str]) -> set[bytes]:
        """Of those to which nothing is sent any more, what stands for them."""
        rows = self._connection.execute(_STOPPED, [[self.digest_of(each) for each in addresses]])
        return {cast("bytes", digest) for (digest,) in rows}

    def find(
        self, area: str, recipients: Collection[Recipient], *, today: date
    ) -> Mapping[Recipient, Address | Nowhere]:
        """The address of each, or why there is none. Opening one is recorded and committed first."""
        if not recipients:
            return {}
        with engine.reading(self._connection, "work"):
            chosen = preferences(self._connection, recipients)
        found: dict[Recipient, Address | Nowhere] = {}
        found.update(self._owners(area, [each for each in recipients if each[0] == "enterprise"], chosen))
        found.update(self._staff(area, [each for each in recipients if each[0] != "enterprise"], chosen, today=today))
        return found

    def _owners(
        self, area: str, recipients: Sequence[Recipient], chosen: Mapping[Recipient, Preference]
    ) -> Iterator[tuple[Recipient, Address | Nowhere]]:
        histories = ledger.read_streams(self._connection, [(area, each) for _, each in recipients])
        owners = {each: owner_of(histories.get((area, each[1]), [])) for each in recipients}
        subjects = {owner.subject for owner in owners.values() if owner}
        gone = self._erased(subjects)
        readable = subjects - gone
        if readable:
            record_looks(self._connection, area, who=WHO, who_name=WHO_NAME, subjects=sorted(readable), why=WHY)
        opening = self._vault.existing_keys(self._keys, readable) if readable else {}
        for recipient, owner in owners.items():
            if owner is None:
                yield recipient, "no address"
            elif owner.subject in gone:
                yield recipient, "erased"
            elif owner.subject not in opening:
                yield recipient, "no address"
            else:
                plain = unseal(owner, key=opening[owner.subject], type=Owner)
                yield recipient, _address(area, owner.subject, plain, chosen.get(recipient, Preference()))

    def _erased(self, subjects: Collection[UUID]) -> set[UUID]:
        """Known to the ledger's database also where a restored vault has the key again."""
        rows = self._connection.execute(_ERASED, [list(subjects)])
        return {*destroyed(self._keys, subjects), *(cast("UUID", subject) for (subject,) in rows)}

    def _staff(
        self, area: str, recipients: Sequence[Recipient], chosen: Mapping[Recipient, Preference], *, today: date
    ) -> Iterator[tuple[Recipient, Address | Nowhere]]:
        if not recipients:
            return
        roles = holders(self._connection, today=today)
        rows = self._connection.execute(_ACCOUNTS, [[account for _, account in recipients]])
        accounts = {cast("UUID", id): (str(name), str(email)) for id, name, email in rows}
        for kind, account in recipients:
            if account in accounts and account in accounts_of(roles, kind, area):
                name, email = accounts[account]
                language = chosen.get((kind, account), Preference()).language
                yield (kind, account), Address(area=area, subject=account, name=name, email=email, language=language)
            else:
                yield (kind, account), "nobody to tell"


class ToReach(Protocol):
    """A message, as far as whom it reaches goes."""

    @property
    def way(self) -> Way: ...
    @property
    def to(self) -> Recipient: ...


class Opened:
    """The addresses of a batch of messages, each opened once it is about to be used."""

    def __init__(self, book: AddressBook, area: str, messages: Sequence[ToReach], *, today: date) -> None:
        self._book = book
        self._area = area
        self._messages = messages
        self._today = today
        self._found: dict[Recipient, Address | Nowhere] = {}
        self._stopped: set[bytes] = set()

    def of(self, recipient: Recipient, ways: Collection[Way]) -> Address | Nowhere:
        """The address of one, and opens with it all of the batch that go in these ways."""
        if recipient not in self._found:
            wanted = {each.to for each in self._messages if each.way in ways} - self._found.keys() | {recipient}
            found = self._book.find(self._area, wanted, today=self._today)
            reached = [each for each in found.values() if isinstance(each, Address)]
            addresses = (address for each in reached for address in (each.email, each.phone) if address)
            self._stopped |= self._book.stopped(addresses)
            self._found.update(found)
        return self._found[recipient]

    def is_stopped(self, digest: bytes) -> bool:
        """Whether nothing is sent to an address of those opened, by what stands for it."""
        return digest in self._stopped


def owner_of(history: Sequence[Recorded]) -> Sealed[Owner] | None:
    """The owner of an enterprise as last told, corrections counted in; still sealed."""
    told = [entry.event for entry in corrected(history) if isinstance(entry.event, EnterpriseRegistered)]
    return told[-1].owner if told else None


def _address(area: str, subject: UUID, owner: Owner, chosen: Preference) -> Address | Nowhere:
    if not (owner.email.strip() or owner.phone.strip()):
        return "no address"
    return Address(
        area=area,
        subject=subject,
        name=owner.name,
        email=owner.email.strip(),
        phone=owner.phone.strip(),
        language=chosen.language,
    )
