"""What we hold for each browser that visits, in memory and nowhere else.

One cookie names one visit. A recipient in earnest has accounts and a database; what
matters here is that tokens and data hang on the visit, never on anything in an
address.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from .receipts import Fetched
from .recipient import Recipient

COOKIE = "genki_coach"
"""Not `session`: cookies ignore ports, and the bank is on localhost as well."""

MOST = 100
"""Visits that are kept; the oldest goes first."""


@dataclass
class Visit:
    """One browser, and what it led to.

    Attributes:
        recipient: our client with this person's tokens.
        form_token: comes back with every form, so that no other page can send one.
        asked: what we asked for last.
        fetched: what we hold.
        notice: what the page says happened; a key of the words.
        detail: the bank's own words about it.
        lock: one act at a time; two at once would race for the tokens.
    """

    recipient: Recipient
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    asked: dict[str, Any] = field(default_factory=dict)
    fetched: Fetched | None = None
    notice: str = ""
    detail: str = ""
    lock: Lock = field(default_factory=Lock)

    def say(self, notice: str, detail: str = "") -> None:
        """Say on the next page what happened."""
        self.notice, self.detail = notice, detail

    def forget(self) -> None:
        """Delete what the person has given us: data, proofs and tokens."""
        self.fetched = None
        self.recipient.tokens = {}


class Visits:
    """All visits of this process."""

    def __init__(self, recipient: Callable[[], Recipient]) -> None:
        self._recipient = recipient
        self._visits: dict[str, Visit] = {}
        self._lock = Lock()

    def find(self, name: str | None) -> Visit | None:
        """Return the visit that a cookie names."""
        return self._visits.get(name or "")

    def open(self) -> tuple[str, Visit]:
        """Begin a visit; return the value of its cookie too."""
        name, visit = secrets.token_urlsafe(32), Visit(self._recipient())
        with self._lock:
            self._visits[name] = visit
            for oldest in list(self._visits)[:-MOST]:
                del self._visits[oldest]
        return name, visit
