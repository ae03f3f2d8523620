"""The person's archive: asking for it, how far it is, fetching it (C-08, H-05)."""

from collections.abc import Iterator
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.bank import archiving, sending
from pds.bank.sending import NotTaken
from pds.core.errors import Conflict, Invalid, NotFound, Unavailable
from pds.crypto import sealing
from pds.rights.archive import jobs, taking
from pds.rights.archive.jobs import Job
from pds.rights.archive.tables import ArchiveState
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.languages import language
from pds.web.portal.names import partner_name
from pds.web.reasons import public_words
from providers import partners

blueprint = Blueprint("archives", __name__, url_prefix="/copy/archives")


@blueprint.get("")
@fresh
def browse() -> ResponseReturnValue:
    """Explain the archive, and list those that were asked for."""
    with bank().read() as snap:
        found = jobs.listed(snap, sessions.owner())
    under_way = (ArchiveState.ASKED, ArchiveState.BUILDING)
    return render_template(
        "portal/archives.html",
        archives=found,
        is_under_way=any(each.state in under_way for each in found),
        days=jobs.LASTS.days,
    )


@blueprint.post("")
@fresh
def ask() -> ResponseReturnValue:
    """Order an archive."""
    archiving.ask(bank(), sessions.owner(), language=language())
    flash(_("Your archive is being made. Look again in a moment."), "good")
    return redirect(url_for("archives.browse"), 303)


@blueprint.get("/<uuid:archive_id>")
@fresh
def show(archive_id: UUID) -> ResponseReturnValue:
    """Offer an archive that is ready, sealed or as it is."""
    return _page(_ready(archive_id), Form())


@blueprint.post("/<uuid:archive_id>/send")
@fresh_from("archives.browse")
def send(archive_id: UUID) -> ResponseReturnValue:
    """Send an archive to another bank, by the code that it gave the person."""
    job, form = _ready(archive_id), Form()
    issuer = form.text("issuer", needed=_("Choose a bank."))
    code = form.text("code", needed=_("Enter the code of the other bank."))
    if form.is_good:
        try:
            sent = sending.send(bank(), job, issuer, code)
        except (NotTaken, NotFound, Unavailable) as error:
            form.fail("code", public_words(error))
        else:
            return render_template("portal/sent.html", sent=sent, issuer=issuer)
    return _page(job, form), 422


@blueprint.post("/<uuid:archive_id>")
@fresh
def fetch(archive_id: UUID) -> ResponseReturnValue:
    """Record that it is taken, then send it."""
    job, form = _ready(archive_id), Form()
    passphrase = form.password("passphrase")
    if passphrase != request.form.get("passphrase_again", ""):
        form.fail("passphrase_again", _("The two passphrases differ."))
    chunks: Iterator[bytes] = archiving.fetch(bank(), job)
    if passphrase and form.is_good:
        try:
            chunks = iter([sealing.to_passphrase(b"".join(chunks), passphrase)])
        except Invalid as error:
            form.fail("passphrase", public_words(error))
    if not form.is_good:
        return _page(job, form), 422
    bank().unit_of_work(
        lambda work: taking.take(work, job.owner, job.records, "person")
    )
    name = "my-data.zip.age" if passphrase else "my-data.zip"
    kind = "application/age-encryption" if passphrase else "application/zip"
    return Response(
        chunks,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _ready(archive_id: UUID) -> Job:
    with bank().read() as snap:
        job = jobs.get(snap, sessions.owner(), archive_id)
    if job.state is not ArchiveState.READY:
        raise Conflict(
            "archive.not-ready", "The archive is not ready, or not any more."
        )
    return job


def _page(job: Job, form: Form) -> str:
    with bank().read() as snap:
        known = [each for each in partners.every(snap) if each.is_active]
    return render_template(
        "portal/archive.html",
        job=job,
        form=form,
        least=sealing.LEAST_PASSPHRASE,
        options=[(each.issuer, partner_name(each)) for each in known],
    )
