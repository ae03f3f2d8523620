"""What a recipient needs before it may be given anything: contract, certificate."""

from datetime import date, datetime, time, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import certificates, contracts, recipients
from consent.contracts import ContractTerms
from consent.criteria import accepted_certificates
from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories, purposes
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import named
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_LONGEST_RETENTION = 36_500


@blueprint.get("/recipients/<recipient_id>/contract")
@fresh
def contract(recipient_id: str) -> ResponseReturnValue:
    """Show the form of a provision contract (R-01)."""
    return _contract_page(recipient_id, Form())


@blueprint.post("/recipients/<recipient_id>/contract")
@fresh
def sign_contract(recipient_id: str) -> ResponseReturnValue:
    """Put a contract in force; the board has to decide on it."""
    form, who = Form(), actor()
    wanted = form.choices(
        "purposes", list(purposes.ALL), needed=_("Choose at least one purpose.")
    )
    kinds = form.choices(
        "categories", list(categories.ALL), needed=_("Choose at least one category.")
    )
    first = form.day("valid_from", needed=_("Enter a day such as 2026-04-01."))
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    retention = form.whole_number(
        "retention_days",
        least=0,
        most=_LONGEST_RETENTION,
        needed=_("Enter the number of days."),
    )
    if form.is_good and first and last:
        terms = ContractTerms(
            purposes=wanted,
            categories=kinds,
            valid_from=_start(first),
            valid_until=_start(last) + timedelta(days=1),
            retention_days=retention,
        )
        try:
            bank().unit_of_work(
                lambda work: contracts.sign(
                    work, RecipientId(recipient_id), terms, actor=who
                )
            )
        except Invalid as error:
            form.fail("valid_until", public_words(error))
        else:
            return _done(recipient_id, _("The contract is in force."))
    return _contract_page(recipient_id, form), 422


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


def _contract_page(recipient_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    return render_template(
        "operator/contract.html",
        found=found,
        form=form,
        purposes=[(each.id, named(each.words)) for each in purposes.ALL.values()],
        categories=[(each.id, named(each.words)) for each in categories.ALL.values()],
    )


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
