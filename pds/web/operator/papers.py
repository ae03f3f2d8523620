"""Certificates of a recipient (R-02)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import recipients
from pds.core.ids import RecipientId
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint, certificate_form


@blueprint.get("/recipients/<recipient_id>/certificate")
@fresh
def certificate(recipient_id: str) -> ResponseReturnValue:
    """Show the form of a certificate (R-02)."""
    return _certificate_page(recipient_id, Form())


@blueprint.post("/recipients/<recipient_id>/certificate")
@fresh
def add_certificate(recipient_id: str) -> ResponseReturnValue:
    """Record a certificate to its expiry."""
    form = Form()
    if certificate_form.record(form, lambda _work: RecipientId(recipient_id)):
        return _done(recipient_id, _("The certificate is recorded."))
    return _certificate_page(recipient_id, form), 422


def _certificate_page(recipient_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    return render_template(
        "operator/certificate.html",
        found=found,
        form=form,
        kinds=certificate_form.kinds(),
    )


def _done(recipient_id: str, message: str) -> ResponseReturnValue:
    flash(message, "good")
    return redirect(url_for("operator.show", recipient_id=recipient_id), 303)
