"""What people said of support lately and what they want talked about; some of it still waits for an answer.

A story of its own, so that no word of it changes when the hub learned of the rest.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from events.base import named_id
from events.participation import (
    AgendaItemAnswered,
    AgendaItemRaised,
    AnsweredBy,
    FeedbackAcknowledged,
    FeedbackGiven,
    Raiser,
)
from hub.simulate.lives import Life
from hub.simulate.plan import Share, office_day
from hub.simulate.story import Seal, Story

LATELY: Final = timedelta(days=400)
KNOWN: Final = timedelta(days=200)
"""After its registration the hub knows an enterprise for sure."""

_FEEDBACK: tuple[tuple[str, str], ...] = (
    ("Mum laughs again on the days they come.", "We passed it on; they will read it out at the next supper."),
    ("She always rings if she runs late. Nobody did that before.", "Thanked her, and told the enterprise."),
    ("I would like the same person each week, not three.", "From next month it will be two, whom he knows."),
    ("The garden is too far for me now.", "They fetch her on Thursdays."),
    ("Nobody told us what it costs at Christmas.", "Prices for holidays are on the new leaflet."),
    ("Dad has put on weight, thank goodness.", "Glad to hear it; shared with the cook."),
    ("I waited two weeks for a call back.", "Said sorry. Calls go to two people now."),
    ("I could help there myself one afternoon.", "Introduced them; she begins on Monday."),
    ("The form from the council is eight pages.", "Raised with brokerage, who are cutting it to two."),
    ("They talk to my wife, not to me.", "Talked it through with all three. They ask him first now."),
)

_ITEMS: tuple[tuple[str, Raiser, str], ...] = (
    ("A bus that runs after five", "the community", "The county tries a later bus for six months."),
    ("Direct payments that come on time", "the community", "Finance pays within seven days; we look again in summer."),
    ("Who covers when somebody is ill", "the community", "A list of neighbours who stand in is kept by the Catalyst."),
    ("A warm room for the winter", "the community", "The library opens its back room on Mondays and Thursdays."),
    (
        "How social workers hear of enterprises",
        "the council",
        "A half hour at each team meeting, with two enterprises.",
    ),
    ("What to do about villages with nobody", "the council", "Two evenings in village halls before the spring."),
    ("One checklist for insurance and checks", "the council", "Agreed with the quality team; it is one page."),
    ("People with experience in interviews", "the community", "Two of them sit on each panel from now on."),
)

_OWNERS: tuple[AnsweredBy, ...] = ("the Catalyst", "the Catalyst", "the area lead", "the commissioner")


def tell_participation(
    random: Random, share: Share, lives: Sequence[Life], story: Story, seal: Seal, *, until: date
) -> None:
    last = until - timedelta(days=4)
    for number, (verbatim, answer) in enumerate(random.sample(_FEEDBACK, random.randint(3, 6))):
        on = _lately(random, last, number)
        stream = named_id("simulate", "feedback", share.area, str(number))
        about = [life for life in lives if life.registered + KNOWN < on < life.end]
        enterprise = random.choice(about).stream if about and random.random() < 0.8 else None
        given = FeedbackGiven(
            feedback=stream, owner=random.choice(_OWNERS), verbatim=seal(stream, verbatim), enterprise=enterprise
        )
        story.tell(stream, given, on)
        if answered := _answered(random, on, last):
            story.tell(stream, FeedbackAcknowledged(answer=seal(stream, answer)), answered)
    for number, (title, by, answer) in enumerate(random.sample(_ITEMS, random.randint(2, 4))):
        on = _lately(random, last, number)
        stream = named_id("simulate", "agenda item", share.area, str(number))
        story.tell(stream, AgendaItemRaised(item=stream, title=title, by=by, owner=random.choice(_OWNERS)), on)
        if answered := _answered(random, on, last):
            story.tell(stream, AgendaItemAnswered(answer=answer), answered)


def _lately(random: Random, last: date, number: int) -> date:
    """The first of each within two weeks, so that every area has some that wait, and some that begin to be late."""
    days = random.randint(2, 14) if number == 0 else random.randint(15, LATELY.days)
    return office_day(last - timedelta(days=days))


def _answered(random: Random, on: date, last: date) -> date | None:
    """The day of the answer: most within two weeks; one in eight never has one."""
    answered = office_day(on + timedelta(days=random.choice((2, 4, 6, 9, 12, 13, 20, 34))))
    return answered if answered < last and random.random() < 0.88 else None
