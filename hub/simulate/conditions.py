"""What an area needs and has, or has no longer, and what could end it there."""

from datetime import date, timedelta
from random import Random
from typing import get_args

from events.areas import (
    Condition,
    ConditionConfirmed,
    ConditionWithdrawn,
    SystemRisk,
    SystemRiskClosed,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import area_stream
from hub.simulate.plan import Share, office_day
from hub.simulate.story import Story

_SHOWN: dict[Condition, tuple[str, ...]] = {
    "a skilled Catalyst for two years": (
        "Contract signed for two years; the first month was spent learning from a neighbouring area.",
        "Appointed after a day with six people who use services on the panel.",
        "In post full time, with a mentor from the national team.",
    ),
    "a locally rooted Catalyst": (
        "Grew up in the north of the area and ran a community café there.",
        "Known to parish councils and two patient groups from ten years of work.",
        "Lives locally and came from the carers' centre.",
    ),
    "national backup and network": (
        "Monthly call with the national team and two gatherings a year.",
        "Paired with two areas that began earlier.",
        "Forms, checklists and insurer contacts taken over from the network.",
    ),
    "buy-in from the whole system": (
        "Director, brokerage, social work and the health board sit round one table each quarter.",
        "Social workers name enterprises in support plans; brokerage lists them.",
        "The cabinet paper passed without a vote against.",
        "Two GP networks refer, and finance pays direct payments within a week.",
    ),
    "risk and quality management": (
        "Standards, checks and a way to raise concerns agreed with safeguarding.",
        "The quality team visits jointly with the Catalyst once a year.",
        "Insurer, council and trading standards agreed one checklist.",
    ),
    "funding": (
        "Two years from the better care fund, a third set aside.",
        "Core funding in the council's budget from April.",
        "Half from the health board, half from the council.",
    ),
}

_GONE: dict[Condition, tuple[str, ...]] = {
    "a skilled Catalyst for two years": ("The post is vacant, and interviews are a month away.",),
    "a locally rooted Catalyst": ("The new Catalyst moved here for the post.",),
    "national backup and network": ("No call since the spring; the area did not send anybody to the gathering.",),
    "buy-in from the whole system": (
        "Brokerage went back to its framework list after a restructure.",
        "A new director has asked for the case to be made again.",
    ),
    "risk and quality management": ("Nobody in the quality team has this in their plan since the post was cut.",),
    "funding": (
        "The grant ends in March and nothing follows it yet.",
        "Frozen with all new spending until autumn.",
    ),
}

_OWNERS = (
    "director of adult social care", "head of commissioning", "public health lead", "chair of the steering group",
    "brokerage manager", "head of community services",
)  # fmt: skip

_DONE: dict[SystemRisk, tuple[str, ...]] = {
    "the wrong recruit": ("Extra support from the national team; review after three months.",),
    "the wrong employer": ("Line management moved to the community team.", "The post may move to a local trust."),
    "partial buy-in": (
        "Two sessions with social work teams, with enterprises telling their own story.",
        "A named person in brokerage, and a weekly call.",
    ),
    "no senior commitment": ("The director opened the gathering and took an action home.",),
    "funding ends": ("A bid to the health board is written.", "Cost per hour saved goes to the budget meeting."),
    "quality or safety": ("Every open action was gone through; checks now come twice in the first year.",),
    "another risk": ("Looked at each month by the steering group.",),
}


def tell_conditions(random: Random, share: Share, story: Story, *, until: date) -> None:
    stream = area_stream(share.area)
    last = until - timedelta(days=12)
    for condition in get_args(Condition):
        if random.random() < 0.06:
            continue  # never met
        on = office_day(share.joined + timedelta(days=random.randint(30, 400)))
        while on < last:
            shown = random.choice(_SHOWN[condition])
            story.tell(stream, ConditionConfirmed(condition=condition, evidence=shown), on)
            on = office_day(on + timedelta(days=random.randint(500, 900)))
            if random.random() < 0.16 and on < last:
                gone = random.choice(_GONE[condition])
                story.tell(stream, ConditionWithdrawn(condition=condition, evidence=gone), on)
                on = office_day(on + timedelta(days=random.randint(60, 420)))


def tell_risks(random: Random, share: Share, story: Story, *, until: date) -> None:
    stream = area_stream(share.area)
    last = until - timedelta(days=12)
    years = (until - share.joined).days / 365
    raised = [office_day(share.joined + (last - share.joined) * random.random()) for _ in range(round(years * 0.6) + 1)]
    open_until: dict[SystemRisk, date] = {}
    for on in sorted(raised):
        risk: SystemRisk = random.choice(get_args(SystemRisk))
        if on <= open_until.get(risk, date.min) or on >= last:
            continue
        story.tell(stream, SystemRiskRaised(risk=risk, owner=random.choice(_OWNERS)), on)
        step = on
        for action in random.sample(_DONE[risk], random.randint(0, len(_DONE[risk]))):
            step = office_day(step + timedelta(days=random.randint(15, 90)))
            if step < last:
                story.tell(stream, SystemRiskMitigated(risk=risk, action=action), step)
        closed = office_day(step + timedelta(days=random.randint(40, 300)))
        open_until[risk] = closed
        if closed < last:
            story.tell(stream, SystemRiskClosed(risk=risk), closed)
