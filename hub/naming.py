"""What to call whoever recorded something, as the ledger names them."""

from collections.abc import Callable

from events.access import Principal
from events.database import Connection
from hub.access.accounts import names

_OTHERS = {
    "local": "this machine",
    "import": "an imported file",
    "simulate": "the demonstration",
    "key": "a program",
    "hub": "the hub",
    "link": "the enterprise, by its link",
}


def namer(connection: Connection, who: Principal) -> Callable[[str], str]:
    """A function from an actor to a name, for one page. Programs are told no names of people."""
    to_program = who.id.startswith("key:")
    known = {} if to_program else {f"account:{id}": name for id, name in names(connection).items()}

    def name_of(actor: str) -> str:
        if actor == who.id:
            return "you"
        return known.get(actor) or _OTHERS.get(actor.partition(":")[0], "somebody else")

    return name_of
