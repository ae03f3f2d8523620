"""Certificates of a recipient (R-02)."""

from datetime import date, datetime, time, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import certificates, recipients
from consent.criteria import accepted_certificates
from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.core.ids import RecipientId
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import named
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor


@blueprint.get("/recipients/<recipient_id>/certificate")
@fresh
def certificate(recipient_id: str) -> ResponseReturnValue:
    """Show the form of a certificate (R-02)."""
    return _certificate_page(recipient_id, Form())


@blueprint.post("/recipients/<recipient_id>/certificate")
@fresh
def add_certificate(recipient_id: str) -> ResponseReturnValue:
    """Record a certificate to its expiry."""
    form, who = Form(), actor()
    kind = form.choice(
        "kind", list(accepted_certificates.ALL), needed=_("Choose the kind.")
    )
    number = form.text("number", needed=_("Enter the number of the certificate."))
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    if form.is_good and last:
        try:
            bank().unit_of_work(
                lambda work: certificates.add(
                    work,
                    RecipientId(recipient_id),
                    kind=kind,
                    number=number,
                    valid_until=_start(last) + timedelta(days=1),
                    actor=who,
                )
            )
        except Invalid as error:
            form.fail(error.code.partition(".")[2], public_words(error))
        else:
            return _done(recipient_id, _("The certificate is recorded."))
    return _certificate_page(recipient_id, form), 422


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), TOKYO)


def _certificate_page(recipient_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    return render_template(
        "operator/certificate.html",
        found=found,
        form=form,
        kinds=[
            (kind, named(words)) for kind, words in accepted_certificates.ALL.items()
        ],
    )


def _done(recipient_id: str, message: str) -> ResponseReturnValue:
    flash(message, "good")
    return redirect(url_for("operator.show", recipient_id=recipient_id), 303)
