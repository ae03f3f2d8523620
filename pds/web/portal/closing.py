"""Closing the account: take everything, see what ends, erase (C-05, C-09, H-04).

Three steps on one page, so that nobody loses the way; only the last changes anything.
"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit import quarter
from consent import ledger
from pds.bank.erasing import erase_account
from pds.core.vocabulary import categories
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.portal.names import recipient_names

blueprint = Blueprint("closing", __name__, url_prefix="/account/close")

_SURE = "sure"


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Show the three steps."""
    return _page(Form())


@blueprint.post("")
@fresh
def erase() -> ResponseReturnValue:
    """Erase everything, end the session and lead to the certificate."""
    form = Form()
    form.choices(_SURE, (_SURE,), needed=_("Tick the box if you are sure."))
    if not form.is_good:
        return _page(form), 422
    certificate_id = erase_account(bank(), sessions.owner())
    address = url_for("erasures.show", certificate_id=certificate_id)
    response = redirect(address, 303)
    sessions.end(response)
    return response


def _page(form: Form) -> str:
    owner, our_bank = sessions.owner(), bank()
    with our_bank.read() as snap:
        live = ledger.every(snap, owner, states=ledger.LIVE)
        names = recipient_names(snap, (each.recipient_id for each in live))
        counts = our_bank.vault.count(snap, owner, categories=tuple(categories.ALL))
        until = quarter.destroy_after(snap.now, our_bank.settings.audit_retention_years)
    return render_template(
        "portal/close.html",
        form=form,
        consents=[(names[each.recipient_id], each) for each in live],
        count=sum(counts.values()),
        until=until,
    )
