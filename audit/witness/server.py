"""The witness over HTTP: `POST /add-checkpoint` and `GET /<origin hash>/checkpoint`.

Plain HTTP on purpose: a proxy in front ends TLS. What strangers send is limited in
size, in time and in number at once.
"""

import logging
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import BoundedSemaphore, Timer
from typing import Any

from audit.witness.decision import Refused
from audit.witness.request import MAX_BODY
from audit.witness.witness import Witness

log = logging.getLogger(__name__)

_PLAIN = "text/plain; charset=utf-8"
_SIZE = "text/x.tlog.size"
_MOST_AT_ONCE = 64
_SECONDS = 10.0
_LONGEST = 30.0


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness.

    Args:
        address: host and port to listen on.
        witness: decides and cosigns.
        longest: seconds after which a connection is cut, whatever it does.
    """

    # Stopping waits for answers that are under way.
    daemon_threads = False

    def __init__(
        self, address: tuple[str, int], witness: Witness, *, longest: float = _LONGEST
    ) -> None:
        super().__init__(address, _Handler)
        self.witness = witness
        self._longest = longest
        self._places = BoundedSemaphore(_MOST_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Turn a connection away when too many are open."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket | tuple[bytes, socket], client_address: Any
    ) -> None:
        """Serve a connection for a while and give its place back."""
        # Somebody who sends a byte now and then never runs into the handler's limit.
        timer = Timer(self._longest, _cut, (request,))
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write down that a connection broke, without what it carried."""
        del request, client_address
        log.warning("a connection broke")


def _cut(connection: Any) -> None:
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "infobank-witness"
    sys_version = ""
    timeout = _SECONDS
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer `add-checkpoint`."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._say(HTTPStatus.LENGTH_REQUIRED, close=True)
        elif len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, close=True)
        else:
            body = self.rfile.read(int(length))
            if self.path == "/add-checkpoint":
                self._add(body)
            else:
                self._say(HTTPStatus.NOT_FOUND)

    def do_GET(self) -> None:
        """Answer the newest cosigned checkpoint of a log."""
        _, origin_hash, *rest = f"{self.path}/".split("/")
        note = None
        if rest == ["checkpoint", ""]:
            note = self.server.witness.checkpoint(origin_hash)
        if note is None:
            self._say(HTTPStatus.NOT_FOUND, close="Content-Length" in self.headers)
        else:
            self._say(HTTPStatus.OK, note)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the overridden method
        """Write an access line to the log of the program."""
        log.info(format, *args)

    def _add(self, body: bytes) -> None:
        try:
            answer = self.server.witness.add_checkpoint(body)
        except Refused as refused:
            if refused.seen_size is not None:
                self._say(HTTPStatus.CONFLICT, f"{refused.seen_size}\n", kind=_SIZE)
            else:
                self._say(HTTPStatus(refused.refusal))
        else:
            self._say(HTTPStatus.OK, answer)

    def _say(
        self,
        status: HTTPStatus,
        text: str | None = None,
        *,
        kind: str = _PLAIN,
        close: bool = False,
    ) -> None:
        data = (f"{status.phrase}\n" if text is None else text).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if close:
            # The body was not read, so nothing after it on this connection is safe.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
