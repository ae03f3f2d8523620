"""Ends an HTTP exchange at a deadline, however the other side drags it out.

A socket's timeout begins anew with every byte, so headers that come one by one would
hold a thread for hours.
"""

import ssl
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Any, Self
from urllib.request import BaseHandler, HTTPHandler, HTTPSHandler


class Deadline:
    """Shuts down what was connected under it, some seconds after it began.

    Leaving it raises `TimeoutError` if it had to.

    Args:
        seconds: for the whole exchange after the connection stands.
    """

    def __init__(self, seconds: float) -> None:
        # Guards the two below: the timer is a thread of its own.
        self._lock = threading.Lock()
        self._sockets: list[socket] = []
        self._is_over = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Begin."""
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop counting.

        Raises:
            TimeoutError: it was over; whatever else went wrong came of that.
        """
        self._timer.cancel()
        self._timer.join()
        if self._is_over:
            raise TimeoutError from error

    def handlers(self) -> tuple[BaseHandler, BaseHandler]:
        """Return handlers of `urllib` whose connections end here."""
        return _Plain(self), _Secure(self)

    def watch(self, connected: socket) -> None:
        """End this socket too."""
        with self._lock:
            self._sockets.append(connected)
            if self._is_over:
                _shut(connected)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            for each in self._sockets:
                _shut(each)


def _shut(connected: socket) -> None:
    with suppress(OSError):
        connected.shutdown(SHUT_RDWR)


class _Plain(HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: Any) -> Any:
        deadline = self._deadline

        class Connection(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        return self.do_open(Connection, req)


class _Secure(HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: Any) -> Any:
        deadline = self._deadline

        class Connection(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        return self.do_open(Connection, req, context=ssl.create_default_context())
