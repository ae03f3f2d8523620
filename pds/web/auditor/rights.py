"""The ledger of requests to the rights desk; nothing that was written is in it.

The page names nobody. The file has pseudonyms; taking it is an entry of each person.
"""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pds.core.errors import Invalid
from pds.rights.desk import ledger
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh_from
from pds.web.reasons import public_words
from pds.web.sessions import actor

blueprint = Blueprint("rights_ledger", __name__, url_prefix="/auditor/rights")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List requests, newest first."""
    return _page(Form())


@blueprint.post("")
@fresh_from("rights_ledger.browse")
def take() -> ResponseReturnValue:
    """Record the look for each person in it, then send the ledger of a period."""
    form = Form()
    since, until = searching.read_period(request.form, form)
    who, pseudonyms = actor(), bank().pseudonyms
    if form.is_good:
        try:
            content = bank().unit_of_work(
                lambda work: ledger.take(work, pseudonyms, since, until, actor=who)
            )
        except Invalid as error:
            form.fail("from", public_words(error))
        else:
            return Response(
                content,
                content_type="text/csv; charset=utf-8",
                headers={
                    "Content-Disposition": 'attachment; filename="rights-ledger.csv"'
                },
            )
    return _page(form), 422


def _before() -> UUID | None:
    text = request.args.get("before")
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("web.position", "A place in the ledger is an id.") from None


def _page(form: Form) -> str:
    before = _before()
    with bank().read() as snap:
        found = ledger.page(snap, before)
        now = snap.now
    following = ""
    if len(found) == ledger.PAGE:
        following = url_for("rights_ledger.browse", before=found[-1].request_id)
    return render_template(
        "auditor/rights.html",
        found=found,
        form=form,
        now=now,
        following=following,
        first=url_for("rights_ledger.browse") if before else "",
    )
