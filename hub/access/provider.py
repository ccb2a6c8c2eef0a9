"""Signing in with an identity provider: OpenID Connect, by authorization code with PKCE.

Who somebody is stands in the ID token as issuer and subject, and in no e-mail address: addresses change hands. Which
account that is was settled when they accepted an invitation. Nothing of the provider is kept between two sign-ins, so
keys that it changed are known at once.
"""

import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from events.base import CannotStart, now
from events.database import Connection, value
from events.outbound import NotCalled, check_outbound, outbound
from events.settings import Settings
from hub.access.attempts import NotSignedIn, WithProvider
from hub.access.log import note
from hub.access.sessions import FRESH, LONGEST

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""With a key pair only. A token signed with a shared secret, or not at all, is nobody's."""

LEEWAY: Final = 60
"""Seconds that the provider's clock and ours may differ."""

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

_FAILED = "Your organisation's sign-in service did not say who you are. Try again, or sign in another way."


class Provider(Struct, frozen=True, kw_only=True):
    issuer: str
    client_id: str
    client_secret: str


class Configuration(Struct, frozen=True, kw_only=True):
    """What a provider publishes about itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(default_factory=lambda: ["client_secret_basic"])
    authorization_response_iss_parameter_supported: bool = False
    end_session_endpoint: str | None = None


class Identity(Struct, frozen=True, kw_only=True):
    """Who somebody is at a provider."""

    issuer: str
    subject: str
    proved_at: datetime = LONG_AGO
    """When they last showed the provider that it is them. Long ago, if it does not say."""


class _Tokens(Struct, frozen=True):
    id_token: str


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings name; None if they name none. Raises `CannotStart` if they name half of one."""
    given = {
        "HUB_OIDC_ISSUER": settings.oidc_issuer,
        "HUB_OIDC_CLIENT_ID": settings.oidc_client_id,
        "HUB_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
    }
    missing = [name for name, text in given.items() if not text]
    if len(missing) == len(given):
        return None
    if missing:
        raise CannotStart(f"To sign in with an identity provider, set {' and '.join(missing)} as well.")
    if not _safe(settings.oidc_issuer):
        raise CannotStart("HUB_OIDC_ISSUER must begin with https://, or tokens could be read on their way.")
    return Provider(
        issuer=settings.oidc_issuer, client_id=settings.oidc_client_id, client_secret=settings.oidc_client_secret
    )


def ask(
    provider: Provider, *, redirect: str, to: str, again: bool = False, invitation: bytes | None = None
) -> tuple[str, WithProvider]:
    """The address at the provider to send somebody to, and what to keep until they are back at `redirect`.

    `again` lets it ask them anew, even if it knows who they are. Raises `NotSignedIn` if the provider does not answer.
    """
    attempt = WithProvider(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        to=to,
        again=again,
        invitation=invitation,
    )
    with outbound(provider.issuer) as client:
        found = _configuration(client, provider)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect,
        "scope": "openid",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        # whoever is asked for this has to say when somebody was last asked (OpenID Connect Core 1.0, 3.1.2.1)
        "max_age": str(_max_age(attempt)),
    } | ({"prompt": "login"} if again else {})
    mark = "&" if urlsplit(found.authorization_endpoint).query else "?"
    return f"{found.authorization_endpoint}{mark}{urlencode(asked)}", attempt


def answered(
    provider: Provider, attempt: WithProvider, *, redirect: str, code: str, state: str, issuer: str | None
) -> Identity:
    """Who came back from the provider. Raises `NotSignedIn` if any part of the answer is not what was asked for."""
    if not compare_digest(state.encode(), attempt.state.encode()):
        raise NotSignedIn(_FAILED, reason="state differs")
    with outbound(provider.issuer) as client:
        found = _configuration(client, provider)
        told = found.authorization_response_iss_parameter_supported
        if (issuer is not None or told) and issuer != provider.issuer:
            raise NotSignedIn(_FAILED, reason="answer names another issuer")
        token = _token(client, provider, found, redirect=redirect, code=code, verifier=attempt.verifier)
        keys = _fetched(client, found.jwks_uri, dict[str, Any])
    return identity_in(token, provider=provider, keys=keys, attempt=attempt)


