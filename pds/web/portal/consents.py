"""Consents: list, terms in words, receipt, narrowing, withdrawal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import ledger, wording
from consent.ledger import CurrentConsent
from consent.states import ConsentState
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import ConsentId, OwnerId
from pds.rights import withdrawal
from pds.web import sessions
from pds.web.context import bank
from pds.web.languages import language
from pds.web.portal.names import recipient_names

blueprint = Blueprint("consents", __name__, url_prefix="/consents")

LIVE = (ConsentState.GIVEN, ConsentState.PAUSED)
"""States that a person can end."""


@dataclass(frozen=True)
class Active:
    """A consent that lets data go now, for the list on the home page."""

    consent_id: ConsentId
    recipient_id: str
    purpose: str
    categories: tuple[str, ...]
    expires_at: datetime


def active(snap: Snapshot, owner: OwnerId) -> list[Active]:
    """Return the consents under which data can go now."""
    found = ledger.every(snap, owner, states=[ConsentState.GIVEN])
    return [
        Active(
            consent_id=each.consent_id,
            recipient_id=each.recipient_id,
            purpose=terms.purpose,
            categories=terms.categories,
            expires_at=each.expires_at,
        )
        for each in found
        if snap.now < each.expires_at
        for terms in [_terms(snap, each)]
    ]


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List every consent, ended ones too, newest first."""
    with bank().read() as snap:
        found = ledger.every(snap, sessions.owner())
        rows = [(each, _terms(snap, each)) for each in found]
        names = recipient_names(snap, (each.recipient_id for each in found))
    return render_template("portal/consents.html", rows=rows, names=names)


@blueprint.get("/<uuid:consent_id>")
def show(consent_id: UUID) -> ResponseReturnValue:
    """Show the terms in words and what happened to the consent."""
    with bank().read() as snap:
        current = ledger.get(snap, sessions.owner(), ConsentId(consent_id))
        terms = _terms(snap, current)
        events = ledger.history(snap, bank().keys, sessions.owner(), current.consent_id)
        names = recipient_names(snap, [current.recipient_id])
    return render_template(
        "portal/consent.html",
        consent=current,
        name=names[current.recipient_id],
        sentences=wording.sentences(terms, language()),
        events=events,
        is_live=current.state in LIVE,
    )


@blueprint.get("/<uuid:consent_id>/withdraw")
def ask_withdraw(consent_id: UUID) -> ResponseReturnValue:
    """Ask once before a consent is withdrawn; one POST does it."""
    current, terms, name = open_consent(consent_id)
    require_live(current)
    return render_template(
        "portal/withdraw.html",
        consent=current,
        name=name,
        effect=_sentence(terms, "after_withdrawal"),
    )


@blueprint.post("/<uuid:consent_id>/withdraw")
def withdraw(consent_id: UUID) -> ResponseReturnValue:
    """Withdraw: from the commit on nothing is given under this consent (C-04)."""
    owner = sessions.owner()
    bank().unit_of_work(
        lambda work: withdrawal.withdraw(work, owner, ConsentId(consent_id))
    )
    flash(_("Your consent is withdrawn. From now on nothing is given."), "good")
    return redirect(url_for("consents.show", consent_id=consent_id), 303)


def open_consent(consent_id: UUID) -> tuple[CurrentConsent, DataProvision, str]:
    """Return a consent of this person, its terms and the name of the recipient."""
    with bank().read() as snap:
        current = ledger.get(snap, sessions.owner(), ConsentId(consent_id))
        terms = _terms(snap, current)
        names = recipient_names(snap, [current.recipient_id])
    return current, terms, names[current.recipient_id]


def _terms(snap: Snapshot, current: CurrentConsent) -> DataProvision:
    content = ledger.terms(snap, bank().keys, current)
    if content.provision is None:
        raise AssertionError("The event in force says no terms.")
    return content.provision


def _sentence(terms: DataProvision, term: str) -> str:
    found = {each.term: each.text for each in wording.sentences(terms, language())}
    return found[term]


def require_live(current: CurrentConsent) -> None:
    """Refuse what makes sense only while the consent holds."""
    if current.state not in LIVE:
        raise Conflict("consent.not-possible-now", "The consent has ended.")
