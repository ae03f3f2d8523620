"""Removing a passkey, making recovery codes, changing the password."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts import passkeys, recovery
from pds.core.errors import Conflict, Invalid, NotFound
from pds.web import passkey_door, recovery_door, sessions
from pds.web.account import blueprint
from pds.web.account.overview import may_go_without
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.reasons import public_words


@blueprint.get("/passkeys/<reference>/remove")
@fresh
def ask_remove(reference: str) -> ResponseReturnValue:
    """Ask before a passkey is removed."""
    with bank().read() as snap:
        mine = passkeys.of_account(snap, sessions.visitor().account_id)
    found = next((each for each in mine if each.reference == reference), None)
    if found is None:
        raise NotFound("passkey.unknown")
    may_remove = len(mine) > 1 or may_go_without()
    return render_template("account/remove.html", passkey=found, may_remove=may_remove)


@blueprint.post("/passkeys/<reference>/remove")
@fresh
def remove(reference: str) -> ResponseReturnValue:
    """Remove a passkey and close every other session."""
    passkey_door.remove(bank(), sessions.visitor().session, reference)
    flash(_("The passkey is removed. Other sessions are closed."), "good")
    return redirect(url_for("account.show"), 303)


@blueprint.get("/codes")
@fresh
def ask_codes() -> ResponseReturnValue:
    """Explain recovery codes and offer to make them."""
    with bank().read() as snap:
        left = recovery.left(snap, sessions.visitor().account_id)
    return render_template("account/codes.html", codes=(), left=left)


@blueprint.post("/codes")
@fresh
def make_codes() -> ResponseReturnValue:
    """Make recovery codes and show them this once."""
    codes = recovery_door.make_codes(bank(), sessions.visitor().session)
    return render_template("account/codes.html", codes=codes, left=len(codes))


@blueprint.get("/password")
@fresh
def ask_password() -> ResponseReturnValue:
    """Show the form of a new password."""
    return render_template("account/password.html", form=Form())


@blueprint.post("/password")
@fresh
def change_password() -> ResponseReturnValue:
    """Put a new password in place and close every other session."""
    form = Form()
    password = form.password("password", needed=_("Choose a password."))
    if form.is_good and password != request.form.get("password_again"):
        form.fail("password_again", _("The two passwords differ."))
    if form.is_good:
        try:
            recovery_door.change_password(bank(), sessions.visitor().session, password)
        except (Invalid, Conflict) as error:
            form.fail("password", public_words(error))
        else:
            flash(_("The password is changed. Other sessions are closed."), "good")
            return redirect(url_for("account.show"), 303)
    return render_template("account/password.html", form=form), 422
