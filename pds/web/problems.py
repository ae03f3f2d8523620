"""Errors turned into answers: problem documents for programs, pages for people.

An error of ours has a kind, which gives the status, and a code, whose public words are
in `pds.web.words`. Everything else becomes a 500 that carries nothing but an incident
number, under which the application log has the type and the place of the error.
Problem documents follow RFC 9457.
"""

import json
from typing import Any, Final

import structlog
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from limits.errors import StorageError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from audit.errors import VerificationError
from pds.core.errors import BankError, Kind
from pds.core.logging import describe
from pds.web import limits
from pds.web.context import bank
from pds.web.reasons import public_words

STATUS: Final = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}
RETRY_AFTER_SECONDS: Final = "2"
TOO_MANY_SECONDS: Final = "60"
"""Where the limiter itself says nothing more exact."""
_DAMAGED: Final = -1
"""Stands for a damaged log among the texts by status."""
_TYPE: Final = "urn:infobank:problem:"
_PROGRAM_PATHS: Final = ("/api/", "/oauth/", "/.well-known/", "/healthz", "/readyz")
_PAGES_AMONG_THEM: Final = "/oauth/authorize"

_log = structlog.get_logger("infobank.web")


def wants_json() -> bool:
    """Say whether a program asks, by its address or by what it accepts."""
    path = request.path
    if path.startswith(_PAGES_AMONG_THEM):
        return False
    if path.startswith(_PROGRAM_PATHS):
        return True
    accepted = request.accept_mimetypes
    kinds = ("text/html", "application/json", "application/problem+json")
    return accepted.best_match(kinds, "text/html") != "text/html"


def problem(status: int, code: str, title: str, **members: Any) -> Response:
    """Build a problem document (RFC 9457)."""
    body = {"type": _TYPE + code, "title": title, "status": status, "code": code}
    return Response(
        json.dumps({**body, **members}, ensure_ascii=False),
        status,
        content_type="application/problem+json",
    )


def answer(
    status: int, code: str, text: str, incident: str = "", wait_minutes: int = 0
) -> Response:
    """Answer with a page or a problem document, whichever the asker reads.

    Args:
        status: of HTTP.
        code: the public code of the error.
        text: its public words.
        incident: the number under which the application log knows it.
        wait_minutes: how long to wait before the next attempt, 0 if unknown.
    """
    if wants_json():
        members = {"incident": incident} if incident else {}
        response = problem(status, code, text, **members)
    else:
        page = render_template(
            "errors/error.html",
            heading=_heading(status, code),
            text=text,
            status=status,
            incident=incident,
            wait_minutes=wait_minutes,
            megabytes=(request.max_content_length or 0) // 1_000_000,
        )
        response = Response(page, status, content_type="text/html; charset=utf-8")
    if status == STATUS[Kind.UNAVAILABLE]:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    elif status == STATUS[Kind.TOO_MANY]:
        response.headers["Retry-After"] = TOO_MANY_SECONDS
    return response


def of_bank(error: BankError) -> Response:
    """Answer an error of ours."""
    status = STATUS[error.kind]
    _log.info("refused", code=error.code, kind=error.kind, endpoint=request.endpoint)
    return answer(status, error.code, public_words(error))


def of_http(error: HTTPException) -> ResponseReturnValue:
    """Answer an error of the web framework: not found, too large, too many requests."""
    if error.response is not None:
        return error
    status = error.code or 500
    wait = limits.wait_minutes() if status == STATUS[Kind.TOO_MANY] else 0
    response = answer(status, f"http.{status}", _text(status), wait_minutes=wait)
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def of_csrf(_error: CSRFError) -> Response:
    """Answer a form whose token is missing, old or of somebody else."""
    text = _("The form was open too long or came from elsewhere. Please try again.")
    return answer(400, "web.form-token", text)


def of_limit_storage(error: StorageError) -> Response:
    """Answer when attempts cannot be counted: nothing is let through uncounted."""
    _log.error("limiter storage failed", **describe(error))
    return answer(503, "web.limiter", _text(503))


def of_damage(error: VerificationError) -> Response:
    """Answer when an entry of the log does not hold together: say so aloud."""
    _log.error("log damaged", endpoint=request.endpoint, **describe(error))
    return answer(500, "log.damaged", _text(_DAMAGED))


def of_unknown(error: Exception) -> Response:
    """Answer what nobody foresaw: a number for the operator, and nothing else."""
    incident = str(bank().ids.new())
    _log.error(
        "unexpected", incident=incident, endpoint=request.endpoint, **describe(error)
    )
    return answer(500, "web.unexpected", _text(500), incident)


def of_database(error: DBAPIError) -> Response:
    """Answer a database that cannot be read: 503 while it is out of reach."""
    if error.connection_invalidated:
        return answer(503, "web.database", _text(503))
    return of_unknown(error)


def install(app: Flask) -> None:
    """Register the answers."""
    app.register_error_handler(BankError, of_bank)
    app.register_error_handler(CSRFError, of_csrf)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(StorageError, of_limit_storage)
    app.register_error_handler(DBAPIError, of_database)
    app.register_error_handler(VerificationError, of_damage)
    app.register_error_handler(Exception, of_unknown)


def _heading(status: int, code: str) -> str:
    special = {
        "papers.not-seen": _("A document was not opened yet"),
        "keys.held": _("Your data is on hold"),
    }
    headings = {
        400: _("This form could not be accepted"),
        401: _("Please log in"),
        403: _("You may not see this page"),
        404: _("Page not found"),
        405: _("This address cannot be used like this"),
        409: _("This has changed in the meantime"),
        413: _("Too large"),
        415: _("This kind of file is not known"),
        422: _("Something is not right"),
        429: _("Too many attempts"),
        503: _("Please try again in a moment"),
    }
    return str(special.get(code) or headings.get(status) or _("Something went wrong"))


def _text(status: int) -> str:
    texts = {
        400: _("The request could not be understood."),
        404: _(
            "There is nothing at this address. Check it, or start from the home page."
        ),
        405: _("Go back and use the buttons of the page."),
        413: _("What you sent is larger than the service accepts."),
        429: _("Wait a few minutes before you try again."),
        _DAMAGED: _(
            "An entry of the log does not hold together. Keep your proofs and tell"
            " the auditor."
        ),
        503: _(
            "The service cannot do this now. Nothing was changed and nothing was sent."
        ),
    }
    return str(texts.get(status, _("Nothing was changed. We have noted the error.")))
