"""Saying yes anew to a consent: renewed, or changed within what was asked (N-13).

Both show a new notice, as a request does, and need a fresh login.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import amending, ledger
from consent.amending import Yes
from consent.answering import OPEN_FOR
from consent.confirmations import Confirmation
from consent.ledger import CurrentConsent
from consent.preflight import NotPermitted
from consent.reading import CHANGED
from consent.states import ConsentState
from consent.steps import Step
from consent.terms import DataProvision
from pds.bank.party import party
from pds.core.clock import from_millis
from pds.core.errors import Conflict, Invalid
from pds.core.ids import ConsentId
from pds.web import acting, confirming, evidence, noticed, sessions
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.oauth import consent_page, narrowing
from pds.web.oauth.consent_page import ConsentPage
from pds.web.reasons import public_words

blueprint = Blueprint("amendments", __name__, url_prefix="/consents")

_SECONDS: Final = re.compile(r"[0-9]{1,11}")


@blueprint.get("/<uuid:consent_id>/renew")
@fresh
def ask_renew(consent_id: UUID) -> ResponseReturnValue:
    """Show the notice of the same terms for another term."""
    return _renew_page(consent_id, _this_second())


@blueprint.post("/<uuid:consent_id>/renew")
@fresh
def renew(consent_id: UUID) -> ResponseReturnValue:
    """Say yes to the same terms for another term."""
    form, yes, owner = Form(), _yes(), sessions.owner()
    terms = _renewal(_given(consent_id), yes.at)
    yes = _confirmed(yes, confirming.read(form, terms))
    if not form.is_good:
        return _renew_page(consent_id, yes.at, form), 422
    try:
        acting.unit_of_work(
            lambda work: amending.renew(work, owner, ConsentId(consent_id), yes)
        )
    except NotPermitted:
        flash(_("The rules do not allow it now. Nothing was changed."), "warn")
    except Conflict as error:
        if error.code != CHANGED:
            raise
        return _renew_page(consent_id, yes.at), 409
    else:
        flash(_("Your consent is renewed."), "good")
    return redirect(url_for("consents.show", consent_id=consent_id), 303)


@blueprint.get("/<uuid:consent_id>/change")
@fresh
def ask_change(consent_id: UUID) -> ResponseReturnValue:
    """Show everything that was asked for, with what is given now ticked."""
    at = _this_second()
    current, terms, asked = _bounds(consent_id, at)
    form = narrowing.first_form(terms)
    form.values["category"] = " ".join(
        each.id for each in narrowing.asked_categories(terms)
    )
    return _change_page(current, asked, form, at)


@blueprint.post("/<uuid:consent_id>/change")
@fresh
def change(consent_id: UUID) -> ResponseReturnValue:
    """Say yes to other terms within what was asked for."""
    form, yes = Form(), _yes()
    current, _terms, asked = _bounds(consent_id, yes.at)
    if request.form.get("decision") == "look":
        looked_at = narrowing.look(form, asked)
        status = 200 if looked_at else 422
        return _change_page(current, asked, form, yes.at, looked_at), status
    choice = narrowing.read(form, asked)
    yes = _confirmed(yes, confirming.read(form, choice))
    if choice is not None and form.is_good:
        try:
            acting.unit_of_work(lambda work: _amend(work, current, choice, yes))
        except Invalid as error:
            form.fail("category", public_words(error))
        except NotPermitted:
            form.fail("category", _("The rules do not allow it now."))
        except Conflict as error:
            if error.code != CHANGED:
                raise
            form.values.pop("confirmed", None)
            return _change_page(current, asked, form, yes.at), 409
        else:
            flash(_("Your consent is changed."), "good")
            return redirect(url_for("consents.show", consent_id=consent_id), 303)
    return _change_page(current, asked, form, yes.at), 422


def _amend(
    work: Work, current: CurrentConsent, choice: DataProvision, yes: Yes
) -> Step:
    return amending.amend(work, current.owner, current.consent_id, choice, yes)


def _yes() -> Yes:
    """Return the yes that a form says, with the moment that its page counted from."""
    sent = request.form.get("at", "")
    at = from_millis(int(sent) * 1000) if _SECONDS.fullmatch(sent) else from_millis(0)
    if not at <= now() <= at + OPEN_FOR:
        raise Conflict("consent.page-old", "The page was open for too long.")
    return Yes(
        at=at,
        read=noticed.sent(),
        bank=party(bank().settings),
        evidence=evidence.of_visitor(),
        profile=bank().profile,
        actor=sessions.consenter(),
    )


def _confirmed(yes: Yes, confirmed: tuple[Confirmation, ...]) -> Yes:
    return replace(yes, evidence=replace(yes.evidence, confirmed=confirmed))


def _this_second() -> datetime:
    return now().replace(microsecond=0)


def _given(consent_id: UUID) -> CurrentConsent:
    with bank().read() as snap:
        current = ledger.get(snap, sessions.owner(), ConsentId(consent_id))
    if current.state is not ConsentState.GIVEN or now() >= current.expires_at:
        raise Conflict("consent.not-possible-now", "The consent is not in force.")
    return current


def _bounds(
    consent_id: UUID, at: datetime
) -> tuple[CurrentConsent, DataProvision, DataProvision]:
    current = _given(consent_id)
    with bank().read() as snap:
        terms = ledger.terms(snap, bank().keys, current).provision
        asked = amending.reach(snap, bank().keys, current, at)
    return current, terms or asked, asked


def _renewal(current: CurrentConsent, at: datetime) -> DataProvision:
    with bank().read() as snap:
        return amending.renewal(snap, bank().keys, current, at)


def _renew_page(consent_id: UUID, at: datetime, form: Form | None = None) -> str:
    current = _given(consent_id)
    terms = _renewal(current, at)
    return render_template(
        "portal/renew.html",
        consent=current,
        page=_describe(current, terms, terms),
        form=form or Form(),
        at=at,
    )


def _change_page(
    current: CurrentConsent,
    asked: DataProvision,
    form: Form,
    at: datetime,
    looked_at: DataProvision | None = None,
) -> str:
    return render_template(
        "portal/change.html",
        consent=current,
        page=_describe(current, asked, looked_at or asked),
        form=form,
        levels=consent_page.level_words(narrowing.levels(asked)),
        at=at,
    )


def _describe(
    current: CurrentConsent, asked: DataProvision, shown: DataProvision
) -> ConsentPage:
    return consent_page.describe(
        bank(),
        current.owner,
        current.recipient_id,
        asked,
        shown,
        current.expires_at,
    )
