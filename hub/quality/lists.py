"""How enterprises were found to work: checks, concerns, and what was agreed to do."""

from typing import LiteralString, get_args

from events.quality import CheckResult, ConcernKind
from hub.lists.listing import NAMED, OF_ENTERPRISE, Column, Filter, Listing

_STATE: LiteralString = """
case when t.done_on is not null then 'done' when t.due < %(today)s then 'overdue' else 'open' end
"""

# Due as on the home page: late, or within two weeks.
_DUE: LiteralString = "t.done_on is null and t.due <= %(today)s::date + 14 and e.standing <> 'closed'"

LISTS: tuple[Listing, ...] = (
    Listing(
        name="quality-checks",
        heading="Quality checks",
        lead="How each check of an enterprise came out.",
        nothing="No check fits.",
        table="quality_check",
        joins=OF_ENTERPRISE,
        select="t.area, t.enterprise as id, e.name as enterprise, t.on_day, t.result, t.checklist",
        columns=(
            Column(name="enterprise", label="Enterprise", order="e.name", order_of_some=True),
            Column(name="area", label="Area"),
            Column(name="result", label="Result", shape="state"),
            Column(name="on_day", label="Day", order="t.on_day", shape="day"),
            Column(name="checklist", label="Checklist"),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            NAMED,
            Filter(name="result", label="Result", where="t.result = %(result)s", options=get_args(CheckResult)),
        ),
        order="-on_day",
        key=("area", "position"),
        page="/enterprises/",
        states={"met": "green", "met with actions": "yellow", "not met": "red"},
    ),
    Listing(
        name="actions",
        heading="Actions agreed",
        lead="What enterprises agreed to do after a check or a concern, and by when.",
        nothing="No action fits.",
        table="action",
        joins=OF_ENTERPRISE,
        select="t.area, t.enterprise as id, t.action, e.name as enterprise, t.agreed_on, t.due, t.done_on, "
        f"{_STATE} as state",
        columns=(
            Column(name="enterprise", label="Enterprise", order="e.name"),
            Column(name="area", label="Area", order="t.area"),
            Column(name="state", label="How it stands", order=_STATE, shape="state"),
            Column(name="due", label="Due", order="t.due", shape="day"),
            Column(name="agreed_on", label="Agreed", order="t.agreed_on", shape="day"),
            Column(name="done_on", label="Done", order="t.done_on", shape="day", may_lack=True),
            Column(name="action", label="Id", only_file=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(
                name="state",
                label="How it stands",
                where=f"""
                    %(state)s = 'due' and {_DUE}
                    or %(state)s = 'open' and t.done_on is null
                    or %(state)s in ('overdue', 'done') and {_STATE} = %(state)s
                """,
                options=("due", "open", "overdue", "done"),
                hint="Due is what is late, or has to be done within two weeks.",
            ),
            NAMED,
        ),
        order="due",
        key=("area", "action"),
        page="/enterprises/",
        states={"open": "blue", "overdue": "red", "done": "green"},
    ),
    Listing(
        name="concerns",
        heading="Concerns",
        lead="That somebody was worried, and about what kind of thing. What happened is told to the council.",
        nothing="No concern fits.",
        table="concern",
        joins=OF_ENTERPRISE,
        select="t.area, t.enterprise as id, t.concern, e.name as enterprise, t.kind, t.raised_on",
        columns=(
            Column(name="enterprise", label="Enterprise", order="e.name"),
            Column(name="area", label="Area", order="t.area"),
            Column(name="kind", label="About", order="t.kind"),
            Column(name="raised_on", label="Raised", order="t.raised_on", shape="day"),
            Column(name="concern", label="Id", only_file=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(NAMED, Filter(name="kind", label="About", where="t.kind = %(kind)s", options=get_args(ConcernKind))),
        order="-raised_on",
        key=("area", "concern"),
        page="/enterprises/",
    ),
)
