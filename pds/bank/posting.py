"""One HTTP request to another machine, limited in time and size, without redirects."""

from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pds.core.clock import Clock

_SECONDS = 5.0
_DEADLINE = 10.0
_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other machine said.

    Attributes:
        status: of HTTP.
        body: at most 64 KiB.
    """

    status: int
    body: bytes


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """Follow nothing: the policy names the address."""


_OPENER = build_opener(_NoRedirect)


def post(url: str, body: bytes, clock: Clock) -> Answer:
    """Send bytes and return the answer, whatever its status.

    Raises:
        OSError: not reachable, or too slow.
        ValueError: the address is not one of HTTP, or the answer is too large.
        http.client.HTTPException: the answer is not HTTP.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("The address is not one of HTTP.")
    request = Request(  # noqa: S310 - the scheme is checked above
        url, body, {"Content-Type": "text/plain; charset=utf-8"}
    )
    until = clock.monotonic() + _DEADLINE
    try:
        with _OPENER.open(request, timeout=_SECONDS) as answer:
            return Answer(answer.status, _read(answer, clock, until))
    except HTTPError as refused:
        with refused:
            return Answer(refused.code, _read(refused, clock, until))


def _read(answer: Any, clock: Clock, until: float) -> bytes:
    data = b""
    while piece := answer.read1(_MOST):
        data += piece
        if len(data) > _MOST:
            raise ValueError("The answer is too large.")
        if clock.monotonic() > until:
            raise TimeoutError
    return data
