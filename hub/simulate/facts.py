"""What decides what an enterprise must hold: its legal form and circumstances, as they change, and what follows."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import get_args

from events.areas import Nation
from events.enterprises import Circumstance, CircumstancesTold, LegalForm, LegalFormChanged
from events.renewal_catalogue import Catalogue
from events.requirements import Facts, applies
from hub.simulate.lives import Life, Turn
from hub.simulate.plan import office_day

Period = tuple[date, date]
"""From a day on, and up to another, which it does not hold any more."""

_LIKELY: dict[str, tuple[tuple[Circumstance, float], ...]] = {
    "personal care": (("gives personal care", 1), ("moves people", 0.6), ("gives medication", 0.4)),
    "support at bedtime": (("gives personal care", 1), ("gives medication", 0.3)),
    "help after a stay in hospital": (("gives personal care", 0.6), ("moves people", 0.3)),
    "respite for carers": (("gives personal care", 0.4), ("gives medication", 0.3)),
    "lifts to appointments": (("drives people", 1),),
    "outings": (("drives people", 0.6),),
    "trips out": (("drives people", 0.4),),
    "meal preparation": (("handles food", 1),),
    "lunch club": (("handles food", 1),),
    "cooking together": (("handles food", 1),),
    "meals brought home": (("handles food", 1),),
    "tea and company": (("handles food", 0.5),),
    "collecting prescriptions": (("gives medication", 0.1),),
}
"""What goes with a service, and how often."""

_BECOMES: dict[LegalForm, LegalForm] = {
    "sole trader": "limited company",
    "partnership": "limited company",
    "unincorporated": "CIC",
    "limited company": "CIC",
    "co-operative": "CIC",
}


def turn(random: Random, life: Life) -> None:
    """Think up when the facts of an enterprise change."""
    known = _at_first(random, life)
    first = office_day(life.registered + timedelta(days=random.choice((0, 0, 0, 1, 2, 5))))
    turns: list[Turn] = [(first, _told(known))] if known or random.random() < 0.5 else []
    if life.reach and life.reach.jobs > 1:
        known |= frozenset[Circumstance](("employs people",))
        turns.append((office_day(life.trading + timedelta(days=random.randint(60, 700))), _told(known)))
    if random.random() < 0.12:
        later: Circumstance = random.choice(("drives people", "handles food", "gives medication", "moves people"))
        known ^= frozenset[Circumstance]((later,))
        turns.append((office_day(life.trading + timedelta(days=random.randint(701, 1400))), _told(known)))
    if life.form in _BECOMES and random.random() < 0.08:
        day = office_day(life.trading + timedelta(days=random.randint(300, 1300)))
        turns.append((day, LegalFormChanged(legal_form=_BECOMES[life.form])))
    life.turns = [each for each in sorted(turns, key=lambda each: each[0]) if each[0] < life.end]


def _at_first(random: Random, life: Life) -> frozenset[Circumstance]:
    found: set[Circumstance] = set()
    for service in life.services:
        found.update(each for each, chance in _LIKELY.get(service, ()) if random.random() < chance)
    if "gives personal care" in found and not life.established and random.random() < 0.4:
        found.add("new to care")
    small = life.form == "unincorporated" or not found
    if random.random() < (0.5 if small else 0.05):
        found.add("exempt from the data protection fee")
    return frozenset(found)


def _told(circumstances: frozenset[Circumstance]) -> CircumstancesTold:
    return CircumstancesTold(circumstances=tuple(each for each in get_args(Circumstance) if each in circumstances))


def needed(life: Life, nation: Nation, catalogue: Catalogue) -> dict[str, list[Period]]:
    """What it must hold, and when; a requirement that is asked again after a change begins anew with it."""
    found: dict[str, list[Period]] = {}
    before: Facts | None = None
    for facts, until in _spans(life, nation):
        for each in applies(facts, catalogue):
            periods = found.setdefault(each.requirement, [])
            anew = _asked_again(catalogue, each.requirement, before, facts)
            if periods and periods[-1][1] == facts.since and not anew:
                periods[-1] = (periods[-1][0], until)
            else:
                periods.append((facts.since, until))
        before = facts
    return found


def _spans(life: Life, nation: Nation) -> Iterator[tuple[Facts, date]]:
    """The facts as they were, each with the day up to which they were so."""
    form, circumstances, since = life.form, frozenset[Circumstance](), life.registered
    for day, event in [*life.turns, (life.end, None)]:
        if day > since:
            facts = Facts(legal_form=form, nation=nation, circumstances=circumstances, closed=False, since=since)
            yield facts, day
        match event:
            case LegalFormChanged():
                form = event.legal_form
            case CircumstancesTold():
                circumstances = frozenset(event.circumstances)
            case None:
                pass
        since = max(day, since)


def _asked_again(catalogue: Catalogue, requirement: str, before: Facts | None, now: Facts) -> bool:
    asked = catalogue.by_word[requirement].asked_again_when
    if before is None or not asked:
        return False
    employed = ("employs people" in before.circumstances, "employs people" in now.circumstances)
    return before.legal_form != now.legal_form or employed[0] != employed[1]
