"""What in other streams builds on an entry. Asked of the work projection, which may miss what came this very second."""

from collections.abc import Mapping
from typing import LiteralString

from events.base import Event, Refused
from events.enterprises import EnterpriseRegistered
from events.learning import LessonShared
from events.ledger import Recorded
from events.places import place_name
from events.projections.engine import NotBuilt
from events.referrals import NeedRecorded, ReferralDeclined, ReferralExpired, ReferralWithdrawn
from hub.desk import Desk

_NEED_CLOSED: LiteralString = """
    select 'that the need was closed' where exists (
        select from referral r join need n on n.area = r.area and n.need = r.need
        where r.area = %(area)s and r.referral = %(id)s and n.closed_on is not null
    )
"""

_OTHERS: Mapping[type[Event], LiteralString] = {
    EnterpriseRegistered: """
        select 'a referral' where exists (select from referral where area = %(area)s and enterprise = %(id)s)
        union all
        select 'an answer to a need' where exists (select from answer where area = %(area)s and enterprise = %(id)s)
        union all
        select 'a barrier' where exists (select from barrier where area = %(area)s and enterprise = %(id)s)
        union all
        select 'feedback' where exists (select from matter where area = %(area)s and enterprise = %(id)s)
    """,
    NeedRecorded: """
        select 'a referral' where exists (select from referral where area = %(area)s and need = %(id)s)
    """,
    # else a referral would stand open for a need that nobody has any more
    ReferralDeclined: _NEED_CLOSED,
    ReferralWithdrawn: _NEED_CLOSED,
    ReferralExpired: _NEED_CLOSED,
}

_TAKEN_UP = "select area from practice where lesson = %(id)s order by since, area limit 1"


def built_on(desk: Desk, entry: Recorded) -> None:
    """Raises `Refused` for taking back what something in another stream builds on; the sentence names it."""
    wanted = _TAKEN_UP if isinstance(entry.event, LessonShared) else _OTHERS.get(type(entry.event))
    if wanted is None:
        return
    try:
        with desk.what_stands() as connection:
            found = [str(row[0]) for row in connection.execute(wanted, {"area": entry.area, "id": entry.stream})]
    except NotBuilt:  # a hub that has only been set up, where nothing was recorded by any page yet
        return
    if found and isinstance(entry.event, LessonShared):
        raise Refused(
            f"{place_name(found[0])} took this lesson up. Retire it instead, or say what it should have been."
        )
    if found:
        words = " and ".join(found)
        raise Refused(
            f"Other entries build on this one: {words}. Take those back first, or say what it should have been."
        )
