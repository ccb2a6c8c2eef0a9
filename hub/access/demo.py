"""Three people to be in the demonstration network, without a password. There are none in a hub with real data."""

from uuid import UUID

from msgspec import Struct

from events.access import EVERYWHERE, LOCAL, HeldRole, Role
from events.base import named_id, today
from events.database import Connection, value
from hub.access.accounts import account_by_email, add_account, give_role


class Persona(Struct, frozen=True, kw_only=True):
    name: str
    role: Role
    area: str
    words: str
    """Who this is and what they do here, in a sentence."""

    @property
    def email(self) -> str:
        return f"{self.role}@demo.invalid"


PERSONAS: dict[str, Persona] = {
    "catalyst": Persona(
        name="Bronwen Hale",
        role="catalyst",
        area="E06000066",
        words="Catalyst in Somerset. Helps people start enterprises and records what happens.",
    ),
    "lead": Persona(
        name="Imran Siddiqui",
        role="lead",
        area="E06000066",
        words="Leads the work in Somerset. Decides about people's data and sees who looked at it.",
    ),
    "national": Persona(
        name="Ruth Adeyemi",
        role="national",
        area=EVERYWHERE,
        words="National team. Watches the approach spread and must be able to trust a figure.",
    ),
}


def catalyst_of(area: str) -> UUID:
    """The account to which the demonstration's reminders of an area's Catalyst went."""
    return named_id("simulate", "catalyst", area)


def is_demo(connection: Connection) -> bool:
    """Whether this hub holds the invented network, which says so on every page."""
    return value(connection, "select true from notice where name = 'demo' and words <> ''") is not None


def account_of_persona(connection: Connection, persona: Persona) -> UUID:
    """The account of one of the three, made the first time somebody wants to be them."""
    if found := account_by_email(connection, persona.email):
        return found.id
    # the one that the invented reminders of a Catalyst went to, so that there are some in the inbox
    id = catalyst_of(persona.area) if persona.role == "catalyst" else None
    account = add_account(connection, name=persona.name, email=persona.email, id=id)
    held = HeldRole(role=persona.role, area=persona.area, starts=today())
    give_role(connection, account, held, given_by=LOCAL.id)
    return account
