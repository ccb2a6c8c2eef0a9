"""What the network learned, and what stands in the way: of all areas, for everybody who may read one."""

from typing import LiteralString, get_args

from events.learning import Topic
from hub.lists.listing import Column, Filter, Listing

_OPEN_OR_NOT: LiteralString = "case when t.resolved_on is null then 'open' else 'resolved' end"
_CURRENT_OR_NOT: LiteralString = "case when t.retired_on is null then 'current' else 'retired' end"

LISTS: tuple[Listing, ...] = (
    Listing(
        name="lessons",
        heading="Lessons",
        lead="What areas tried and what came of it, from the whole network.",
        nothing="No lesson fits.",
        table="lesson",
        select="t.area, t.lesson as id, t.title, t.topics, t.resolves, t.shared_on, t.revised_on, t.retired_on, "
        f"t.tried, t.context, t.result, {_CURRENT_OR_NOT} as state, reach(t.lesson, t.area) as reach",
        national=True,
        columns=(
            Column(name="title", label="Lesson", order="t.title"),
            Column(name="area", label="Shared by", order="t.area"),
            Column(name="topics", label="About"),
            Column(name="reach", label="Areas that took it up", order="reach(t.lesson, t.area)", shape="number"),
            Column(name="shared_on", label="Shared", order="t.shared_on", shape="day"),
            Column(name="state", label="How it stands", order=_CURRENT_OR_NOT, shape="state"),
            Column(name="resolves", label="Barriers it helps with", only_file=True),
            Column(name="tried", label="What was tried", only_file=True),
            Column(name="context", label="In what circumstances", only_file=True),
            Column(name="result", label="What came of it", only_file=True),
            Column(name="revised_on", label="Revised", only_file=True),
            Column(name="retired_on", label="Retired", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(
                name="words",
                label="Words in it",
                where="t.words @@ websearch_to_tsquery('english', %(words)s)",
                as_typed=True,
            ),
            Filter(name="topic", label="About", where="%(topic)s = any (t.topics)", options=get_args(Topic)),
            Filter(
                name="state",
                label="How it stands",
                where=f"{_CURRENT_OR_NOT} = %(state)s",
                options=("current", "retired"),
            ),
        ),
        order="-shared_on",
        key=("area", "lesson"),
        page="/learning/",
        states={"current": "green", "retired": "grey"},
    ),
    Listing(
        name="barriers",
        heading="Barriers",
        lead="What stands in the way of areas and enterprises, and what was resolved, from the whole network.",
        nothing="No barrier fits.",
        table="barrier",
        select="t.area, t.barrier as id, t.title, t.topic, t.raised_on, t.resolved_on, t.detail, t.how, t.lesson, "
        f"{_OPEN_OR_NOT} as state",
        national=True,
        columns=(
            Column(name="title", label="Barrier", order="t.title"),
            Column(name="area", label="Raised by", order="t.area"),
            Column(name="topic", label="About", order="t.topic"),
            Column(name="state", label="How it stands", order=_OPEN_OR_NOT, shape="state"),
            Column(name="raised_on", label="Raised", order="t.raised_on", shape="day"),
            Column(name="resolved_on", label="Resolved", order="t.resolved_on", shape="day", may_lack=True),
            Column(name="detail", label="More of it", only_file=True),
            Column(name="how", label="How it was resolved", only_file=True),
            Column(name="lesson", label="Id of the lesson that helped", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(name="text", label="Part of its text", where="t.title ilike %(text)s or t.detail ilike %(text)s"),
            Filter(name="topic", label="About", where="t.topic = %(topic)s", options=get_args(Topic)),
            Filter(
                name="state", label="How it stands", where=f"{_OPEN_OR_NOT} = %(state)s", options=("open", "resolved")
            ),
        ),
        order="-raised_on",
        key=("area", "barrier"),
        page="/barriers/",
        states={"open": "yellow", "resolved": "green"},
    ),
)
