"""Recipients: list, dossier, registration, class, standing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import class_history, classifying, offers, recipients
from consent.criteria import recipient_criteria
from consent.recipients import Recipient, RecipientProfile
from consent.vetting import onboarding, standings
from consent.vetting.onboarding import NotReady
from consent.vetting.steps import SuspensionReason
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import recipient_classes
from pds.oversight import board_report
from pds.oversight.recipients import dossier
from pds.web import recipient_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import named
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_FIELDS = (
    "recipient_id",
    "name_ja",
    "name_en",
    "corporate_number",
    "address",
    "representative",
    "country",
    "contact",
)
Act = Callable[..., None]
STEPS: Final[Mapping[str, Act]] = {
    "approve": onboarding.approve,
    "suspend": standings.suspend,
    "resume": onboarding.approve,
    "end": standings.end,
}
"""Acts on the standing of a recipient, by the value of their button."""


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List every recipient with its standing and what it lacks."""
    with bank().read() as snap:
        found = [dossier(snap, each.recipient_id) for each in recipients.every(snap)]
        counted = board_report.countdown(snap)
    return render_template("operator/browse.html", dossiers=found, counted=counted)


@blueprint.get("/recipients/new")
@fresh
def new() -> ResponseReturnValue:
    """Show the registration form."""
    return _new(Form({"country": "JP"}))


@blueprint.post("/recipients/new")
@fresh
def register() -> ResponseReturnValue:
    """Register a recipient; it may be given nothing yet."""
    form, who = Form(), actor()
    values = {name: form.text(name, needed=_("Fill this in.")) for name in _FIELDS}
    chosen = form.choice(
        "recipient_class", recipient_classes.ALL, needed=_("Choose from the list.")
    )
    identity = RecipientId(values.pop("recipient_id"))
    profile = RecipientProfile(recipient_id=identity, **values)
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: recipients.register(
                    work, profile, recipient_class=chosen, actor=who
                )
            )
        except (Invalid, Conflict) as error:
            field = error.code.partition(".")[2]
            form.fail(
                field if field in _FIELDS else "recipient_id", public_words(error)
            )
        else:
            flash(_("The recipient is registered. It is given nothing yet."), "good")
            return _to(profile.recipient_id)
    return _new(form), 422


@blueprint.get("/recipients/<recipient_id>")
def show(recipient_id: str) -> ResponseReturnValue:
    """Show everything that is held about a recipient."""
    with bank().read() as snap:
        found = dossier(snap, RecipientId(recipient_id))
        proposed = offers.every(snap, RecipientId(recipient_id))
        at = snap.now
    return render_template("operator/show.html", found=found, offers=proposed, at=at)


@blueprint.get("/recipients/<recipient_id>/class")
@fresh
def ask_class(recipient_id: str) -> ResponseReturnValue:
    """Show the form that puts a recipient into another class."""
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    return _class_page(found, Form({"recipient_class": found.recipient_class}))


@blueprint.post("/recipients/<recipient_id>/class")
@fresh
def change_class(recipient_id: str) -> ResponseReturnValue:
    """Put a recipient into another class; persons' instructions bite anew (D-03)."""
    form, who = Form(), actor()
    chosen = form.choice(
        "recipient_class", recipient_classes.ALL, needed=_("Choose from the list.")
    )
    why = form.text("class_reason", needed=_("Fill this in."), longest=300)
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: classifying.classify(
                    work, RecipientId(recipient_id), chosen, why, actor=who
                )
            )
        except (Invalid, Conflict) as error:
            is_why = error.code == "recipient.class_reason"
            field = "class_reason" if is_why else "recipient_class"
            form.fail(field, public_words(error))
        else:
            flash(
                _("The class is changed. Now the ethics board has to decide."), "good"
            )
            return _to(recipient_id)
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    return _class_page(found, form), 422


@blueprint.get("/recipients/<recipient_id>/standing/<step>")
@fresh
def ask_standing(recipient_id: str, step: str) -> ResponseReturnValue:
    """Ask before the standing of a recipient changes."""
    _known(step)
    return _standing_page(recipient_id, step, Form())


@blueprint.post("/recipients/<recipient_id>/standing/<step>")
@fresh
def change_standing(recipient_id: str, step: str) -> ResponseReturnValue:
    """Approve, suspend, resume or end a recipient; it bites on the next request."""
    form, act = Form(), partial(_known(step), actor=actor())
    if step in ("suspend", "end"):
        note = form.text("note", longest=standings.LONGEST_NOTE)
        act = partial(act, note=note)
    if step == "suspend":
        reason = form.choice("reason", list(SuspensionReason), needed=_("Choose why."))
        act = partial(act, reason=SuspensionReason(reason or SuspensionReason.OTHER))
    if form.is_good:
        try:
            bank().unit_of_work(lambda work: act(work, RecipientId(recipient_id)))
        except Invalid as error:
            form.fail("note", public_words(error))
        except NotReady:
            return _standing_page(recipient_id, step, form), 409
        else:
            flash(_("The standing of the recipient is changed."), "good")
            return _to(recipient_id)
    return _standing_page(recipient_id, step, form), 422


def _standing_page(recipient_id: str, step: str, form: Form) -> str:
    with bank().read() as snap:
        found = dossier(snap, RecipientId(recipient_id))
        ready = onboarding.readiness(snap, RecipientId(recipient_id))
    return render_template(
        "operator/standing.html",
        found=found.recipient,
        step=step,
        form=form,
        ready=ready,
        criteria=recipient_criteria.CURRENT.all,
        reasons=list(recipient_words.SUSPENSION_REASONS.items()),
    )


def _new(form: Form) -> str:
    return render_template("operator/new.html", form=form, classes=_classes())


def _class_page(found: Recipient, form: Form) -> str:
    with bank().read() as snap:
        history = class_history.history(snap, found.recipient_id)
    return render_template(
        "operator/class.html",
        found=found,
        form=form,
        classes=_classes(),
        history=history,
    )


def _classes() -> list[tuple[str, str]]:
    return [(each.id, named(each.words)) for each in recipient_classes.ALL.values()]


def _known(step: str) -> Act:
    found = STEPS.get(step)
    if found is None:
        raise NotFound("web.unknown-step")
    return found


def _to(recipient_id: str) -> ResponseReturnValue:
    return redirect(url_for("operator.show", recipient_id=recipient_id), 303)
