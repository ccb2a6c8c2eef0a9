"""What enterprises told by their links."""

from hub.lists.listing import Column, Filter, Listing

_TOLD = """
select t.*, t.enterprise as id, coalesce(e.name, 'An enterprise') as name
from told_by_link t left join enterprise e using (area, enterprise)
where (%(says)s::text is null or t.says = %(says)s)
  and (%(state)s::text is null or (t.seen_on is null) = (%(state)s = 'waits'))
"""

LISTS: tuple[Listing, ...] = (
    Listing(
        name="told",
        heading="Told us by a link",
        lead="What enterprises told by the link in a reminder, for somebody to act on.",
        nothing="No enterprise told us such a thing by a link.",
        query=_TOLD,
        table="told_by_link",
        columns=(
            Column(name="name", label="Enterprise", order="name"),
            Column(name="area", label="Area", order="area"),
            Column(name="says", label="What it says", shape="state"),
            Column(name="told_on", label="Told", order="told_on", shape="day"),
            Column(name="seen_on", label="Seen to", order="seen_on", shape="day", may_lack=True),
            Column(name="id", label="Id of the enterprise", only_file=True),
        ),
        filters=(
            Filter(name="says", label="What it says", options=("stopped", "changed")),
            Filter(name="state", label="State", options=("waits", "seen to")),
        ),
        order="-told_on",
        tie=("area", "answer"),
        page="/enterprises/",
        states={"stopped": "red", "changed": "yellow"},
    ),
)
