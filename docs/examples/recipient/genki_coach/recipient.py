"""One recipient and what it holds for one person: FAPI 2.0, step by step."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from .back_channel import BackChannel
from .errors import NotOurAnswer, RecipientError
from .jose import SigningKey, b64u_sha256
from .receipts import Fetched

SPARE = 30
"""Seconds before its end from which an access token is not used any more."""

AT_ONCE = 8
"""Receipts of one request; a request may have 64 KiB."""


class Recipient:
    """One OAuth client of one recipient, with what it holds for one person.

    Args:
        issuer: address of the bank.
        client_id: as the bank's operator registered it.
        redirect_uri: as registered, letter by letter.
        client_key: the registered key; new unless given.
        dpop_key: the key that tokens are bound to; new unless given.
        session: makes the requests.
        clock: seconds since 1970.
        log_key: verifier key of the bank's log; asked of the bank once unless given.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        *,
        client_key: SigningKey | None = None,
        dpop_key: SigningKey | None = None,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.time,
        log_key: str = "",
    ) -> None:
        self.client_key = client_key or SigningKey.generate()
        self.bank = BackChannel(
            issuer,
            client_id,
            self.client_key,
            dpop_key=dpop_key,
            session=session,
            clock=clock,
        )
        self.issuer = self.bank.issuer
        self.redirect_uri = redirect_uri
        self.tokens: dict[str, Any] = {}
        self.pending: dict[str, str] = {}
        self.unsent: list[str] = []
        self._log_key = log_key
        self._stale_at = 0.0

    @property
    def granted(self) -> dict[str, Any]:
        """What the person gave; empty without a consent (RFC 9396 section 7)."""
        details = self.tokens.get("authorization_details") or [{}]
        return dict(details[0])

    def jwks(self) -> dict[str, Any]:
        """Return the public keys to be registered with the bank."""
        return self.client_key.key_set()

    def authorize(self, details: dict[str, Any]) -> str:
        """Push a request (RFC 9126); return where to send the person's browser."""
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        answer = self.bank.post(
            "pushed_authorization_request_endpoint",
            {
                "response_type": "code",
                "redirect_uri": self.redirect_uri,
                "state": state,
                "code_challenge": b64u_sha256(verifier),
                "code_challenge_method": "S256",
                "authorization_details": json.dumps([details]),
            },
        )
        self.pending = {"state": state, "verifier": verifier}
        query = urlencode(
            {"client_id": self.bank.client_id, "request_uri": answer["request_uri"]}
        )
        return f"{self.bank.metadata()['authorization_endpoint']}?{query}"

    def callback(self, address: str) -> dict[str, Any]:
        """Take the address that the browser was sent to; return the token answer.

        An answer counts once, and only if it is this bank's (RFC 9207) to our own
        request. Before that is certain, nothing else in it is looked at.
        """
        query = parse_qs(urlsplit(address).query)
        given = {name: values[0] for name, values in query.items()}
        if given.get("iss") != self.issuer:
            raise NotOurAnswer("The answer is not from this bank.")
        wanted = self.pending.get("state", "")
        if not wanted or given.get("state") != wanted:
            raise NotOurAnswer("The answer belongs to no request of ours.")
        verifier, self.pending = self.pending["verifier"], {}
        if "error" in given:
            raise RecipientError(
                "The person did not give consent.", code=given["error"]
            )
        return self.redeem(given.get("code", ""), verifier)

    def redeem(self, code: str, verifier: str) -> dict[str, Any]:
        """Exchange a code for tokens (RFC 6749 section 4.1.3, RFC 7636)."""
        self.tokens = {}
        return self._keep(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": verifier,
            }
        )

    def refresh(self) -> dict[str, Any]:
        """Get a new access token; the refresh token stays the same."""
        token = self.tokens.get("refresh_token", "")
        return self._keep({"grant_type": "refresh_token", "refresh_token": token})

    def revoke(self) -> None:
        """Hand access back (RFC 7009): the refresh token ends the whole grant."""
        token = self.tokens.get("refresh_token") or self.tokens["access_token"]
        self.bank.post("revocation_endpoint", {"token": token})
        self.tokens = {}

    def fetch(self, *, limit: int = 100, category: str | None = None) -> Fetched:
        """Fetch all pages, each with its proofs checked before it counts."""
        if self.bank.clock() > self._stale_at and "refresh_token" in self.tokens:
            self.refresh()
        query = {"limit": str(limit), **({"category": category} if category else {})}
        fetched, cursor = Fetched(), None
        while True:
            page = {**query, **({"cursor": cursor} if cursor else {})}
            answer = self.get(f"/api/v1/records?{urlencode(page)}")
            fetched.add(answer, self.log_key())
            cursor = answer.json().get("next")
            if not cursor:
                self.unsent += fetched.receipts
                return fetched

    def send_back(self) -> list[dict[str, str]]:
        """Send back every receipt that still waits; return what became of each.

        Whoever holds these can show a disclosure that the bank never logged. What
        cannot be sent now waits for the next time; sending one twice does no harm.
        """
        results = []
        while self.unsent:
            results += self.bank.send_back(self.unsent[:AT_ONCE])
            del self.unsent[:AT_ONCE]
        return results

    def get(self, path: str) -> requests.Response:
        """Ask a resource; raise if it refuses."""
        return self.bank.get(path, self.tokens["access_token"])

    def log_key(self) -> str:
        """Return the verifier key of the log, the same ever after the first time.

        A recipient in earnest gets it with its contract, not from the log itself.
        """
        if not self._log_key:
            self._log_key = self.bank.public("/log/vkey").text.split()[0]
        return self._log_key

    def _keep(self, form: dict[str, str]) -> dict[str, Any]:
        answer = self.bank.post("token_endpoint", form)
        if str(answer.get("token_type")).lower() != "dpop":
            raise RecipientError("The token is not bound to our key.")
        self._stale_at = self.bank.clock() + answer.get("expires_in", 0) - SPARE
        self.tokens = {**self.tokens, **answer}
        return self.tokens
