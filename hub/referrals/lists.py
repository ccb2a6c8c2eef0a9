"""Who waits for what, since when; and what became of each referral."""

from typing import LiteralString, get_args

from events.referrals import NeedSource, Referrer
from hub.lists.listing import NAMED, OF_ENTERPRISE, Column, Filter, Listing

# The clock of a referral runs from the person's own first day, which is the need's where it is for one, until support
# starts, or until it came to nothing.
_SINCE: LiteralString = "coalesce(t.need_since, t.waiting_since)"
_DAYS: LiteralString = f"""
coalesce(
    t.started_on, case when t.state in ('declined', 'withdrawn', 'expired') then t.since end, %(today)s::date
) - {_SINCE}
"""
_UNMET: LiteralString = """
t.need is null and t.waits and not exists (
    select from referral later where later.area = t.area and later.instead_of = t.referral
      and later.reason is distinct from 'entered by mistake'
)
"""

# Nobody waits for what was closed.
_NEED_DAYS: LiteralString = "coalesce(t.started_on, t.closed_on, %(today)s::date) - t.waiting_since"

LISTS: tuple[Listing, ...] = (
    Listing(
        name="needs",
        heading="Needs",
        lead="What people here lack. Each has waited since their own first day, until support started or the need was "
        "closed.",
        nothing="No need fits.",
        table="need",
        select=f"t.*, t.need as id, {_NEED_DAYS} as days",
        columns=(
            Column(name="service", label="What is needed", order="t.service"),
            Column(name="area", label="Area"),
            Column(name="state", label="How it stands", shape="state"),
            Column(name="days", label="Days waited", shape="number"),
            Column(name="waiting_since", label="Waiting since", order="t.waiting_since", shape="day"),
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
                where="""
                    t.state = any (case %(state)s
                        when 'waiting' then array['not shared', 'shared', 'answered']
                        when 'not met' then array['not shared', 'shared', 'answered', 'referred']
                        else array[%(state)s]
                    end)
                """,
                options=("not met", "waiting", "not shared", "shared", "answered", "referred", "met", "closed"),
                hint="Not met: support did not start yet. Waiting: no enterprise was found yet either. Closed: nobody "
                "waits any more, though no support started.",
            ),
            Filter(name="service", label="Part of what is needed", where="t.service ilike %(service)s"),
            Filter(name="source", label="Heard from", where="t.source = %(source)s", options=get_args(NeedSource)),
            Filter(
                name="long",
                label="Waited over a year",
                where=f"t.waiting_since < %(today)s::date - 365 and {_NEED_DAYS} > 365",
                options=("yes",),
            ),
        ),
        order="waiting_since",
        key=("area", "need"),
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
        table="referral",
        joins=OF_ENTERPRISE,
        select=f"""
            t.area, t.referral as id, t.service, e.name as enterprise, t.state, t.since, t.made_on, t.referrer,
            t.accepted_on, t.contact_on, t.started_on, t.ended_on, t.outcome, t.reason, t.need,
            {_SINCE} as waiting_since, {_DAYS} as days
        """,
        columns=(
            Column(name="service", label="What for", order="t.service"),
            Column(name="area", label="Area"),
            Column(name="enterprise", label="Enterprise", order="e.name", order_of_some=True),
            Column(name="state", label="How it stands", order="t.state", shape="state"),
            Column(name="days", label="Days waited", order=_DAYS, shape="number"),
            Column(name="made_on", label="Made", order="t.made_on", shape="day"),
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
                where=f"""
                    t.state = %(state)s
                    or %(state)s = 'not started yet' and t.state in ('accepted', 'contact made')
                    or %(state)s = 'to refer again' and t.state in ('declined', 'withdrawn', 'expired') and {_UNMET}
                    or %(state)s = 'waiting without a need' and {_UNMET}
                """,
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
            Filter(name="service", label="Part of what for", where="t.service ilike %(service)s"),
            NAMED,
            Filter(name="referrer", label="Referred by", where="t.referrer = %(referrer)s", options=get_args(Referrer)),
            Filter(name="long", label="Waited over a year", where=f"{_DAYS} > 365", options=("yes",)),
        ),
        order="-made_on",
        key=("area", "referral"),
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
