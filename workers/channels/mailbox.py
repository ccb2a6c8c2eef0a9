"""The mailbox of a demonstration: it keeps what would have been sent, so that it can be shown, and sends nothing.

Each message is sealed under the key of whoever it is for, so that erasing them erases it here too.
"""

from uuid import UUID

from msgspec import Struct

from events.base import Sealed
from events.database import Connection
from events.vault import Erased, Vault, seal
from workers.channels.channel import SENT, Address, Mail, Outcome

_KEEP = """
insert into mailbox (area, message, subject, box) values (%s, %s, %s, %s) on conflict (area, message) do nothing
"""


class Kept(Struct, frozen=True, kw_only=True):
    """What is in the box."""

    name: str
    email: str
    mail: Mail


class Mailbox:
    name = "mailbox"
    idempotent = True
    disturbs = False

    def __init__(self, connection: Connection, vault: Vault, keys: Connection) -> None:
        """`keys` is a connection to the vault's database; what is kept is committed at once."""
        self._connection = connection
        self._vault = vault
        self._keys = keys

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        try:
            found = self._vault.keys(self._keys, [to.subject])
        except Erased:
            return Outcome("failed", "no address")
        kept = Kept(name=to.name, email=to.email, mail=mail)
        sealed: Sealed[Kept] = seal(kept, subject=to.subject, key=found[to.subject])
        self._connection.execute(_KEEP, [to.area, key, to.subject, sealed.box])
        return SENT

    def close(self) -> None:
        pass
