"""The renewal catalogue in words."""

from collections.abc import Mapping, Sequence
from typing import Final

from events.renewal_catalogue import Basis, MetBy, Rules, When
from hub.look.words import count

BASIS: Final[Mapping[Basis, str]] = {
    "law": "The law",
    "insurer": "What insurers ask for",
    "guidance": "Guidance and practice",
    "local": "A rule of this network",
}


def applies_when(when: When) -> str:
    """For whom a requirement is, such as "In England, if it gives personal care"."""
    facts: list[str] = []
    if when.any_form:
        facts.append(f"its legal form is {_listed(when.any_form, 'or')}")
    if when.all:
        facts.append(f"it {_listed(when.all, 'and')}")
    if when.any:
        facts.append(f"it {_listed(when.any, 'or')}")
    text = f"if {' and '.join(facts)}" if facts else "every enterprise"
    if when.nations:
        text = f"in {_listed(when.nations, 'or')}, {text}"
    if when.none:
        text += f", unless it {_listed(when.none, 'or')}"
    return text[0].upper() + text[1:]


def holds(rules: Rules) -> str:
    """For how long."""
    if rules.its_own_day:
        text = f"Until {rules.its_own_day}"
    elif rules.months:
        text = count(rules.months, "month", "months")
    else:
        text = "Once and for all" if rules.validity == "once" else f"Until {rules.validity}"
    if rules.asked_again_when:
        text += f", or until {_listed(rules.asked_again_when, 'or')}"
    return text


def met_by(by: MetBy | None) -> str:
    """What meets it by itself."""
    if by is None:
        return "Evidence that somebody verified"
    if by.course:
        return f"The owner completed the course “{by.course}”"
    return f"The owner was seen {by.skill}" if by.skill else f"{by.entry}".capitalize()


_WITHOUT_A_VERB: Final = ("new to care", "exempt from the data protection fee")


def _listed(words: Sequence[str], last: str) -> str:
    *others, end = [f"is {word}" if word in _WITHOUT_A_VERB else word for word in words]
    return f"{', '.join(others)} {last} {end}" if others else end
