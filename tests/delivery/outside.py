"""Machines of others on loopback: a recipient's callback address, a server for mail."""

import base64
import json
import socketserver
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

Reply = tuple[int, str, bytes]


def claims_of(signed: str) -> dict[str, Any]:
    """Return what a signed event says, its signature unchecked."""
    part = signed.split(".")[1]
    found: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    )
    return found


def acknowledge(signed: str) -> Reply:
    """Answer as a recipient should."""
    body = json.dumps({"ack": claims_of(signed)["jti"]}).encode()
    return 200, "application/json", body


@dataclass
class CallbackAddress:
    """Where a recipient is told: what came, and how it answers.

    Attributes:
        got: every event as it came, oldest first.
        answer: makes the answer to an event.
    """

    url: str = ""
    got: list[str] = field(default_factory=list)
    answer: Callable[[str], Reply] = acknowledge

    def events(self) -> list[str]:
        """Return the names of what came."""
        return [claims_of(each)["event"] for each in self.got]


@contextmanager
def callback_address() -> Iterator[CallbackAddress]:
    """Listen for events until the end."""
    place = CallbackAddress()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            signed = self.rfile.read(int(self.headers["Content-Length"])).decode()
            place.got.append(signed)
            status, kind, body = place.answer(signed)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status in (301, 302, 307, 308):
                self.send_header("Location", place.url)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place.url = f"http://localhost:{server.server_address[1]}/events"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class MailServer:
    """A server for mail: what it took, and what it says.

    Attributes:
        port: where it listens.
        mails: every mail that it took, with its receivers.
        replies: other answers, by the command, such as `{"RCPT": "550 no such user"}`.
        context: what TLS is made with; None if it offers none.
        login: name and password that it wants; None if it wants none.
        said: every command that came.
    """

    port: int = 0
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    said: list[str] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    """One connection, as far as `smtplib` goes (RFC 5321, 3207, 4954)."""

    place: MailServer

    def handle(self) -> None:
        self.timeout = 20
        self._receivers: list[str] = []
        self._is_in = False
        self._is_secure = False
        self._say("220 localhost ESMTP")
        while line := self.rfile.readline():
            text = line.decode().rstrip("\r\n")
            self.place.said.append(text)
            if not self._do(text):
                return

    def finish(self) -> None:
        super().finish()
        # The one that TLS made of it is not known to the server.
        self.request.close()

    def _do(self, text: str) -> bool:
        verb = text.partition(" ")[0].upper()
        if verb in self.place.replies:
            self._say(self.place.replies[verb])
        elif verb == "EHLO":
            self._greet()
        elif verb == "STARTTLS":
            self._secure()
        elif verb == "AUTH":
            self._let_in(text)
        elif verb == "RCPT":
            self._receivers.append(text.partition("<")[2].partition(">")[0])
            self._say("250 ok")
        elif verb == "MAIL" and self.place.login and not self._is_in:
            self._say("530 log in first")
        elif verb == "DATA":
            self._take()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 ok")
        return True

    def _greet(self) -> None:
        offered = ["localhost"]
        if self.place.context is not None and not self._is_secure:
            offered.append("STARTTLS")
        if self.place.login is not None:
            offered.append("AUTH PLAIN")
        marks = ["-"] * (len(offered) - 1) + [" "]
        for mark, each in zip(marks, offered, strict=True):
            self._say(f"250{mark}{each}")

    def _secure(self) -> None:
        assert self.place.context is not None
        self._say("220 go on")
        self.request = self.place.context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)
        self._is_secure = True

    def _let_in(self, text: str) -> None:
        given = base64.b64decode(text.split(" ")[2]).decode().split("\0")[1:]
        self._is_in = tuple(given) == self.place.login
        self._say("235 in" if self._is_in else "535 no")

    def _take(self) -> None:
        self._say("354 go on")
        data = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            data += line
        self.place.mails.append((self._receivers, data))
        self._receivers = []
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server(
    certificate: tuple[Path, Path] | None = None,
    login: tuple[str, str] | None = None,
) -> Iterator[MailServer]:
    """Take mail until the end; with TLS where certificate and key are given."""
    place = MailServer(login=login)
    if certificate is not None:
        place.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        place.context.load_cert_chain(*certificate)

    class Session(_Session):
        pass

    Session.place = place

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_given: Any) -> None:
            """Say nothing: clients that go away are what is tested."""

    server = Server(("127.0.0.1", 0), Session)
    place.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
