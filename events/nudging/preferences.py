"""How each recipient wants to be reminded: in which way, which language, how often."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.areas import Nation
from events.civil import working_day_from
from events.database import Connection
from events.nudges import Every, Language, RecipientKind, Way

Recipient = tuple[RecipientKind, UUID]


class Preference(Struct, frozen=True, kw_only=True):
    way: Way = "email"
    language: Language = "en"
    optional: bool = True
    every: Every = "day"

    def send_on(self, day: date, nation: Nation | None, *, due: date, optional: bool) -> date:
        """The working day on which what is meant for `day` goes out: with the digest, unless it cannot wait so long.

        It can if it is optional, or if what it tells of is due after the digest.
        """
        digest = self._digest(day, nation)
        return digest if optional or digest < due else day

    def _digest(self, day: date, nation: Nation | None) -> date:
        """The first working day of the week or the month, of this one or of the next."""
        match self.every:
            case "day":
                return day
            case "week":
                first = working_day_from(day - timedelta(day.weekday()), nation)
                return first if first >= day else working_day_from(day + timedelta(7 - day.weekday()), nation)
            case "month":
                begins = day.replace(day=1)
                first = working_day_from(begins, nation)
                following = (begins + timedelta(32)).replace(day=1)
                return first if first >= day else working_day_from(following, nation)


class _Chosen(Preference, frozen=True, kw_only=True):
    recipient: UUID


_OF_ACCOUNTS = """
select account as recipient, way, language, optional, every from nudge_preference where account = any (%s)
"""

# The hub has no page of an enterprise's own to remind it on: what it must hear of would reach nobody.
_OF_ENTERPRISES = """
select enterprise as recipient, case way when 'hub' then 'email' else way end as way, language, optional, every
from reminding where enterprise = any (%s)
"""


def preferences(connection: Connection, recipients: Collection[Recipient]) -> Mapping[Recipient, Preference]:
    """What each of them chose; those who chose nothing are left out and get `Preference()`.

    The connection reads the work projection. Of staff they are rows; of enterprises they are events.
    """
    staff = {recipient for kind, recipient in recipients if kind != "enterprise"}
    enterprises = {recipient for kind, recipient in recipients if kind == "enterprise"}
    cursor = connection.cursor(row_factory=class_row(_Chosen))
    found = cursor.execute(_OF_ACCOUNTS, [list(staff)]).fetchall() if staff else []
    of_staff = {each.recipient: each for each in found}
    found = cursor.execute(_OF_ENTERPRISES, [list(enterprises)]).fetchall() if enterprises else []
    of_enterprises = {each.recipient: each for each in found}
    chosen: dict[Recipient, Preference] = {}
    for kind, recipient in recipients:
        said = (of_enterprises if kind == "enterprise" else of_staff).get(recipient)
        if said:
            chosen[kind, recipient] = said
    return chosen
