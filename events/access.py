"""Who may do what, where: roles, what each allows, and the person or program that holds them."""

from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from events.base import TrellisError

Action = Literal[
    "read area",
    "record",
    "send again",
    "write again",
    "read people",
    "break glass",
    "ask erasure",
    "approve erasure",
    "read audit",
    "manage access",
]
"""What somebody may do in an area. National figures are for everybody and need none.

- read area: its events, enterprises by name; nothing that identifies a person
- record: add to its ledger
- send again: let a reminder that is stuck go out once more, or give it up
- write again: let mail go again to an address that it came back from, or whose owner had called it unwanted
- read people: open what is sealed for a person, each time recorded
- break glass: the same where it is not one's task, with a reason that the area's lead sees
- ask erasure, approve erasure: two people erase a person together
- read audit: who looked at whom, who changed what access
- manage access: invite people, give and end roles, make and revoke keys
"""

ACTIONS: tuple[Action, ...] = get_args(Action)

Role = Literal["catalyst", "lead", "commissioner", "national", "administrator"]

ROLES: dict[Role, frozenset[Action]] = {
    "catalyst": frozenset({"read area", "record", "send again", "read people", "ask erasure"}),
    "lead": frozenset(
        {"read area", "send again", "write again", "read people", "ask erasure", "approve erasure", "read audit"}
    ),
    "commissioner": frozenset({"read area"}),
    "national": frozenset({"read area", "break glass"}),
    "administrator": frozenset({"manage access", "read audit"}),
}

NETWORK_ROLES: frozenset[Role] = frozenset({"national", "administrator"})
"""Roles held for the whole network; the others are held area by area."""

EVERYWHERE = "*"

Areas = frozenset[str]
"""Area codes, or `EVERYWHERE` among them."""


class NotAllowed(TrellisError):
    """Whoever asks is known, and this is not theirs to do."""


class Grant(Struct, frozen=True):
    """Some actions in one area, or everywhere."""

    actions: frozenset[Action]
    area: str


class Principal(Struct, frozen=True, kw_only=True):
    """Who asks: a person with an account, a program with a key, or nobody known."""

    id: str
    """As the ledger names them: `account:UUID`, `key:PREFIX`, `local` or `nobody`."""
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def signed_in(self) -> bool:
        """Whether this is a person with an account."""
        return self.id.startswith("account:")

    def areas(self, action: Action) -> Areas:
        """Where they may do this."""
        return frozenset(grant.area for grant in self.grants if action in grant.actions)

    def may(self, action: Action, area: str | None = None) -> bool:
        """Whether they may do this in an area; without one, whether they may do it anywhere."""
        areas = self.areas(action)
        return bool(areas) if area is None else EVERYWHERE in areas or area in areas

    def only(self, action: Action) -> "Principal":
        """The same, who for now reads no further than where they may do this, and not even there if they may not."""
        both, alone = frozenset[Action]({action, "read area"}), frozenset[Action]({action})
        return msgspec.structs.replace(
            self,
            grants=tuple(
                Grant(both if self.may("read area", area) else alone, area) for area in sorted(self.areas(action))
            ),
        )

    def check(self, action: Action, area: str | None = None) -> None:
        """Raises `NotAllowed` unless they may."""
        if not self.may(action, area):
            raise NotAllowed("This is not open to you. If it should be, ask the person who runs this hub for access.")


NOBODY = Principal(id="nobody", name="")

LOCAL = Principal(
    id="local",
    name="this machine",
    grants=(Grant(frozenset({"read area", "record"}), EVERYWHERE),),
)
"""Whoever asks a hub that listens on its own machine only and has no write key set, without having signed in."""


class HeldRole(Struct, frozen=True, kw_only=True):
    role: Role
    area: str
    starts: date
    ends: date | None = None
    """The last day it is held."""


def grants(held: Iterable[HeldRole], *, on: date) -> tuple[Grant, ...]:
    """What the roles held on a day (Europe/London) allow."""
    return tuple(
        Grant(ROLES[each.role], each.area)
        for each in held
        if each.starts <= on and (each.ends is None or on <= each.ends)
    )
