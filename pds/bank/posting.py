"""One HTTP request to another machine, limited in time and size, without redirects."""

from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pds.bank.deadline import Deadline
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
        kind: its media type in lower case, without parameters; empty if it gave none.
    """

    status: int
    body: bytes
    kind: str


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """Follow nothing: the policy names the address."""


def post(
    url: str, body: bytes, clock: Clock, kind: str = "text/plain; charset=utf-8"
) -> Answer:
    """Send bytes of a media type and return the answer, whatever its status.

    Raises:
        OSError: not reachable, or too slow.
        ValueError: the address is not one of HTTP, or the answer is too large.
        http.client.HTTPException: the answer is not HTTP.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("The address is not one of HTTP.")
    request = Request(  # noqa: S310 - the scheme is checked above
        url, body, {"Content-Type": kind}
    )
    until = clock.monotonic() + _DEADLINE
    with Deadline(_DEADLINE) as deadline:
        opener = build_opener(_NoRedirect, *deadline.handlers())
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                return _answer(answer.status, answer, clock, until)
        except HTTPError as refused:
            with refused:
                return _answer(refused.code, refused, clock, until)


def _answer(status: int, answer: Any, clock: Clock, until: float) -> Answer:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(status, _read(answer, clock, until), kind)


def _read(answer: Any, clock: Clock, until: float) -> bytes:
    data = b""
    while piece := answer.read1(_MOST):
        data += piece
        if len(data) > _MOST:
            raise ValueError("The answer is too large.")
        if clock.monotonic() > until:
            raise TimeoutError
    return data
