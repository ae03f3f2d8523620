"""The evidence bundle: everything of a period in one file that proves itself."""

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.errors import VerificationError
from pds.bank.bundling import bundle, evidence_key
from pds.core.errors import Conflict, Invalid
from pds.oversight.bundle.contents import contents
from pds.oversight.bundle.making import MOST_ENTRIES
from pds.oversight.bundle.period import Period
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.reasons import public_words
from pds.web.sessions import actor

blueprint = Blueprint("bundles", __name__, url_prefix="/auditor/bundle")


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Ask for which period, and say what a bundle holds and what it lacks."""
    return _page(Form())


@blueprint.post("")
@fresh_from("bundles.ask")
def make() -> ResponseReturnValue:
    """Make a bundle, record it, and only then hand it out."""
    form = Form()
    since, until = searching.read_period(request.form, form)
    if not form.is_good:
        return _page(form), 422
    try:
        with bundle(bank(), Period(since=since, until=until), actor=actor()) as path:
            # The file has no name any more when it is sent, and is gone afterwards.
            content = path.open("rb")
    except Invalid as error:
        form.fail("from", public_words(error))
        return _page(form), 422
    except VerificationError as error:
        raise Conflict("log.nothing-published", str(error)) from None
    return send_file(
        content,
        mimetype="application/zip",
        as_attachment=True,
        download_name="infobank-evidence.zip",
    )


def _page(form: Form) -> str:
    return render_template(
        "auditor/bundle.html",
        form=form,
        titles=_titles(),
        contents=contents(),
        vkey=bank().signer.vkey,
        evidence_key=evidence_key(bank()).vkey,
        most=MOST_ENTRIES,
    )


def _titles() -> list[str]:
    """Return the titles of section 17 in the page's language, in its order."""
    return [
        _("Criteria and their status"),
        _("Policies, terms, notices and contracts by date"),
        _("Departures from the model terms"),
        _("Decisions of the ethics board"),
        _("Sample of consents"),
        _("Sample of provisions"),
        _("Withdrawals"),
        _("Requests of persons"),
        _("File of each recipient"),
        _("Access log, its proof, and who may look"),
        _("Incidents and drills"),
        _("Complaints"),
        _("Attempts that the gates stopped"),
        _("Ledger of benefits"),
        _("Retention and deletion"),
        _("Register of changes"),
    ]
