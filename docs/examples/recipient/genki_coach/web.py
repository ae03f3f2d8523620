"""The pages of Genki Coach: connect, see what came, fetch again, disconnect."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from . import ask, summary, words
from .errors import NotOurAnswer, RecipientError, WrongProof
from .events import LONGEST, Events
from .recipient import Recipient
from .visits import COOKIE, Visit, Visits

TOO_OFTEN = 429
EVENTS = "/events"
"""Path at which the bank tells us what ended or changed."""


def create_app(recipient: Callable[[], Recipient], offer_id: str) -> Flask:
    """Return the application.

    Args:
        recipient: makes our client for one more person.
        offer_id: the offer of ours that the bank's board has approved.
    """
    app = Flask("genki_coach", root_path=__file__.rpartition("/")[0])
    app.extensions["visits"] = Visits(recipient)
    app.extensions["offer_id"] = offer_id
    app.extensions["events"] = _events(recipient())
    app.before_request(_find_visit)
    app.after_request(_finish)
    app.add_url_rule("/", "home", _home)
    app.add_url_rule("/connect", "connect", _connect, methods=["POST"])
    callback = urlsplit(recipient().redirect_uri).path
    app.add_url_rule(callback, "callback", _callback)
    app.add_url_rule(EVENTS, "events", _told_by_bank, methods=["POST"])
    app.add_url_rule("/fetch", "fetch", _fetch, methods=["POST"])
    app.add_url_rule("/disconnect", "disconnect", _disconnect, methods=["POST"])
    return app


def _events(recipient: Recipient) -> Events:
    bank = recipient.bank

    def keys() -> list[dict[str, Any]]:
        return list(bank.public("/oauth/jwks").json()["keys"])

    return Events(keys, recipient.issuer, bank.client_id)


def _told_by_bank() -> AnyResponse:
    """Take what the bank tells us, and acknowledge it; anybody may knock here."""
    events: Events = current_app.extensions["events"]
    signed = request.get_data(cache=False)[: LONGEST + 1].decode("ascii", "replace")
    try:
        return jsonify(events.take(signed))
    except (RecipientError, requests.RequestException):
        abort(400)


def _find_visit() -> None:
    """Find the visit; a form must come from a page that this visit was shown."""
    if request.path == EVENTS:
        # The bank holds no cookie, and its signature says who it is.
        return
    from_cookie = _visits().find(request.cookies.get(COOKIE))
    if from_cookie is None:
        g.new_cookie, g.visit = _visits().open()
    else:
        g.visit = from_cookie
    if request.method == "POST":
        token = request.form.get("form_token", "")
        if not secrets.compare_digest(token.encode(), g.visit.form_token.encode()):
            abort(400)


def _home() -> str:
    visit: Visit = g.visit
    language = _language()
    _delete_what_ended(visit)
    page = render_template(
        "home.html",
        visit=visit,
        granted=visit.recipient.granted,
        asked=visit.asked,
        language=language,
        t=lambda key: words.say(key, language),
        name=lambda category: words.category(category, language),
        **_shown(visit),
    )
    visit.say("")
    return page


def _shown(visit: Visit) -> dict[str, Any]:
    records = visit.fetched.records() if visit.fetched else []
    return {
        "categories": summary.by_category(records),
        "steps": summary.steps_by_day(records),
        "spent": summary.spent_by_month(records),
        "verified": visit.fetched.verified if visit.fetched else [],
    }


def _delete_what_ended(visit: Visit) -> None:
    """Delete what came under a consent of which the bank told us that it is over."""
    events: Events = current_app.extensions["events"]
    if visit.recipient.granted.get("consent_id") in events.ended:
        visit.forget()
        visit.say("ended")


def _connect() -> AnyResponse:
    """Push our request, and send the browser to the bank's consent page."""
    visit: Visit = g.visit
    now = datetime.fromtimestamp(visit.recipient.bank.clock(), UTC)
    details = ask.details(current_app.extensions["offer_id"], now)
    with visit.lock:
        try:
            address = visit.recipient.authorize(details)
        except (RecipientError, requests.RequestException) as error:
            return _told(visit, error)
        visit.asked = details
    return redirect(address, 303)


def _callback() -> AnyResponse:
    """Take the person back, with a code or without, and fetch at once."""
    visit: Visit = g.visit
    with visit.lock:
        try:
            visit.recipient.callback(request.url)
            visit.fetched = visit.recipient.fetch()
        except (RecipientError, requests.RequestException) as error:
            return _told(visit, error)
        _send_back(visit)
        visit.say("connected")
    return redirect(url_for("home"), 303)


def _fetch() -> AnyResponse:
    visit: Visit = g.visit
    if not visit.recipient.tokens:
        abort(400)
    with visit.lock:
        try:
            visit.fetched = visit.recipient.fetch()
        except (RecipientError, requests.RequestException) as error:
            return _told(visit, error)
        _send_back(visit)
        visit.say("fetched")
    return redirect(url_for("home"), 303)


def _send_back(visit: Visit) -> None:
    """Send our receipts back; what cannot be sent waits, and no visitor with it."""
    with suppress(RecipientError, requests.RequestException):
        visit.recipient.send_back()


def _disconnect() -> AnyResponse:
    """Hand access back, and delete what came."""
    visit: Visit = g.visit
    if not visit.recipient.tokens:
        abort(400)
    with visit.lock:
        try:
            visit.recipient.revoke()
        except (RecipientError, requests.RequestException) as error:
            return _told(visit, error)
        visit.forget()
        visit.say("disconnected")
    return redirect(url_for("home"), 303)


def _told(visit: Visit, error: Exception) -> AnyResponse:
    """Say on the page what went wrong, and do what it asks of us."""
    visit.say(_notice(error), str(error))
    if isinstance(error, RecipientError) and error.is_the_end:
        visit.forget()
    return redirect(url_for("home"), 303)


def _notice(error: Exception) -> str:
    if isinstance(error, NotOurAnswer):
        return "not_ours"
    if isinstance(error, WrongProof):
        return "wrong_proof"
    if not isinstance(error, RecipientError):
        return "no_answer"
    if error.is_the_end:
        return "ended"
    if error.code == "access_denied":
        return "denied"
    return "too_often" if error.status == TOO_OFTEN else "refused"


def _finish(response: Response) -> Response:
    """Add the cookie of a new visit, and headers that allow nothing foreign.

    `form-action` names the bank, because the form that connects is answered by a
    redirect to it, and browsers hold redirects against this list as well.
    """
    if "visit" not in g:
        return response
    if name := g.pop("new_cookie", None):
        response.set_cookie(COOKIE, name, httponly=True, samesite="Lax")
    bank = g.visit.recipient.issuer
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none';"
        f" frame-ancestors 'none'; form-action 'self' {bank}"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _language() -> str:
    return request.accept_languages.best_match(words.LANGUAGES) or words.LANGUAGES[0]


def _visits() -> Visits:
    found: Visits = current_app.extensions["visits"]
    return found
