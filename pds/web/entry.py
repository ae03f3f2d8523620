"""The door: sign up, log in, log in again before a grave act, log out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from consent import mandate_terms
from pds.core.errors import Conflict, Invalid
from pds.web import door, known_browser, recovery_door, sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import LoginNeeded, local_path
from pds.web.languages import language
from pds.web.reasons import public_words

blueprint = Blueprint("entry", __name__)

_FIELDS = {
    "accounts.login-shape": "login",
    "accounts.login-taken": "login",
    "accounts.name": "name",
    "accounts.birth-date": "birth_date",
    "accounts.under-age": "birth_date",
}
"""The field of the sign-up form for each complaint; others are the password's."""


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
        entered = door.log_in(bank(), login, password)
        if entered is not None:
            return _enter(entered[0])
        form.fail("login", _("Login name and password do not match."))
    return _page("entry/log_in.html", form), 422


@blueprint.get("/login/recover")
def recover() -> ResponseReturnValue:
    """Show the form of a login by recovery code."""
    return _page("entry/recover.html", Form())


@blueprint.post("/login/recover")
def recover_now() -> ResponseReturnValue:
    """Use a recovery code up and lead to where a new passkey or password is made."""
    form = Form()
    login = form.text("login", needed=_("Enter your login name."))
    code = form.text("code", needed=_("Enter one of your recovery codes."), longest=40)
    password = form.password("password")
    form.values.pop("code")
    if form.is_good:
        token = recovery_door.log_in(bank(), login, password, code)
        if token is not None:
            response = redirect(url_for("account.show"), 303)
            sessions.begin(response, token)
            return response
        form.fail("login", _("Nobody can log in with this. Check each field."))
    return _page("entry/recover.html", form), 422


@blueprint.get("/signup")
def sign_up() -> ResponseReturnValue:
    """Show the sign-up form."""
    return _page("entry/sign_up.html", Form())


@blueprint.post("/signup")
def sign_up_now() -> ResponseReturnValue:
    """Create a person's account and open its first session."""
    form = Form()
    login = form.text("login", needed=_("Choose a login name."))
    name = form.text("name", needed=_("Enter your name."))
    born = form.day("birth_date", needed=_("Enter your day of birth."))
    password = form.password("password", needed=_("Choose a password."))
    if form.is_good and password != request.form.get("password_again"):
        form.fail("password_again", _("The two passwords differ."))
    if form.is_good:
        try:
            token = door.sign_up(
                bank(),
                login=login,
                password=password,
                name=name,
                birth_date=born,
                language=language(),
            )
        except (Invalid, Conflict) as error:
            form.fail(_FIELDS.get(error.code, "password"), public_words(error))
        else:
            flash(_("Welcome. Your account is ready."), "good")
            return _welcome(token)
    return _page("entry/sign_up.html", form), 422


@blueprint.get("/login/again")
def log_in_again() -> ResponseReturnValue:
    """Ask for the passkey or password again, before a grave act."""
    visitor = sessions.current()
    if visitor is None:
        return redirect(url_for("entry.log_in", next=_next()), 303)
    return _again_page(visitor, Form())


@blueprint.post("/login/again")
def log_in_again_now() -> ResponseReturnValue:
    """Renew the moment of login and the token, and go on."""
    visitor = sessions.current()
    if visitor is None:
        raise LoginNeeded("web.login-needed")
    form = Form()
    password = form.password("password", needed=_("Enter your password."))
    if form.is_good:
        token = door.log_in_again(bank(), visitor.session, password)
        if token is not None:
            return _enter(token)
        form.fail("password", _("This is not your password."))
    return _again_page(visitor, form), 422


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """Close the session on the server and take the cookie away."""
    visitor = sessions.current()
    if visitor is not None:
        door.close(bank(), visitor.session)
    flash(_("You are logged out."), "good")
    response = redirect(url_for("entry.log_in"), 303)
    sessions.end(response)
    return response


def _enter(token: str) -> Response:
    """Hand over the session and lead to the page that was wanted."""
    response = redirect(_next(), 303)
    sessions.begin(response, token)
    known_browser.note(response, token)
    return response


def _welcome(token: str) -> Response:
    """Enter, and ask about the mandate apart from the sign-up, where it can be had."""
    with bank().read() as snap:
        asks = _next() == "/" and mandate_terms.in_force(snap) is not None
    response = redirect(url_for("mandate.show") if asks else _next(), 303)
    sessions.begin(response, token)
    known_browser.note(response, token, is_new=True)
    return response


def _next() -> str:
    return local_path(request.args.get("next"))


def _again_page(visitor: sessions.Visitor, form: Form) -> str:
    by_passkey, by_password = door.ways(bank(), visitor.session)
    return render_template(
        "entry/log_in_again.html",
        form=form,
        next=_next(),
        by_passkey=by_passkey,
        by_password=by_password,
    )


def _page(template: str, form: Form) -> str:
    return render_template(template, form=form, next=_next())
