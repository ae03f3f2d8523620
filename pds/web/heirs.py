"""The page of heirs: an archive for whom the person named, by a code (V-06).

It is open to all, since heirs need no account. The code has 80 random bits, counts
while the account is frozen, and attempts are limited.
"""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.bank import archiving
from pds.rights.archive import jobs, taking
from pds.rights.archive.tables import ArchiveState
from pds.rights.death import acts, reports
from pds.web.context import bank
from pds.web.forms import Form

blueprint = Blueprint("heirs", __name__, url_prefix="/heir")


@blueprint.get("")
def ask() -> ResponseReturnValue:
    """Show the field for the code."""
    return _page(Form())


@blueprint.post("")
def fetch() -> ResponseReturnValue:
    """Record that the archive is taken by the heir, then send it."""
    form = Form()
    code = form.text("code", needed=_("Enter the code."), longest=40)
    form.values.pop("code")
    if not form.is_good:
        return _page(form), 422
    with bank().read() as snap:
        hashed = acts.code_hash(bank().secret(acts.PEPPER), code)
        found = reports.by_code(snap, hashed)
        job = None
        if found is not None and found.archive_id is not None:
            job = jobs.get(snap, found.owner, found.archive_id)
    if found is None or job is None:
        form.fail("code", _("This code opens nothing. Ask the desk."))
        return _page(form), 422
    if job.state is not ArchiveState.READY:
        form.fail("code", _("The archive is not ready, or not any more. Ask the desk."))
        return _page(form), 422
    who, one = f"heir:{found.report_id}", job
    bank().unit_of_work(lambda work: taking.take(work, one.owner, one.records, who))
    return Response(
        archiving.fetch(bank(), job),
        content_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="archive.zip"',
            "Cache-Control": "no-store",
        },
    )


def _page(form: Form) -> str:
    return render_template("entry/heir.html", form=form)
