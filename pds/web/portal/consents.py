"""Consents: list, terms in words, receipt, narrowing, withdrawal."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import changed_texts, ending, ledger, outbox, reminders, service, wording
from consent.content import Act
from consent.ledger import CurrentConsent
from consent.outbox import Entered
from consent.states import FINAL, ConsentEvent, ConsentState
from consent.terms import AccessMode, DataProvision
from consent.vetting import steps
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import ConsentId, RecipientId
from pds.rights import withdrawal
from pds.web import acting, sessions
from pds.web.context import bank, now
from pds.web.languages import language
from pds.web.portal import versions
from pds.web.portal.names import recipient_names

blueprint = Blueprint("consents", __name__, url_prefix="/consents")

LIVE = (ConsentState.GIVEN, ConsentState.PAUSED)
"""States that a person can end."""
PAGE: Final = 50
"""Consents that one page shows."""
_NUMBER: Final = re.compile(r"[0-9]{1,6}", re.ASCII)


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List every consent by where it stands, ended ones last, newest first (C-14).

    States and counts are clear; only what is shown is opened.
    """
    number = _page_number()
    with bank().read() as snap:
        found = _ordered(ledger.every(snap, sessions.owner()), snap.now)
        shown = found[(number - 1) * PAGE : number * PAGE]
        rows = [(part, each, _terms(snap, each)) for part, each in shown]
        reminded = reminders.of_owner(snap, bank().keys, sessions.owner())
        ids = [each.recipient_id for _part, each in shown]
        ids += [each.consent.recipient_id for each in reminded]
        names = recipient_names(snap, ids)
        stopped = {
            name: step
            for name in names
            if (step := steps.stopped(snap, RecipientId(name))) is not None
        }
    counts = Counter(part for part, _each in found)
    parts = [
        (heading, counts[name], [row[1:] for row in rows if row[0] == name])
        for name, heading in _parts()
    ]
    return render_template(
        "portal/consents.html",
        parts=[each for each in parts if each[2]],
        names=names,
        stopped=stopped,
        reminders=reminded,
        following=number + 1 if number * PAGE < len(found) else None,
        is_part=number > 1,
    )


def _page_number() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if _NUMBER.fullmatch(text) else 1


def _ordered(
    found: Sequence[CurrentConsent], at: datetime
) -> list[tuple[str, CurrentConsent]]:
    """Return each with its part of the page, in the order of the page."""
    order = [name for name, _heading in _parts()]
    named = [(_part(each, at), each) for each in found]
    return sorted(named, key=lambda each: order.index(each[0]))


def _parts() -> list[tuple[str, str]]:
    return [
        ("waiting", _("Waiting for you")),
        ("live", _("In force")),
        ("ended", _("Ended")),
    ]


def _part(consent: CurrentConsent, at: datetime) -> str:
    if consent.state not in ledger.LIVE or at >= consent.expires_at:
        return "ended"
    return "live" if consent.state in LIVE else "waiting"


@blueprint.get("/<uuid:consent_id>")
def show(consent_id: UUID) -> ResponseReturnValue:
    """Show the terms in words and what happened to the consent."""
    with bank().read() as snap:
        current = ledger.get(snap, sessions.owner(), ConsentId(consent_id))
        terms = _terms(snap, current)
        texts = changed_texts.of_consent(snap, ledger.terms(snap, bank().keys, current))
        events = ledger.history(snap, bank().keys, sessions.owner(), current.consent_id)
        names = recipient_names(snap, [current.recipient_id])
        paused_by = ledger.last_act(
            snap, current.owner, current.consent_id, ConsentEvent.PAUSED
        )
        stopped = steps.stopped(snap, RecipientId(current.recipient_id))
        told = _told(snap, current)
    return render_template(
        "portal/consent.html",
        consent=current,
        stopped=stopped,
        told=told,
        delete_by=_delete_by(current, terms),
        texts=texts if current.state in LIVE else None,
        name=names[current.recipient_id],
        sentences=wording.sentences(terms, language()),
        happened=versions.tell(events),
        offer_id=terms.offer_id,
        is_waiting=_part(current, now()) == "waiting",
        is_live=current.state in LIVE,
        is_recurring=terms.access.mode is AccessMode.RECURRING,
        may_resume=paused_by is not Act.OPERATOR,
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
    owner, who = sessions.owner(), sessions.consenter()
    acting.unit_of_work(
        lambda work: withdrawal.withdraw(work, owner, ConsentId(consent_id), actor=who)
    )
    flash(_("Your consent is withdrawn. From now on nothing is given."), "good")
    return redirect(url_for("consents.show", consent_id=consent_id), 303)


@blueprint.post("/<uuid:consent_id>/pause")
def pause(consent_id: UUID) -> ResponseReturnValue:
    """Let nothing go for the time being."""
    owner, who = sessions.owner(), sessions.consenter()
    acting.unit_of_work(
        lambda work: service.pause(work, owner, ConsentId(consent_id), actor=who)
    )
    flash(_("Your consent is paused. Nothing is given until you resume it."), "good")
    return redirect(url_for("consents.show", consent_id=consent_id), 303)


@blueprint.post("/<uuid:consent_id>/resume")
def resume(consent_id: UUID) -> ResponseReturnValue:
    """Let data go again; the terms are those of before the pause."""
    owner, who = sessions.owner(), sessions.consenter()
    acting.unit_of_work(
        lambda work: service.resume(work, owner, ConsentId(consent_id), actor=who)
    )
    flash(_("Your consent is in force again."), "good")
    return redirect(url_for("consents.show", consent_id=consent_id), 303)


def _told(snap: Snapshot, current: CurrentConsent) -> Entered | None:
    """Return where the word of a consent's end to the recipient stands (C-04)."""
    if current.state not in FINAL:
        return None
    rows = outbox.of_consent(snap, current.owner, current.generation)
    return next(iter(rows), None)


def _delete_by(current: CurrentConsent, terms: DataProvision) -> datetime | None:
    if current.state not in FINAL:
        return None
    return ending.delete_by(terms, current.state, current.changed_at)


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
