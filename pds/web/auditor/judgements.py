"""Entrusted judgements for an auditor: found by number, and made again (D-06)."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import judgement_search
from consent.judgement_words import FOR_AUDITOR
from pds.oversight import rejudging
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import language
from pds.web.sessions import actor

blueprint = Blueprint("rejudging", __name__, url_prefix="/auditor/judgements")

_LISTED = 50


@blueprint.get("")
@fresh
def browse() -> ResponseReturnValue:
    """List the newest judgements, with nothing of what they say."""
    return _page(Form({"count": "50"}))


@blueprint.post("")
@fresh
def count() -> ResponseReturnValue:
    """Make the newest judgements again and say how many came out the same."""
    form = Form()
    text = form.text("count")
    if not searching.is_number(text) or not 1 <= int(text) <= rejudging.MOST:
        form.fail("count", _("Enter a number from 1 to 200."))
        return _page(form), 422
    with bank().read() as snap:
        counts = rejudging.count(snap, bank().keys, int(text))
    return render_template("auditor/judgements_counted.html", counts=counts)


@blueprint.get("/<uuid:judgement_id>")
@fresh
def show(judgement_id: UUID) -> ResponseReturnValue:
    """Show what is kept of a judgement in the clear, and offer to make it again."""
    with bank().read() as snap:
        kept = judgement_search.find(snap, judgement_id)
    return render_template("auditor/judgement.html", kept=kept)


@blueprint.post("/<uuid:judgement_id>")
@fresh
def again(judgement_id: UUID) -> ResponseReturnValue:
    """Make a judgement again, record the look, and only then show it."""
    who = actor()
    with bank().read() as snap:
        kept = judgement_search.find(snap, judgement_id)
        seen = rejudging.again(snap, bank().keys, bank().pseudonyms, kept)
    bank().unit_of_work(lambda work: rejudging.record(work, seen, actor=who))
    return render_template(
        "auditor/judgement_again.html",
        seen=seen,
        why=[FOR_AUDITOR[each][language()] for each in seen.then.reasons],
    )


def _page(form: Form) -> str:
    with bank().read() as snap:
        rows = judgement_search.newest(snap, limit=_LISTED)
    return render_template("auditor/judgements.html", rows=rows, form=form)
