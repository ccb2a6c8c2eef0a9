"""How each recipient wants to be reminded: in which way, which language, how often."""

from collections.abc import Collection, Mapping
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection
from events.nudges import Every, Language, RecipientKind, Way

Recipient = tuple[RecipientKind, UUID]


class Preference(Struct, frozen=True, kw_only=True):
    way: Way = "email"
    language: Language = "en"
    optional: bool = True
    every: Every = "day"


class _OfAccount(Preference, frozen=True, kw_only=True):
    account: UUID


_OF_ACCOUNTS = "select account, way, language, optional, every from nudge_preference where account = any (%s)"


def preferences(connection: Connection, recipients: Collection[Recipient]) -> Mapping[Recipient, Preference]:
    """What each of them chose; those who chose nothing are left out and get `Preference()`.

    Those of enterprises (`NudgePreferenceSet`) are to be read here as well once pages record them.
    """
    accounts = {recipient for kind, recipient in recipients if kind != "enterprise"}
    found = connection.cursor(row_factory=class_row(_OfAccount)).execute(_OF_ACCOUNTS, [list(accounts)]).fetchall()
    chosen = {each.account: each for each in found}
    return {each: chosen[each[1]] for each in recipients if each[0] != "enterprise" and each[1] in chosen}
