"""Offers: composed under the ceilings of their purpose, shown as persons see them."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import audience, offers, recipients
from consent.offers import OfferTemplate
from consent.preflight import NotPermitted
from consent.reasons import Reason
from consent.terms import Afterwards, BenefitKind
from pds.core.errors import Conflict, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories, purposes, questions
from pds.core.vocabulary.purposes import Purpose
from pds.web import offer_words
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.languages import named
from pds.web.oauth import consent_page
from pds.web.operator import blueprint, offer_form
from pds.web.portal import offer_board, versions
from pds.web.reasons import public_words, reason
from pds.web.sessions import actor
from pds.web.words import DETAILS

_FIELDS: Final[Mapping[Reason, str]] = {
    Reason.CEILING_VALIDITY: "validity_days",
    Reason.CEILING_WINDOW: "window_days",
    Reason.CEILING_FREQUENCY: "max_per_day",
    Reason.CEILING_RETENTION: "retention_days",
    Reason.CEILING_DETAIL: "detail",
}
"""Where on the form a broken ceiling is complained of; others are at the categories."""


@blueprint.get("/recipients/<recipient_id>/offers/new")
@fresh
def new_offer(recipient_id: str) -> ResponseReturnValue:
    """Ask for the purpose first; then show the form with the purpose's ceilings."""
    wanted = request.args.get("purpose", "")
    first = {"country": "JP", "mode": "recurring", "benefit_kind": "none"}
    return _form(recipient_id, purposes.ALL.get(wanted), Form(first))


@blueprint.post("/recipients/<recipient_id>/offers/new")
@fresh
def draft_offer(recipient_id: str) -> ResponseReturnValue:
    """Enter a draft; above a ceiling it is refused here."""
    form, who, here = Form(), actor(), RecipientId(recipient_id)
    purpose = _purpose(form)
    return _enter(
        recipient_id,
        purpose,
        form,
        lambda work, made: offers.draft(work, here, made, actor=who),
    )


@blueprint.get("/offers/<uuid:offer_id>")
def show_offer(offer_id: UUID) -> ResponseReturnValue:
    """Show an offer as a person will see it, with its versions and what changed."""
    with bank().read() as snap:
        past = offers.versions(snap, offer_id)
        offer = past[-1]
        terms = offer.instance(snap.now)
        page = consent_page.sketch(bank(), snap, offer.recipient_id, terms)
        found = offer_board.describe(bank(), snap, offer)
        instances = [each.instance(snap.now) for each in past]
    changes = [versions.changes(before, after) for before, after in pairwise(instances)]
    return render_template(
        "operator/offer.html",
        offer=offer,
        page=page,
        found=found,
        sentence=lambda term: offer_board.sentence(terms, term),
        past=list(zip(past, [[], *changes], strict=True)),
    )


@blueprint.get("/offers/<uuid:offer_id>/revise")
@fresh
def ask_revise_offer(offer_id: UUID) -> ResponseReturnValue:
    """Show the form with the terms of now."""
    with bank().read() as snap:
        offer = offers.get(snap, offer_id)
    wanted = request.args.get("purpose", offer.template.provision.purpose)
    form = offer_form.fill(offer.template)
    return _form(offer.recipient_id, purposes.ALL.get(wanted), form, offer_id)


@blueprint.post("/offers/<uuid:offer_id>/revise")
@fresh
def revise_offer(offer_id: UUID) -> ResponseReturnValue:
    """Enter a new version; whoever answered the old one is asked anew (D-08)."""
    form, who = Form(), actor()
    with bank().read() as snap:
        offer = offers.get(snap, offer_id)

    def act(work: Work, made: OfferTemplate) -> UUID:
        offers.revise(work, offer_id, made, actor=who)
        return offer_id

    return _enter(offer.recipient_id, _purpose(form), form, act, offer_id)


@blueprint.post("/offers/<uuid:offer_id>/audience")
@fresh_from("operator.browse")
def estimate_audience(offer_id: UUID) -> ResponseReturnValue:
    """Estimate how many persons have data that is asked for (R-15)."""
    who = actor()
    try:
        found = bank().unit_of_work(
            lambda work: audience.estimate(work, offer_id, actor=who)
        )
    except Conflict as error:
        flash(public_words(error), "warn")
    else:
        left = found.left
        if found.least:
            text = _(
                "At least %(count)s persons. Estimates left today: %(left)s",
                count=found.least,
                left=left,
            )
        else:
            text = _(
                "Fewer than %(count)s persons. Estimates left today: %(left)s",
                count=found.threshold,
                left=left,
            )
        flash(text, "info")
    return redirect(url_for("operator.show_offer", offer_id=offer_id), 303)


@blueprint.post("/offers/<uuid:offer_id>/<step>")
@fresh_from("operator.browse")
def move_offer(offer_id: UUID, step: str) -> ResponseReturnValue:
    """Publish a draft, or end an offer."""
    who, profile = actor(), bank().profile
    acts: dict[str, Callable[[Work], None]] = {
        "publish": lambda work: offers.go_live(
            work, offer_id, actor=who, profile=profile
        ),
        "end": lambda work: offers.end(work, offer_id, actor=who),
    }
    if step not in acts:
        raise NotFound("web.unknown-step")
    try:
        bank().unit_of_work(acts[step])
    except NotPermitted as error:
        for each in error.reasons:
            flash(reason(each.value), "warn")
    else:
        flash(_("The state of the offer is changed."), "good")
    return redirect(url_for("operator.show_offer", offer_id=offer_id), 303)


def _purpose(form: Form) -> Purpose:
    wanted = form.choice("purpose", purposes.ALL, needed=_("Choose from the list."))
    found = purposes.ALL.get(wanted)
    if found is None:
        raise NotFound("web.unknown-step")
    return found


def _enter(
    recipient_id: str,
    purpose: Purpose,
    form: Form,
    act: Callable[[Work, OfferTemplate], UUID],
    offer_id: UUID | None = None,
) -> ResponseReturnValue:
    made = offer_form.read(form, purpose, now())
    if made is not None:
        try:
            entered = bank().unit_of_work(lambda work: act(work, made))
        except NotPermitted as error:
            for each in error.reasons:
                form.fail(_FIELDS.get(each, "category"), reason(each.value))
        else:
            flash(_("The draft is entered. The board decides on it next."), "good")
            return redirect(url_for("operator.show_offer", offer_id=entered), 303)
    return _form(recipient_id, purpose, form, offer_id), 422


def _form(
    recipient_id: str,
    purpose: Purpose | None,
    form: Form,
    offer_id: UUID | None = None,
) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    asked = offer_form.askable(purpose) if purpose else []
    return render_template(
        "operator/offer_new.html",
        found=found,
        offer_id=offer_id,
        purpose=purpose,
        purposes=[(each.id, named(each.words)) for each in purposes.ALL.values()],
        boxes=[(each, named(categories.get(each).words)) for each in asked],
        details=list(DETAILS.items()),
        questions=[(key, named(each.words)) for key, each in questions.ALL.items()],
        modes=list(offer_words.MODES.items()),
        forms=list(offer_words.FORMS.items()),
        afterwards=[(each.value, offer_words.AFTERWARDS[each]) for each in Afterwards],
        benefits=[
            ("none", _("None")),
            *((each.value, offer_words.BENEFITS[each]) for each in BenefitKind),
        ],
        form=form,
    )
