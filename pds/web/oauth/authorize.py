"""The person's side: the page that asks, and the answer that goes back.

Loading the page changes nothing but the note that the browser arrived in time; the
request is consumed when the person decides. Consent, grant and code are one unit of
work. Nobody is redirected before client and address have been checked.
"""

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from consent import preflight
from consent.oauth import lifetimes, requests
from consent.oauth.errors import UnknownRequest
from consent.oauth.requests import PushedRequest
from consent.reading import CHANGED
from consent.terms import DataProvision
from pds.accounts.agents.links import AgentScope
from pds.core.errors import Conflict, Forbidden
from pds.web import acting, confirming, headers, noticed, sessions
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.oauth import consent_page, decision, forbidden, narrowing
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.current import server
from pds.web.oauth.grants import CodeGrant
from pds.web.oauth.par import parse_details

_EXPECTED = ("client_id", "request_uri")


def show() -> ResponseReturnValue:
    """Show the person what is asked for, and what exactly would go."""
    client_id, request_uri = _asked(request.args)
    pushed = _waiting(client_id, request_uri)
    if not pushed.is_opened:
        bank().unit_of_work(
            lambda work: requests.open_request(work, request_uri, client_id)
        )
    login = _login_first()
    if login is not None:
        return login
    checked = _check(pushed)
    if isinstance(checked, Response):
        return checked
    return _page(pushed, request_uri)


def decide() -> ResponseReturnValue:
    """Take the person's decision and send the browser back with it."""
    client_id, request_uri = _asked(request.form)
    pushed = _waiting(client_id, request_uri)
    login = _login_first()
    if login is not None:
        return login
    checked = _check(pushed)
    if isinstance(checked, Response):
        return checked
    read, grant = checked
    if request.form.get("decision") == "refuse":
        decision.refuse(bank(), request_uri, pushed.client_id)
        return _respond(read, grant, gives=False)
    return _give(pushed, request_uri, read, grant)


def _give(
    pushed: PushedRequest, request_uri: str, read: BankRequest, grant: CodeGrant
) -> ResponseReturnValue:
    asked, form = _details(pushed), Form()
    if _is_forbidden(pushed):
        return _page(pushed, request_uri), 422
    if request.form.get("decision") == "look":
        looked_at = narrowing.look(form, asked)
        return _page(pushed, request_uri, form, looked_at), 200 if looked_at else 422
    if request.form.get("decision") != "give":
        form.fail("category", _("Choose whether you give or refuse."))
    chosen = narrowing.read(form, asked)
    confirmed = confirming.read(form, chosen)
    if chosen is None or not form.is_good:
        return _page(pushed, request_uri, form), 422
    try:
        read.code = decision.give(
            bank(), request_uri, pushed, chosen, confirmed, noticed.sent()
        )
    except Conflict as error:
        if error.code != CHANGED:
            raise
        return _page(pushed, request_uri), 409
    return _respond(read, grant, gives=True)


def _is_forbidden(pushed: PushedRequest) -> bool:
    with bank().read() as snap:
        client = decision.client_of(snap, pushed.client_id)
    return bool(forbidden.instructions(client, _details(pushed)))


def _details(pushed: PushedRequest) -> DataProvision:
    return parse_details(pushed.parameters["authorization_details"])


def _asked(source: MultiDict[str, str]) -> tuple[str, str]:
    if any(len(source.getlist(name)) != 1 for name in _EXPECTED):
        raise UnknownRequest("oauth.unknown-request", "No request is named.")
    return source["client_id"], source["request_uri"]


def _waiting(client_id: str, request_uri: str) -> PushedRequest:
    with bank().read() as snap:
        return requests.find(snap, request_uri, client_id)


def _login_first() -> ResponseReturnValue | None:
    """Send to the login, or to a fresh one if the last is too old (FAPI, P15)."""
    visitor, back = sessions.current(), _page_address()
    if visitor is None:
        return redirect(url_for("entry.log_in", next=back), 303)
    if visitor.role != "person":
        raise Forbidden("web.other-role", "Only a person gives consent.")
    if now() - visitor.auth_time > lifetimes.FRESH_LOGIN:
        return redirect(url_for("entry.log_in_again", next=back), 303)
    acting.represent(AgentScope.CONSENTS)
    return None


def _page_address() -> str:
    """Return the address of this request's page, also for its POST."""
    source = request.args if request.method == "GET" else request.form
    return url_for(
        "oauth.authorize",
        client_id=source["client_id"],
        request_uri=source["request_uri"],
    )


def _check(pushed: PushedRequest) -> tuple[BankRequest, CodeGrant] | Response:
    """Check the stored request once more: client and address may have changed."""
    read = BankRequest(
        request.method, server().issuer + request.path, pushed.parameters, {}
    )
    try:
        grant = server().consent_grant(read)
    except OAuth2Error as error:
        return _refused(error)
    if not _is_possible(pushed, grant.client):
        return _refused(AccessDeniedError(redirect_uri=grant.redirect_uri), read)
    return read, grant


def _is_possible(pushed: PushedRequest, client: BankClient) -> bool:
    """Ask the gates of the recipient's side, so that nobody is bothered in vain."""
    if not client.record.is_active:
        return False
    with bank().read() as snap:
        found = preflight.check(
            snap,
            client.record.recipient_id,
            _details(pushed),
            profile=bank().profile,
        )
    return not found.reasons


def _refused(error: OAuth2Error, read: BankRequest | None = None) -> Response:
    if error.redirect_uri is None:
        raise UnknownRequest("oauth.unknown-request", "The request is not valid now.")
    if read is not None:
        error.state = read.payload.state
    return server().refuse(error)


def _respond(read: BankRequest, grant: CodeGrant, *, gives: bool) -> Response:
    user = sessions.owner() if gives else None
    return server().respond(read, grant, user)


def _page(
    pushed: PushedRequest,
    request_uri: str,
    form: Form | None = None,
    looked_at: DataProvision | None = None,
) -> str:
    headers.allow_form_action(pushed.parameters["redirect_uri"])
    asked = _details(pushed)
    with bank().read() as snap:
        client = decision.client_of(snap, pushed.client_id)
    never = forbidden.instructions(client, asked)
    if never:
        return forbidden.page(never, client, request_uri)
    return render_template(
        "oauth/consent.html",
        page=consent_page.describe(
            bank(),
            sessions.owner(),
            client.recipient_id,
            asked,
            looked_at or asked,
            pushed.waits_until or now() + lifetimes.INTERACTION,
        ),
        form=form or narrowing.first_form(asked),
        levels=consent_page.level_words(narrowing.levels(asked)),
        client_id=pushed.client_id,
        request_uri=request_uri,
    )
