"""Offers: the board, one offer with the person's own records, and the answer (D-02).

Nothing is needed to look: the benefit comes first, and the records that would go are
shown before anything is asked. Only a yes needs a fresh login; a no and a "later" are
one press.
"""

import re
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import answering, offers, preflight
from consent.answering import Asked, Shown
from consent.answers import OfferAnswer
from consent.confirmations import Confirmation
from consent.facts import OfferState
from consent.preflight import NotPermitted
from consent.reading import CHANGED
from consent.reasons import Reason
from consent.service import REQUEST_LIFETIME
from consent.terms import DataProvision
from pds.bank.party import party
from pds.core.clock import from_millis
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.vocabulary import categories, recipient_classes
from pds.web import acting, confirming, evidence, noticed, sessions
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.oauth import consent_page, narrowing
from pds.web.portal import offer_board
from pds.web.portal.offer_board import OfferBoard
from pds.web.reasons import public_words

_NUMBER: Final = re.compile(r"[0-9]{1,11}")

blueprint = Blueprint("offers", __name__, url_prefix="/offers")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show the board: live offers, benefit first, in the published order."""
    chosen, kind = request.args.get("class", ""), request.args.get("kind", "")
    with bank().read() as snap:
        found = offer_board.look(bank(), snap, sessions.owner())
    cards = [
        card
        for card in found.cards
        if chosen in ("", card.recipient.recipient_class)
        and (not kind or card.terms.covers(kind))
    ]
    parts = [
        (heading, [card for card in cards if card.answer in answered])
        for heading, answered in _parts()
    ]
    return render_template(
        "portal/offers.html",
        parts=[each for each in parts if each[1]],
        board=found,
        classes=_classes(found),
        chosen=chosen if chosen in recipient_classes.ALL else "",
        kind=kind if kind in categories.ALL else "",
        too_young=_too_young(),
    )


def _parts() -> list[tuple[str, tuple[OfferAnswer, ...]]]:
    return [
        (_("Not answered yet"), (OfferAnswer.NEW,)),
        (_("Later"), (OfferAnswer.LATER,)),
        (_("Answered"), (OfferAnswer.GIVEN, OfferAnswer.REFUSED, OfferAnswer.ENDED)),
    ]


def _classes(found: OfferBoard) -> list[str]:
    """Return the classes of recipients that propose something, in their order."""
    there = {card.recipient.recipient_class for card in found.cards}
    return [each for each in recipient_classes.ALL if each in there]


@blueprint.get("/<uuid:offer_id>")
def show(offer_id: UUID) -> ResponseReturnValue:
    """Show one offer with everything that a person needs to decide."""
    with bank().read() as snap:
        found = offers.get(snap, offer_id)
    if found.state is OfferState.DRAFT:
        raise NotFound("offer.unknown", "There is no such offer.")
    shown = Shown(offer_id, found.version, now().replace(microsecond=0))
    return _render(shown, _ask(shown))


@blueprint.post("/<uuid:offer_id>")
def decide(offer_id: UUID) -> ResponseReturnValue:
    """Take the answer: a look at less, yes, no, or later."""
    shown = Shown(offer_id, _number("version"), from_millis(_number("at") * 1000))
    said = request.form.get("decision", "")
    try:
        if said in ("refuse", "defer"):
            return _put_aside(shown, said)
        return _consider(shown, said)
    except (Conflict, Invalid) as error:
        if error.code == "offer.not-live":
            raise
        # The page was of before: the offer is shown as it stands now.
        flash(public_words(error), "warn")
        return redirect(url_for("offers.show", offer_id=offer_id), 303)


def _consider(shown: Shown, said: str) -> ResponseReturnValue:
    form, asked = Form(), _ask(shown)
    if said == "look":
        looked_at = narrowing.look(form, asked.terms)
        return _render(shown, asked, form, looked_at), 200 if looked_at else 422
    if said != "give":
        form.fail("category", _("Choose whether you give or refuse."))
    choice = narrowing.read(form, asked.terms)
    confirmed = confirming.read(form, choice)
    if choice is None or not form.is_good:
        return _render(shown, asked, form), 422
    if not sessions.visitor().is_fresh(now()):
        return redirect(_confirm(shown.offer_id), 303)
    try:
        given = _give(shown, choice, confirmed)
    except Conflict as error:
        if error.code != CHANGED:
            raise
        return _render(shown, asked), 409
    flash(_("You said yes. Nothing goes until the recipient fetches it."), "good")
    return redirect(url_for("consents.show", consent_id=given), 303)


def _give(
    shown: Shown, choice: DataProvision, confirmed: tuple[Confirmation, ...]
) -> UUID:
    known, who = evidence.of_visitor(confirmed), sessions.consenter()
    owner = sessions.owner()
    profile, named, read = bank().profile, party(bank().settings), noticed.sent()
    step = acting.unit_of_work(
        lambda work: answering.give(
            work,
            owner,
            shown,
            choice,
            read=read,
            bank=named,
            evidence=known,
            profile=profile,
            actor=who,
        )
    )
    return step.consent.consent_id


def _put_aside(shown: Shown, said: str) -> ResponseReturnValue:
    owner, who, profile = sessions.owner(), sessions.consenter(), bank().profile
    act = answering.refuse if said == "refuse" else answering.defer
    acting.unit_of_work(
        lambda work: act(work, owner, shown, profile=profile, actor=who)
    )
    if said == "refuse":
        flash(_("You said no. It has no disadvantage, and nothing was given."), "good")
    else:
        flash(_("The offer waits for you under “Later”. Nothing was given."), "good")
    return redirect(url_for("offers.browse"), 303)


def _ask(shown: Shown) -> Asked:
    with bank().read() as snap:
        return answering.ask(snap, bank().keys, sessions.owner(), shown)


def _render(
    shown: Shown,
    asked: Asked,
    form: Form | None = None,
    looked_at: DataProvision | None = None,
) -> str:
    with bank().read() as snap:
        found = offer_board.describe(bank(), snap, asked.offer)
    page = consent_page.describe(
        bank(),
        sessions.owner(),
        asked.offer.recipient_id,
        asked.terms,
        looked_at or asked.terms,
        now() + REQUEST_LIFETIME,
    )
    return render_template(
        "portal/offer.html",
        asked=asked,
        shown=shown,
        found=found,
        page=page,
        sentence=lambda term: offer_board.sentence(asked.terms, term),
        form=form or narrowing.first_form(asked.terms),
        levels=consent_page.level_words(narrowing.levels(asked.terms)),
        is_fresh=sessions.visitor().is_fresh(now()),
        confirm=_confirm(shown.offer_id),
        too_young=_too_young(),
    )


def _confirm(offer_id: UUID) -> str:
    back = url_for("offers.show", offer_id=offer_id)
    return url_for("entry.log_in_again", next=back)


def _number(field: str) -> int:
    """Return a number from a hidden field, 0 for anything else."""
    text = request.form.get(field, "")
    return int(text) if _NUMBER.fullmatch(text) else 0


def _too_young() -> bool:
    """Say whether the person may not decide alone yet, and nobody decides for them."""
    try:
        known = evidence.of_visitor()
        with bank().read() as snap:
            preflight.require_person(snap, known)
    except NotPermitted as error:
        return Reason.UNDER_AGE in error.reasons
    except Forbidden:
        return True
    return False
