"""What enterprises told by their links."""

from hub.lists.listing import OF_ENTERPRISE, Column, Filter, Listing

LISTS: tuple[Listing, ...] = (
    Listing(
        name="told",
        heading="Told us by a link",
        lead="What enterprises told by the link in a reminder, for somebody to act on.",
        nothing="No enterprise told us such a thing by a link.",
        table="told_by_link",
        joins=OF_ENTERPRISE,
        select="t.area, t.enterprise as id, coalesce(e.name, 'An enterprise') as name, t.says, t.told_on, t.seen_on",
        columns=(
            Column(name="name", label="Enterprise", order="e.name"),
            Column(name="area", label="Area", order="t.area"),
            Column(name="says", label="What it says", shape="state"),
            Column(name="told_on", label="Told", order="t.told_on", shape="day"),
            Column(name="seen_on", label="Seen to", order="t.seen_on", shape="day", may_lack=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(name="says", label="What it says", where="t.says = %(says)s", options=("stopped", "changed")),
            Filter(
                name="state",
                label="State",
                where="(t.seen_on is null) = (%(state)s = 'waits')",
                options=("waits", "seen to"),
            ),
        ),
        order="-told_on",
        key=("area", "answer"),
        page="/enterprises/",
        states={"stopped": "red", "changed": "yellow"},
    ),
)
