"""What people said and what they want talked about, and whether it was answered."""

from typing import LiteralString, get_args

from events.participation import AnsweredBy
from hub.lists.listing import NAMED, OF_ENTERPRISE, Column, Filter, Listing

_STATE: LiteralString = """
case when t.answered_on is not null then 'answered' when t.raised_on <= %(today)s::date - 10 then 'late' else 'waits'
end
"""
"""Late from the day on which whoever has to answer is reminded."""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="feedback",
        heading="Feedback and agenda items",
        lead="What people said of support here, and what council and community want talked about. What somebody said "
        "is kept under lock.",
        nothing="No feedback and no agenda item fits.",
        table="matter",
        joins=OF_ENTERPRISE,
        select="t.area, t.matter as id, "
        "coalesce(nullif(t.title, ''), 'Feedback about ' || e.name, 'Feedback about the area') as what,"
        f" t.kind, t.raised_by, t.owner, t.raised_on, t.answered_on, t.answer, t.enterprise, {_STATE} as state",
        columns=(
            Column(name="what", label="What"),
            Column(name="area", label="Area", order="t.area"),
            Column(name="state", label="How it stands", order=_STATE, shape="state"),
            Column(name="owner", label="Who has to answer", order="t.owner"),
            Column(name="raised_on", label="Raised", order="t.raised_on", shape="day"),
            Column(name="answered_on", label="Answered", order="t.answered_on", shape="day", may_lack=True),
            Column(name="kind", label="Kind", only_file=True),
            Column(name="raised_by", label="Raised by", only_file=True),
            Column(name="answer", label="What was answered to the item", only_file=True),
            Column(name="enterprise", label="Id of the enterprise", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(
                name="state",
                label="How it stands",
                where=f"""
                    %(state)s = 'not answered' and t.answered_on is null
                    or %(state)s in ('late', 'answered') and {_STATE} = %(state)s
                """,
                options=("not answered", "late", "answered"),
                hint="Late is what waits for 10 days or longer.",
            ),
            Filter(name="kind", label="Kind", where="t.kind = %(kind)s", options=("feedback", "agenda item")),
            Filter(name="owner", label="Who has to answer", where="t.owner = %(owner)s", options=get_args(AnsweredBy)),
            NAMED,
        ),
        order="-raised_on",
        key=("area", "matter"),
        page="/feedback/",
        states={"waits": "blue", "late": "red", "answered": "green"},
    ),
)
