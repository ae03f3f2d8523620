"""Standing instructions: what holds, trying, making, changing, ending (D-02, D-03)."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import (
    class_changes,
    entrusting,
    instruction_register,
    ledger,
    mandates,
)
from consent.instruction_register import InstructionSet
from consent.instructions import StandingInstruction, check
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import ConsentId
from pds.rights import withdrawal
from pds.web import sessions
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.portal import instruction_form, matrix
from pds.web.portal.instruction_form import FIELDS, LISTS, NOBODY
from pds.web.portal.names import recipient_names
from pds.web.reasons import public_words

blueprint = Blueprint("instructions", __name__, url_prefix="/instructions")

_FIELDS = {
    "special-care": "categories",
    "significant": "purposes",
    "bounds": "window_days",
    "lists": "categories",
    "too-many": "stance",
    "recipients": "recipient_classes",
}


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show every instruction, and what holds for whom."""
    owner = sessions.owner()
    with bank().read() as snap:
        held = instruction_register.current(snap, bank().keys, owner)
        names = _names(snap, held.instructions)
        entrusts = mandates.standing(snap, owner) is not None
        moved = class_changes.lately(snap, held.instructions)
        names |= recipient_names(snap, [each.change.recipient_id for each in moved])
        at = snap.now
    return render_template(
        "portal/instructions.html",
        moved=moved,
        held=held.instructions,
        names=names,
        at=at,
        entrusts=entrusts,
        matrix=matrix.of(held.instructions, at),
        hours=bank().settings.objection_hours,
    )


@blueprint.get("/history")
def history() -> ResponseReturnValue:
    """Show what happened to the instructions, newest first."""
    with bank().read() as snap:
        past = instruction_register.history(snap, bank().keys, sessions.owner())
        names = _names(snap, [each.instruction for each in past])
    return render_template("portal/instruction_history.html", past=past, names=names)


@blueprint.get("/new")
@fresh
def new() -> ResponseReturnValue:
    """Show the form of a new instruction."""
    return _form_page(instruction_form.blank(), NOBODY)


@blueprint.post("/new")
@fresh
def make() -> ResponseReturnValue:
    """Show what the instruction would do, or keep it."""
    return _try_or_save(NOBODY)


@blueprint.get("/<uuid:instruction_id>")
@fresh
def show(instruction_id: UUID) -> ResponseReturnValue:
    """Show the form of an instruction as it stands."""
    with bank().read() as snap:
        held = instruction_register.current(snap, bank().keys, sessions.owner())
    return _form_page(instruction_form.filled(held.get(instruction_id)), instruction_id)


@blueprint.post("/<uuid:instruction_id>")
@fresh
def change(instruction_id: UUID) -> ResponseReturnValue:
    """Show what the changed instruction would do, or keep it."""
    return _try_or_save(instruction_id)


@blueprint.post("/<uuid:instruction_id>/end")
def end(instruction_id: UUID) -> ResponseReturnValue:
    """End an instruction; taking back needs no proof and no reason (C-01)."""
    owner = sessions.owner()
    bank().unit_of_work(
        lambda work: instruction_register.end(work, owner, instruction_id)
    )
    flash(_("The instruction has ended. From now on you are asked."), "good")
    return redirect(url_for("instructions.browse"), 303)


def _try_or_save(instruction_id: UUID) -> ResponseReturnValue:
    form = Form()
    with bank().read() as snap:
        found = instruction_form.options(snap)
    wish = instruction_form.read(form, found, instruction_id)
    if wish is None:
        return _form_page(form, instruction_id), 422
    try:
        if request.form.get("step") == "save":
            return _save(wish)
        return _preview(wish, form)
    except (Invalid, Conflict) as error:
        field = error.code.partition(".")[2]
        form.fail(_FIELDS.get(field, field), public_words(error))
    return _form_page(form, instruction_id), 422


def _save(wish: StandingInstruction) -> ResponseReturnValue:
    owner, chosen = sessions.owner(), request.form.getlist("end")

    def act(work: Work) -> None:
        instruction_register.save(work, owner, wish)
        held = instruction_register.current(work, work.keys, owner)
        for consent_id in entrusting.touched(work, work.keys, owner, held):
            if str(consent_id) in chosen:
                withdrawal.withdraw(work, owner, consent_id)

    bank().unit_of_work(act)
    flash(_("Your instruction is kept and holds from now on."), "good")
    return redirect(url_for("instructions.browse"), 303)


def _preview(wish: StandingInstruction, form: Form) -> ResponseReturnValue:
    owner, keys = sessions.owner(), bank().keys
    check(wish, now())
    with bank().read() as snap:
        tried = instruction_register.current(snap, keys, owner).replaced(wish)
        found = entrusting.simulate(snap, keys, owner, tried, profile=bank().profile)
        only = InstructionSet(version=0, instructions=(wish,))
        stopped = [
            ledger.get(snap, owner, ConsentId(each))
            for each in entrusting.touched(snap, keys, owner, only)
        ]
        names = recipient_names(
            snap,
            [
                *(each.proposal.recipient_id for each in found),
                *(each.recipient_id for each in stopped),
                *wish.recipients,
            ],
        )
    return render_template(
        "portal/instruction_preview.html",
        wish=wish,
        found=found,
        stopped=stopped,
        names=names,
        hidden=_hidden(form),
        action=_action(wish.instruction_id),
        at=now(),
    )


def _hidden(form: Form) -> list[tuple[str, str]]:
    """Return every field that was sent, to be sent again with the answer."""
    sent: list[tuple[str, str]] = []
    for name in FIELDS:
        value = form.values.get(name, "")
        parts = value.split() if name in LISTS else [value]
        sent.extend((name, part) for part in parts)
    return sent


def _action(instruction_id: UUID) -> str:
    if instruction_id == NOBODY:
        return url_for("instructions.make")
    return url_for("instructions.change", instruction_id=instruction_id)


def _form_page(form: Form, instruction_id: UUID) -> str:
    with bank().read() as snap:
        found = instruction_form.options(snap)
    return render_template(
        "portal/instruction.html",
        form=form,
        options=found,
        is_new=instruction_id == NOBODY,
        action=_action(instruction_id),
    )


def _names(
    snap: Snapshot, instructions: Sequence[StandingInstruction]
) -> dict[str, str]:
    named = [name for each in instructions for name in each.recipients]
    return dict(recipient_names(snap, named))
