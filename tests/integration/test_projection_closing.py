"""What counts of an enterprise until it closes, and from then on."""

from datetime import date

import pytest
from network import SOMERSET, Fact, Network, closed, joined, registered, reported

from events.base import Event, named_id
from events.enterprises import EnterpriseClosed
from events.renewals import Applies, RequirementRenewed, RequirementsApplied

DAWN = date(2024, 1, 1)


@pytest.mark.parametrize("first", ["the report", "the closing"])
def test_what_was_reported_on_the_day_of_closing_does_not_outlive_it(network: Network, first: str) -> None:
    told = [reported(people=9, on=DAWN), closed(on=DAWN)]
    network.given(joined(SOMERSET, on=DAWN), registered("Bay Tree", on=DAWN))
    network.given(*(told if first == "the report" else reversed(told)))
    area = network.national(on=DAWN).area(SOMERSET)
    assert area.active == 0
    assert area.people_supported is None


HELD = date(2024, 3, 31)
"""The last day of what the enterprise below holds."""


def enterprise_that_closes(on: date) -> list[Fact]:
    id = named_id("test", "Bay Tree")
    must = (Applies(requirement="public liability insurance", because="it works with people"),)
    told: list[tuple[Event, date]] = [
        (RequirementsApplied(catalogue="1", applies=must), DAWN),
        (RequirementRenewed(requirement="public liability insurance", valid_from=DAWN, valid_to=HELD), DAWN),
        (EnterpriseClosed(), on),
        (RequirementsApplied(catalogue="1", applies=()), on),
    ]
    facts = [Fact(event=event, on=day, area=SOMERSET, stream=id) for event, day in told]
    return [joined(SOMERSET, on=DAWN), registered("Bay Tree", on=DAWN), *facts]


def of_requirements(network: Network, on: date) -> list[int | float | None]:
    view = network.national(on=on)
    return [view.requirements, view.requirements_valid, view.renewals_due, view.renewals_on_time]


def test_what_an_enterprise_had_to_hold_is_counted_until_it_closed(network: Network) -> None:
    network.given(*enterprise_that_closes(date(2024, 5, 1)))
    assert of_requirements(network, HELD) == [1, 1, 0, 0]
    assert of_requirements(network, date(2024, 4, 30)) == [1, 0, 1, 0]
    assert of_requirements(network, date(2024, 5, 1)) == [0, 0, 1, 0]


def test_what_lapses_after_an_enterprise_closed_did_not_fall_due(network: Network) -> None:
    network.given(*enterprise_that_closes(date(2024, 3, 1)))
    assert of_requirements(network, date(2024, 4, 30)) == [0, 0, 0, 0]
