"""What waits for a Catalyst, in the areas where they record: the most overdue first. Read from the work projection."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection

SILENT_AFTER: Final = timedelta(days=60)
"""Without anything told of it, an active enterprise is asked after."""

UNANSWERED_AFTER: Final = timedelta(days=3)
"""A referral that nobody answered for so long is late."""

NOT_STARTED_AFTER: Final = timedelta(days=28)
"""Support that was promised so long ago and did not start is late."""

LONG_WAIT: Final = timedelta(days=365)

FIRST: Final = 5
"""How many of each kind the home page shows; the lists show all."""


class Waiting(Struct, frozen=True, kw_only=True):
    """One thing to see to."""

    area: str
    id: UUID
    """Of the enterprise, referral or need that it is about."""
    name: str
    what: str
    since: date
    """Since when it waits, or is due."""
    late: bool
    total: int
    """How many there are of its kind."""


class Section(Struct, frozen=True, kw_only=True):
    name: str
    heading: str
    page: str
    """Where one of them is found, before its id."""
    everything: str
    """Where all of them are."""
    nothing: str
    """What is said when there are none."""
    query: LiteralString


SECTIONS: Final[tuple[Section, ...]] = (
    Section(
        name="told",
        heading="Told us by a link",
        page="/enterprises/",
        everything="/told?state=waits",
        nothing="No enterprise told us anything by a link.",
        query="""
            select t.area, t.enterprise as id, coalesce(e.name, 'An enterprise') as name,
                   case t.says when 'stopped' then 'it has stopped' else 'something has changed' end as what,
                   t.told_on as since, t.told_on < %(unanswered)s as late, count(*) over () as total
            from told_by_link t left join enterprise e using (area, enterprise)
            where t.seen_on is null and t.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by t.told_on, t.answer limit %(first)s
        """,
    ),
    # those whose last reminder did not arrive; "doubtful" ones may have
    Section(
        name="unreached",
        heading="Reminders that do not arrive",
        page="/enterprises/",
        everything="/nudges",
        nothing="Reminders reach every enterprise.",
        query="""
            select f.area, f.recipient as id, e.name,
                   case f.why when 'no address' then 'no address known' when 'refused' then 'the mail was refused'
                        when 'bounced' then 'the mail came back' when 'complained' then 'reported as unwanted'
                        when 'stopped' then 'its address takes no mail' else 'could not be handed over' end as what,
                   f.since, f.since < %(unanswered)s as late, count(*) over () as total
            from nudge f join enterprise e on e.area = f.area and e.enterprise = f.recipient
            where f.state = 'failed' and f.recipient_kind = 'enterprise' and f.why <> 'doubtful'
              and e.standing = 'active' and f.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
              and not exists (
                select from nudge later where later.area = f.area and later.recipient = f.recipient
                  and (later.send_on, later.nudge) > (f.send_on, f.nudge)
                  and later.state in ('sent', 'delivered', 'failed')
              )
            order by f.since, f.nudge limit %(first)s
        """,
    ),
    Section(
        name="referrals",
        heading="Referrals to answer",
        page="/referrals/",
        everything="/referrals?state=made",
        nothing="Every referral has an answer.",
        query="""
            select r.area, r.referral as id, coalesce(e.name, 'An enterprise') as name, r.service as what,
                   r.made_on as since, r.made_on < %(unanswered)s as late, count(*) over () as total
            from referral r left join enterprise e using (area, enterprise)
            where r.state = 'made' and r.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by r.made_on, r.referral limit %(first)s
        """,
    ),
    Section(
        name="promised",
        heading="Accepted, not started yet",
        page="/referrals/",
        everything="/referrals?state=not+started+yet",
        nothing="All support that was promised has started.",
        query="""
            select r.area, r.referral as id, coalesce(e.name, 'An enterprise') as name, r.service as what,
                   coalesce(r.need_since, r.waiting_since) as since, r.accepted_on < %(promised)s as late,
                   count(*) over () as total
            from referral r left join enterprise e using (area, enterprise)
            where r.state in ('accepted', 'contact made')
              and r.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by 5, r.referral limit %(first)s
        """,
    ),
    Section(
        name="again",
        heading="Referrals to make again",
        page="/referrals/",
        everything="/referrals?state=to+refer+again",
        nothing="No referral without a need came to nothing.",
        query="""
            select r.area, r.referral as id, coalesce(e.name, 'An enterprise') as name,
                   r.service || ', ' || r.state as what, r.waiting_since as since,
                   r.waiting_since < %(long_ago)s as late, count(*) over () as total
            from referral r left join enterprise e using (area, enterprise)
            where r.waits and r.need is null and r.state in ('declined', 'withdrawn', 'expired')
              and r.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
              and not exists (
                select from referral later where later.area = r.area and later.instead_of = r.referral
                  and later.reason is distinct from 'entered by mistake'
              )
            order by r.waiting_since, r.referral limit %(first)s
        """,
    ),
    Section(
        name="renewals",
        heading="Insurance, checks and training to renew",
        page="/enterprises/",
        everything="/renewals?state=due",
        nothing="Everything is in date.",
        query="""
            select r.area, r.enterprise as id, e.name, r.requirement as what,
                   requirement_held_to(r, %(today)s) as since,
                   requirement_held_to(r, %(today)s) < %(today)s as late, count(*) over () as total
            from requirement r join enterprise e using (area, enterprise)
            where r.notice_from <= %(today)s and e.standing = 'active'
              and r.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
              and requirement_state(r, %(today)s) in ('expired', 'in renewal window')
            order by r.valid_to, e.name, r.requirement limit %(first)s
        """,
    ),
    Section(
        name="evidence",
        heading="Evidence to look at",
        page="/enterprises/",
        everything="/renewals?state=submitted",
        nothing="All evidence was looked at.",
        query="""
            select r.area, r.enterprise as id, e.name, r.requirement as what, r.evidence_on as since,
                   false as late, count(*) over () as total
            from requirement r join enterprise e using (area, enterprise)
            where r.evidence_on is not null and e.standing = 'active'
              and r.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by r.evidence_on, e.name limit %(first)s
        """,
    ),
    Section(
        name="needs",
        heading="People who wait for support",
        page="/needs/",
        everything="/needs?state=waiting",
        nothing="Nobody waits.",
        query="""
            select n.area, n.need as id, n.service as name,
                   case when n.can_help > 0 then 'somebody can help' when n.shared_on is not null then 'shared'
                        else 'not shared yet' end as what,
                   n.waiting_since as since, n.waiting_since < %(long_ago)s as late, count(*) over () as total
            from need n
            where n.state in ('not shared', 'shared', 'answered')
              and n.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by n.waiting_since, n.need limit %(first)s
        """,
    ),
    Section(
        name="actions",
        heading="Actions that were agreed",
        page="/enterprises/",
        everything="/actions?state=due",
        nothing="Nothing agreed is due.",
        query="""
            select a.area, a.enterprise as id, e.name, 'an action agreed' as what, a.due as since,
                   a.due < %(today)s as late, count(*) over () as total
            from action a join enterprise e using (area, enterprise)
            where a.done_on is null and a.due <= %(soon)s and e.standing <> 'closed'
              and a.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by a.due, e.name limit %(first)s
        """,
    ),
    Section(
        name="silent",
        heading="Enterprises gone quiet",
        page="/enterprises/",
        everything="/enterprises?quiet=yes",
        nothing="You heard from all of them in the last 60 days.",
        query="""
            select e.area, e.enterprise as id, e.name, coalesce(e.milestone, e.stage, 'registered') as what,
                   e.told_on as since, false as late, count(*) over () as total
            from enterprise e
            where e.standing = 'active' and e.told_on < (select %(silent)s::date)
              and e.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by e.told_on, e.name limit %(first)s
        """,
    ),
    Section(
        name="matters",
        heading="Feedback and agenda items to answer",
        page="/feedback/",
        everything="/feedback?state=not+answered",
        nothing="All feedback and every agenda item has an answer.",
        query="""
            select m.area, m.matter as id,
                   coalesce(nullif(m.title, ''), 'Feedback about ' || e.name, 'Feedback about the area') as name,
                   'for ' || m.owner || ' to answer' as what, m.raised_on as since,
                   m.raised_on <= %(today)s::date - 10 as late, count(*) over () as total
            from matter m left join enterprise e using (area, enterprise)
            where m.answered_on is null and m.area = any (coalesce(%(areas)s, (select array_agg(area) from area)))
            order by m.raised_on, m.matter limit %(first)s
        """,
    ),
)


class Queue(Struct, frozen=True, kw_only=True):
    section: Section
    waiting: Sequence[Waiting]

    @property
    def total(self) -> int:
        return self.waiting[0].total if self.waiting else 0


def queues(connection: Connection, *, areas: Sequence[str] | None, today: date) -> list[Queue]:
    """What waits, kind by kind, in these areas, or in all that the connection was let in to."""
    known = {
        # `(select ...)` around the day of those gone quiet hides it from the planner, which else plans for each anew.
        # Named, so that an index finds them: row-level security alone would look at all rows. Said in a way that one
        # plan serves a few areas and all of them: planning these queries anew takes as long as running them.
        "areas": None if areas is None else list(areas),
        "today": today,
        "soon": today + timedelta(days=14),
        "silent": today - SILENT_AFTER,
        "unanswered": today - UNANSWERED_AFTER,
        "promised": today - NOT_STARTED_AFTER,
        "long_ago": today - LONG_WAIT,
        "first": FIRST,
    }
    cursor = connection.cursor(row_factory=class_row(Waiting))
    return [Queue(section=each, waiting=cursor.execute(each.query, known).fetchall()) for each in SECTIONS]
