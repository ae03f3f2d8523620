"""The door: sign up, log in, log in again before a grave act, log out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from pds.accounts import attempts, logins, passwords, service
from pds.accounts import sessions as kept
from pds.accounts.logins import PEPPER
from pds.accounts.service import Account, SignUp
from pds.core.errors import Conflict, Invalid
from pds.web import sessions
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
        account = _check(form, login, password)
        if account is not None:
            return _enter(account)
    return _page("entry/log_in.html", form), 422


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
            passwords.check_acceptable(password, login)
            wish = SignUp(
                login=login,
                password_hash=passwords.hash_password(password, bank().ids),
                name=name,
                birth_date=born,
                language=language(),
            )
            pepper = bank().secret(PEPPER)
            account_id = bank().unit_of_work(
                lambda work: service.sign_up(work, pepper, wish)
            )
        except (Invalid, Conflict) as error:
            form.fail(_FIELDS.get(error.code, "password"), public_words(error))
        else:
            flash(_("Welcome. Your account is ready."), "good")
            with bank().read() as snap:
                return _enter(service.get(snap, account_id))
    return _page("entry/sign_up.html", form), 422


@blueprint.get("/login/again")
def log_in_again() -> ResponseReturnValue:
    """Ask for the password again, before consent or export."""
    if sessions.current() is None:
        return redirect(url_for("entry.log_in", next=_next()), 303)
    return _page("entry/log_in_again.html", Form())


@blueprint.post("/login/again")
def log_in_again_now() -> ResponseReturnValue:
    """Renew the moment of login and the token, and go on."""
    visitor = sessions.current()
    if visitor is None:
        raise LoginNeeded("web.login-needed")
    form = Form()
    password = form.password("password", needed=_("Enter your password."))
    if form.is_good:
        with bank().read() as snap:
            account = service.get(snap, visitor.account_id)
        if passwords.check(account.password_hash, password):
            token = bank().unit_of_work(
                lambda work: kept.reauthenticate(work, visitor.session)
            )
            response = redirect(_next(), 303)
            sessions.begin(response, token)
            return response
        form.fail("password", _("This is not your password."))
    return _page("entry/log_in_again.html", form), 422


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """Close the session on the server and take the cookie away."""
    visitor = sessions.current()
    if visitor is not None:
        bank().unit_of_work(lambda work: kept.close(work, visitor.session))
    flash(_("You are logged out."), "good")
    response = redirect(url_for("entry.log_in"), 303)
    sessions.end(response)
    return response


def _check(form: Form, login: str, password: str) -> Account | None:
    """Return the account of login and password; unknown ones cost the same time."""
    pepper = bank().secret(PEPPER)
    index = logins.index(pepper, login)
    if not bank().unit_of_work(lambda work: attempts.admit(work, index)):
        form.fail("login", _("Too many attempts. Wait a few minutes, please."))
        return None
    with bank().read() as snap:
        account = service.find_by_login(snap, pepper, login)
    is_right = passwords.check(account.password_hash if account else None, password)
    if account is None or not account.is_active or not is_right:
        form.fail("login", _("Login name and password do not match."))
        return None
    bank().unit_of_work(lambda work: attempts.forget(work, index))
    return account


def _enter(account: Account) -> Response:
    """Open a session and lead to the page that was wanted."""
    token = bank().unit_of_work(
        lambda work: kept.open_session(work, account.account_id)
    )
    response = redirect(_next(), 303)
    sessions.begin(response, token)
    return response


def _next() -> str:
    return local_path(request.args.get("next"))


def _page(template: str, form: Form) -> str:
    return render_template(template, form=form, next=_next())
