"""A way to a PostgreSQL server that can stop carrying anything, and stays open."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

_PATIENCE = 0.05
"""Seconds between two looks at whether the way is still open."""


class LossyNetwork:
    """A proxy on a loopback port; what it carries is up to `carries`.

    A lost network does not close a connection: the bytes just never come.
    """

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._carries = threading.Event()
        self._carries.set()
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_PATIENCE)
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._begin(self._accept)

    @property
    def url(self) -> str:
        """The same server by this way."""
        port = self._listener.getsockname()[1]
        new = self._target.set(host="127.0.0.1", port=port, query={})
        return new.render_as_string(hide_password=False)

    def lose(self) -> None:
        """Carry nothing from now on, in either direction."""
        self._carries.clear()

    def mend(self) -> None:
        """Carry on, what waited first."""
        self._carries.set()

    def close(self) -> None:
        """End every connection."""
        self._ended.set()
        self._carries.set()
        for each in (self._listener, *self._open):
            each.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, act: object, *args: object) -> None:
        thread = threading.Thread(target=act, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):
                near, _address = self._listener.accept()
                far = self._reach()
                for each in (near, far):
                    each.settimeout(_PATIENCE)
                self._open += [near, far]
                self._begin(self._carry, near, far)
                self._begin(self._carry, far, near)

    def _reach(self) -> socket.socket:
        host = str(self._target.host or self._target.query["host"])
        if host.startswith("/"):
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(Path(host) / f".s.PGSQL.{self._target.port or 5432}"))
            return far
        return socket.create_connection((host, self._target.port or 5432))

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while not self._ended.is_set():
                self._carries.wait()
                try:
                    data = source.recv(1 << 16)
                except TimeoutError:
                    continue
                if not data:
                    break
                # Read before the loss and not yet passed on: it waits too.
                self._carries.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
