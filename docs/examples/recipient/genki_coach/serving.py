"""The server that listens; it writes no line per request, for they hold codes."""

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class QuietHandler(WSGIRequestHandler):
    """Answers without telling the terminal who asked what."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the redirect address carries a code and a state."""


def server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """Return a server that listens."""
    return make_server(host, port, app, threaded=True, request_handler=QuietHandler)
