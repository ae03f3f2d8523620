"""The HTTP of a Vault or OpenBao server, limited in time, with a token from a file.

The token's file is read anew when the server no longer takes the token, so that an
agent may renew it there. After silence nothing is sent for some seconds: whoever waits
for a key then hears so at once, and one dead server does not hold every thread. One
that answers a byte at a time, or without an end, is given up after a fixed time or
size.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pds.core.deadline import Deadline
from pds.crypto.errors import KeyProviderError
from pds.crypto.providers.key_file import check_holder

_TIMES = (2.0, 5.0)
"""Seconds to connect, and from one byte of the answer to the next."""
_DEADLINE = 10.0
"""Seconds for a whole exchange, however it is dragged out."""
_MOST = 1 << 22
"""Bytes of an answer; the largest, to a batch of wraps, has a twentieth of that."""
_QUIET = 5.0
"""Seconds without another attempt after the server was silent."""
_MOST_TOKEN = 4096


class RefusedError(KeyProviderError):
    """The server understood the request and does not do it (HTTP 400).

    Attributes:
        said: the server's reasons, to be compared and never to be shown.
    """

    def __init__(self, said: str) -> None:
        super().__init__("The key server refuses a request.")
        self.said = said


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    body: bytes

    def member(self, name: str) -> Any:
        """Return a member of the JSON object; None if there is nothing such."""
        try:
            return json.loads(self.body)[name]
        except (ValueError, LookupError, TypeError, RecursionError):
            return None


class KeyServer:
    """Sends requests to one server.

    Args:
        url: of the server, without a path.
        token_file: file with the token, readable for nobody else.
        namespace: the server's namespace; empty for none.
        certificate: PEM file of the certificates to believe it by; the machine's own
            if None.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        url: str,
        token_file: Path,
        *,
        namespace: str = "",
        certificate: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._token_file = token_file
        self._headers = {"X-Vault-Request": "true"}
        if namespace:
            self._headers["X-Vault-Namespace"] = namespace
        self._session = requests.Session()
        # No proxy and no .netrc of the environment comes between.
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _LimitedAdapter())
        self._session.verify = True if certificate is None else str(certificate)
        self._monotonic = monotonic
        self._quiet_until = monotonic()
        self._token = self._read_token()

    def get(self, path: str) -> Mapping[str, Any] | None:
        """Return the data at a path; None if there is nothing.

        Raises:
            KeyProviderError: no answer, or one that says no.
        """
        answer = self._ask("GET", path, None)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _data(answer)

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a body to a path and return the data of the answer.

        Raises:
            RefusedError: the server does not do it.
            KeyProviderError: no answer, or another one that says no.
        """
        answer = self._ask("POST", path, body)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise KeyProviderError(
                "The key server has nothing there; is the engine mounted?"
            )
        return _data(answer)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> _Answer:
        answer = self._send(method, path, body)
        if answer.status_code == HTTPStatus.FORBIDDEN:
            before, self._token = self._token, self._read_token()
            if self._token != before:
                answer = self._send(method, path, body)
        _check(answer)
        return answer

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> _Answer:
        if self._monotonic() < self._quiet_until:
            raise KeyProviderError("The key server did not answer a moment ago.")
        try:
            with Deadline(_DEADLINE) as _under.deadline:
                return self._exchange(method, path, body)
        except (requests.RequestException, OSError) as error:
            self._quiet_until = self._monotonic() + _QUIET
            raise KeyProviderError(
                f"The key server does not answer ({type(error).__name__})."
            ) from None
        finally:
            _under.deadline = None

    def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> _Answer:
        with self._session.request(
            method,
            f"{self._url}/v1/{path}",
            json=body,
            headers={**self._headers, "X-Vault-Token": self._token},
            timeout=_TIMES,
            allow_redirects=False,
            stream=True,
        ) as answer:
            data = b""
            for piece in answer.iter_content(1 << 16):
                data += piece
                if len(data) > _MOST:
                    raise KeyProviderError("The key server's answer is too large.")
            return _Answer(answer.status_code, data)

    def _read_token(self) -> str:
        try:
            with self._token_file.open("rb") as file:
                check_holder(
                    self._token_file.stat(),
                    loose=0o027,
                    what="The token's file",
                    want="0400",
                )
                token = file.read(_MOST_TOKEN).decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        if not token or not token.isprintable() or " " in token:
            raise KeyProviderError("INFOBANK_TRANSIT_TOKEN_FILE holds no token.")
        return token


def _check(answer: _Answer) -> None:
    status = answer.status_code
    if status == HTTPStatus.BAD_REQUEST:
        raise RefusedError(_errors(answer))
    if status == HTTPStatus.FORBIDDEN:
        raise KeyProviderError(
            "The key server refuses the token: it has expired, or its policy does not"
            " allow this."
        )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise KeyProviderError("The key server is sealed or in maintenance.")
    known = (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)
    if status not in known:
        raise KeyProviderError(f"The key server answers with status {status}.")


def _errors(answer: _Answer) -> str:
    said = answer.member("errors")
    return " ".join(map(str, said)) if isinstance(said, list) else ""


def _data(answer: _Answer) -> Mapping[str, Any]:
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return {}
    data = answer.member("data")
    if not isinstance(data, dict):
        raise KeyProviderError("The key server's answer cannot be read.")
    return data


_under = threading.local()
"""What ends the exchange that this thread is in."""


class _Watched:
    """A connection that the deadline of each of its exchanges ends."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._watch()

    def request(self, *args: Any, **named: Any) -> None:
        # One that stayed open from an earlier exchange is not connected anew.
        if self.sock is not None:
            self._watch()
        super().request(*args, **named)  # type: ignore[misc]

    def _watch(self) -> None:
        deadline = getattr(_under, "deadline", None)
        if deadline is not None:
            deadline.watch(self.sock)


class _Plain(_Watched, HTTPConnection):
    pass


class _Secure(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _LimitedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PlainPool,
            "https": _SecurePool,
        }
