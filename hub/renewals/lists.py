"""What each enterprise must hold, and how it stands with it today."""

from typing import LiteralString

from hub.lists.listing import NAMED, OF_ENTERPRISE, Among, Column, Filter, Listing

# Each requirement once, found one after the other in the index that begins with it.
_REQUIREMENTS: LiteralString = """
with recursive each as (
    (select requirement from requirement order by requirement limit 1)
    union all
    select (
        select t.requirement from requirement t where t.requirement > each.requirement order by t.requirement limit 1
    )
    from each where each.requirement is not null
)
select requirement from each where requirement ilike %(requirement)s
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="renewals",
        heading="Insurance, checks and training to hold",
        lead="What each enterprise must hold, and how it stands with it today.",
        nothing="Nothing fits.",
        table="requirement",
        joins=OF_ENTERPRISE,
        # what an index knows is sorted by, and what is so today is shown
        select="""
            t.area, t.enterprise as id, e.name as enterprise, t.requirement, t.valid_from, t.evidence_on, t.waived_to,
            t.needed_since, t.because, requirement_state(t, %(today)s) as state,
            requirement_held_to(t, %(today)s) as valid_to
        """,
        columns=(
            Column(name="enterprise", label="Enterprise", order="e.name", order_of_some=True),
            Column(name="area", label="Area"),
            Column(name="requirement", label="What", order="t.requirement"),
            Column(name="state", label="How it stands", shape="state"),
            Column(name="valid_to", label="Held until", order="t.valid_to", shape="day", may_lack=True),
            Column(name="evidence_on", label="Evidence since", shape="day"),
            Column(name="valid_from", label="Held from", only_file=True),
            Column(name="waived_to", label="Waived until", only_file=True),
            Column(name="needed_since", label="Needed since", only_file=True),
            Column(name="because", label="Why", only_file=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(
                name="state",
                label="How it stands",
                where="""
                    case
                        when %(state)s in ('due', 'expired', 'in renewal window') then t.notice_from <= %(today)s
                        when %(state)s = 'submitted' then t.evidence_on is not null
                        else true
                    end
                    and (
                        case %(state)s
                            when 'due' then requirement_state(t, %(today)s) in ('expired', 'in renewal window')
                            when 'submitted' then true
                            else requirement_state(t, %(today)s) = %(state)s
                        end
                    ) is true
                    and (
                        %(state)s not in ('due', 'submitted')
                        or t.enterprise in (select enterprise from enterprise where standing = 'active')
                    )
                """,
                options=("due", "missing", "expired", "in renewal window", "submitted", "valid", "waived"),
                hint="Of active enterprises, due is what expired or is to be renewed, submitted what to look at.",
            ),
            Filter(
                name="requirement",
                label="Part of what it is",
                where="t.requirement ilike %(requirement)s",
                among=Among(query=_REQUIREMENTS, where="t.requirement = any (%(requirement)s)"),
            ),
            NAMED,
        ),
        order="valid_to",
        key=("area", "enterprise", "requirement"),
        page="/enterprises/",
        states={
            "missing": "red",
            "expired": "red",
            "in renewal window": "yellow",
            "submitted": "blue",
            "valid": "green",
            "waived": "grey",
        },
    ),
)
