"""Answers of the disclosure API: bytes with their receipt, or a problem document."""

import base64
import math
from collections.abc import Generator
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from flask import Response, g
from flask_babel import gettext as _

from consent.reasons import Reason
from pds.core.clock import TOKYO, end_of
from pds.disclosure.call import Refused, Released
from pds.web import denial_words
from pds.web.api import seen
from pds.web.context import now
from pds.web.denial_words import Reader
from pds.web.oauth import resource
from pds.web.problems import problem

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"

_ENDED: Final = frozenset(
    {
        Reason.CONSENT_WITHDRAWN,
        Reason.CONSENT_REVOKED,
        Reason.CONSENT_EXPIRED,
        Reason.CONSENT_INVALIDATED,
        Reason.GRANT_MISSING,
        Reason.GRANT_REVOKED,
        Reason.TOKEN_REVOKED,
        Reason.TOKEN_EXPIRED,
        Reason.CLIENT_SUSPENDED,
    }
)
"""Reasons after which the token is of no use any more."""

_TOO_OFTEN: Final = frozenset({Reason.TOO_OFTEN})
"""Passes with the day; a consent to one fetch that is used up does not."""

_PRIVATE_GATES: Final = frozenset({"person", "key", "profile", "instruction"})
"""Gates whose reasons would tell a recipient something about the person, such as that
there is a standing instruction (ADR 31)."""


def released(answer: Released, grown: str | None = None) -> Response:
    """Return a page: its bytes, their digest (RFC 9530), receipt, and how it grew."""
    response = Response(answer.body, 200, content_type=JSON)
    digest = base64.b64encode(answer.body_sha256).decode()
    response.headers["Content-Digest"] = f"sha-256=:{digest}:"
    response.headers["Infobank-Receipt"] = answer.receipt
    if grown is not None:
        response.headers[seen.ANSWER] = grown
    return _private(response)


def not_seen() -> Response:
    """Return that no tree of this log has the size that the caller names."""
    text = _("The header Infobank-Seen names no tree of this log.")
    return _private(problem(400, "log.seen", text))


def lines(body: bytes) -> Response:
    """Return the lines of a page of a cohort, with the digest of all of them."""
    response = Response(body, 200, content_type=NDJSON)
    digest = base64.b64encode(sha256(body).digest()).decode()
    response.headers["Content-Digest"] = f"sha-256=:{digest}:"
    return _private(response)


def statistics(body: bytes) -> Response:
    """Return statistics as they were made."""
    return _private(Response(body, 200, content_type=JSON))


def no_statistics() -> Response:
    """Return that nothing was made of a month."""
    text = _("There are no statistics of this month.")
    return _private(problem(404, "cohort.no-statistics", text))


def no_subject() -> Response:
    """Return that nothing is known of the person that the caller names."""
    text = _("There is no such person in this cohort.")
    return _private(problem(404, "cohort.no-subject", text))


def streamed(lines: Generator[bytes, None, None]) -> Response:
    """Return a stream; its last line carries digest, count, outcome and receipt."""
    return _private(Response(lines, 200, content_type=NDJSON))


def refused(answer: Refused, issuer: str) -> Response:
    """Return why nothing goes, as far as the recipient may know it."""
    g.denied_for = answer.reasons
    found = set(answer.reasons)
    shown = _shown(answer)
    if found & _ENDED:
        response = problem(401, "disclosure.ended", _("The consent ended."), **shown)
        response.headers["WWW-Authenticate"] = resource.challenge(
            "invalid_token", issuer
        )
    elif found <= _TOO_OFTEN:
        response = problem(429, "disclosure.too-often", _("Too often."), **shown)
        response.headers["Retry-After"] = str(_until_tomorrow(now()))
    else:
        response = problem(403, "disclosure.denied", _("Not allowed."), **shown)
    return _private(response)


def _shown(answer: Refused) -> dict[str, Any]:
    codes = [r.value for r in answer.reasons if r.gate not in _PRIVATE_GATES]
    words = denial_words.said(codes, Reader.RECIPIENT)
    return {"reasons": codes, **({"detail": words} if words else {})}


def unauthenticated(error: str | None, issuer: str) -> Response:
    """Return a challenge (RFC 9449 section 7.1)."""
    code = f"oauth.{(error or 'token-required').replace('_', '-')}"
    response = problem(401, code, _("A living token and a fresh proof are required."))
    response.headers["WWW-Authenticate"] = resource.challenge(error, issuer)
    return _private(response)


def offer_nonce(response: Response) -> Response:
    """Put the next nonce on every answer of this API that a client can use it on."""
    nonce = g.get("next_nonce")
    return resource.add_nonce(response, nonce) if nonce else response


def _until_tomorrow(at: datetime) -> int:
    """Return the whole seconds until the next day of Japan, when counting restarts."""
    local = at.astimezone(TOKYO)
    tomorrow = end_of(local.date())
    return math.ceil((tomorrow - local).total_seconds())


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
