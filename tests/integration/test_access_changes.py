"""What those who lead in an area see of who may work there: in the audit, of their own area and of no other."""

import csv
import io
from collections.abc import Iterator

import msgspec
import pytest
from askers import Asker, asker
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, mutated

from events.access import EVERYWHERE, HeldRole
from events.base import today
from events.database import Connection, connect, let_in
from events.settings import Settings
from hub.access import changes, log
from hub.access.accounts import add_account, close_account, give_role, take_away
from hub.access.changes import access_changes
from hub.access.invitations import accept, invite
from hub.access.keys import make_key, revoke_key
from hub.app import create_app


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    app = create_app(msgspec.structs.replace(settings, write_key=""))
    with TestClient(app, base_url="https://testserver.local", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def lead(connection: Connection) -> Asker:
    """Leads in Somerset."""
    return asker(connection, "lead")


def happened(connection: Connection) -> None:
    """The same in two areas: a role given and taken, one held when its account is closed, a key made and revoked."""
    for name, area in (("Sam", SOMERSET), ("Cora", CORNWALL)):
        account = add_account(connection, name=f"{name} Lee", email=f"{name}@example.org".lower())
        for role in ("catalyst", "commissioner"):
            held = HeldRole(role=role, area=area, starts=today())
            give_role(connection, account, held, given_by="local")
        take_away(connection, account, role="catalyst", area=area, by="local")
        close_account(connection, account, by="local")
        revoke_key(connection, made_key(connection, area), by="local")


def made_key(connection: Connection, *areas: str) -> str:
    key = make_key(connection, name="x", actions=["read area"], areas=areas, ends_on=today(), created_by="local")
    return key.split("_")[1]


def rows_of(client: TestClient, who: Asker, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/audit.csv{query}", headers=who.headers)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_lead_sees_what_changed_about_access_in_their_area_and_in_no_other(
    client: TestClient, connection: Connection, lead: Asker
) -> None:
    happened(connection)
    rows = [each for each in rows_of(client, lead) if each["who"] == "local"]
    assert [each["action"] for each in rows] == [
        "revoked key",
        "made key",
        "closed account",
        "took role",
        "gave role",
        "gave role",
    ]
    assert {each["area"] for each in rows} == {SOMERSET}
    assert rows[-1]["why"].endswith(": Sam Lee")
    page = client.get("/audit", headers=lead.headers).text
    for words in ("Gave role", "Took role", "Made key", "Revoked key", "Closed account", "Sam Lee"):
        assert words in page
    for words in ("Cora", "Cornwall", CORNWALL):
        assert words not in page
        assert words not in str(rows)


def test_what_holds_everywhere_is_shown_in_every_area_and_sign_ins_in_none(
    client: TestClient, connection: Connection, lead: Asker
) -> None:
    prefix = made_key(connection, EVERYWHERE)
    both = made_key(connection, SOMERSET, CORNWALL)
    found = {each["why"]: each["area_name"] for each in rows_of(client, lead, "?done=made+key")}
    assert found == {f"Made the key {prefix}": "The whole network", f"Made the key {both}": "Somerset"}
    assert {each["action"] for each in rows_of(client, lead)} <= {*changes.CHANGES}
    administrator = asker(connection, "administrator")
    everywhere = [each for each in rows_of(client, administrator, "?done=made+key") if both in each["why"]]
    assert sorted(each["area"] for each in everywhere) == sorted([SOMERSET, CORNWALL])


def test_the_audit_is_filtered_by_area_doer_day_and_person_for_access_too(
    client: TestClient, connection: Connection, lead: Asker
) -> None:
    happened(connection)
    assert len(rows_of(client, lead, "?by=local")) == 6
    assert rows_of(client, lead, "?by=test&done=made+key") == []
    assert len(rows_of(client, lead, f"?on={today()}&done=gave+role&by=local")) == 2
    assert rows_of(client, lead, "?on=2020-05-03") == []
    assert rows_of(client, lead, f"?of_area={CORNWALL}") == []
    sam = connection.execute("select id from account where name = 'Sam Lee'").fetchone()
    assert sam is not None
    assert len(rows_of(client, lead, f"?person={sam[0]}")) == 4
    assert 'value="local"' in client.get("/audit", headers=lead.headers).text


def test_a_connection_let_in_to_one_area_would_see_others_without_the_condition(
    settings: Settings, connection: Connection
) -> None:
    """The mutant."""
    happened(connection)
    condition = "area = any (string_to_array(current_setting('trellis.areas', true), ',')))"
    rest = "\n  and l.kind = any (%(kinds)s)\n  and (%(area)s"
    without = mutated(changes, condition + rest, "true)" + rest)
    with connect(settings.database_url, for_others=True) as others:
        assert access_changes(others, limit=99) == [], "nothing without being let in"
        assert changes.who_changed_access(others) == {}
        with others.transaction():
            let_in(others, [SOMERSET])
            assert {each.area for each in access_changes(others, limit=99)} == {SOMERSET}
            assert {each.area for each in without.access_changes(others, limit=99)} == {SOMERSET, CORNWALL}


def test_a_closing_is_seen_where_a_role_was_still_held(client: TestClient, connection: Connection, lead: Asker) -> None:
    account = add_account(connection, name="Sam", email="sam@example.org")
    for area in (SOMERSET, CORNWALL):
        give_role(connection, account, HeldRole(role="catalyst", area=area, starts=today()), given_by="test")
    take_away(connection, account, role="catalyst", area=SOMERSET, by="test")
    close_account(connection, account, by="test")
    assert rows_of(client, lead, "?done=closed+account") == []


def test_those_who_lead_where_somebody_works_see_how_they_got_in(
    client: TestClient, connection: Connection, lead: Asker
) -> None:
    for name, area in (("Sam", SOMERSET), ("Cora", CORNWALL)):
        held = HeldRole(role="catalyst", area=area, starts=today())
        email = f"{name}@example.org".lower()
        accept(connection, invite(connection, name=f"{name} Lee", email=email, role=held, by="local"))
        accept(connection, invite(connection, name="", email=email, role=None, by="local"))
    found = [(each["action"], each["why"]) for each in rows_of(client, lead) if "Lee" in each["why"]]
    assert found == [
        ("invitation", "Accepted an invitation: Sam Lee"),
        ("way in", "Ended the sessions, passkeys, identities and recovery codes from before: Sam Lee"),
        ("invitation", "Made a link that lets them back in: Sam Lee"),
        ("invitation", "Accepted an invitation: Sam Lee"),
        ("gave role", found[-1][1]),
    ]
    assert not any(each["area"] == CORNWALL for each in rows_of(client, lead))


def test_how_somebody_got_in_would_be_seen_nowhere_if_it_were_noted_without_areas(connection: Connection) -> None:
    """The mutant."""
    account = add_account(connection, name="Sam", email="sam@example.org")
    give_role(connection, account, HeldRole(role="catalyst", area=SOMERSET, starts=today()), given_by="test")
    without = mutated(log, 'if kind in ("invitation", "way in") and', "if False and")
    for module, seen in ((without, 0), (log, 1)):
        module.note(connection, "way in", "added a passkey", who=f"account:{account}", account=account)
        with connection.transaction():
            let_in(connection, [SOMERSET])
            assert len(access_changes(connection, kind="way in", limit=9)) == seen
