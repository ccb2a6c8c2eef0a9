"""Characters that nothing can hold: refused in a sentence that names the field, before anything is looked up."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from house import House, house_on
from litestar import Litestar
from litestar.testing import TestClient
from network import SOMERSET, Network, mutated

from events.settings import Settings
from hub import errors
from hub.access.sessions import COOKIE
from hub.app import create_app
from hub.edges import printable
from hub.edges.limits import Limits

HERE = "https://testserver.local"
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def house(settings: Settings, network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    with house_on(settings, network) as found:
        yield found


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(settings), base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def test_a_form_without_signing_in(client: TestClient[Litestar]) -> None:
    """Anybody at all could make the hub fail with this."""
    answer = client.post("/sign-in/code", data={"email": "a\0b", "code": "x"}, headers=OURS)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": "email", "detail": "What was given as email holds a character that cannot be printed. Type it again."}
    ]
    page = client.post("/sign-in/code", data={"email": "a\0b", "code": "x"}, headers=OURS | {"accept": "text/html"})
    assert page.status_code == 400
    assert "What was given as email holds a character that cannot be printed." in page.text


@pytest.mark.parametrize("letter", ["\0", "\x07", "\x1b", "\x7f", "\x85"])
def test_forms_queries_and_paths(house: House, letter: str) -> None:
    administrator = house.person("administrator", name="Ann")
    role = f"/people-and-roles/{house.lead.account}/end-role"
    for path, said, field in (
        ("/people-and-roles/withdraw", {"email": letter}, "email"),
        ("/people-and-roles/keys/revoke", {"prefix": letter}, "prefix"),
        (role, {"role": "lead", "area": letter}, "area"),
        (role, {"role": letter, "area": SOMERSET}, "role"),
    ):
        answer = administrator.post(path, **said)
        assert answer.status_code == 400, path
        assert f"What was given as {field} holds" in answer.text, path
    written = "%" + letter.encode().hex(" ").upper().replace(" ", "%")
    for query in ("of_area", "by", "person", "on", "done"):
        for path in ("/audit", "/audit.csv"):
            answer = house.lead.get(f"{path}?{query}=ok&{query}=a{written}")
            assert answer.status_code == 400, (path, query)
            assert f"What was given as {query} holds" in answer.text
    for path in ("/figures", "/static", "/invitations"):
        assert house.client.get(f"{path}/{written}").status_code == 400, path


def test_a_form_with_a_file(house: House) -> None:
    answer = house.catalyst.send("/import", "area,name\n", kind="\0")
    assert answer.status_code == 400
    assert "What was given as kind holds" in answer.text


def test_lines_and_tabs_are_left_to_the_page(client: TestClient[Litestar]) -> None:
    """It has nobody to sign in; that is another refusal."""
    answer = client.post("/sign-in/code", data={"email": "a\r\n\tb", "code": "x"}, headers=OURS)
    assert answer.status_code == 403


def test_an_odd_name_of_a_field_is_not_sent_back(client: TestClient[Litestar]) -> None:
    answer = client.get("/sign-in?%1b%5b31mx=%00")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "[31mx"


def test_the_net_below(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What gets past the check is answered without a mistake, and without the net it is one."""
    letting = mutated(printable, "isinstance(text, str) and _UNPRINTABLE", "False and _UNPRINTABLE")
    monkeypatch.setattr("hub.app.only_printable", letting.only_printable)
    with TestClient(create_app(house.settings), base_url=HERE, raise_server_exceptions=False) as open_hub:
        asked = {"email": "a\0b", "code": "x"}
        answer = open_hub.post("/sign-in/code", data=asked, headers=OURS)
        assert answer.status_code == 400
        assert answer.json()["detail"] == "Something in the request cannot be kept. Check what you gave."
        without = mutated(errors, "case psycopg.DataError():", "case psycopg.DataError() if False:")
        monkeypatch.setattr(errors, "problem_of", without.problem_of)
        assert open_hub.post("/sign-in/code", data=asked, headers=OURS).status_code == 500


def test_what_is_asked_about_who_asks(client: TestClient[Litestar]) -> None:
    """Headers are read before the check."""
    for headers in (
        {"cookie": b"__Host-trellis=\xff\xfe"},
        {"cookie": f"{COOKIE}=%00".encode()},
        {"authorization": b"Bearer trellis_\xff_"},
        {"user-agent": b"\xff"},
        {"authorization": f"Bearer {uuid4()}".encode()},
    ):
        answer = client.get("/account", headers=headers, follow_redirects=False)  # pyright: ignore[reportArgumentType]
        assert answer.status_code < 500, headers
