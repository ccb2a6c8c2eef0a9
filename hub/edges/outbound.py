"""Calls that the hub makes to addresses which somebody else named. Made in any other way, they could be turned against
the network that the hub stands in."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

TIMEOUT: Final = 5.0

_NAT64: Final = IPv6Network("64:ff9b::/96")

_ONE_EACH: Final = httpx.Limits(max_keepalive_connections=0)
"""A connection that was kept would serve another name at the same address, whose certificate nobody looked at."""


class NotCalled(httpx.RequestError):
    """An address that this hub does not call."""


def outbound(own: str = "", *, timeout: float = TIMEOUT) -> httpx.Client:
    """A client for addresses that others name; each call is checked by `check_outbound` and follows no redirect.

    It connects to the very address that was checked, so a name that changes meanwhile leads nowhere else; it therefore
    uses no proxy. `own` is what `check_outbound` takes, `timeout` is in seconds. What it raises is `httpx.HTTPError`.
    """
    headers = {"Accept": "application/json"}
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
    """Whether an IP address is on the public internet, and no other way to write one that is not."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        inside = IPv4Address(int(found) & 0xFFFF_FFFF) if found in _NAT64 else None
        found = found.ipv4_mapped or found.sixtofour or inside or found
    return found.is_global and not found.is_multicast


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


class _Checked(httpx.HTTPTransport):
    def __init__(self, own: str) -> None:
        super().__init__(limits=_ONE_EACH)
        self._own = own

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        addresses = check_outbound(request.url, own=self._own)
        if not addresses:
            return super().handle_request(request)
        for number, address in enumerate(addresses, start=1):
            try:
                return super().handle_request(_at(request, address))
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
