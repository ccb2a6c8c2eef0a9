"""Stories that enterprises tell in public, with the consent of whoever they are about."""

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from random import Random

import msgspec
from msgspec import Struct

from events.base import named_id
from events.enterprises import StoryShared, StoryWithdrawn
from events.people import Consent
from hub.simulate.lives import Life
from hub.simulate.plan import Share, office_day
from hub.simulate.story import Story


class Text(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    services: tuple[str, ...]
    title: str
    text: str


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stories: tuple[Text, ...]


@cache
def texts() -> tuple[Text, ...]:
    text = files("hub.simulate").joinpath("stories.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File).stories


def shared_out(random: Random, shares: Sequence[Share]) -> dict[str, list[Text]]:
    """Which area may tell which: each story is told in one at most."""
    areas = random.sample([share.area for share in shares], len(shares))
    return {area: [text for n, text in enumerate(texts()) if n % len(areas) == at] for at, area in enumerate(areas)}


def tell_stories(random: Random, told_here: Sequence[Text], lives: Sequence[Life], story: Story) -> None:
    for text in told_here:
        known = [
            life
            for life in lives
            if not life.stops
            and life.trading + timedelta(days=120) < life.last_day
            and not set(life.services).isdisjoint(text.services)
        ]
        if not known:
            continue
        life = random.choice(known)
        first = life.trading + timedelta(days=100)
        on = office_day(first + timedelta(days=random.randint(0, (life.last_day - first).days - 10)))
        id_ = named_id("simulate", "story", text.title)
        given = on - timedelta(days=random.randint(0, 9))
        consent = Consent(given_on=given, how=random.choice(("in writing", "face to face")), wording="S 2016-01")
        story.tell(life.stream, StoryShared(story=id_, title=text.title, text=text.text, consent=consent), on)
        later = office_day(on + timedelta(days=random.randint(200, 600)))
        if random.random() < 0.25 and later < life.last_day:
            story.tell(life.stream, StoryWithdrawn(story=id_), later)
