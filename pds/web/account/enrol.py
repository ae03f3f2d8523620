"""Registering a passkey: the page, and the two requests of its script."""

from flask import Blueprint, flash, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts.passkeys import LONGEST_LABEL
from pds.web import guards, passkey_door, sessions
from pds.web.context import bank
from pds.web.guards import fresh
from pds.web.passkey_entry import answer, entered

blueprint = Blueprint("enrol", __name__, url_prefix="/account/passkeys")


@blueprint.get("/new")
@fresh
def ask() -> ResponseReturnValue:
    """Explain passkeys and offer to make one."""
    return render_template(
        "account/enrol.html", must_enrol=guards.must_enrol(), longest=LONGEST_LABEL
    )


@blueprint.post("/options")
@fresh
def options() -> ResponseReturnValue:
    """Hand out the options of a new passkey."""
    return jsonify(passkey_door.ask_register(bank(), sessions.visitor().session))


@blueprint.post("")
@fresh
def register() -> ResponseReturnValue:
    """Keep the new passkey; after the first one, recovery codes are offered."""
    sent = answer()
    label = _label(sent.pop("label", ""))
    token, is_first = passkey_door.register(
        bank(), sessions.visitor().session, sent, label
    )
    flash(_("The passkey is registered."), "good")
    following = "account.ask_codes" if is_first else "account.show"
    return entered(token, url_for(following))


def _label(text: object) -> str:
    named = " ".join(str(text).split()) if isinstance(text, str) else ""
    plain = "".join(each for each in named if each.isprintable())
    return plain[:LONGEST_LABEL] or _("Passkey")
