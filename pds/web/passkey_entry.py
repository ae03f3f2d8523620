"""Requests of the login pages' script: options and answers of passkeys, as JSON."""

import secrets
from hashlib import sha256
from typing import Any

from flask import Blueprint, jsonify, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from pds.accounts import authenticators
from pds.web import known_browser, passkey_door, sessions
from pds.web.context import bank
from pds.web.guards import LoginNeeded, local_path

blueprint = Blueprint("passkey", __name__)

_BROWSER = "browser"


@blueprint.post("/login/passkey/options")
def ask_log_in() -> ResponseReturnValue:
    """Hand out the options of a login; the challenge is bound to this browser."""
    session.setdefault(_BROWSER, secrets.token_urlsafe(32))
    return jsonify(passkey_door.ask_log_in(bank(), _binding()))


@blueprint.post("/login/passkey")
def log_in() -> ResponseReturnValue:
    """Open a session and say which page was wanted."""
    token = passkey_door.log_in(bank(), _binding(), answer())
    session.pop(_BROWSER, None)
    return entered(token, local_path(request.args.get("next")))


@blueprint.post("/login/again/passkey/options")
def ask_confirm() -> ResponseReturnValue:
    """Hand out the options by which the holder of this session proves to be there."""
    return jsonify(passkey_door.ask_confirm(bank(), _visitor().session))


@blueprint.post("/login/again/passkey")
def confirm() -> ResponseReturnValue:
    """Renew the session and say which page was wanted."""
    token = passkey_door.confirm(bank(), _visitor().session, answer())
    return entered(token, local_path(request.args.get("next")))


def answer() -> dict[str, Any]:
    """Return what the script sent.

    Raises:
        RequestEntityTooLarge: no authenticator answers at such length.
        Invalid: `passkey.refused`: it is no JSON object.
    """
    # A body need not say how long it is.
    sent = request.stream.read(passkey_door.LONGEST_ANSWER + 1)
    if len(sent) > passkey_door.LONGEST_ANSWER:
        raise RequestEntityTooLarge
    return authenticators.read_answer(sent)


def entered(token: str, address: str) -> Response:
    """Hand over the session and tell the script where to go on."""
    response = jsonify(next=address)
    sessions.begin(response, token)
    known_browser.note(response, token)
    return response


def _binding() -> bytes:
    return sha256(str(session.get(_BROWSER, "")).encode()).digest()


def _visitor() -> sessions.Visitor:
    found = sessions.current()
    if found is None:
        raise LoginNeeded("web.login-needed")
    return found
