"""What each enterprise must hold, and how it stands with it today."""

from hub.lists.listing import Column, Filter, Listing

# A left join, which counting does without. What an index knows is sorted by, and what is so today is shown.
_RENEWALS = """
select r.area, r.enterprise as id, e.name as enterprise, r.requirement, requirement_state(r, %(today)s) as state,
       requirement_held_to(r, %(today)s) as valid_to, r.valid_to as by_end, r.valid_from, r.evidence_on, r.waived_to,
       r.needed_since, r.because
from requirement r left join enterprise e using (area, enterprise)
where (%(name)s::text is null or e.name ilike %(name)s)
  and (%(requirement)s::text is null or r.requirement ilike %(requirement)s)
  and (
    %(state)s::text is null
    or %(state)s = 'due' and e.standing = 'active' and r.notice_from <= %(today)s
        and requirement_state(r, %(today)s) in ('expired', 'in renewal window')
    or %(state)s = 'submitted' and e.standing = 'active' and r.evidence_on is not null
    or %(state)s not in ('due', 'submitted') and requirement_state(r, %(today)s) = %(state)s
  )
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="renewals",
        heading="Insurance, checks and training to hold",
        lead="What each enterprise must hold, and how it stands with it today.",
        nothing="Nothing fits.",
        query=_RENEWALS,
        table="requirement",
        columns=(
            Column(name="enterprise", label="Enterprise", order="enterprise"),
            Column(name="area", label="Area"),
            Column(name="requirement", label="What", order="requirement"),
            Column(name="state", label="How it stands", shape="state"),
            Column(name="valid_to", label="Held until", order="by_end", shape="day", may_lack=True),
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
                options=("due", "missing", "expired", "in renewal window", "submitted", "valid", "waived"),
                hint="Of active enterprises, due is what expired or is to be renewed, submitted what to look at.",
            ),
            Filter(name="requirement", label="Part of what it is"),
            Filter(name="name", label="Part of the enterprise's name"),
        ),
        order="valid_to",
        tie=("area", "id", "requirement"),
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
