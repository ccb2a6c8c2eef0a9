"""How often somebody may ask, counted in Redis by all hubs together. A route may declare a `limit` of its own.

A hub for this machine alone counts nothing. Without Redis pages go on, and nobody signs in: a limit on attempts that
anybody can switch off by overloading Redis would be none.
"""

import hmac
import logging
import math
import time
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network

import redis
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from litestar.concurrency import sync_to_thread
from litestar.exceptions import TooManyRequestsException
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from events.base import TrellisError
from events.settings import Settings
from hub.access.guard import SAFE, AnyConnection, Public
from hub.errors import STATUS

log = logging.getLogger(__name__)

LOOK_AGAIN = 5.0
"""Seconds for which a Redis that did not answer is left alone, so that pages do not wait for it one by one."""


class Limit(Struct, frozen=True, kw_only=True):
    name: str
    times: int
    seconds: int
    needed: bool = False
    """Whether nobody may go on while it cannot be counted."""


PAGES = Limit(name="pages", times=1200, seconds=60)
"""By address; a whole council may share one."""
API = Limit(name="api", times=3000, seconds=60)
"""By key."""
PROGRAMS = Limit(name="programs", times=6000, seconds=60)
"""By address, of all who send a key, right or wrong."""
ATTEMPTS = Limit(name="attempts", times=20, seconds=300, needed=True)
"""To sign in, by address."""
ATTEMPTS_ON_ACCOUNT = Limit(name="attempts on an account", times=10, seconds=900, needed=True)
"""To sign in as somebody, from wherever."""


class CannotCount(TrellisError):
    """Redis is away, and this may not be done uncounted."""


STATUS[CannotCount] = HTTPStatus.SERVICE_UNAVAILABLE


class Limits:
    def __init__(self, settings: Settings) -> None:
        self._key = settings.vault_key.encode()
        pool = redis.ConnectionPool.from_url(settings.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
        storage = RedisStorage("redis://", connection_pool=pool, key_prefix="trellis-limit")
        self._counter = SlidingWindowCounterRateLimiter(storage)
        self._away_until = 0.0

    def count(self, limit: Limit, whom: str) -> None:
        """Count one more of somebody: an address, a key, an account. Raises 429, or `CannotCount` without Redis."""
        if not limit.needed and time.monotonic() < self._away_until:
            return
        item = RateLimitItemPerSecond(limit.times, limit.seconds)
        # nobody who reads Redis learns who asked
        name = hmac.digest(self._key, f"{limit.name} {whom}".encode(), "sha256").hex()
        try:
            if self._counter.hit(item, name):
                return
            wait = max(1, math.ceil(self._counter.get_window_stats(item, name).reset_time - time.time()))
        except redis.RedisError as error:
            if time.monotonic() >= self._away_until:
                log.warning("requests are not counted, the queue is away: %s", type(error).__name__)
            self._away_until = time.monotonic() + LOOK_AGAIN
            if limit.needed:
                raise CannotCount("Nobody can sign in right now. Try again in a few minutes.") from error
            return
        raise TooManyRequestsException(
            f"You asked too often. Try again in {wait} seconds.", headers={"Retry-After": str(wait)}
        )


async def limited(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard of every address, before it is known who asks: by key, or by address. `limit=None` counts nothing."""
    if "limit" in handler.opt and handler.opt["limit"] is None:
        return
    bearer = connection.headers.get("authorization")
    if bearer is None:
        await _count(connection, PAGES, _address(connection))
        return
    # by address too, or a new key made up for each request would never be counted twice
    await _count(connection, PROGRAMS, _address(connection))
    await _count(connection, API, bearer.partition(" ")[2])


async def limited_attempts(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard behind the one that finds out who asks: what changes something for nobody known is an attempt."""
    attempt = isinstance(handler.opt.get("access"), Public) and connection.scope.get("method") not in SAFE
    limit = handler.opt.get("limit", ATTEMPTS if attempt else None)
    if limit is not None and not connection.scope["state"]["who"].signed_in:
        await _count(connection, limit, _address(connection))


async def _count(connection: AnyConnection, limit: Limit, whom: str) -> None:
    limits: Limits = connection.app.state.limits
    await sync_to_thread(limits.count, limit, whom)


def _address(connection: AnyConnection) -> str:
    return counted_as(connection.client.host if connection.client else "")


def counted_as(host: str) -> str:
    """Who counts as one: an IPv4 address, or the network of IPv6 addresses that a provider gives to one home."""
    try:
        address = ip_address(host)
    except ValueError:  # a Unix socket, or a test
        return host
    if isinstance(address, IPv6Address):
        # a proxy that listens on both may write an IPv4 address as an IPv6 one
        return str(address.ipv4_mapped or ip_network((int(address) >> 64 << 64, 64)))
    return host
