"""The recipient's own site: a small listener where the browser must arrive."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_PAGE = b"""<!doctype html><html lang="en"><head><title>The recipient</title>
<link rel="icon" href="data:,"></head><body><main><h1>The recipient</h1></main>
</body></html>"""


class Callback:
    """An address of another origin, and what browsers brought there."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        seen = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_PAGE)))
                self.end_headers()
                self.wfile.write(_PAGE)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("localhost", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"
        self.uri = f"{self.origin}/callback"


def parameters(address: str) -> dict[str, str]:
    """Return what an address carries; a parameter may occur only once."""
    found = parse_qs(urlsplit(address).query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values()), address
    return {name: values[0] for name, values in found.items()}


@contextmanager
def listening() -> Iterator[Callback]:
    """Listen until the block ends."""
    callback = Callback()
    thread = threading.Thread(target=callback.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield callback
    finally:
        callback.server.shutdown()
        callback.server.server_close()
        thread.join()
