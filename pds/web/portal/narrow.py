"""Taking back a part of a consent: less data, less detail, less time (D-03)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import service
from consent.ledger import CurrentConsent
from consent.terms import DataProvision
from pds.core.errors import Invalid
from pds.web import acting, evidence, sessions
from pds.web.forms import Form
from pds.web.oauth import narrowing
from pds.web.portal.consents import open_consent, require_live
from pds.web.reasons import public_words
from pds.web.words import DETAILS

blueprint = Blueprint("narrowing", __name__, url_prefix="/consents")


@blueprint.get("/<uuid:consent_id>/narrow")
def ask(consent_id: UUID) -> ResponseReturnValue:
    """Show what can be taken back of a consent."""
    current, terms, name = open_consent(consent_id)
    require_live(current)
    form = narrowing.first_form(terms)
    form.values["category"] = " ".join(
        each.id for each in narrowing.asked_categories(terms)
    )
    return _narrow_page(current, terms, name, form)


@blueprint.post("/<uuid:consent_id>/narrow")
def take_back(consent_id: UUID) -> ResponseReturnValue:
    """Take back a part of a consent (D-03)."""
    current, terms, name = open_consent(consent_id)
    form = Form()
    choice = narrowing.read(form, terms)
    if choice is not None:
        known, who = evidence.of_visitor(), sessions.consenter()
        try:
            acting.unit_of_work(
                lambda work: service.narrow(
                    work,
                    current.owner,
                    current.consent_id,
                    choice,
                    evidence=known,
                    actor=who,
                )
            )
        except Invalid as error:
            form.fail("category", public_words(error))
        else:
            flash(_("Your consent is narrower from now on."), "good")
            return redirect(url_for("consents.show", consent_id=consent_id), 303)
    return _narrow_page(current, terms, name, form), 422


def _narrow_page(
    current: CurrentConsent, terms: DataProvision, name: str, form: Form
) -> str:
    return render_template(
        "portal/narrow.html",
        consent=current,
        name=name,
        form=form,
        boxes=narrowing.boxes(terms),
        levels=[(each.value, DETAILS[each.value]) for each in narrowing.levels(terms)],
    )
