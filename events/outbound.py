"""Calls that the hub makes to addresses which somebody else named. Made in any other way, they could be turned against
the network that the hub stands in."""

import logging
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Any, Final, cast

import httpcore
import httpx

TIMEOUT: Final = 5.0
"""Seconds to wait for a connection, and for each part of an answer."""

WHOLE_WITHIN: Final = 10.0
"""Seconds for a call as a whole: a server that sends a byte at a time is never late with the next."""

MOST_ANSWER: Final = 1_000_000
"""Bytes of an answer that are read."""

# what the registries say is handed out, rather than all that they do not say is special (RFC 6890, RFC 4291)
_GIVEN_OUT: Final = IPv6Network("2000::/3")
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
_NOT_CALLED: Final = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
"""For protocols between machines, and relays to IPv6: some of it is reachable from anywhere, none of it is a server."""

# it logs each address it calls, and some hold a secret
logging.getLogger("httpx").setLevel(logging.WARNING)


class NotCalled(httpx.RequestError):
    """An address that this hub does not call."""


class NotRead(httpx.RequestError):
    """An answer that this hub does not read."""


def outbound(own: str = "", *, timeout: float = TIMEOUT) -> httpx.Client:
    """A client for addresses that others name; each call is checked by `check_outbound` and follows no redirect.

    It connects to the very address that was checked, so a name that changes meanwhile leads nowhere else; it therefore
    uses no proxy. No call takes longer than `WHOLE_WITHIN`, looking up the name aside, and no answer is read beyond
    `MOST_ANSWER`. `own` is what `check_outbound` takes, `timeout` is in seconds. What it raises is `httpx.HTTPError`.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    return httpx.Client(transport=_Checked(own), timeout=timeout, follow_redirects=False, headers=headers)


def check_outbound(address: str | httpx.URL, *, own: str = "") -> list[str]:
    """The IP addresses at which to call an address that somebody else named. Raises `NotCalled`.

    It must begin with https:// and its name lead to public addresses only: not to this machine, its network, or what a
    cloud tells its machines. `own` is an address that whoever runs the hub chose; at its scheme, host and port, which
    may be private, anything is called, and none is given. User names in addresses are refused: they look like hosts.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise NotCalled("this is no address") from error
    if not url.host or url.userinfo:
        raise NotCalled("the address names no host, or a user")
    if own and _origin(url) == _origin(httpx.URL(own)):
        return []
    if url.scheme != "https":
        raise NotCalled("the address does not begin with https://")
    try:
        found = socket.getaddrinfo(url.raw_host.decode(), url.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        raise NotCalled("the host is not known") from error
    addresses = [str(each[4][0]) for each in found]
    if not all(map(is_public, addresses)):
        raise NotCalled("the host is not on the public internet")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, and no other way to write one that is not.

    An IPv4 address inside an IPv6 one is refused unless a network without IPv4 translates it so (RFC 6052).
    """
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and not any(found in each for each in _NOT_CALLED)
    if found in _TRANSLATED:
        return is_public(str(IPv4Address(int(found) & 0xFFFF_FFFF)))
    return found in _GIVEN_OUT and found.is_global and not (found.sixtofour or found.teredo)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


class _Checked(httpx.HTTPTransport):
    def __init__(self, own: str) -> None:
        super().__init__()
        self._own = own
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            # one that was kept would serve another name at the same address, whose certificate nobody looked at
            max_keepalive_connections=0,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        _ends.set(time.monotonic() + WHOLE_WITHIN)
        addresses = check_outbound(request.url, own=self._own)
        if not addresses:
            return _bounded(super().handle_request(request))
        for number, address in enumerate(addresses, start=1):
            try:
                return _bounded(super().handle_request(_at(request, address)))
            except httpx.ConnectError:
                if number == len(addresses):
                    raise
        raise AssertionError("unreachable")


def _at(request: httpx.Request, address: str) -> httpx.Request:
    """The same request, sent to one address of its host; the certificate must be the host's all the same."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions | {"sni_hostname": request.url.raw_host.decode()},
    )


# ---- no answer without end


def _bounded(response: httpx.Response) -> httpx.Response:
    """The answer, of which no more is read than `MOST_ANSWER`; nor is a little that would unpack to a lot."""
    if response.headers.get("content-encoding", "identity") != "identity":
        response.close()
        raise NotRead("the answer is packed, though none was asked for that is")
    response.stream = _Bounded(cast("httpx.SyncByteStream", response.stream))
    return response


class _Bounded(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for part in self._stream:
            read += len(part)
            if read > MOST_ANSWER:
                raise NotRead("the answer is too large")
            yield part

    def close(self) -> None:
        self._stream.close()


_ends: Final = ContextVar[float]("_ends")
"""When the call that is being made has to be over, by the monotonic clock."""


def _left(ends: float, timeout: float | None) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the call as a whole took too long")
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        ends = _ends.get()
        return _InTime(super().connect_tcp(host, port, _left(ends, timeout), local_address, socket_options), ends)


class _InTime(httpcore.NetworkStream):
    """A connection that waits for each part only as long as the whole call may still take."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._ends, timeout)
        return _InTime(self._stream.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
