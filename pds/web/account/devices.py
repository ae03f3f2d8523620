"""Closing sessions: another one, or all others."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.web import recovery_door, sessions
from pds.web.account import blueprint
from pds.web.context import bank


@blueprint.post("/sessions/<reference>/close")
def close_session(reference: str) -> ResponseReturnValue:
    """Close one session; it is out on its next request."""
    recovery_door.close_session(bank(), sessions.visitor().session, reference)
    return _done()


@blueprint.post("/sessions/close")
def close_others() -> ResponseReturnValue:
    """Close every session but this one."""
    recovery_door.close_others(bank(), sessions.visitor().session)
    return _done()


def _done() -> ResponseReturnValue:
    flash(_("The session is closed."), "good")
    return redirect(url_for("account.show"), 303)
