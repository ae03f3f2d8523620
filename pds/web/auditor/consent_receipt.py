"""Checking a consent receipt that somebody brings: pasted, or as the file itself."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.bank.party import party
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.oversight import consent_receipt, receipt_claims
from pds.oversight.receipt_claims import Against
from pds.oversight.receipt_verdict import HOLDS, UNKNOWN, Unsound
from pds.web import words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.oauth.current import server
from pds.web.portal.names import recipient_names
from pds.web.sessions import actor

blueprint = Blueprint(
    "consent_receipts", __name__, url_prefix="/auditor/consent-receipt"
)


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Ask for the receipt."""
    return _page(Form())


@blueprint.post("")
@fresh
def check() -> ResponseReturnValue:
    """Check a receipt, record the look where it concerns a person, then show it."""
    form = Form()
    text = _text(form)
    if not form.is_good:
        return _page(form), 422
    held, who = against(), actor()
    try:
        claims = receipt_claims.read(text, held)
    except Unsound as unsound:
        form.fail("receipt", str(words.RECEIPT_VERDICTS[unsound.verdict.value]))
        return _page(form), 422
    with bank().read() as snap:
        checked = consent_receipt.check(
            snap, bank().keys, bank().pseudonyms, held, claims
        )
        names = recipient_names(snap, [claims.recipient_id])
    bank().unit_of_work(lambda work: consent_receipt.record(work, checked, actor=who))
    return render_template(
        "auditor/consent_receipt_checked.html",
        checked=checked,
        name=names[claims.recipient_id],
        holds=HOLDS,
        unknown=UNKNOWN,
    )


def against() -> Against:
    """Return what receipts of this bank are held against."""
    return Against(
        publics=server().public_keys(),
        signing=StatementKey(bank().secret(statement.SECRET_NAME)),
        log=bank().signer.verifier,
        bank=party(bank().settings),
    )


def _text(form: Form) -> str:
    """Read the pasted text, or else the file; nothing of it is shown again."""
    pasted = request.form.get("receipt", "")
    sent = request.files.get("file")
    if not pasted.strip() and sent is not None and sent.filename:
        # One byte more than is read, so that what is too long is seen to be.
        pasted = sent.stream.read(statement.LONGEST + 1).decode("ascii", "replace")
    if not pasted.strip():
        form.fail("receipt", _("Paste a receipt, or choose its file."))
    if len(pasted) > statement.LONGEST:
        form.fail("receipt", _("This is too long for a receipt."))
    return pasted


def _page(form: Form) -> str:
    return render_template("auditor/consent_receipt.html", form=form)
