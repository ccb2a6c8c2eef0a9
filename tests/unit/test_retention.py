"""How long what is sealed may be kept, told from the entries alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import ModuleType
from uuid import UUID

import pytest
from network import mutated

from events import personal_data
from events.base import Event, Sealed
from events.catalogue import EntryCorrected
from events.enterprises import EnterpriseClosed, EnterpriseRegistered, MilestoneRecorded, Owner
from events.ledger import Recorded
from events.referrals import NeedClosed, NeedRecorded, NeedShared, Person
from events.renewals import RequirementsApplied
from workers import retention

ENTERPRISE, OWNER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
START = date(2015, 3, 1)


def registered(owner: UUID) -> EnterpriseRegistered:
    box = Sealed[Owner](subject=owner, box=b"x")
    return EnterpriseRegistered(enterprise=ENTERPRISE, name="Bakery", origin="new", legal_form="CIC", owner=box)


def noted() -> MilestoneRecorded:
    return MilestoneRecorded(kind="x", note=Sealed(subject=ENTERPRISE, box=b"x"))


def waiting(person: UUID) -> NeedRecorded:
    box = Sealed[Person](subject=person, box=b"x")
    return NeedRecorded(need=ENTERPRISE, service="x", source="a conversation", waiting_since=START, person=box)


def corrected(position: int, replacement: Event | None) -> EntryCorrected:
    return EntryCorrected(corrects=position, reason="mistyped", replacement=replacement)  # pyright: ignore[reportArgumentType]


def history(*told: tuple[Event, date]) -> list[Recorded]:
    """Entries of one enterprise, each recorded on the day it happened."""
    return [
        Recorded(
            area="E06000066",
            position=position,
            stream=ENTERPRISE,
            version=position,
            event=event,  # pyright: ignore[reportArgumentType]
            occurred_on=day,
            recorded_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            actor="test:somebody",
            command=UUID(int=position),
            cause=None,
        )
        for position, (event, day) in enumerate(told, start=1)
    ]


CASES: dict[str, tuple[Sequence[tuple[Event, date]], dict[UUID, date]]] = {
    "an owner, from the closing": (
        [(registered(OWNER), START), (EnterpriseClosed(), date(2018, 5, 3)), (corrected(9, None), date(2019, 1, 1))],
        {OWNER: date(2024, 5, 3)},
    ),
    "somebody who waited, from the closing of their need": (
        [
            (waiting(OWNER), START),
            (NeedClosed(reason="moved away"), date(2016, 5, 3)),
            (NeedShared(), date(2018, 1, 1)),
        ],
        {OWNER: date(2019, 5, 3)},
    ),
    "an owner of an enterprise that never closed, from the last entry about it": (
        [(registered(OWNER), START), (MilestoneRecorded(kind="x"), date(2017, 7, 7))],
        {OWNER: date(2023, 7, 7)},
    ),
    "a note, from when it was recorded": (
        [(registered(OWNER), START), (noted(), date(2016, 2, 29)), (MilestoneRecorded(kind="x"), date(2020, 1, 1))],
        {OWNER: date(2026, 1, 1), ENTERPRISE: date(2022, 2, 28)},
    ),
    "an owner who was replaced by another, from then": (
        [
            (registered(OWNER), START),
            (corrected(1, registered(OTHER)), date(2016, 1, 1)),
            (MilestoneRecorded(kind="x"), date(2026, 1, 1)),
        ],
        {OWNER: date(2022, 1, 1), OTHER: date(2032, 1, 1)},
    ),
    "one who was replaced and put back, as one who stands": (
        [
            (registered(OWNER), START),
            (corrected(1, registered(OTHER)), date(2016, 1, 1)),
            (corrected(1, registered(OWNER)), date(2017, 1, 1)),
            (MilestoneRecorded(kind="x"), date(2026, 1, 1)),
        ],
        {OWNER: date(2032, 1, 1), OTHER: date(2023, 1, 1)},
    ),
    "one whose registration was withdrawn, from then": (
        [(registered(OWNER), START), (corrected(1, None), date(2016, 1, 1)), (noted(), date(2026, 1, 1))],
        {OWNER: date(2022, 1, 1), ENTERPRISE: date(2032, 1, 1)},
    ),
    "one withdrawn after the closing, no longer for that": (
        [(registered(OWNER), START), (EnterpriseClosed(), date(2016, 1, 1)), (corrected(1, None), date(2020, 1, 1))],
        {OWNER: date(2022, 1, 1)},
    ),
    "a closing that was withdrawn, as none": (
        [(registered(OWNER), START), (EnterpriseClosed(), date(2016, 1, 1)), (corrected(2, None), date(2020, 1, 1))],
        {OWNER: date(2026, 1, 1)},
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_it_is_kept(what: str) -> None:
    told, ends = CASES[what]
    assert retention.kept([history(*told)]) == ends


def test_a_person_is_kept_as_long_as_the_last_of_their_data_in_any_stream() -> None:
    early = history((registered(OWNER), START), (EnterpriseClosed(), date(2016, 1, 1)))
    late = history((registered(OWNER), START), (EnterpriseClosed(), date(2018, 1, 1)))
    for streams in ([early, late], [late, early]):
        assert retention.kept(streams) == {OWNER: date(2024, 1, 1)}


MUTANTS: dict[str, tuple[ModuleType, str, str]] = {
    "what never closed is kept for ever": (retention, "ended_on(history) or last_told(history)", "ended_on(history)"),
    "the first entry counts": (retention, "return max(civil_day", "return min(civil_day"),
    "what was replaced counts on": (retention, "replaced_on=replaced.get(entry.position)", "replaced_on=None"),
    "the shortest counts": (retention, "max(end, ends.get(subject, end))", "min(end, ends.get(subject, end))"),
    "withdrawing keeps for longer": (personal_data, "years_after(min(starts)", "years_after(max(starts)"),
    "notes wait for the closing": (personal_data, 'if description.after == "it was recorded"', "if False"),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_a_rule_that_is_missing_is_noticed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, old, new = MUTANTS[what]
    copy = mutated(module, old, new)
    if module is personal_data:
        monkeypatch.setattr(retention, "kept_until", copy.kept_until)
        copy = retention

    def differs(streams: list[list[Recorded]], ends: dict[UUID, date]) -> bool:
        try:
            return copy.kept(streams) != ends
        except AssertionError:
            return True

    both = [CASES["an owner, from the closing"][0], CASES["an owner who was replaced by another, from then"][0]]
    cases = [([history(*told)], ends) for told, ends in CASES.values()]
    cases.append(([history(*each) for each in both], {OWNER: date(2024, 5, 3), OTHER: date(2032, 1, 1)}))
    assert any(differs(*case) for case in cases)


def test_what_the_hub_concluded_by_itself_keeps_nobodys_data_longer() -> None:
    """A new renewal catalogue says what applies to enterprises that nobody told anything of for years."""
    concluded = RequirementsApplied(catalogue="2026-11", applies=())
    told = history((registered(OWNER), START))
    later = history((registered(OWNER), START), (concluded, date(2026, 5, 3)))
    assert retention.kept([later]) == retention.kept([told])
    assert retention.last_told(later) == START
