"""How enterprises are found to work: checks, a few concerns, and what was agreed to do about them."""

from datetime import date, timedelta
from random import Random

from events.base import named_id
from events.quality import (
    ActionAgreed,
    ActionCompleted,
    CheckResult,
    ConcernKind,
    ConcernRaised,
    QualityCheckCompleted,
)
from hub.simulate.lives import Life
from hub.simulate.plan import office_day
from hub.simulate.story import Seal, Story

_NOTES: dict[CheckResult, tuple[str, ...]] = {
    "met": (
        "Two customers spoke warmly of it. Records are in good order.",
        "Careful, punctual and well liked. Nothing to add.",
        "We talked about saying no when the week is full.",
        "Sat in on a visit. The person led, and was asked before each step.",
        "Clear prices, given in writing. Good notes of each visit.",
        "A friend covers holidays; both know the customers.",
    ),
    "met with actions": (
        "Good with people; the paperwork lags behind.",
        "The risk sheet for lifting is last year's.",
        "Customers know whom to ring, but not whom to ring on a Sunday.",
        "Prices are only told by word of mouth.",
        "Works well, and works too many hours. We talked about limits.",
    ),
    "not met": (
        "No written agreement with three of five customers.",
        "Could not show how medication is written down.",
        "Nobody knew where the first aid box was.",
    ),
}

_ACTIONS = (
    "Write an agreement with each customer.",
    "Bring the risk sheets up to date.",
    "Put prices in writing.",
    "Agree who covers for holidays and illness.",
    "Keep the medication sheet in the person's home.",
    "Hang up a list of whom to ring, and when.",
    "Ask three customers what they would change.",
    "Go on the next safeguarding course.",
    "Check the car papers with the insurer.",
    "Lock away what is written about people.",
    "Write down how complaints are answered.",
    "Buy a second first aid box for the car.",
)

_CONCERNS: tuple[ConcernKind, ...] = (
    "quality of support", "quality of support", "safety", "conduct", "money", "safeguarding, told to the council",
)  # fmt: skip


def tell_quality(random: Random, life: Life, story: Story, seal: Seal, *, until: date) -> None:
    stream = life.stream
    number = 0
    on = office_day(life.trading + timedelta(days=random.randint(60, 200)))
    while on < life.end:
        result: CheckResult = random.choices(("met", "met with actions", "not met"), (76, 20, 4))[0]
        note = seal(stream, random.choice(_NOTES[result])) if random.random() < 0.25 else None
        check = QualityCheckCompleted(
            check=named_id("simulate", "check", str(stream), str(number)),
            result=result,
            checklist=_checklist(on),
            note=note,
        )
        story.tell(stream, check, on)
        if result != "met":
            for _ in range(random.choice((1, 1, 2))):
                _agree(random, life, story, seal, on, number, until)
                number += 1
        number += 1
        months = 4 if result == "not met" else random.randint(13, 19)
        on = office_day(on + timedelta(days=months * 30))
    if random.random() < 0.035 * max(1, (life.end - life.trading).days / 365):
        days = (life.end - life.trading).days - 10
        if days > 30:
            on = office_day(life.trading + timedelta(days=random.randint(20, days - 3)))
            concern = named_id("simulate", "concern", str(stream))
            story.tell(stream, ConcernRaised(concern=concern, kind=random.choice(_CONCERNS)), on)
            if random.random() < 0.7 and on + timedelta(days=9) < life.end:
                _agree(random, life, story, seal, on + timedelta(days=random.randint(1, 6)), 99, until)


def _checklist(on: date) -> str:
    return f"{on.year - on.year % 2}"


def _agree(random: Random, life: Life, story: Story, seal: Seal, on: date, number: int, until: date) -> None:
    on = office_day(on)
    if on >= life.end:
        return
    action = named_id("simulate", "action", str(life.stream), str(number))
    due = on + timedelta(days=random.choice((14, 28, 42, 60, 90)))
    story.tell(life.stream, ActionAgreed(action=action, due=due, what=seal(life.stream, random.choice(_ACTIONS))), on)
    done = office_day(due + timedelta(days=round(random.triangular(-25, 35, -6))))
    done = max(done, office_day(on + timedelta(days=1)))
    forgotten = due > until - timedelta(days=75) and random.random() < 0.3
    if done < until - timedelta(days=3) and done < life.end and not forgotten:
        story.tell(life.stream, ActionCompleted(action=action), done)
