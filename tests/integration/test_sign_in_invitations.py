"""Invitations: who gets in by a link, how often and how long; and the same from the command line."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from types import ModuleType
from uuid import UUID, uuid4

import msgspec
import pytest
from network import CORNWALL, SOMERSET, hub, mutated

from events.access import EVERYWHERE, LOCAL, NOBODY, ROLES, HeldRole, NotAllowed
from events.base import Refused, today
from events.database import Connection, connect
from events.settings import Settings
from events.sweeping import sweep_invitations
from hub.access import accounts as accounts_module
from hub.access import invitations as module
from hub.access.accounts import (
    account_by_email,
    account_of,
    add_account,
    close_account,
    end_role,
    give_role,
    open_account,
    take_away,
)
from hub.access.invitations import accept, invitation_of, invitations, invite, withdraw
from hub.access.keys import holder_of, keys, make_key, revoke_key
from hub.access.log import read_log, read_log_as
from hub.access.provider import Identity, tie
from hub.access.recovery import make_codes
from hub.access.sessions import open_session, principal_of

CATALYST = HeldRole(role="catalyst", area=SOMERSET, starts=today())
ADMINISTRATOR = HeldRole(role="administrator", area=EVERYWHERE, starts=today())


def invited(connection: Connection, email: str = "ann@example.org", role: HeldRole | None = CATALYST) -> str:
    return invite(connection, name="Ann", email=email, role=role, by="test")


def test_an_invitation_makes_an_account_with_the_role_it_names(connection: Connection) -> None:
    account = account_of(connection, accept(connection, invited(connection, "Ann@Example.org ")))
    assert account is not None
    assert (account.name, account.email, account.roles) == ("Ann", "ann@example.org", (CATALYST,))


def test_an_invitation_is_accepted_once_however_many_try_at_once(settings: Settings, connection: Connection) -> None:
    token = invited(connection)

    def attempt(_: int) -> bool:
        with connect(settings.database_url, for_others=True) as own:
            try:
                accept(own, token)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(attempt, range(6))) == [False] * 5 + [True]
    assert connection.execute("select count(*) from account").fetchone() == (1,)


@pytest.mark.parametrize(
    "spoilt",
    [
        "ends_at = clock_timestamp()",
        "closed_at = clock_timestamp()",
    ],
)
def test_an_invitation_that_is_over_is_refused(connection: Connection, spoilt: str) -> None:
    token = invited(connection)
    assert invitation_of(connection, token).name == "Ann"
    connection.execute(f"update invitation set {spoilt}".encode())
    for use in (invitation_of, accept):
        with pytest.raises(Refused, match="used already, or has ended"):
            use(connection, token)
    assert account_by_email(connection, "ann@example.org") is None


def test_a_newer_invitation_ends_the_one_before_and_either_can_be_withdrawn(connection: Connection) -> None:
    first, second = invited(connection), invited(connection)
    with pytest.raises(Refused):
        accept(connection, first)
    assert len(invitations(connection)) == 1
    assert withdraw(connection, "ann@example.org", by="test")
    assert not withdraw(connection, "ann@example.org", by="test")
    with pytest.raises(Refused):
        accept(connection, second)


def test_an_invitation_that_is_over_says_no_more_whom_it_was_for(connection: Connection) -> None:
    accept(connection, invited(connection))
    invited(connection, "ben@example.org")
    withdraw(connection, "ben@example.org", by="test")
    invited(connection, "cai@example.org")
    connection.execute("update invitation set ends_at = clock_timestamp() where email = 'cai@example.org'")
    invited(connection, "dee@example.org")
    sweep_invitations(connection)
    found = connection.execute("select email, name from invitation where email <> '' or name <> ''").fetchall()
    assert found == [("dee@example.org", "Ann")]


def test_what_the_table_of_invitations_holds_lets_nobody_in(connection: Connection) -> None:
    token = invited(connection)
    stored = connection.execute("select token from invitation").fetchone()
    assert stored is not None
    assert isinstance(stored[0], bytes)
    assert token.encode() not in stored[0]
    with pytest.raises(Refused):
        accept(connection, stored[0].hex())


def test_somebody_with_an_account_is_let_back_in_to_it_and_to_no_other(connection: Connection) -> None:
    account = add_account(connection, name="Ann", email="ann@example.org")
    other = add_account(connection, name="Ben", email="ben@example.org")
    assert accept(connection, invited(connection, role=None)) == account != other


def test_nobody_is_invited_without_a_role_into_no_account_or_a_closed_one(connection: Connection) -> None:
    with pytest.raises(Refused, match="which role"):
        invited(connection, role=None)
    close_account(connection, accept(connection, invited(connection)), by="test")
    with pytest.raises(Refused, match="which role"):
        invited(connection, role=None)


def with_every_way_in(connection: Connection, account: UUID) -> None:
    make_codes(connection, account)
    tie(connection, Identity(issuer="https://login.example.org", subject="ann"), account)
    open_session(connection, account, how="test", agent="", before=None)
    connection.execute(
        "insert into passkey (id, account, public_key, sign_count, name) values ('x', %s, '', 0, 'x')", [account]
    )


def left_of(connection: Connection, account: UUID) -> dict[str, int]:
    """What there still is of an account; of roles those that are held today or will be."""
    counted = {
        table: connection.execute(f"select count(*) from {table} where account = %s".encode(), [account]).fetchone()
        for table in ("identity", "recovery_code", "session", "passkey")
    } | {
        "roles": connection.execute(
            "select count(*) from held_role where account = %s and (ends is null or ends >= %s)", [account, today()]
        ).fetchone()
    }
    return {name: int(str(row[0])) for name, row in counted.items() if row and row[0]}


def with_roles_of_all_times(connection: Connection) -> UUID:
    account = add_account(connection, name="Ann", email="ann@example.org")
    for days, area in ((-9, SOMERSET), (0, CORNWALL), (9, SOMERSET)):
        held = HeldRole(role="catalyst", area=area, starts=today() + timedelta(days))
        give_role(connection, account, held, given_by="test")
    return account


def test_a_closed_account_has_no_way_in_and_no_role_left(settings: Settings, connection: Connection) -> None:
    account = with_roles_of_all_times(connection)
    with_every_way_in(connection, account)
    assert left_of(connection, account) == {
        "identity": 1,
        "recovery_code": 10,
        "session": 1,
        "passkey": 1,
        "roles": 3,
    }
    with connect(settings.database_url, for_others=True) as own:
        close_account(own, account, by="test")
    assert left_of(connection, account) == {}


def test_a_closed_account_that_is_opened_again_gets_nothing_back_but_the_role_it_is_invited_to(
    settings: Settings, connection: Connection
) -> None:
    account = with_roles_of_all_times(connection)
    close_account(connection, account, by="test")
    token = invited(connection, " Ann@example.org")
    assert account_of(connection, account) is None, "an invitation by itself opens nothing"
    # whoever was signing in at the very moment of the closing left these behind
    with_every_way_in(connection, account)
    with connect(settings.database_url, for_others=True) as own:
        assert accept(own, token) == account
    assert left_of(connection, account) == {"roles": 1}
    found = account_of(connection, account)
    assert found is not None
    assert found.principal.areas("record") == {SOMERSET}
    kinds = [each.kind for each in read_log(connection, account=account, limit=3)]
    assert kinds == ["invitation", "gave role", "opened account"]


@pytest.mark.parametrize(
    ("guard", "then", "stays"),
    [
        ('"delete from held_role where account = %(account)s and starts >= %(today)s",', "", {"roles": 2}),
        ("set ends = %(today)s - 1\n    where", "set ends = ends\n    where", {"roles": 1}),
        ('    "delete from passkey where account = %s",\n', "", {"passkey": 1}),
        ('    "delete from identity where account = %s",\n', "", {"identity": 1}),
        ('    "delete from recovery_code where account = %s",\n', "", {"recovery_code": 10}),
    ],
)
def test_what_closing_forgets_to_end_would_come_back(
    connection: Connection, guard: str, then: str, stays: dict[str, int]
) -> None:
    """The mutants."""
    without = mutated(accounts_module, guard, then)
    account = with_roles_of_all_times(connection)
    with_every_way_in(connection, account)
    without.close_account(connection, account, by="test")
    without.open_account(connection, account, by="test")
    assert left_of(connection, account) == stays


def test_a_session_of_the_moment_of_closing_would_come_alive_if_opening_ended_none(connection: Connection) -> None:
    """The mutant."""
    guard = '            _forget(connection, account)\n            note(connection, "opened account"'
    without = mutated(accounts_module, guard, '            note(connection, "opened account"')
    for opens, alive in ((without.open_account, True), (open_account, False)):
        account = add_account(connection, name="Ann", email=f"ann.{alive}@example.org")
        close_account(connection, account, by="test")
        token = open_session(connection, account, how="test", agent="", before=None)
        assert principal_of(connection, token) is None
        opens(connection, account, by="test")
        assert (principal_of(connection, token) is not None) == alive


def test_an_invitation_could_be_accepted_twice_without_the_look_whether_it_is_open(connection: Connection) -> None:
    """The mutant."""
    without = mutated(module, "where token = %s and closed_at is null and ends_at", "where token = %s and ends_at")
    token = invited(connection)
    accept(connection, token)
    with pytest.raises(Refused, match="Give the person's name"):  # it gets as far as making the account
        without.accept(connection, token)


def test_closing_an_account_ends_its_invitation(connection: Connection) -> None:
    account = add_account(connection, name="Ann", email="ann@example.org")
    token = invited(connection, role=None)
    close_account(connection, account, by="test")
    with pytest.raises(Refused):
        accept(connection, token)


@pytest.mark.parametrize(
    ("role", "field"),
    [
        (HeldRole(role="catalyst", area=EVERYWHERE, starts=today()), "area"),
        (HeldRole(role="administrator", area=SOMERSET, starts=today()), "area"),
        (HeldRole(role="catalyst", area="E99999999", starts=today()), "area"),
        (HeldRole(role="catalyst", area=SOMERSET, starts=today(), ends=today() - timedelta(1)), "ends"),
        (msgspec.structs.replace(CATALYST, role="king"), "role"),
    ],
)
def test_a_role_that_cannot_be_held_is_refused_when_inviting(
    connection: Connection, role: HeldRole, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        invited(connection, role=role)
    assert refused.value.field == field


def test_who_changed_what_access_is_noted_without_name_or_address(connection: Connection) -> None:
    account = accept(connection, invited(connection))
    noted = read_log(connection)
    assert [each.what.partition(" for ")[0] for each in noted] == [
        "accepted an invitation",
        "made catalyst",
        "invited as catalyst",
    ]
    assert [each.who for each in noted] == [f"account:{account}", "test", "test"]
    assert not any("ann" in each.what.lower().replace("accepted an", "") for each in noted)


def test_nobody_gives_themselves_a_role(connection: Connection) -> None:
    account = add_account(connection, name="Ann", email="ann@example.org")
    with pytest.raises(Refused, match="cannot give yourself"):
        give_role(connection, account, CATALYST, given_by=f"account:{account}")
    found = account_of(connection, account)
    assert found is not None
    assert found.roles == ()
    give_role(connection, account, CATALYST, given_by="test")


def test_who_manages_access_decides_about_no_erasure() -> None:
    assert not {"approve erasure", "ask erasure", "read people"} & ROLES["administrator"]


def test_invitations_end_with_the_account_or_the_role_of_whoever_made_them(connection: Connection) -> None:
    others = invited(connection, "ben@example.org")
    for number, leave in enumerate((_close, _end)):
        account = add_account(connection, name="Ann", email=f"ann{number}@example.org")
        give_role(connection, account, ADMINISTRATOR, given_by="test")
        token = invite(connection, name="Cai", email="cai@example.org", role=CATALYST, by=f"account:{account}")
        assert invitation_of(connection, token).name == "Cai"
        leave(connection, account)
        with pytest.raises(Refused):
            accept(connection, token)
    assert invitation_of(connection, others).email == "ben@example.org"


@pytest.mark.parametrize("leaves", ["close", "end", "take away"])
def test_the_keys_somebody_made_end_when_they_no_longer_manage_access(connection: Connection, leaves: str) -> None:
    ann, ben = (add_account(connection, name=name, email=f"{name}@example.org") for name in ("ann", "ben"))
    made: list[str] = []
    for account in (ann, ben):
        give_role(connection, account, ADMINISTRATOR, given_by="test")
        by = f"account:{account}"
        made.append(
            make_key(connection, name="x", actions=["record"], areas=[SOMERSET], ends_on=today(), created_by=by)
        )
    without = mutated(accounts_module, "created_by = %s and revoked_at is null", "created_by = %s and false")
    leave: dict[str, Callable[[ModuleType], object]] = {
        "close": lambda through: through.close_account(connection, ann, by="test"),
        "end": lambda through: through.end_role(
            connection, ann, role="administrator", area=EVERYWHERE, last=today(), by="test"
        ),
        "take away": lambda through: through.take_away(
            connection, ann, role="administrator", area=EVERYWHERE, by="test"
        ),
    }
    with connection.transaction(force_rollback=True):
        leave[leaves](without)
        assert holder_of(connection, made[0]), "the mutant leaves the key"
    leave[leaves](accounts_module)
    assert holder_of(connection, made[0]) is None
    assert holder_of(connection, made[1]), "somebody else's stays"
    assert [(each.made_by, each.revoked) for each in keys(connection)] == [
        (f"account:{ann}", True),
        (f"account:{ben}", False),
    ]
    assert "revoked key" in [each.kind for each in read_log(connection)]


def test_the_last_administrator_stays_unless_whoever_runs_the_hub_says_otherwise(connection: Connection) -> None:
    ann, ben = (add_account(connection, name=name, email=f"{name}@example.org") for name in ("ann", "ben"))
    give_role(connection, ann, ADMINISTRATOR, given_by="test")
    tomorrow = msgspec.structs.replace(ADMINISTRATOR, starts=today() + timedelta(1))
    give_role(connection, ben, tomorrow, given_by="test")
    end = {"role": "administrator", "area": EVERYWHERE, "last": today()}
    with pytest.raises(NotAllowed):
        close_account(connection, ann, by=f"account:{ben}")
    with pytest.raises(Refused, match="no administrator left"):
        close_account(connection, ann, by=f"account:{ann}")
    with pytest.raises(Refused, match="no administrator left"):
        end_role(connection, ann, by=f"account:{ann}", **end)  # pyright: ignore[reportArgumentType]
    give_role(connection, ben, ADMINISTRATOR, given_by="test")
    close_account(connection, ann, by=f"account:{ann}")
    with pytest.raises(Refused, match="no administrator left"):
        close_account(connection, ben, by=f"account:{ben}")
    close_account(connection, ben, by="local")


CHANGES: dict[str, Callable[[Connection, UUID, str], object]] = {
    "give": lambda to, id, by: give_role(to, id, CATALYST, given_by=by),
    "end": lambda to, id, by: end_role(to, id, role="catalyst", area=SOMERSET, last=today(), by=by),
    "take away": lambda to, id, by: take_away(to, id, role="catalyst", area=SOMERSET, by=by),
    "close": lambda to, id, by: close_account(to, id, by=by),
    "open": lambda to, id, by: open_account(to, id, by=by),
    "invite": lambda to, _, by: invite(to, name="Cai", email="cai@example.org", role=CATALYST, by=by),
    "withdraw": lambda to, _, by: withdraw(to, "cai@example.org", by=by),
    "make a key": lambda to, _, by: make_key(
        to, name="x", actions=["record"], areas=[SOMERSET], ends_on=today(), created_by=by
    ),
    "revoke a key": lambda to, _, by: revoke_key(to, "01234567", by=by),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whoever_does_not_manage_access_changes_none_whatever_address_let_them_ask(
    connection: Connection, change: Callable[[Connection, UUID, str], object]
) -> None:
    ann, lead, was, runs = (
        add_account(connection, name=name, email=f"{name}@example.org") for name in ("ann", "lead", "was", "runs")
    )
    give_role(connection, lead, msgspec.structs.replace(CATALYST, role="lead"), given_by="test")
    yesterday = today() - timedelta(1)
    over = msgspec.structs.replace(ADMINISTRATOR, starts=yesterday, ends=yesterday)
    give_role(connection, was, over, given_by="test")
    give_role(connection, runs, ADMINISTRATOR, given_by="test")
    for by in (f"account:{lead}", f"account:{was}", f"account:{uuid4()}", "key:01234567", "nobody"):
        with pytest.raises(NotAllowed):
            change(connection, ann, by)
    change(connection, ann, f"account:{runs}")


def test_a_lead_would_give_roles_without_the_check(connection: Connection) -> None:
    """The mutant."""
    guard = '(found.principal if found else NOBODY).check("manage access")'
    without = mutated(accounts_module, guard, "found")
    ann, lead = (add_account(connection, name=name, email=f"{name}@example.org") for name in ("ann", "lead"))
    without.give_role(connection, ann, ADMINISTRATOR, given_by=f"account:{lead}")
    found = account_of(connection, ann)
    assert found is not None
    assert found.principal.may("manage access")


def test_who_reads_the_log_manages_access(connection: Connection) -> None:
    account = accept(connection, invited(connection))
    found = account_of(connection, account)
    assert found is not None
    for who in (found.principal, NOBODY, LOCAL):
        with pytest.raises(NotAllowed):
            read_log_as(who, connection)
    give_role(connection, account, ADMINISTRATOR, given_by="test")
    found = account_of(connection, account)
    assert found is not None
    assert read_log_as(found.principal, connection) == read_log(connection)


@pytest.mark.parametrize("back_in", [False, True])
def test_an_invitation_ends_with_the_day_on_which_the_role_of_its_maker_did(
    connection: Connection, back_in: bool
) -> None:
    boss = add_account(connection, name="Boss", email="boss@example.org")
    began, yesterday = today() - timedelta(9), today() - timedelta(1)
    give_role(connection, boss, msgspec.structs.replace(ADMINISTRATOR, starts=began), given_by="test")
    if back_in:
        add_account(connection, name="Ann", email="ann@example.org")
    role = None if back_in else ADMINISTRATOR
    token = invite(connection, name="Ann", email="ann@example.org", role=role, by=f"account:{boss}")
    connection.execute("update held_role set ends = %s", [yesterday])
    with pytest.raises(Refused, match="has ended"):
        accept(connection, token)
    connection.execute("update held_role set ends = %s", [today()])
    accept(connection, token)


def test_giving_a_role_never_makes_it_shorter(connection: Connection) -> None:
    ann, ben = (add_account(connection, name=name, email=f"{name}@example.org") for name in ("ann", "ben"))
    began = msgspec.structs.replace(ADMINISTRATOR, starts=today() - timedelta(9))
    for account in (ann, ben):
        give_role(connection, account, began, given_by="test")
    over = msgspec.structs.replace(began, ends=today() - timedelta(1))
    with pytest.raises(Refused, match="To end it, take it away"):
        give_role(connection, ben, over, given_by=f"account:{ann}")
    assert not any(each.kind == "took role" for each in read_log(connection))
    short, longer = (msgspec.structs.replace(CATALYST, ends=today() + timedelta(days)) for days in (1, 2))
    for held in (short, longer, longer, CATALYST):
        give_role(connection, ben, held, given_by=f"account:{ann}")
    found = account_of(connection, ben)
    assert found is not None
    assert set(found.roles) == {began, CATALYST}
    without = mutated(accounts_module, "where excluded.ends is null or held_role.ends <= excluded.ends", "")
    without.give_role(connection, ben, over, given_by=f"account:{ann}")
    found = account_of(connection, ben)
    assert found is not None
    assert not found.principal.may("manage access"), "the mutant ends it"


def _close(connection: Connection, account: UUID) -> None:
    close_account(connection, account, by="test")


def _end(connection: Connection, account: UUID) -> None:
    assert end_role(connection, account, role="administrator", area=EVERYWHERE, last=today(), by="test")


def test_a_way_back_in_ends_every_other_way_in_and_leaves_others_alone(connection: Connection) -> None:
    ann, ben = (add_account(connection, name=name, email=f"{name}@example.org") for name in ("ann", "ben"))
    for number, account in enumerate((ann, ben)):
        make_codes(connection, account)
        open_session(connection, account, how="test", agent="", before=None)
        row = [bytes([number]), account]
        connection.execute(
            "insert into passkey (id, account, public_key, sign_count, name) values (%s, %s, '', 0, 'x')", row
        )
        connection.execute("insert into identity (issuer, subject, account) values ('here', %s, %s)", [number, account])
    assert ways_in(connection) == {ann: 13, ben: 13}
    back_in = invited(connection, role=None)
    assert ways_in(connection)[ann] == 13, "asking for a link ends nothing"
    accept(connection, back_in)
    assert ways_in(connection) == {ben: 13}


def test_no_invitation_with_a_role_opens_an_account_that_is_in_use(connection: Connection) -> None:
    before = invited(connection)
    account = add_account(connection, name="Ann", email="ann@example.org")
    with_every_way_in(connection, account)
    kept = ways_in(connection)
    with pytest.raises(Refused, match="Give them the role"):
        invited(connection, " Ann@example.org")
    with pytest.raises(Refused, match="Sign in to it"):
        accept(connection, before)
    found = account_of(connection, account)
    assert found is not None
    assert found.roles == ()
    assert ways_in(connection) == kept


def test_an_earlier_invitation_would_open_the_account_without_the_look_who_has_one(connection: Connection) -> None:
    """The mutant."""
    guard = "            if invitation.role:\n                raise Refused(HAS_ACCOUNT)\n"
    without = mutated(module, guard, "")
    before = invited(connection)
    account = add_account(connection, name="Ann", email="ann@example.org")
    assert without.accept(connection, before) == account


def ways_in(connection: Connection) -> dict[UUID, int]:
    """How many sessions, passkeys, identities and recovery codes there are of each account."""
    rows = connection.execute(
        "select account, count(*) from (select account from session union all select account from passkey "
        "union all select account from identity union all select account from recovery_code) as way group by account"
    )
    return {UUID(str(account)): int(str(n)) for account, n in rows}


def test_a_key_works_for_at_most_four_hundred_days(connection: Connection) -> None:
    for days, well in ((400, True), (401, False)):
        with nullcontext() if well else pytest.raises(Refused, match="at most 400 days"):
            make_key(
                connection,
                name="x",
                actions=["record"],
                areas=[SOMERSET],
                ends_on=today() + timedelta(days),
                created_by="test",
            )


@pytest.mark.parametrize("ends", [None, timedelta(0), timedelta(9)])
def test_a_role_that_is_taken_away_does_not_work_any_more_today(
    settings: Settings, connection: Connection, ends: timedelta | None
) -> None:
    account = add_account(connection, name="Ann", email="ann@example.org")
    last = None if ends is None else today() + ends
    held = HeldRole(role="catalyst", area=SOMERSET, starts=today() - timedelta(3), ends=last)
    give_role(connection, account, held, given_by="test")
    token = open_session(connection, account, how="test", agent="", before=None)
    with connect(settings.database_url, for_others=True) as own:
        assert take_away(own, account, role="catalyst", area=SOMERSET, by="test")
        assert not take_away(own, account, role="catalyst", area=SOMERSET, by="test")
    found = account_of(connection, account)
    assert found is not None
    assert not found.principal.may("record", SOMERSET)
    assert principal_of(connection, token) is None


# ---- the command line


def test_the_first_administrator_gets_in_by_a_printed_link(settings: Settings, connection: Connection) -> None:
    said = hub(settings, "user", "invite", "ann@example.org", "--name", "Ann", "--role", "administrator")
    assert said.returncode == 0, said.stderr
    address, _, token = said.stdout.strip().rpartition("/")
    assert address.startswith("http://localhost:")
    assert address.endswith("/invitations")
    account = account_of(connection, accept(connection, token))
    assert account is not None
    assert account.principal.may("manage access")


def test_inviting_somebody_with_an_account_gives_the_role_and_prints_no_link(settings: Settings) -> None:
    assert hub(settings, "user", "add", "ann@example.org", "--name", "Ann").returncode == 0
    said = hub(settings, "user", "invite", "ann@example.org", "--role", "national")
    assert said.returncode == 0, said.stderr
    assert "is now national for the whole network" in " ".join(said.stdout.split())
    assert "/invitations/" not in said.stdout


def test_users_are_listed_given_roles_and_shut_out(settings: Settings, connection: Connection) -> None:
    assert "no accounts" in hub(settings, "user", "list").stdout
    assert hub(settings, "user", "add", "ann@example.org", "--name", "Ann").returncode == 0
    given = hub(settings, "user", "role", "ann@example.org", "catalyst", "--area", CORNWALL, "--until", "2099-01-01")
    assert "Ann is catalyst for Cornwall from" in given.stdout
    (listed,) = json.loads(hub(settings, "user", "list", "--json").stdout)
    assert (listed["name"], listed["roles"][0]["area"]) == ("Ann", CORNWALL)
    ended = hub(settings, "user", "end", "ann@example.org", "catalyst", "--area", CORNWALL)
    assert ended.returncode == 0, ended.stderr
    found = account_by_email(connection, "ann@example.org")
    assert found is not None
    assert [held.ends for held in found.roles] == [today()]
    assert hub(settings, "user", "close", "ann@example.org").returncode == 0
    assert account_by_email(connection, "ann@example.org") is None
    opened = hub(settings, "user", "open", "ann@example.org")
    assert "The account of Ann is open and holds no role" in " ".join(opened.stdout.split())
    found = account_by_email(connection, "ann@example.org")
    assert found is not None
    assert found.principal.grants == ()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["user", "close", "nobody@example.org"], "There is no open account with the address"),
        (["user", "open", "nobody@example.org"], "There is no closed account with the address"),
        (["user", "invite", "ann", "--name", "Ann", "--role", "national"], "This is not an e-mail address"),
        (["user", "invite", "a@b.org", "--name", "Ann", "--role", "catalyst"], "is held for an area"),
        (["user", "invite", "a@b.org", "--role", "national"], "Give the person's name"),
        (["key", "revoke", "abcd"], "There is no key abcd"),
        (["key", "make", "--name", "x", "--allow", "record", "--area", "E1"], "no area with the code E1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(settings: Settings, words: list[str], sentence: str) -> None:
    said = hub(settings, *words)
    assert said.returncode == 1
    assert sentence in " ".join(said.stderr.split())
    assert "Traceback" not in said.stderr


def test_a_key_is_made_listed_without_its_secret_and_revoked(settings: Settings) -> None:
    made = hub(settings, "key", "make", "--name", "Council", "--allow", "read area", "--area", SOMERSET).stdout.strip()
    prefix = made.split("_")[1]
    (listed,) = json.loads(hub(settings, "key", "list", "--json").stdout)
    assert (listed["prefix"], listed["name"], listed["revoked"]) == (prefix, "Council", False)
    assert made.split("_", 2)[2] not in hub(settings, "key", "list").stdout
    assert hub(settings, "key", "revoke", prefix).returncode == 0
    (listed,) = json.loads(hub(settings, "key", "list", "--json").stdout)
    assert listed["revoked"]
