"""The address of the rate limiter's shared storage: a Redis or Valkey server.

Both speak one protocol, so every accepted form is brought to the names of the one
client library in use. Complaints never repeat the address: it may hold a password.
"""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_SCHEMES: Final = {
    "redis": "redis",
    "rediss": "rediss",
    "redis+unix": "redis+unix",
    "unix": "redis+unix",
    "valkey": "redis",
    "valkeys": "rediss",
    "valkey+unix": "redis+unix",
}
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,4})\Z", re.ASCII)


def address(url: str) -> str:
    """Return the address in the one form that the limiter understands.

    Raises:
        ValueError: with one sentence that says what is wrong.
    """
    try:
        parts = urlsplit(url)
        known = (parts.scheme in _SCHEMES, parts.port != 0)
    except ValueError:
        raise ValueError("must be an address with a port from 1 to 65535.") from None
    if not all(known):
        raise ValueError(
            "must begin with redis://, rediss:// or redis+unix:// (or the same with"
            " valkey), and name no port 0."
        )
    scheme = _SCHEMES[parts.scheme]
    if scheme == "redis+unix":
        _check_socket(parts)
    else:
        _check_host(parts)
    return scheme + url[len(parts.scheme) :]


def _check_socket(parts: SplitResult) -> None:
    if parts.hostname or len(parts.path) < len("/s"):
        raise ValueError("must name a socket by its full path: redis+unix:///run/….")
    _check_query(parts.query)


def _check_host(parts: SplitResult) -> None:
    if not parts.hostname:
        raise ValueError("must name a host: redis://host:6379/0.")
    database = parts.path.removeprefix("/")
    if database and not _NUMBER.match(database):
        raise ValueError("must end with the number of a database, or with nothing.")
    _check_query(parts.query)


def _check_query(query: str) -> None:
    name, _equals, value = query.partition("=")
    if query and not (name == "db" and _NUMBER.match(value)):
        raise ValueError("may say nothing after a question mark but db=<number>.")
