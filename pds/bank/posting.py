"""One HTTP request to another machine, limited in time and size, without redirects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pds.core.clock import Clock
from pds.core.deadline import Deadline

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


def get(url: str, clock: Clock) -> Answer:
    """Ask for what lies at an address; see `post` for what is raised."""
    return _exchange(Request(_checked(url)), clock, None)  # noqa: S310 - checked


def post(
    url: str,
    body: bytes | Iterable[bytes],
    clock: Clock,
    kind: str = "text/plain; charset=utf-8",
    *,
    headers: Mapping[str, str] = MappingProxyType({}),
    deadline: float | None = None,
) -> Answer:
    """Send bytes of a media type and return the answer, whatever its status.

    Args:
        url: where to.
        body: what; parts need their `Content-Length` among the headers.
        clock: measures the time.
        kind: its media type.
        headers: further ones.
        deadline: seconds for the whole exchange, where ten are too few.

    Raises:
        OSError: not reachable, or too slow.
        ValueError: the address is not one of HTTP, or the answer is too large.
        http.client.HTTPException: the answer is not HTTP.
    """
    request = Request(  # noqa: S310 - the scheme is checked
        _checked(url), body, {"Content-Type": kind, **headers}
    )
    return _exchange(request, clock, deadline)


def _checked(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("The address is not one of HTTP.")
    return url


def _exchange(request: Request, clock: Clock, deadline: float | None) -> Answer:
    longest = _DEADLINE if deadline is None else deadline
    patience = _SECONDS if deadline is None else max(_SECONDS, deadline / 2)
    until = clock.monotonic() + longest
    with Deadline(longest) as limit:
        opener = build_opener(_NoRedirect, *limit.handlers())
        try:
            with opener.open(request, timeout=patience) as answer:
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
