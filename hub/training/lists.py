"""What people learned, and the sessions at which they can."""

from typing import get_args

from events.training import Learner
from hub.lists.listing import Column, Filter, Listing

# A left join, which counting does without.
_TRAINING = """
select t.area, t.enterprise as id, t.position, e.name as enterprise, t.course, t.learner, t.on_day,
       case when t.observed then 'seen at work' else 'completed' end as how
from training t left join enterprise e using (area, enterprise)
where (%(course)s::text is null or t.course ilike %(course)s)
  and (%(name)s::text is null or e.name ilike %(name)s)
  and (%(learner)s::text is null or t.learner = %(learner)s)
  and (%(how)s::text is null or t.observed = (%(how)s = 'seen at work'))
"""

_SESSIONS = """
select * from (
    select area, session as id, course, takes_place, places, booked, places - booked as free, venue,
           case
               when takes_place < %(today)s then 'past'
               when places > booked then 'places free'
               else 'full'
           end as state
    from training_session
) sessions
where (%(course)s::text is null or course ilike %(course)s)
  and (%(state)s::text is null or state = %(state)s)
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="training",
        heading="Training",
        lead="Courses that people of enterprises completed, and skills they were seen to have at work.",
        nothing="No training fits.",
        query=_TRAINING,
        table="training",
        columns=(
            Column(name="enterprise", label="Enterprise", order="enterprise"),
            Column(name="area", label="Area"),
            Column(name="course", label="Course or skill", order="course"),
            Column(name="how", label="How"),
            Column(name="learner", label="Who"),
            Column(name="on_day", label="Day", order="on_day", shape="day"),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(name="course", label="Part of the course or skill"),
            Filter(name="name", label="Part of the enterprise's name"),
            Filter(name="learner", label="Who", options=get_args(Learner)),
            Filter(name="how", label="How", options=("completed", "seen at work")),
        ),
        order="-on_day",
        tie=("area", "position"),
        page="/enterprises/",
    ),
    Listing(
        name="sessions",
        heading="Training sessions",
        lead="Courses that are or were given, and the places they have.",
        nothing="No session fits.",
        query=_SESSIONS,
        table="training_session",
        columns=(
            Column(name="course", label="Course", order="course"),
            Column(name="area", label="Area", order="area"),
            Column(name="takes_place", label="Day", order="takes_place", shape="day"),
            Column(name="state", label="How it stands", order="state", shape="state"),
            Column(name="free", label="Places free", order="free", shape="number"),
            Column(name="places", label="Places", order="places", shape="number"),
            Column(name="venue", label="Where", order="venue"),
            Column(name="booked", label="Booked", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(name="course", label="Part of the course"),
            Filter(name="state", label="How it stands", options=("places free", "full", "past")),
        ),
        order="-takes_place",
        tie=("area", "id"),
        page="/sessions/",
        states={"places free": "green", "full": "yellow", "past": "grey"},
    ),
)
