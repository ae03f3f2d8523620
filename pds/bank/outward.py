"""One HTTP request to an address that somebody outside has chosen.

Such an address must not lead into the operator's own network (SSRF), so its name is
looked up here, every address it has must be a public one, and the connection goes to
the very address that was looked at: a second answer of the name server counts for
nothing. Redirects are not followed, the answer is limited in size and the exchange in
time. A bank whose own issuer is localhost may call its own machine.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from pds.bank.posting import Answer
from pds.core.deadline import Deadline

_CONNECT: Final = 5.0
_LONGEST: Final = 10.0
_MOST: Final = 4_096
_NAT64: Final = IPv6Network("64:ff9b::/96")
_PORTS: Final = {"https": 443, "http": 80}

Address = tuple[int, Any]
"""Family and socket address, as `socket.getaddrinfo` gives them."""
Resolve = Callable[[str, int], Iterable[Address]]


class ForbiddenAddress(Exception):  # noqa: N818 - what it is, as it is told
    """The address leads where nothing may be sent."""


@dataclass(frozen=True, slots=True)
class Outward:
    """Calls addresses of others.

    Attributes:
        is_local: whether this bank's issuer is localhost, so that it may call this
            machine, by plain http as well.
        resolve: looks a name up.
        certificates: makes the context by which servers are believed.
    """

    is_local: bool
    resolve: Resolve
    certificates: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def post(self, url: str, body: bytes, kind: str) -> Answer:
        """Send bytes of a media type and return the answer, whatever its status.

        Raises:
            ForbiddenAddress: the address is not one that may be called.
            OSError: not reachable, or too slow.
            ValueError: the answer is too large.
            http.client.HTTPException: the answer is not HTTP.
        """
        parts = _checked(url, is_local=self.is_local)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
        found = self._allowed(parts.scheme, list(self.resolve(host, port)))
        with Deadline(_LONGEST) as deadline:
            connection = self._connection(parts, found, deadline)
            try:
                return _exchange(connection, parts, body, kind)
            finally:
                connection.close()

    def _allowed(self, scheme: str, found: Sequence[Address]) -> Address:
        """Return where to connect; all that a name has must be allowed."""
        if not found:
            raise OSError("The name has no address.")
        for _family, place in found:
            address = ip_address(str(place[0]).partition("%")[0])
            if scheme == "http" and not address.is_loopback:
                raise ForbiddenAddress
            if not self.is_local and not is_public(address):
                raise ForbiddenAddress
        return found[0]

    def _connection(
        self, parts: SplitResult, found: Address, deadline: Deadline
    ) -> HTTPConnection:
        family, place = found
        host = parts.hostname or ""
        context = self.certificates() if parts.scheme == "https" else None

        def connected() -> socket.socket:
            plain = socket.socket(family, socket.SOCK_STREAM)
            plain.settimeout(_CONNECT)
            deadline.watch(plain)
            try:
                plain.connect(place)
                if context is None:
                    return plain
                return context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise

        made = (
            HTTPConnection(host, parts.port)
            if context is None
            else HTTPSConnection(host, parts.port, context=context)
        )
        made.sock = connected()
        return made


def lookup(host: str, port: int) -> list[Address]:
    """Look a name up with the machine's own resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, place) for family, _kind, _proto, _name, place in found]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is of the public network, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _checked(url: str, *, is_local: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ForbiddenAddress from None
    if parts.scheme not in ("https", *(("http",) if is_local else ())):
        raise ForbiddenAddress
    return parts


def _exchange(
    connection: HTTPConnection, parts: SplitResult, body: bytes, kind: str
) -> Answer:
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    headers = {
        "Accept": "application/json, application/jwt",
        "Connection": "close",
        "Content-Type": kind,
    }
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    read = answer.read(_MOST + 1)
    if len(read) > _MOST:
        raise ValueError("The answer is too large.")
    said = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(answer.status, read, said)
