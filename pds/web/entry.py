"""The door: sign up, log in, log in again before a grave act, log out."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from pds.web import sessions
from pds.web.forms import Form
from pds.web.guards import LoginNeeded, local_path

blueprint = Blueprint("entry", __name__)

_HOMES = {"operator": "/operator", "board": "/board", "auditor": "/auditor"}


@blueprint.get("/login")
def log_in() -> ResponseReturnValue:
    """Show the login form."""
    return _page("entry/log_in.html", Form())


@blueprint.post("/login")
def log_in_now() -> ResponseReturnValue:
    """Open a session, or show the form again without saying which part is wrong."""
    form = Form()
    login = form.text("login", needed=_("Enter your login name."))
    password = form.password("password", needed=_("Enter your password."))
    if form.is_good:
        entered = sessions.log_in(login, password)
        if entered is not None:
            return _entered(*entered)
        form.fail("login", _("Login name and password do not match."))
    return _page("entry/log_in.html", form), 422


@blueprint.get("/signup")
def sign_up() -> ResponseReturnValue:
    """Show the sign-up form."""
    return _page("entry/sign_up.html", Form())


@blueprint.post("/signup")
def sign_up_now() -> ResponseReturnValue:
    """Create a person's account and open its first session."""
    form = Form()
    login = form.text("login", needed=_("Choose a login name."), longest=64)
    password = form.password("password", needed=_("Choose a password."))
    if form.is_good and password != request.form.get("password_again"):
        form.fail("password_again", _("The two passwords differ."))
    if form.is_good:
        entered = sessions.sign_up(form, login, password)
        if entered is not None:
            flash(_("Welcome. Your account is ready."), "good")
            return _entered(*entered)
    return _page("entry/sign_up.html", form), 422


@blueprint.get("/login/again")
def log_in_again() -> ResponseReturnValue:
    """Ask for the password again, before consent or export."""
    if sessions.current() is None:
        return redirect(url_for("entry.log_in", next=_next()), 303)
    return _page("entry/log_in_again.html", Form())


@blueprint.post("/login/again")
def log_in_again_now() -> ResponseReturnValue:
    """Renew the moment of login and go on."""
    if sessions.current() is None:
        raise LoginNeeded("web.login-needed")
    form = Form()
    password = form.password("password", needed=_("Enter your password."))
    if form.is_good:
        token = sessions.log_in_again(password)
        if token is not None:
            response = redirect(_next(), 303)
            sessions.begin(response, token)
            return response
        form.fail("password", _("This is not your password."))
    return _page("entry/log_in_again.html", form), 422


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """Close the session on the server and take the cookie away."""
    sessions.close()
    flash(_("You are logged out."), "good")
    response = redirect(url_for("entry.log_in"), 303)
    sessions.end(response)
    return response


def _entered(token: str, role: str) -> Response:
    """Answer a login with the cookie and the way to the page that was wanted."""
    wanted = _next()
    goal = _HOMES.get(role, "/") if wanted == "/" else wanted
    response = redirect(goal, 303)
    sessions.begin(response, token)
    return response


def _next() -> str:
    return local_path(request.args.get("next"))


def _page(template: str, form: Form, **values: Any) -> str:
    return render_template(template, form=form, next=_next(), **values)
