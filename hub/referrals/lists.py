"""Who waits for what, since when; and what became of each referral."""

from typing import get_args

from events.referrals import NeedSource, Referrer
from hub.lists.listing import Column, Filter, Listing

# The clock of a referral runs from the person's own first day until support starts, or until it came to nothing. Where
# it is for a need, that day is the need's, which may have been corrected since.
_REFERRALS = """
select * from (
    select r.area, r.referral as id, r.service, e.name as enterprise, r.state, r.since, r.made_on, c.waiting_since,
           coalesce(
               r.started_on,
               case when r.state in ('declined', 'withdrawn', 'expired') then r.since end,
               %(today)s::date
           ) - c.waiting_since as days,
           r.referrer, r.accepted_on, r.contact_on, r.started_on, r.ended_on, r.outcome, r.reason, r.need,
           r.need is null and r.waits and not exists (
               select from referral later where later.area = r.area and later.instead_of = r.referral
                 and later.reason is distinct from 'entered by mistake'
           ) as unmet
    from referral r
    cross join lateral (
        select coalesce(
            (select n.waiting_since from need n where n.area = r.area and n.need = r.need), r.waiting_since
        ) as waiting_since
    ) c
    left join enterprise e using (area, enterprise)
) referrals
where (
    %(state)s::text is null
    or state = %(state)s
    or %(state)s = 'not started yet' and state in ('accepted', 'contact made')
    or %(state)s = 'to refer again' and unmet and state in ('declined', 'withdrawn', 'expired')
    or %(state)s = 'waiting without a need' and unmet
  )
  and (%(service)s::text is null or service ilike %(service)s)
  and (%(name)s::text is null or enterprise ilike %(name)s)
  and (%(referrer)s::text is null or referrer = %(referrer)s)
  and (%(long)s::text is null or days > 365)
"""

# Nobody was found yet as long as every referral for it came to nothing: as on the home page. Nobody waits for what was
# closed.
_NEEDS = """
select * from (
    select n.area, n.need as id, n.service, n.people, n.waiting_since, n.recorded_on, n.shared_on, n.answers,
           n.can_help, n.source, r.started_on, n.closed_on, n.closed_reason,
           case
               when r.started_on is not null then 'met'
               when n.closed_on is not null then 'closed'
               when r.standing > 0 then 'referred'
               when n.answers > 0 then 'answered'
               when n.shared_on is not null then 'shared'
               else 'not shared'
           end as state,
           coalesce(r.started_on, n.closed_on, %(today)s::date) - n.waiting_since as days
    from need n
    left join lateral (
        select count(*) as standing, min(f.started_on) as started_on from referral f
        where f.area = n.area and f.need = n.need and f.state not in ('declined', 'withdrawn', 'expired')
    ) r on true
) needs
where (
    %(state)s::text is null
    or %(state)s = 'waiting' and state in ('not shared', 'shared', 'answered')
    or %(state)s = 'not met' and state not in ('met', 'closed')
    or state = %(state)s
  )
  and (%(service)s::text is null or service ilike %(service)s)
  and (%(source)s::text is null or source = %(source)s)
  and (%(long)s::text is null or waiting_since < %(today)s::date - 365 and days > 365)
"""

_LONG = Filter(name="long", label="Waited over a year", options=("yes",))

LISTS: tuple[Listing, ...] = (
    Listing(
        name="needs",
        heading="Needs",
        lead="What people here lack. Each has waited since their own first day, until support started or the need was "
        "closed.",
        nothing="No need fits.",
        query=_NEEDS,
        table="need",
        columns=(
            Column(name="service", label="What is needed", order="service"),
            Column(name="area", label="Area"),
            Column(name="state", label="How it stands", shape="state"),
            Column(name="days", label="Days waited", shape="number"),
            Column(name="waiting_since", label="Waiting since", order="waiting_since", shape="day"),
            Column(name="people", label="People", shape="number"),
            Column(name="can_help", label="Can help", shape="number"),
            Column(name="answers", label="Answers", only_file=True),
            Column(name="source", label="Heard from", only_file=True),
            Column(name="recorded_on", label="Recorded", only_file=True),
            Column(name="shared_on", label="Shared", only_file=True),
            Column(name="started_on", label="Support started", only_file=True),
            Column(name="closed_on", label="Closed", only_file=True),
            Column(name="closed_reason", label="Why closed", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(
                name="state",
                label="How it stands",
                options=("not met", "waiting", "not shared", "shared", "answered", "referred", "met", "closed"),
                hint="Not met: support did not start yet. Waiting: no enterprise was found yet either. Closed: nobody "
                "waits any more, though no support started.",
            ),
            Filter(name="service", label="Part of what is needed"),
            Filter(name="source", label="Heard from", options=get_args(NeedSource)),
            _LONG,
        ),
        order="waiting_since",
        tie=("area", "id"),
        page="/needs/",
        states={
            "not shared": "red",
            "shared": "yellow",
            "answered": "yellow",
            "referred": "blue",
            "met": "green",
            "closed": "grey",
        },
    ),
    Listing(
        name="referrals",
        heading="Referrals",
        lead="One person to one enterprise. The days count from the person's own first day.",
        nothing="No referral fits.",
        query=_REFERRALS,
        table="referral",
        columns=(
            Column(name="service", label="What for", order="service"),
            Column(name="area", label="Area"),
            Column(name="enterprise", label="Enterprise", order="enterprise"),
            Column(name="state", label="How it stands", order="state", shape="state"),
            Column(name="days", label="Days waited", order="days", shape="number"),
            Column(name="made_on", label="Made", order="made_on", shape="day"),
            Column(name="since", label="So since", shape="day"),
            Column(name="waiting_since", label="Waiting since", only_file=True),
            Column(name="referrer", label="Referred by", only_file=True),
            Column(name="accepted_on", label="Accepted", only_file=True),
            Column(name="contact_on", label="Contact made", only_file=True),
            Column(name="started_on", label="Support started", only_file=True),
            Column(name="ended_on", label="Support ended", only_file=True),
            Column(name="outcome", label="Outcome", only_file=True),
            Column(name="reason", label="Reason", only_file=True),
            Column(name="need", label="Id of the need", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(
                name="state",
                label="How it stands",
                options=(
                    "waiting without a need",
                    "not started yet",
                    "to refer again",
                    "made",
                    "accepted",
                    "contact made",
                    "support started",
                    "completed",
                    "ended early",
                    "declined",
                    "withdrawn",
                    "expired",
                ),
            ),
            Filter(name="service", label="Part of what for"),
            Filter(name="name", label="Part of the enterprise's name"),
            Filter(name="referrer", label="Referred by", options=get_args(Referrer)),
            _LONG,
        ),
        order="-made_on",
        tie=("area", "id"),
        page="/referrals/",
        states={
            "made": "yellow",
            "accepted": "blue",
            "contact made": "blue",
            "support started": "green",
            "completed": "green",
            "ended early": "grey",
            "declined": "red",
            "withdrawn": "grey",
            "expired": "red",
        },
    ),
)
