"""Bringing data in: upload, the result item by item, undo."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from pds.core.errors import Invalid, NotFound
from pds.crypto import sealing
from pds.intake import moving, plan, service
from pds.intake.errors import IntakeError
from pds.intake.plan import ImportPlan
from pds.intake.results import ImportResult
from pds.vault.records import Import, ImportState
from pds.web import sessions, uploads
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.portal import outcomes
from pds.web.portal.names import source_names
from pds.web.problems import STATUS
from pds.web.reasons import public_words
from providers.formats.archive import is_archive

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

_MOST_SHOWN = outcomes.MOST_SHOWN


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List what was brought in, newest first."""
    with bank().read() as snap:
        found = bank().vault.imports(snap, sessions.owner())
        names = source_names(snap, (each.source_id for each in found))
    return render_template(
        "portal/imports.html", imports=found, names=names, archives=moving.MEDIA_TYPES
    )


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    """Show the upload form."""
    return _page(Form())


@blueprint.post("/new")
def upload() -> ResponseReturnValue:
    """Read a file, store what is good, and say of each item what became of it."""
    form = Form()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.fail("file", _("Choose a file."))
        return _page(form), 422
    content = sent.stream.read(uploads.most(bank().settings) + 1)
    if len(content) > _most(content):
        form.fail("file", too_large())
        return _page(form), 413
    try:
        planned, result = _stored(content, sent.mimetype)
    except Invalid as error:
        form.fail("passphrase", public_words(error))
        return _page(form), 422
    except IntakeError as error:
        form.fail("file", public_words(error))
        return _page(form, error.issues[:_MOST_SHOWN]), STATUS[error.kind]
    counts, lists = outcomes.grouped(planned, result)
    return render_template(
        "portal/imported.html",
        file_name=sent.filename,
        result=result,
        counts=counts,
        lists=lists,
        group_names=outcomes.NAMES,
        problems=outcomes.PROBLEMS,
        most=outcomes.MOST_SHOWN,
    )


def _most(content: bytes) -> int:
    settings = bank().settings
    if is_archive(content) or sealing.is_sealed(content):
        return settings.max_archive_bytes
    return settings.max_upload_bytes


def _stored(content: bytes, declared: str) -> tuple[ImportPlan, ImportResult]:
    """Read a file of any kind and store what is good.

    Raises:
        Invalid: it is sealed and the passphrase does not open it.
        IntakeError: nothing of it could be stored.
    """
    if sealing.is_sealed(content):
        passphrase = request.form.get("passphrase", "")
        content = sealing.from_passphrase(content, passphrase)
    owner, vault = sessions.owner(), bank().vault
    with bank().read() as snap:
        now = snap.now
    if is_archive(content):
        most = moving.options(bank().settings)
        moved = moving.read(content, now=now, options=most)
        return moved.plan, moving.run(vault, bank(), owner, moved)
    planned = plan.read(content, _media_type(declared), now=now)
    return planned, service.run(vault, bank(), owner, planned)


@blueprint.get("/<uuid:import_id>/undo")
def ask_undo(import_id: UUID) -> ResponseReturnValue:
    """Ask before an import is taken back."""
    return render_template("portal/undo.html", found=_find(import_id))


@blueprint.post("/<uuid:import_id>/undo")
def undo(import_id: UUID) -> ResponseReturnValue:
    """Take an import back: its records and the file."""
    owner, vault = sessions.owner(), bank().vault
    count = bank().unit_of_work(
        lambda work: service.undo(vault, work, owner, import_id)
    )
    message = ngettext(
        "%(num)s record was taken back.", "%(num)s records were taken back.", count
    )
    flash(message, "good")
    return redirect(url_for("imports.browse"), 303)


def _find(import_id: UUID) -> Import:
    with bank().read() as snap:
        found: list[Import] = bank().vault.imports(snap, sessions.owner())
    for each in found:
        if each.import_id == import_id and each.state is ImportState.STORED:
            return each
    raise NotFound("vault.no-import")


def _media_type(declared: str) -> str:
    """Return the declared type, or nothing where a browser only guessed."""
    return "" if declared == "application/octet-stream" else declared


def _page(form: Form, issues: object = ()) -> str:
    settings = bank().settings
    files, archives = settings.max_upload_bytes, settings.max_archive_bytes
    return render_template(
        "portal/upload.html",
        form=form,
        issues=issues,
        megabytes=format_decimal(files / 1_000_000),
        archive_megabytes=format_decimal(archives / 1_000_000),
        most_bytes=files,
        most_archive_bytes=archives,
        too_large=too_large(),
    )


def too_large() -> str:
    """Say that a file is too large, and what to do about it."""
    return str(
        _(
            "The file is larger than the service accepts. Nothing of it was stored."
            " Export a shorter period from your app, or divide the file, and bring"
            " the parts in one after another."
        )
    )
