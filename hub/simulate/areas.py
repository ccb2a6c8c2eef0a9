"""What is told of the areas themselves and of the whole network: joining, Catalysts, what was published."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from events.areas import (
    AreaBoundaryChanged,
    AreaJoined,
    CatalystAppointed,
    CatalystLeft,
    FigurePublished,
    LoadTargetSet,
    Qualifier,
)
from events.base import NETWORK, area_stream
from hub.simulate import names
from hub.simulate.plan import SOMERSET, YEARS, Share, office_day
from hub.simulate.story import Story

BEFORE = "E10000027"
RECODED = date(2023, 4, 1)
"""Somerset went by another code until its districts and county became one council."""

POST = timedelta(days=730)
COST = 135_000

FACTSHEET = "Community Catalysts, factsheet “Innovations in health and social care”, undated"

PUBLISHED: dict[str, Sequence[tuple[str, float, Qualifier]]] = {
    NETWORK: (
        ("areas", 50, "exact"),
        ("enterprises", 1800, "more than"),
        ("people_supported", 12_500, "about"),
        ("jobs", 2500, "about"),
        ("volunteers", 1500, "about"),
    ),
    SOMERSET: (
        ("enterprises", 171, "exact"),
        ("enterprises_new", 133, "exact"),
        ("enterprises_established", 38, "exact"),
        ("people_supported", 600, "exact"),
        ("jobs", 180, "exact"),
        ("hours_per_week", 2200, "exact"),
    ),
}
"""What the factsheet says, by area."""


def tell_area(random: Random, share: Share, story: Story, *, until: date) -> None:
    """The area joins and employs a Catalyst, every two years anew."""
    stream = area_stream(share.area)
    recoded = share.area == SOMERSET and share.joined < RECODED < until - timedelta(days=7)
    code = BEFORE if recoded else share.area
    story.tell(stream, AreaJoined(gss_code=code, nation=share.nation, focus=random.choice(names.FOCUSES)), share.joined)
    if recoded:
        story.tell(stream, AreaBoundaryChanged(from_code=BEFORE, to_code=share.area), RECODED)
    starts, employer = office_day(share.joined + timedelta(days=random.randint(8, 35))), random.choice(names.EMPLOYERS)
    while starts < until - timedelta(days=30):
        appointed = CatalystAppointed(
            post="whole area",
            employer=employer,
            starts=starts,
            ends=starts + POST,
            cost=COST,
            locally_rooted=random.random() < 0.8,
        )
        story.tell(stream, appointed, starts)
        starts = office_day(starts + POST)
        if starts < until - timedelta(days=30):
            story.tell(stream, CatalystLeft(post="whole area", reason="the post ended"), starts)


def tell_network(story: Story, *, until: date) -> None:
    """How many enterprises a Catalyst is expected to look after."""
    target = LoadTargetSet(enterprises=200, source=FACTSHEET)
    story.tell(area_stream(NETWORK), target, office_day(until - timedelta(days=YEARS * 365 - 5)))


def tell_published(area: str, story: Story, *, until: date) -> None:
    """The factsheet comes out, a few days before the last."""
    on = office_day(until - timedelta(days=6))
    for indicator, value, qualifier in PUBLISHED.get(area, ()):
        figure = FigurePublished(indicator=indicator, value=value, qualifier=qualifier, source=FACTSHEET)
        story.tell(area_stream(area), figure, on)
