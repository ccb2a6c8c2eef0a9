"""The directory: every enterprise as it stands."""

from typing import get_args

from events.enterprises import LegalForm, Origin, Stage
from hub.lists.listing import Column, Filter, Listing

_DIRECTORY = """
select e.*, e.enterprise as id, standing = 'active' and told_on < %(today)s::date - 60 as quiet
from enterprise e
where (%(name)s::text is null or name ilike %(name)s)
  and (%(standing)s::text is null or standing = %(standing)s)
  and (%(stage)s::text is null or stage = %(stage)s)
  and (%(origin)s::text is null or origin = %(origin)s)
  and (%(legal_form)s::text is null or legal_form = %(legal_form)s)
  and (%(service)s::text is null or array_to_string(services, ', ') ilike %(service)s)
  and (%(quiet)s::text is null or standing = 'active' and told_on < %(today)s::date - 60)
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="enterprises",
        heading="Enterprises",
        lead="Every enterprise as it stands now.",
        nothing="No enterprise fits.",
        query=_DIRECTORY,
        table="enterprise",
        columns=(
            Column(name="name", label="Name", order="name"),
            Column(name="area", label="Area", order="area"),
            Column(name="standing", label="Standing", order="standing", shape="state"),
            Column(name="stage", label="Stage", order="stage", may_lack=True),
            Column(name="services", label="What it offers"),
            Column(name="people_supported", label="People", order="people_supported", shape="number", may_lack=True),
            Column(name="can_take", label="Room for", order="can_take", shape="number", may_lack=True),
            Column(name="told_on", label="Last heard of", order="told_on", shape="day"),
            Column(name="registered_on", label="Registered", order="registered_on", shape="day", may_lack=True),
            Column(name="origin", label="Origin", only_file=True),
            Column(name="legal_form", label="Legal form", only_file=True),
            Column(name="jobs", label="Jobs", only_file=True),
            Column(name="volunteers", label="Volunteers", only_file=True),
            Column(name="hours_per_week", label="Hours a week", only_file=True),
            Column(name="reported_on", label="Last report", only_file=True),
            Column(name="milestones", label="Milestones", only_file=True),
            Column(name="courses", label="Courses", only_file=True),
            Column(name="id", label="Id", only_file=True),
        ),
        filters=(
            Filter(name="name", label="Part of the name"),
            Filter(name="service", label="What it offers"),
            Filter(name="standing", label="Standing", options=("active", "paused", "closed", "enquiry", "signposted")),
            Filter(name="stage", label="Stage", options=get_args(Stage)),
            Filter(name="origin", label="Origin", options=get_args(Origin)),
            Filter(name="legal_form", label="Legal form", options=get_args(LegalForm)),
            Filter(name="quiet", label="Gone quiet", options=("yes",), hint="Nothing heard for 60 days."),
        ),
        order="name",
        tie=("area", "id"),
        page="/enterprises/",
        states={"active": "green", "paused": "yellow", "closed": "grey", "enquiry": "blue", "signposted": "grey"},
    ),
)
