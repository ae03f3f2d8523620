"""Rate limits, by name. What is limited, and by which of them, stands in one table.

Limits live in memory, or in Redis where several processes share them. A storage that
fails is an error (503), never a reason to let a request through. It is told neither
names nor addresses, only keyed hashes of them.
"""

import hmac
import math
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from redis.backoff import NoBackoff
from redis.retry import Retry

from pds.accounts import logins
from pds.core.clock import SystemClock
from pds.core.settings import Settings

LOGIN: Final = "30 per minute"
"""Password attempts of one address."""

LOGIN_NAME: Final = "10 per 10 minutes"
"""Password attempts on one account, from wherever they come."""

SIGN_UP: Final = "20 per hour"
"""New accounts of one address."""

PASSKEY: Final = "60 per minute"
"""Requests of one address to each step of a passkey's ceremony."""

RECOVERY: Final = "20 per 15 minutes"
"""Attempts with codes of one address: for recovery, of agents, of heirs."""

CREDENTIALS: Final = "20 per hour"
"""New passwords and sets of recovery codes of one address."""

EVIDENCE: Final = "20 per hour"
"""Evidence bundles, exports and checks of the whole log, exports of events and censuses
of one address; each reads much."""

RECEIPTS: Final = "120 per minute"
"""Requests of one address that send receipts back; each may be kept for good."""

UPLOADS: Final = "240 per hour"
"""Files of one address; one that is sealed costs a second of work and much memory."""

TRANSFERS: Final = "60 per hour"
"""Archives that one address sends from another bank, and questions how large one may
be; each is read as a whole."""

VIEWS: Final = "30 per minute"
"""Pages of one address that are only looked at."""

SHARES: Final = "60 per 10 minutes"
"""Openings of health links from one address, right or wrong."""

EMERGENCY: Final = "10 per minute"
"""Emergencies of one address; cards' numbers cannot be guessed at any rate."""

OAUTH: Final = "1200 per minute"
"""Requests of one address to each OAuth endpoint."""

ENDPOINTS: Final = {
    "entry.log_in_now": (LOGIN,),
    "entry.log_in_again_now": (LOGIN,),
    "entry.recover_now": (RECOVERY,),
    "entry.sign_up_now": (SIGN_UP,),
    "passkey.ask_log_in": (PASSKEY,),
    "passkey.log_in": (PASSKEY,),
    "passkey.ask_confirm": (PASSKEY,),
    "passkey.confirm": (PASSKEY,),
    "enrol.options": (PASSKEY,),
    "enrol.register": (PASSKEY,),
    "auditor.export": (EVIDENCE,),
    "auditor.verify": (EVIDENCE,),
    "bundles.make": (EVIDENCE,),
    "events.take": (EVIDENCE,),
    "census.take": (EVIDENCE,),
    "api.Incidents": (VIEWS,),
    "api.Receipts": (RECEIPTS,),
    "api.ReceiptsOfConsent": (RECEIPTS,),
    "api.Transfers": (TRANSFERS,),
    "viewing.open_now": (VIEWS,),
    "api.Emergency": (EMERGENCY,),
    "health_links.open_now": (SHARES,),
    "health_links.manifest": (SHARES,),
    "imports.upload": (UPLOADS,),
    "represented.accept": (RECOVERY,),
    "heirs.fetch": (RECOVERY,),
    "account.make_codes": (CREDENTIALS,),
    "account.change_password": (CREDENTIALS,),
}
"""Which limits hold for the caller's address at which view; those of the `oauth`
blueprint all have `OAUTH`."""

BY_NAME: Final = ("entry.log_in_now", "entry.recover_now")
"""Views for which `LOGIN_NAME` holds too, whatever its words are."""


_STORE_SECONDS: Final = 2.0
"""How long an answer of the shared storage is waited for; then it counts as failed."""


def named_account() -> str:
    """Return the key of attempts on one account: its login name, hashed.

    All spellings that lead to one account have one key.
    """
    return _hidden("login", logins.normal(request.form.get("login", "")))


def caller() -> str:
    """Return the key of the other limits: the caller's address, hashed."""
    return _hidden("address", get_remote_address())


def _hidden(kind: str, value: str) -> str:
    secret = bytes(current_app.config["SECRET_KEY"])
    text = f"{kind}:{value}".encode("utf-8", "replace")
    return f"{kind}:{hmac.digest(secret, text, 'sha256').hex()}"


def wait_minutes() -> int:
    """Return how many minutes the limit that was hit still holds, at least 1."""
    limiter: Limiter = next(iter(current_app.extensions["limiter"]))
    hit = limiter.current_limit
    if hit is None:
        return 1
    # The limiter counts by the machine's own clock, and adds a second for safety.
    return max(1, math.ceil((hit.reset_at - 1 - SystemClock().now().timestamp()) / 60))


def install(app: Flask, settings: Settings) -> Limiter:
    """Put the limits of the table in front of their views."""
    limiter = Limiter(
        caller,
        app=app,
        storage_uri=settings.redis_url or "memory://",
        storage_options=_storage_options(settings),
        strategy="moving-window",
        headers_enabled=True,
        swallow_errors=False,
    )
    for endpoint, names in ENDPOINTS.items():
        for name in names:
            _put(limiter, app, endpoint, name, caller)
    for endpoint in BY_NAME:
        _put(limiter, app, endpoint, LOGIN_NAME, named_account)
    for endpoint in app.view_functions:
        if endpoint.startswith("oauth."):
            _put(limiter, app, endpoint, OAUTH, caller)
    return limiter


def _storage_options(settings: Settings) -> dict[str, Any]:
    """Return how storage is spoken to: one retry, and no request waits for long."""
    options: dict[str, Any] = {"wrap_exceptions": True}
    if settings.redis_url:
        options |= {
            "socket_timeout": _STORE_SECONDS,
            "socket_connect_timeout": _STORE_SECONDS,
            # A connection that idled too long is dropped by the other side.
            "retry": Retry(NoBackoff(), 1),
        }
    return options


def _put(
    limiter: Limiter, app: Flask, endpoint: str, name: str, key: Callable[[], str]
) -> None:
    """Put one limit in front of one view; attempts are counted per view and key."""
    view: Any = limiter.limit(name, key_func=key)(app.view_functions[endpoint])
    app.view_functions[endpoint] = view
