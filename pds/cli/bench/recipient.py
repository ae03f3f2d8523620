"""The bank's API as a recipient's software sees it: proofs, nonces, cursors."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection

from pds.cli.bench.prover import Prover
from pds.cli.bench.running import HOST
from pds.cli.bench.world import Caller
from pds.core.clock import Clock

PATH = "/api/v1/records"
_OK = 200


@dataclass(frozen=True)
class Recipient:
    """A recipient with one key, and where the bank is.

    Attributes:
        port: where the bank listens.
        prover: makes the proofs.
        clock: says when they are made.
    """

    port: int
    prover: Prover
    clock: Clock

    def first_page(self, caller: Caller) -> str:
        """Begin a fetch; return the query that goes on with it.

        Further pages of a fetch are as much work as the first, and no daily limit
        ends the measurement.

        Raises:
            RuntimeError: the bank refuses.
        """
        headers = self._headers(caller, self.nonce(caller))
        status, _offered, body = self._ask("limit=1", headers)
        if status != _OK:
            raise RuntimeError(f"The bank answers {status}: {body!r}")
        return f"limit=1&cursor={json.loads(body)['next']}"

    def nonce(self, caller: Caller) -> str:
        """Return the nonce that the bank demands now.

        Raises:
            RuntimeError: it offers none.
        """
        _status, offered, body = self._ask("limit=1", self._headers(caller, None))
        if offered is None:
            raise RuntimeError(f"The bank offers no nonce: {body!r}")
        return offered

    def request(self, caller: Caller, query: str, nonce: str) -> bytes:
        """Return a whole request with a proof of its own."""
        headers = self._headers(caller, nonce)
        return request(f"{PATH}?{query}", headers)

    def _headers(self, caller: Caller, nonce: str | None) -> dict[str, str]:
        uri = f"http://localhost:{self.port}{PATH}"
        proof = self.prover.proof(uri, caller.token, nonce, self.clock.now())
        return {"Authorization": f"DPoP {caller.token}", "DPoP": proof}

    def _ask(
        self, query: str, headers: dict[str, str]
    ) -> tuple[int, str | None, bytes]:
        connection = HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("GET", f"{PATH}?{query}", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("DPoP-Nonce"), answer.read()
        finally:
            connection.close()


def request(path: str, headers: dict[str, str]) -> bytes:
    """Return a GET request as bytes."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
