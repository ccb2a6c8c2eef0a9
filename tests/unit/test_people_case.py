"""Two people erase a person together: who cannot be the second, and what they are told."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace
from network import CORNWALL, SOMERSET, mutated

from events.access import Action, Grant, Principal
from hub.people import erasure
from hub.people.erasure import Case, Hold

ASKER, APPROVER = "account:asker", "account:approver"

HOLD = Hold(
    area=SOMERSET,
    id=UUID(int=1),
    subject=UUID(int=2),
    begun_by=None,
    kind="safeguarding",
    placed_at=datetime(2026, 5, 3, 12, tzinfo=UTC),
    placed_name="Kerra",
)
CASE = Case(
    asked_by=ASKER,
    areas=frozenset({SOMERSET}),
    holds=[],
    lifted_by=frozenset(),
    let_in=frozenset(),
    one_host=frozenset(),
    may_from={},
    may_approve={ASKER: frozenset({SOMERSET}), APPROVER: frozenset({SOMERSET})},
)
NOBODY_CAN = "an administrator has to make one more person lead"


def lead(id: str, *areas: str) -> Principal:
    actions: frozenset[Action] = frozenset({"approve erasure"})
    return Principal(id=id, name="Olu", grants=tuple(Grant(actions, area) for area in areas or (SOMERSET,)))


def test_somebody_else_approves() -> None:
    assert CASE.refusal(lead(APPROVER)) == ""


BARRED: dict[str, tuple[Case, str, str]] = {
    "the asker": (CASE, ASKER, "You asked for this erasure"),
    "anybody while a hold stands": (replace(CASE, holds=[HOLD]), APPROVER, "safeguarding, since 3 May 2026"),
    "who lifted a hold": (replace(CASE, lifted_by=frozenset({APPROVER})), APPROVER, "You lifted a hold"),
    "whom the asker let in": (replace(CASE, let_in=frozenset({APPROVER})), APPROVER, "invited the other"),
    "who just got in by a link": (replace(CASE, may_from={APPROVER: date(2026, 5, 10)}), APPROVER, "10 May 2026"),
    "whom one person let in beside the asker": (
        replace(CASE, one_host=frozenset({APPROVER})),
        APPROVER,
        "One person let both of you in",
    ),
    "who may not in all areas": (replace(CASE, areas=frozenset({SOMERSET, CORNWALL})), APPROVER, "Other areas hold"),
}


@pytest.mark.parametrize("who", BARRED)
def test_these_cannot_be_the_second(who: str) -> None:
    case, id, part = BARRED[who]
    assert part in case.refusal(lead(id))


@pytest.mark.parametrize(
    ("who", "old"),
    [
        ("the asker", "if who.id == self.asked_by:"),
        ("anybody while a hold stands", "        if self.holds:\n"),
        ("who lifted a hold", "if who.id in self.lifted_by:"),
        ("whom the asker let in", "if who.id in self.let_in:"),
        ("who just got in by a link", "if who.id in self.may_from:"),
        ("whom one person let in beside the asker", "if who.id in self.one_host:"),
        ("who may not in all areas", 'if not all(who.may("approve erasure", area) for area in self.areas):'),
    ],
)
def test_a_rule_that_is_missing_is_noticed(who: str, old: str) -> None:
    case, id, _ = BARRED[who]
    copy = mutated(erasure, old, old[: len(old) - len(old.lstrip())] + "if False:" + ("\n" if old[-1] == "\n" else ""))
    fields = {name: getattr(case, name) for name in case.__struct_fields__}
    assert copy.Case(**fields).refusal(lead(id)) == ""


def test_where_nobody_is_left_it_says_what_to_do() -> None:
    alone = replace(CASE, may_approve={APPROVER: frozenset({SOMERSET})}, lifted_by=frozenset({APPROVER}))
    assert NOBODY_CAN in alone.refusal(lead(APPROVER))
    assert NOBODY_CAN in replace(CASE, let_in=frozenset({APPROVER})).refusal(lead(ASKER))
    assert NOBODY_CAN not in CASE.refusal(lead(ASKER)), "the approver is there"
    everywhere = {"account:third": frozenset({"*"})}
    assert NOBODY_CAN not in replace(alone, may_approve=everywhere).refusal(lead(APPROVER))
    assert NOBODY_CAN not in replace(alone, holds=[HOLD]).refusal(lead(APPROVER)), "the hold comes first"
    both = replace(CASE, areas=frozenset({SOMERSET, CORNWALL}))
    assert NOBODY_CAN in both.refusal(lead(APPROVER))


def test_of_a_hold_elsewhere_only_that_there_is_one_is_told() -> None:
    refusal = replace(CASE, holds=[replace(HOLD, area=CORNWALL)]).refusal(lead(APPROVER))
    assert "a hold in another area" in refusal
    assert "Kerra" not in refusal
