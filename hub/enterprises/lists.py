"""The directory: every enterprise as it stands."""

from typing import get_args

from events.enterprises import LegalForm, Origin, Stage
from hub.lists.listing import Column, Filter, Listing

LISTS: tuple[Listing, ...] = (
    Listing(
        name="enterprises",
        heading="Enterprises",
        lead="Every enterprise as it stands now.",
        nothing="No enterprise fits.",
        table="enterprise",
        select="t.*, t.enterprise as id",
        columns=(
            Column(name="name", label="Name", order="t.name"),
            Column(name="area", label="Area", order="t.area"),
            Column(name="standing", label="Standing", order="t.standing", shape="state"),
            Column(name="stage", label="Stage", order="t.stage", may_lack=True),
            Column(name="services", label="What it offers"),
            Column(name="people_supported", label="People", order="t.people_supported", shape="number", may_lack=True),
            Column(name="can_take", label="Room for", order="t.can_take", shape="number", may_lack=True),
            Column(name="told_on", label="Last heard of", order="t.told_on", shape="day"),
            Column(name="registered_on", label="Registered", order="t.registered_on", shape="day", may_lack=True),
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
            Filter(name="name", label="Part of the name", where="t.name ilike %(name)s"),
            Filter(name="service", label="What it offers", where="array_to_string(t.services, ', ') ilike %(service)s"),
            Filter(
                name="standing",
                label="Standing",
                where="t.standing = %(standing)s",
                options=("active", "paused", "closed", "enquiry", "signposted"),
            ),
            Filter(name="stage", label="Stage", where="t.stage = %(stage)s", options=get_args(Stage)),
            Filter(name="origin", label="Origin", where="t.origin = %(origin)s", options=get_args(Origin)),
            Filter(
                name="legal_form",
                label="Legal form",
                where="t.legal_form = %(legal_form)s",
                options=get_args(LegalForm),
            ),
            Filter(
                name="quiet",
                label="Gone quiet",
                where="t.standing = 'active' and t.told_on < %(today)s::date - 60",
                options=("yes",),
                hint="Nothing heard for 60 days.",
            ),
        ),
        order="name",
        key=("area", "enterprise"),
        page="/enterprises/",
        states={"active": "green", "paused": "yellow", "closed": "grey", "enquiry": "blue", "signposted": "grey"},
    ),
)
