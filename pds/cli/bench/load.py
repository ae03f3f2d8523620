"""A load generator that costs little: raw sockets, requests made beforehand.

Runs in a process of its own, so that it shares the machine with the server but not the
interpreter. Each connection sends its requests one after the other (closed loop).
"""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe

_HEAD_END = b"\r\n\r\n"


@dataclass
class Result:
    """What a load run saw.

    Attributes:
        seconds: from the first byte sent to the last received.
        statuses: how many answers had each HTTP status.
        latencies: seconds of each answer.
    """

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    @property
    def errors(self) -> int:
        """Answers that were not 200."""
        return sum(n for status, n in self.statuses.items() if status != 200)  # noqa: PLR2004 - HTTP OK


def run(port: int, scripts: Sequence[Sequence[bytes]]) -> Result:
    """Play scripts of requests, one connection each, in another process.

    Raises:
        EOFError: the other process failed; it says why itself.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_play, args=(port, scripts, there)
    )
    process.start()
    # Only the other process holds the end now, so that its failure is noticed here.
    there.close()
    result: Result = here.recv()
    process.join()
    return result


class _Player:
    """One connection and the requests that it still has to send."""

    def __init__(self, port: int, script: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._script = iter(script)
        self._received = b""
        self._began = 0.0

    def send_next(self) -> bool:
        """Send the next request; False when there is none."""
        request = next(self._script, None)
        if request is None:
            return False
        self._received = b""
        self._began = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> tuple[int, float] | None:
        """Return status and latency once an answer is complete."""
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("The server closed a connection.")
        self._received += piece
        head, found, body = self._received.partition(_HEAD_END)
        if not found or len(body) < _content_length(head):
            return None
        return int(head[9:12]), time.perf_counter() - self._began


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("An answer came without its length.")


def _play(port: int, scripts: Sequence[Sequence[bytes]], pipe: Pipe) -> None:
    result = Result()
    selector = selectors.DefaultSelector()
    began = time.perf_counter()
    for script in scripts:
        player = _Player(port, script)
        if player.send_next():
            selector.register(player.socket, selectors.EVENT_READ, player)
    while selector.get_map():
        for key, _events in selector.select():
            _step(key.data, selector, result)
    result.seconds = time.perf_counter() - began
    pipe.send(result)


def _step(player: _Player, selector: selectors.BaseSelector, result: Result) -> None:
    answer = player.receive()
    if answer is None:
        return
    status, latency = answer
    result.statuses[status] = result.statuses.get(status, 0) + 1
    result.latencies.append(latency)
    if not player.send_next():
        selector.unregister(player.socket)
        player.socket.close()
