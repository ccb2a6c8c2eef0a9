"""Junk to every address as every role: never a mistake of the hub's, never past the guard."""

import random
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from askers import (  # the same hub, people and expectations as of the matrix
    LEAD_THROUGH,
    MARKS,
    REFUSED,
    Asker,
    addresses,
    app,
    asker,
    client,
    closed,
    filled,
    program,
    refusal_expected,
)
from litestar import Litestar
from litestar.testing import TestClient

from events.access import ROLES
from events.database import Connection
from hub.access.keys import FOR_KEYS

__all__ = ["app", "client", "closed"]

WORDS = (
    "", " ", "0", "-1", "9" * 40, "1e999", "null", "true", "[]", "{}", "\x00", "\r\nX-Injected: 1", "é\u202e\ud7ff",
    "../../etc", "%2e%2e%2f", "%00", "'; drop table event; --", "<script>alert(1)</script>", "=cmd()", "*", "E06000066",
    "E06000066,E06000052", "UK", "2026-05-03", "9999-12-31", "0001-01-01", str(uuid4()), "x" * 5000,
)  # fmt: skip

FIELDS = (
    "on", "known", "after", "to", "persona", "why", "reason", "role", "area", "starts", "ends", "email", "name", "code",
    "actions", "areas", "ends_on", "subject", "basis", "kind", "decision", "who", "day", "id", "session", "prefix",
    "token", "state", "credential", "limit",
)  # fmt: skip


def junk(dice: random.Random) -> dict[str, str]:
    return {name: dice.choice(WORDS) for name in dice.sample(FIELDS, dice.randint(1, 8))}


def bent(path: str, dice: random.Random) -> str:
    """The address, now and then with something unheard of in one of its gaps."""
    address = filled(path, dice.choice(list(MARKS)))
    if dice.random() < 0.6 or "{" not in path:
        return address
    gaps = [n for n, part in enumerate(path.split("/")) if part.startswith("{")]
    parts = address.split("/")
    parts[dice.choice(gaps)] = quote(dice.choice(WORDS).encode("utf-8", "surrogatepass"), safe="")
    return "/".join(parts)


@pytest.mark.parametrize(
    "times", [pytest.param(2, id="a little"), pytest.param(10, id="a lot", marks=pytest.mark.full)]
)
def test_junk_at_every_address_as_every_role(
    app: Litestar, client: TestClient[Litestar], connection: Connection, times: int
) -> None:
    dice = random.Random(times)
    askers = [
        Asker(name="nobody", headers={}, actions=frozenset(), areas=frozenset(), person=False),
        *(asker(connection, role) for role in ROLES),
        *(program(connection, action) for action in FOR_KEYS),
    ]
    found = [each for each in addresses(app) if "sign-out" not in each[1]]
    for method, path, handler in found:
        for who in askers:
            for _ in range(times):
                address = bent(path, dice)
                asked = {"params": urlencode(junk(dice), errors="surrogatepass")} if dice.random() < 0.5 else {}
                headers = who.headers | ({"idempotency-key": str(uuid4())} if dice.random() < 0.8 else {})
                if method != "GET":
                    kind = dice.choice(("form", "json", "bytes"))
                    asked |= (
                        {"data": junk(dice)}
                        if kind == "form"
                        else {"json": junk(dice)}
                        if kind == "json"
                        else {"content": dice.randbytes(dice.randint(0, 300))}
                    )
                answer = client.request(method, address, headers=headers, follow_redirects=False, **asked)  # pyright: ignore
                told = f"{who.name}: {method} {address} {asked} answered {answer.status_code}"
                assert answer.status_code < 500, told
                assert "x-injected" not in answer.headers, told
                if refusal_expected(who, handler.opt.get("access"), None):
                    to_sign_in = answer.status_code in LEAD_THROUGH and "/sign-in" in answer.headers["location"]
                    assert answer.status_code in REFUSED | {400, 405} or to_sign_in, told