def identity_in(token: str, *, provider: Provider, keys: dict[str, Any], attempt: WithProvider) -> Identity:
    """Who an ID token is about, after OpenID Connect Core 1.0, section 3.1.3.7. Raises `NotSignedIn`.

    `keys` is the provider's JSON Web Key Set, `attempt` what was asked.
    """
    expected = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": attempt.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(cast("Any", keys)), algorithms=ALGORITHMS).claims
        expected.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotSignedIn(_FAILED, reason=f"ID token: {type(error).__name__}") from error
    audience = claims["aud"]
    several = isinstance(audience, list) and len(cast("list[object]", audience)) > 1
    if (several or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise NotSignedIn(_FAILED, reason="ID token is for another client")
    return Identity(
        issuer=provider.issuer, subject=str(claims["sub"]), proved_at=_proved_at(claims.get("auth_time"), attempt)
    )


def _proved_at(told: object, attempt: WithProvider) -> datetime:
    """When somebody showed the provider that it is them, by the claim `auth_time`.

    Some do not say. They are believed to have asked where they were told to, and else known not to have.
    """
    if not isinstance(told, int | float):
        return now() if attempt.again else LONG_AGO
    if told < now().timestamp() - _max_age(attempt) - LEEWAY:
        raise NotSignedIn(_FAILED, reason="the provider asked them too long ago")
    return min(datetime.fromtimestamp(told, UTC), now())


def _max_age(attempt: WithProvider) -> int:
    """Seconds ago that the provider may have asked them."""
    return int((FRESH if attempt.again else LONGEST).total_seconds())


def sign_out_address(provider: Provider, *, back: str) -> str | None:
    """Where somebody signs out at the provider too (RP-Initiated Logout 1.0), to be sent `back` from there.

    None if it offers no such thing, or does not answer.
    """
    try:
        with outbound(provider.issuer) as client:
            address = _configuration(client, provider).end_session_endpoint
        if not address or not _safe(address):
            return None
        check_outbound(address, own=provider.issuer)
    except (NotSignedIn, NotCalled):
        return None
    mark = "&" if urlsplit(address).query else "?"
    return f"{address}{mark}{urlencode({'client_id': provider.client_id, 'post_logout_redirect_uri': back})}"


def _token(
    client: httpx.Client, provider: Provider, found: Configuration, *, redirect: str, code: str, verifier: str
) -> str:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    basic = "client_secret_basic" in found.token_endpoint_auth_methods_supported
    if not basic:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    # RFC 6749, section 2.3.1 asks for both to be encoded as in a form first
    encoded = quote(provider.client_id, safe=""), quote(provider.client_secret, safe="")
    auth = httpx.BasicAuth(*encoded) if basic else httpx.USE_CLIENT_DEFAULT
    try:
        answer = client.post(found.token_endpoint, data=form, auth=auth)
        if answer.status_code != httpx.codes.OK:
            raise NotSignedIn(_FAILED, reason=f"token endpoint answered {answer.status_code}")
        return msgspec.json.decode(answer.content, type=_Tokens).id_token
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise NotSignedIn(_FAILED, reason=f"token endpoint: {type(error).__name__}") from error


def _configuration(client: httpx.Client, provider: Provider) -> Configuration:
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    found = _fetched(client, address, Configuration)
    if found.issuer != provider.issuer:
        raise NotSignedIn(_FAILED, reason="discovery names another issuer")
    if not _safe(found.authorization_endpoint):
        raise NotSignedIn(_FAILED, reason="discovery names an address without https")
    try:
        for each in (found.token_endpoint, found.jwks_uri):
            check_outbound(each, own=provider.issuer)
    except NotCalled as error:
        raise NotSignedIn(_FAILED, reason=f"discovery: {error}") from error
    return found


def _fetched(client: httpx.Client, address: str, type: type[Any]) -> Any:
    try:
        answer = client.get(address).raise_for_status()
        return msgspec.json.decode(answer.content, type=type)
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        name = error.__class__.__name__
        raise NotSignedIn(
            "Your organisation's sign-in service does not answer. Try again in a minute, or sign in another way.",
            reason=f"discovery: {name}",
        ) from error


def _safe(address: str) -> bool:
    found = urlsplit(address)
    return found.scheme == "https" or (found.scheme == "http" and found.hostname in ("localhost", "127.0.0.1", "::1"))


# ---- whose account an identity is

_FIND = """
update identity i set used_at = clock_timestamp() from account a
where i.issuer = %s and i.subject = %s and a.id = i.account and a.closed_at is null
returning i.account
"""

_TIE = """
insert into identity (issuer, subject, account, used_at) values (%s, %s, %s, clock_timestamp())
on conflict (issuer, subject) do update set used_at = excluded.used_at where identity.account = excluded.account
returning account
"""

_OF = "select count(*) from identity where account = %s"


def account_with(connection: Connection, identity: Identity) -> UUID:
    """The account that an identity was tied to. Raises `NotSignedIn` if it was tied to none that is open."""
    found = value(connection, _FIND, [identity.issuer, identity.subject])
    if found is None:
        raise NotSignedIn(
            "No account on this hub is yours. If you work with the network, ask the person who runs this hub for an "
            "invitation, and follow its link.",
            reason="unknown identity",
        )
    return cast("UUID", found)


def tie(connection: Connection, identity: Identity, account: UUID) -> None:
    """Let an identity sign in to an account from now on. Raises `NotSignedIn` if it is another account's."""
    if value(connection, _TIE, [identity.issuer, identity.subject, account]) is None:
        raise NotSignedIn(
            "Your organisation's account already signs you in to another account here. Sign in with that one.",
            reason="identity of another account",
        )
    what = "tied to an account of the identity provider"
    note(connection, "way in", what, who=f"account:{account}", account=account)


def has_identity(connection: Connection, account: UUID) -> bool:
    return bool(value(connection, _OF, [account]))
