"""What people learned, and the sessions at which they can."""

from typing import LiteralString, get_args

from events.training import Learner
from hub.lists.listing import NAMED, OF_ENTERPRISE, Among, Column, Filter, Listing

_HOW: LiteralString = "case when t.observed then 'seen at work' else 'completed' end"
_STATE: LiteralString = """
case when t.takes_place < %(today)s then 'past' when t.places > t.booked then 'places free' else 'full' end
"""

# Each course once, found one after the other in the index that begins with it.
_COURSES: LiteralString = """
with recursive each as (
    (select course from training order by course limit 1)
    union all
    select (select t.course from training t where t.course > each.course order by t.course limit 1) from each
    where each.course is not null
)
select course from each where course ilike %(course)s
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="training",
        heading="Training",
        lead="Courses that people of enterprises completed, and skills they were seen to have at work.",
        nothing="No training fits.",
        table="training",
        joins=OF_ENTERPRISE,
        select=f"t.area, t.enterprise as id, e.name as enterprise, t.course, t.learner, t.on_day, {_HOW} as how",
        columns=(
            Column(name="enterprise", label="Enterprise", order="e.name", order_of_some=True),
            Column(name="area", label="Area"),
            Column(name="course", label="Course or skill", order="t.course"),
            Column(name="how", label="How"),
            Column(name="learner", label="Who"),
            Column(name="on_day", label="Day", order="t.on_day", shape="day"),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(
                name="course",
                label="Part of the course or skill",
                where="t.course ilike %(course)s",
                among=Among(query=_COURSES, where="t.course = any (%(course)s)"),
            ),
            NAMED,
            Filter(name="learner", label="Who", where="t.learner = %(learner)s", options=get_args(Learner)),
            Filter(
                name="how",
                label="How",
                where="t.observed = (%(how)s = 'seen at work')",
                options=("completed", "seen at work"),
            ),
        ),
        order="-on_day",
        key=("area", "position"),
        page="/enterprises/",
    ),
    Listing(
        name="sessions",
        heading="Training sessions",
        lead="Courses that are or were given, and the places they have.",
        nothing="No session fits.",
        table="training_session",
        select="t.area, t.session as id, t.course, t.takes_place, t.places, t.booked, t.places - t.booked as free, "
        f"t.venue, {_STATE} as state",
        columns=(
            Column(name="course", label="Course", order="t.course"),
            Column(name="area", label="Area", order="t.area"),
            Column(name="takes_place", label="Day", order="t.takes_place", shape="day"),
            Column(name="state", label="How it stands", order=_STATE, shape="state"),
            Column(name="free", label="Places free", order="t.places - t.booked", shape="number"),
            Column(name="places", label="Places", order="t.places", shape="number"),
            Column(name="venue", label="Where", order="t.venue"),
            Column(name="booked", label="Booked", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(name="course", label="Part of the course", where="t.course ilike %(course)s"),
            Filter(
                name="state",
                label="How it stands",
                where=f"{_STATE} = %(state)s",
                options=("places free", "full", "past"),
            ),
        ),
        order="-takes_place",
        key=("area", "session"),
        page="/sessions/",
        states={"places free": "green", "full": "yellow", "past": "grey"},
    ),
)
