"""Correcting and deleting a record: own ones, and granted corrections (C-07, C-09)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.core.errors import BankError, Conflict, Kind
from pds.intake import correcting
from pds.rights import own_records
from pds.vault.records import OpenRecord
from pds.web import sessions
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.portal import editing
from pds.web.portal.editing import Field
from pds.web.portal.summaries import summarise
from pds.web.reasons import public_words
from providers import payload

blueprint = Blueprint("changes", __name__, url_prefix="/data/records")

_LONGEST = 2_000


@blueprint.get("/<uuid:record_id>/correct")
@fresh
def ask_correct(record_id: UUID) -> ResponseReturnValue:
    """Show what can be changed in a record."""
    found = _correctable(record_id)
    fields = editing.fields(payload.parse(found.payload.decode()))
    return _page(found, fields, Form({each.name: each.value for each in fields}))


@blueprint.post("/<uuid:record_id>/correct")
@fresh
def correct(record_id: UUID) -> ResponseReturnValue:
    """Store the corrected record as another version."""
    found, form = _correctable(record_id), Form()
    content = payload.parse(found.payload.decode())
    fields = editing.fields(content)
    for each in fields:
        text = form.text(each.name, longest=_LONGEST)
        if not each.fits(text):
            needed = _("Enter a number such as 62.5.") if each.is_number else ""
            form.fail(each.name, needed or _("Fill this in."))
        elif text != each.value:
            editing.put(content, each, text)
    if form.is_good and fields and _store(found, payload.write(content), form, fields):
        flash(_("The record is corrected."), "good")
        return redirect(url_for("data.record", record_id=record_id), 303)
    return _page(found, fields, form), 422


@blueprint.get("/<uuid:record_id>/delete")
@fresh
def ask_delete(record_id: UUID) -> ResponseReturnValue:
    """Ask before a record is deleted."""
    found = _own(record_id)
    return render_template("portal/record_delete.html", short=summarise(found))


@blueprint.post("/<uuid:record_id>/delete")
@fresh
def delete(record_id: UUID) -> ResponseReturnValue:
    """Delete a record."""
    owner, vault = sessions.owner(), bank().vault
    bank().unit_of_work(lambda work: own_records.delete(work, vault, owner, record_id))
    flash(_("The record is deleted."), "good")
    return redirect(url_for("data.browse"), 303)


def _own(record_id: UUID) -> OpenRecord:
    with bank().read() as snap:
        found = bank().vault.get(snap, sessions.owner(), record_id)
    if not own_records.is_own(found):
        raise Conflict("rights.not-own", "The record came from somebody else.")
    return found


def _correctable(record_id: UUID) -> OpenRecord:
    owner = sessions.owner()
    with bank().read() as snap:
        found = bank().vault.get(snap, owner, record_id)
        if not own_records.may_correct(snap, owner, found):
            raise Conflict("rights.not-own", "The record came from somebody else.")
    return found


def _store(old: OpenRecord, text: bytes, form: Form, fields: list[Field]) -> bool:
    """Store the correction; what the readers say against it goes to the first field."""
    owner, vault = sessions.owner(), bank().vault
    record_id = UUID(bytes=old.record_id)
    try:
        draft = correcting.read(old, text, now=now())
        bank().unit_of_work(
            lambda work: own_records.correct(work, vault, owner, record_id, draft)
        )
    except BankError as error:
        if error.kind is not Kind.INVALID:
            raise
        form.fail(fields[0].name, public_words(error))
    return form.is_good


def _page(found: OpenRecord, fields: list[Field], form: Form) -> str:
    return render_template(
        "portal/record_correct.html", short=summarise(found), fields=fields, form=form
    )
