"""Closing the account: take everything, see what ends, erase (C-05, C-09, H-04).

Three steps on one page, so that nobody loses the way; only the last changes anything.
The number of the certificate stands on the page before: it is all that finds the
certificate afterwards, and an answer can get lost. The form carries it with a seal for
this person, so that nobody chooses a number, and the bank keeps no link of the two.
"""

import hmac
from typing import Final
from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit import quarter, retention
from consent import ledger
from pds.bank.erasing import erase as erase_account
from pds.core.vocabulary import categories
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.portal.names import recipient_names
from pds.web.right_words import HOLD_REASONS

blueprint = Blueprint("closing", __name__, url_prefix="/account/close")

_SURE = "sure"
_PURPOSE: Final = b"number of an erasure\0"


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Show the three steps."""
    return _page(Form(), bank().ids.new())


@blueprint.post("")
@fresh
def erase() -> ResponseReturnValue:
    """Erase everything, end the session and lead to the certificate."""
    form = Form()
    form.choices(_SURE, (_SURE,), needed=_("Tick the box if you are sure."))
    certificate_id = _number()
    if certificate_id is None:
        form.fail(_SURE, _("Please look at the number of the certificate again."))
    if certificate_id is None or not form.is_good:
        return _page(form, certificate_id or bank().ids.new()), 422
    erase_account(bank(), sessions.owner(), certificate_id=certificate_id)
    address = url_for("erasures.show", certificate_id=certificate_id)
    response = redirect(address, 303)
    sessions.end(response)
    return response


def _number() -> UUID | None:
    """Return the number that the page showed to this person, or None."""
    try:
        certificate_id = UUID(request.form.get("certificate", ""))
    except ValueError:
        return None
    said = request.form.get("seal", "").encode("utf-8", "replace")
    is_ours = hmac.compare_digest(said, _seal(certificate_id).encode())
    return certificate_id if is_ours else None


def _seal(certificate_id: UUID) -> str:
    secret = bytes(current_app.config["SECRET_KEY"])
    text = _PURPOSE + sessions.owner().bytes + certificate_id.bytes
    return hmac.digest(secret, text, "sha256").hex()


def _page(form: Form, certificate_id: UUID) -> str:
    owner, our_bank = sessions.owner(), bank()
    path = url_for("erasures.show", certificate_id=certificate_id)
    with our_bank.read() as snap:
        live = ledger.every(snap, owner, states=ledger.LIVE)
        names = recipient_names(snap, (each.recipient_id for each in live))
        counts = our_bank.vault.count(snap, owner, categories=tuple(categories.ALL))
        held = retention.grounds(snap, owner)
        until = quarter.destroy_after(snap.now, our_bank.settings.audit_retention_years)
    return render_template(
        "portal/close.html",
        form=form,
        consents=[(names[each.recipient_id], each) for each in live],
        count=sum(counts.values()),
        until=until,
        held=[HOLD_REASONS[each.value] for each in held],
        certificate_id=certificate_id,
        seal=_seal(certificate_id),
        address=f"{our_bank.settings.issuer}{path}",
    )
