"""People and roles: who has an account, what each may do where, who is invited, and which programs have keys."""

from datetime import date, timedelta
from typing import Annotated, Final, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from events.access import EVERYWHERE, LOCAL, NETWORK_ROLES, ROLES, Action, HeldRole, Principal, Role
from events.base import NotFound, Refused, today
from events.database import Connection
from events.places import Place, places
from hub.access import accounts, invitations, keys
from hub.access.guard import Needs, signed_in_lately
from hub.access.log import OPERATOR, read_log_as
from hub.access.web import AnyRequest, origin_of, page
from hub.db import Hub, notice
from hub.input import day
from hub.spreadsheet import csv_text

MANAGE: Final = Needs("manage access")

ADDRESS: Final = "/people-and-roles"
PERSON: Final = f"{ADDRESS}/{{id}}"
INVITE: Final = f"{ADDRESS}/invite"
KEYS: Final = f"{ADDRESS}/keys"

MOST_CHANGES: Final = 200
MOST_IN_FILE: Final = 100_000


class Invited(Struct, frozen=True, kw_only=True):
    """A form as it was filled in."""

    name: str = ""
    email: str = ""
    role: str = ""
    area: str = ""
    starts: str = ""
    ends: str = ""


class Ended(Struct, frozen=True, kw_only=True):
    role: str
    area: str
    last: str = ""


class Withdrawn(Struct, frozen=True, kw_only=True):
    email: str


class NewKey(Struct, frozen=True, kw_only=True):
    name: str = ""
    read: str = ""
    record: str = ""
    areas: str = ""
    ends: str = ""


class Revoked(Struct, frozen=True, kw_only=True):
    prefix: str


def held_from(form: Invited) -> HeldRole:
    """The role that a form names. Raises `Refused` naming the field at fault."""
    if form.role not in ROLES:
        raise Refused("Choose a role.", field="role")
    area = EVERYWHERE if form.role in NETWORK_ROLES and not form.area else form.area
    if not area:
        raise Refused(f"Choose the area for which they are {form.role}.", field="area")
    starts = _day(form.starts, "starts") or today()
    return HeldRole(role=cast("Role", form.role), area=area, starts=starts, ends=_day(form.ends, "ends"))


def _day(text: str, field: str) -> date | None:
    if not text.strip():
        return None
    found = day(text.strip())
    if found is None:
        raise Refused("This is not a day. Write it like 3 May 2026.", field=field)
    return found


def _last_day(text: str) -> date:
    found = _day(text, "ends")
    if found is None:
        raise Refused("Say on which day the key ends.", field="ends")
    return found


def areas_to_choose() -> list[Place]:
    """The areas of today, by name."""
    found = [each for each in places().values() if each.nation and each.to_year is None]
    return sorted(found, key=lambda each: each.name)


# ---- people


