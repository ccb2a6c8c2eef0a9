"""What the network learned, and what stands in the way: of all areas, for everybody who may read one."""

from typing import get_args

from events.learning import Topic
from hub.lists.listing import Column, Filter, Listing

_LESSONS = """
select l.area, l.lesson as id, l.title, l.topics, l.resolves, l.shared_on, l.revised_on, l.retired_on,
       case when l.retired_on is null then 'current' else 'retired' end as state,
       l.tried, l.context, l.result,
       reach(l.lesson, l.area) as reach
from lesson l
where (%(words)s::text is null or l.words @@ websearch_to_tsquery('english', %(words)s))
  and (%(topic)s::text is null or %(topic)s = any (l.topics))
  and (%(state)s::text is null or (%(state)s = 'retired') = (l.retired_on is not null))
"""

_BARRIERS = """
select b.area, b.barrier as id, b.title, b.topic, b.raised_on, b.resolved_on, b.detail, b.how, b.lesson,
       case when b.resolved_on is null then 'open' else 'resolved' end as state
from barrier b
where (%(text)s::text is null or b.title ilike %(text)s or b.detail ilike %(text)s)
  and (%(topic)s::text is null or b.topic = %(topic)s)
  and (%(state)s::text is null or (%(state)s = 'resolved') = (b.resolved_on is not null))
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="lessons",
        heading="Lessons",
        lead="What areas tried and what came of it, from the whole network.",
        nothing="No lesson fits.",
        query=_LESSONS,
        table="lesson",
        national=True,
        columns=(
            Column(name="title", label="Lesson", order="title"),
            Column(name="area", label="Shared by", order="area"),
            Column(name="topics", label="About"),
            Column(name="reach", label="Areas that took it up", order="reach", shape="number"),
            Column(name="shared_on", label="Shared", order="shared_on", shape="day"),
            Column(name="state", label="How it stands", order="state", shape="state"),
            Column(name="resolves", label="Barriers it helps with", only_file=True),
            Column(name="tried", label="What was tried", only_file=True),
            Column(name="context", label="In what circumstances", only_file=True),
            Column(name="result", label="What came of it", only_file=True),
            Column(name="revised_on", label="Revised", only_file=True),
            Column(name="retired_on", label="Retired", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(name="words", label="Words in it", as_typed=True),
            Filter(name="topic", label="About", options=get_args(Topic)),
            Filter(name="state", label="How it stands", options=("current", "retired")),
        ),
        order="-shared_on",
        tie=("area", "id"),
        page="/learning/",
        states={"current": "green", "retired": "grey"},
    ),
    Listing(
        name="barriers",
        heading="Barriers",
        lead="What stands in the way of areas and enterprises, and what was resolved, from the whole network.",
        nothing="No barrier fits.",
        query=_BARRIERS,
        table="barrier",
        national=True,
        columns=(
            Column(name="title", label="Barrier", order="title"),
            Column(name="area", label="Raised by", order="area"),
            Column(name="topic", label="About", order="topic"),
            Column(name="state", label="How it stands", order="state", shape="state"),
            Column(name="raised_on", label="Raised", order="raised_on", shape="day"),
            Column(name="resolved_on", label="Resolved", order="resolved_on", shape="day", may_lack=True),
            Column(name="detail", label="More of it", only_file=True),
            Column(name="how", label="How it was resolved", only_file=True),
            Column(name="lesson", label="Id of the lesson that helped", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(name="text", label="Part of its text"),
            Filter(name="topic", label="About", options=get_args(Topic)),
            Filter(name="state", label="How it stands", options=("open", "resolved")),
        ),
        order="-raised_on",
        tie=("area", "id"),
        page="/barriers/",
        states={"open": "yellow", "resolved": "green"},
    ),
)
