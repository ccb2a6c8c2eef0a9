"""How enterprises were found to work: checks, concerns, and what was agreed to do."""

from typing import get_args

from events.quality import CheckResult, ConcernKind
from hub.lists.listing import Column, Filter, Listing

# Left joins, which counting does without.
_CHECKS = """
select q.area, q.enterprise as id, q.position, e.name as enterprise, q.on_day, q.result, q.checklist
from quality_check q left join enterprise e using (area, enterprise)
where (%(name)s::text is null or e.name ilike %(name)s)
  and (%(result)s::text is null or q.result = %(result)s)
"""

# Due as on the home page: late, or within two weeks.
_ACTIONS = """
select * from (
    select a.area, a.enterprise as id, a.action, e.name as enterprise, e.standing, a.agreed_on, a.due, a.done_on,
           case when a.done_on is not null then 'done' when a.due < %(today)s then 'overdue' else 'open' end as state
    from action a left join enterprise e using (area, enterprise)
) actions
where (%(name)s::text is null or enterprise ilike %(name)s)
  and (
    %(state)s::text is null
    or %(state)s = 'due' and done_on is null and due <= %(today)s::date + 14 and standing <> 'closed'
    or %(state)s = 'open' and done_on is null
    or %(state)s in ('overdue', 'done') and state = %(state)s
  )
"""

_CONCERNS = """
select c.area, c.enterprise as id, c.concern, e.name as enterprise, c.kind, c.raised_on
from concern c left join enterprise e using (area, enterprise)
where (%(name)s::text is null or e.name ilike %(name)s)
  and (%(kind)s::text is null or c.kind = %(kind)s)
"""

_NAME = Filter(name="name", label="Part of the enterprise's name")

LISTS: tuple[Listing, ...] = (
    Listing(
        name="quality-checks",
        heading="Quality checks",
        lead="How each check of an enterprise came out.",
        nothing="No check fits.",
        query=_CHECKS,
        table="quality_check",
        columns=(
            Column(name="enterprise", label="Enterprise", order="enterprise"),
            Column(name="area", label="Area"),
            Column(name="result", label="Result", shape="state"),
            Column(name="on_day", label="Day", order="on_day", shape="day"),
            Column(name="checklist", label="Checklist"),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(_NAME, Filter(name="result", label="Result", options=get_args(CheckResult))),
        order="-on_day",
        tie=("area", "position"),
        page="/enterprises/",
        states={"met": "green", "met with actions": "yellow", "not met": "red"},
    ),
    Listing(
        name="actions",
        heading="Actions agreed",
        lead="What enterprises agreed to do after a check or a concern, and by when.",
        nothing="No action fits.",
        query=_ACTIONS,
        table="action",
        columns=(
            Column(name="enterprise", label="Enterprise", order="enterprise"),
            Column(name="area", label="Area", order="area"),
            Column(name="state", label="How it stands", order="state", shape="state"),
            Column(name="due", label="Due", order="due", shape="day"),
            Column(name="agreed_on", label="Agreed", order="agreed_on", shape="day"),
            Column(name="done_on", label="Done", order="done_on", shape="day", may_lack=True),
            Column(name="action", label="Id", only_file=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(
                name="state",
                label="How it stands",
                options=("due", "open", "overdue", "done"),
                hint="Due is what is late, or has to be done within two weeks.",
            ),
            _NAME,
        ),
        order="due",
        tie=("area", "action"),
        page="/enterprises/",
        states={"open": "blue", "overdue": "red", "done": "green"},
    ),
    Listing(
        name="concerns",
        heading="Concerns",
        lead="That somebody was worried, and about what kind of thing. What happened is told to the council.",
        nothing="No concern fits.",
        query=_CONCERNS,
        table="concern",
        columns=(
            Column(name="enterprise", label="Enterprise", order="enterprise"),
            Column(name="area", label="Area", order="area"),
            Column(name="kind", label="About", order="kind"),
            Column(name="raised_on", label="Raised", order="raised_on", shape="day"),
            Column(name="concern", label="Id", only_file=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(_NAME, Filter(name="kind", label="About", options=get_args(ConcernKind))),
        order="-raised_on",
        tie=("area", "concern"),
        page="/enterprises/",
    ),
)