@get(ADDRESS, access=MANAGE, sync_to_thread=True, include_in_schema=False)
def people(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    with hub.pool.connection() as connection:
        return page(
            "people.html",
            accounts=accounts.accounts(connection),
            invitations=invitations.invitations(connection),
            in_words=accounts.role_in_words,
            today=today(),
            who=who,
            notice=notice(connection),
        )


@get(INVITE, access=MANAGE, fresh=INVITE, sync_to_thread=True, include_in_schema=False)
def invite_form(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    with hub.pool.connection() as connection:
        return _invite_page(connection, who, Invited())


@post(INVITE, access=MANAGE, fresh=INVITE, sync_to_thread=True, include_in_schema=False, status_code=200)
def invite(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    who: NamedDependency[Principal],
    data: Annotated[Invited, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Make an invitation and show its link, this once; somebody who has an account holds the role at once."""
    with hub.pool.connection() as connection:
        try:
            accounts.check_person(name=data.name, email=data.email)
            held = held_from(data)
            if known := accounts.account_by_email(connection, data.email):
                accounts.give_role(connection, known.id, held, given_by=who.id)
                role = accounts.role_in_words(held)
                return page("has_account.html", account=known, role=role, who=who, notice=notice(connection))
            closed = accounts.closed_account(connection, data.email)
            token = invitations.invite(connection, name=data.name, email=data.email, role=held, by=who.id)
        except Refused as refused:
            return _invite_page(connection, who, data, errors=_errors(refused, "email"))
        name = closed.name if closed else data.name
        return _link_page(hub, request, connection, who, token=token, name=name, reopens=closed is not None)


@post(f"{ADDRESS}/withdraw", access=MANAGE, sync_to_thread=True, include_in_schema=False, status_code=303)
def withdraw(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    data: Annotated[Withdrawn, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    with hub.pool.connection() as connection, connection.transaction():
        invitations.withdraw(connection, data.email, by=who.id)
    return Redirect(ADDRESS, status_code=303)


@get(f"{ADDRESS}/{{id:uuid}}", access=MANAGE, sync_to_thread=True, include_in_schema=False)
def person(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], id: FromPath[UUID]
) -> Response[bytes]:
    lately = signed_in_lately(request)
    with hub.pool.connection() as connection:
        return _person_page(connection, who, id, lately=lately)


@post(f"{ADDRESS}/{{id:uuid}}/roles", access=MANAGE, fresh=PERSON, sync_to_thread=True, include_in_schema=False)
def give_role(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    id: FromPath[UUID],
    data: Annotated[Invited, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes] | Response[None]:
    with hub.pool.connection() as connection:
        found = _found(connection, id)
        try:
            accounts.give_role(connection, found.id, held_from(data), given_by=who.id)
        except Refused as refused:
            return _person_page(connection, who, id, typed=data, errors=_errors(refused, "role"))
    return Redirect(f"{ADDRESS}/{id}", status_code=303)


@post(
    f"{ADDRESS}/{{id:uuid}}/end-role",
    access=MANAGE,
    fresh=PERSON,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def end_role(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    id: FromPath[UUID],
    data: Annotated[Ended, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Take a role away now."""
    with hub.pool.connection() as connection:
        found, role = _found(connection, id), cast("Role", data.role)
        accounts.take_away(connection, found.id, role=role, area=data.area, by=who.id)
    return Redirect(f"{ADDRESS}/{id}", status_code=303)


@post(
    f"{ADDRESS}/{{id:uuid}}/link",
    access=MANAGE,
    fresh=PERSON,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=200,
)
def let_back_in(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], id: FromPath[UUID]
) -> Response[bytes]:
    """A link for somebody who lost every way in, shown this once."""
    with hub.pool.connection() as connection:
        found = _found(connection, id)
        token = invitations.invite(connection, name=found.name, email=found.email, role=None, by=who.id)
        return _link_page(hub, request, connection, who, token=token, name=found.name)


@post(
    f"{ADDRESS}/{{id:uuid}}/close",
    access=MANAGE,
    fresh=PERSON,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def close(hub: NamedDependency[Hub], who: NamedDependency[Principal], id: FromPath[UUID]) -> Response[None]:
    with hub.pool.connection() as connection:
        accounts.close_account(connection, _found(connection, id).id, by=who.id)
    return Redirect(ADDRESS, status_code=303)


# ---- keys for programs


@get(KEYS, access=MANAGE, sync_to_thread=True, include_in_schema=False)
def all_keys(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[bytes]:
    lately, typed = signed_in_lately(request), NewKey(ends=str(today() + timedelta(days=365)))
    with hub.pool.connection() as connection:
        return _keys_page(connection, who, typed, lately=lately)


@post(KEYS, access=MANAGE, fresh=KEYS, sync_to_thread=True, include_in_schema=False, status_code=200)
def make_key(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    data: Annotated[NewKey, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Make a key and show it, this once."""
    ticked: dict[Action, str] = {"read area": data.read, "record": data.record}
    with hub.pool.connection() as connection:
        try:
            key = keys.make_key(
                connection,
                name=data.name,
                actions=[action for action, tick in ticked.items() if tick],
                areas=data.areas.replace(",", " ").upper().split(),
                ends_on=_last_day(data.ends),
                created_by=who.id,
            )
        except Refused as refused:
            return _keys_page(connection, who, data, errors=_errors(refused, "name"))
        return page("key.html", key=key, name=data.name, who=who, notice=notice(connection))


@post(f"{ADDRESS}/keys/revoke", access=MANAGE, sync_to_thread=True, include_in_schema=False, status_code=303)
def revoke_key(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    data: Annotated[Revoked, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    with hub.pool.connection() as connection:
        keys.revoke_key(connection, data.prefix, by=who.id)
    return Redirect(KEYS, status_code=303)


# ---- what changed


@get(f"{ADDRESS}/changes", access=MANAGE, sync_to_thread=True, include_in_schema=False)
def changes(hub: NamedDependency[Hub], who: NamedDependency[Principal], of: FromQuery[str] = "") -> Response[bytes]:
    """Who changed what access, and what looked wrong when somebody signed in, the newest first."""
    with hub.pool.connection() as connection:
        return page(
            "changes.html",
            rows=read_log_as(who, connection, account=_account(of), limit=MOST_CHANGES),
            names=_names(connection),
            of=of,
            most=MOST_CHANGES,
            who=who,
            notice=notice(connection),
        )


@get(f"{ADDRESS}/changes.csv", access=MANAGE, sync_to_thread=True, include_in_schema=False)
def changes_file(hub: NamedDependency[Hub], who: NamedDependency[Principal], of: FromQuery[str] = "") -> Response[str]:
    with hub.pool.connection() as connection:
        names, rows = _names(connection), read_log_as(who, connection, account=_account(of), limit=MOST_IN_FILE)
    text = csv_text(
        ["at", "who", "who_name", "account", "account_name", "what"],
        [
            [
                each.at.isoformat(),
                each.who,
                names.get(each.who, ""),
                str(each.account or ""),
                names.get(f"account:{each.account}", ""),
                each.what,
            ]
            for each in rows
        ],
    )
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="access-changes.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _account(of: str) -> UUID | None:
    """Whose changes are asked for; None for everybody's."""
    try:
        return UUID(of) if of else None
    except ValueError as error:
        raise Refused("There is no such account.", field="of") from error


def _names(connection: Connection) -> dict[str, str]:
    """What people are called, by how the log names them; whose account was closed too."""
    return {LOCAL.id: OPERATOR} | {f"account:{id}": name for id, name in accounts.names(connection).items()}


# ---- pages


def _errors(refused: Refused, field: str) -> dict[str, str]:
    """What to say beside which field; beside `field` where the refusal names none of the form."""
    names = {"ends_on": "ends", "actions": "read"}
    found = names.get(refused.field or "", refused.field or field)
    return {found: str(refused)}


def _found(connection: Connection, id: UUID) -> accounts.Account:
    found = accounts.account_of(connection, id)
    if found is None:
        raise NotFound("There is no such account, or it was closed.")
    return found


def _invite_page(
    connection: Connection, who: Principal, typed: Invited, *, errors: dict[str, str] | None = None
) -> Response[bytes]:
    return page(
        "invite.html",
        status=422 if errors else 200,
        typed=typed,
        errors=errors or {},
        roles=list(ROLES),
        areas=areas_to_choose(),
        who=who,
        notice=notice(connection),
    )


def _link_page(
    hub: Hub,
    request: AnyRequest,
    connection: Connection,
    who: Principal,
    *,
    token: str,
    name: str,
    reopens: bool = False,
) -> Response[bytes]:
    link = f"{origin_of(request, hub.settings)}/invitations/{token}"
    return page("link.html", link=link, name=name, reopens=reopens, who=who, notice=notice(connection))


def _person_page(
    connection: Connection,
    who: Principal,
    id: UUID,
    *,
    lately: bool = True,
    typed: Invited | None = None,
    errors: dict[str, str] | None = None,
) -> Response[bytes]:
    found = _found(connection, id)
    return page(
        "person.html",
        status=422 if errors else 200,
        account=found,
        held=[each for each in found.roles if each.ends is None or each.ends >= today()],
        before=[each for each in found.roles if each.ends is not None and each.ends < today()],
        noted=read_log_as(who, connection, account=id, limit=20),
        in_words=accounts.role_in_words,
        typed=typed or Invited(),
        lately=lately,
        errors=errors or {},
        roles=list(ROLES),
        areas=areas_to_choose(),
        today=today(),
        who=who,
        notice=notice(connection),
    )


def _keys_page(
    connection: Connection,
    who: Principal,
    typed: NewKey,
    *,
    lately: bool = True,
    errors: dict[str, str] | None = None,
) -> Response[bytes]:
    return page(
        "keys.html",
        status=422 if errors else 200,
        keys=keys.keys(connection),
        names=_names(connection),
        typed=typed,
        lately=lately,
        errors=errors or {},
        where=accounts.area_in_words,
        today=today(),
        who=who,
        notice=notice(connection),
    )


PEOPLE_AND_ROLES = [
    people,
    invite_form,
    invite,
    withdraw,
    person,
    give_role,
    end_role,
    let_back_in,
    close,
    all_keys,
    make_key,
    revoke_key,
    changes,
    changes_file,
]
