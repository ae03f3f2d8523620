"""What the bank judged in the person's place: why, on what, and stopping it (D-06)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import announcing, judgement_record, judgements, wording
from consent.judgements import JudgementState
from pds.web import sessions
from pds.web.context import bank
from pds.web.languages import language
from pds.web.portal.names import recipient_names

blueprint = Blueprint("judgements", __name__, url_prefix="/judgements")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List the judgements, newest first."""
    keys = bank().keys
    with bank().read() as snap:
        found = judgements.every(snap, sessions.owner())
        rows = [(each, judgements.opened(snap, keys, each)) for each in found]
        names = recipient_names(snap, [r.proposal.recipient_id for _k, r in rows])
    return render_template("portal/judgements.html", rows=rows, names=names)


@blueprint.get("/<uuid:judgement_id>")
def show(judgement_id: UUID) -> ResponseReturnValue:
    """Show a judgement with all that it was made on, judged again at this moment."""
    owner, keys = sessions.owner(), bank().keys
    with bank().read() as snap:
        kept = judgements.get(snap, owner, judgement_id)
        record = judgements.opened(snap, keys, kept)
        holds = judgements.holds(snap, keys, kept)
        is_open = kept.waits and announcing.is_asked(snap, kept)
        applied = [
            each
            for each in record.facts.instructions
            if (each.instruction_id, each.version) in record.judgement.applied
        ]
        named = [name for each in applied for name in each.recipients]
        names = recipient_names(snap, [record.proposal.recipient_id, *named])
    return render_template(
        "portal/judgement.html",
        kept=kept,
        is_open=is_open,
        record=record,
        applied=applied,
        holds=holds,
        names=names,
        sentences=wording.sentences(record.proposal.terms, language()),
        written=judgement_record.encode(record).decode(),
    )


@blueprint.post("/<uuid:judgement_id>/object")
def object_to(judgement_id: UUID) -> ResponseReturnValue:
    """Stop what was announced, without a reason and without a proof (D-11)."""
    owner = sessions.owner()
    state = bank().unit_of_work(
        lambda work: announcing.object_to(work, owner, judgement_id)
    )
    if state is JudgementState.OBJECTED:
        flash(_("It is stopped. Nothing is given."), "good")
    else:
        flash(_("You have answered this yourself, and your answer holds."), "warn")
    return redirect(url_for("judgements.show", judgement_id=judgement_id), 303)
