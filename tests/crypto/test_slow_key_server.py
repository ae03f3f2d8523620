"""A key server that drags its answer out, or never ends it, holds nobody."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pds.crypto.errors import KeyProviderError
from pds.crypto.providers import key_server
from pds.crypto.providers.key_server import KeyServer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DATA = b'{"data":{"a":"b"}}'
SIZED = HEAD + b"Content-Length: %d\r\n\r\n" % len(DATA) + DATA

Answering = Callable[[socket.socket, threading.Event], None]


def trickle(start: bytes) -> Answering:
    """Answer with a beginning, then a byte now and then, for ever."""

    def answer(caller: socket.socket, ended: threading.Event) -> None:
        caller.sendall(start)
        while not ended.wait(0.02):
            caller.sendall(b"x")

    return answer


def flood(caller: socket.socket, ended: threading.Event) -> None:
    caller.sendall(HEAD + b"\r\n")
    while not ended.is_set():
        caller.sendall(b" " * 65_536)


def well_then_trickle(caller: socket.socket, ended: threading.Event) -> None:
    caller.sendall(SIZED)
    caller.recv(65_536)
    trickle(HEAD + b"Content-Length: 9999\r\n\r\n")(caller, ended)


class Slow:
    """A server on loopback that answers each connection in one way."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):
                caller, _address = self._listener.accept()
                with caller:
                    caller.settimeout(30)
                    caller.recv(65_536)
                    self._answering(caller, self._ended)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("hvs.token")
    path.chmod(0o400)
    return path


@pytest.fixture
def opened(token: Path) -> Iterator[Callable[[Answering], KeyServer]]:
    servers: list[Slow] = []

    def begin(answering: Answering) -> KeyServer:
        servers.append(Slow(answering))
        return KeyServer(servers[-1].url, token)

    yield begin
    for each in servers:
        each.close()


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        HEAD + b"\r\n",
        HEAD + b"Content-Length: 999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
    ],
    ids=["status", "header", "open-end", "body", "chunk"],
)
def test_an_answer_that_is_dragged_out_ends(
    opened: Callable[[Answering], KeyServer],
    monkeypatch: pytest.MonkeyPatch,
    start: bytes,
) -> None:
    server = opened(trickle(start))
    monkeypatch.setattr(key_server, "_DEADLINE", 0.3)

    with pytest.raises(KeyProviderError, match="does not answer"):
        server.get("transit/keys/infobank")
    with pytest.raises(KeyProviderError, match="a moment ago"):
        server.get("transit/keys/infobank")


def test_an_answer_without_an_end_is_given_up(
    opened: Callable[[Answering], KeyServer],
) -> None:
    with pytest.raises(KeyProviderError, match="too large"):
        opened(flood).post("transit/encrypt/infobank", {})


def test_a_connection_that_stayed_open_is_watched_too(
    opened: Callable[[Answering], KeyServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = opened(well_then_trickle)
    assert server.get("one") == {"a": "b"}
    monkeypatch.setattr(key_server, "_DEADLINE", 0.3)

    with pytest.raises(KeyProviderError, match="does not answer"):
        server.get("two")
