"""Documents that show criteria to be met: brought, renewed, opened (E-10)."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent.vetting import papers
from pds.core.clock import end_of
from pds.core.errors import Invalid, NotFound
from pds.oversight.criteria import documents
from pds.oversight.criteria.criterion import CURRENT, Criterion
from pds.oversight.criteria.documents import Wish
from pds.web import criteria_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.operator import blueprint
from pds.web.papers import read_paper, sent_paper
from pds.web.reasons import public_words
from pds.web.sessions import actor


@blueprint.get("/criteria")
def documents_due() -> ResponseReturnValue:
    """List the items that need a document: missing and ending ones first."""
    with bank().read() as snap:
        kept, now = documents.latest(snap), snap.now
    items = [each for each in CURRENT.all.values() if each.needs_document]
    rows = [(each, kept.get(each.id)) for each in items]
    rows.sort(key=lambda row: row[1] is not None and not row[1].is_due(now))
    return render_template(
        "operator/documents_due.html",
        listed=rows,
        at=now,
        status=documents.status,
        criteria_words=criteria_words,
    )


@blueprint.get("/criteria/<criterion_id>")
@fresh
def ask_document(criterion_id: str) -> ResponseReturnValue:
    """Show the form of one item's document."""
    return _page(criterion_id, Form())


@blueprint.post("/criteria/<criterion_id>")
@fresh
def keep_document(criterion_id: str) -> ResponseReturnValue:
    """Keep a document sealed; it counts until its day."""
    item = _item(criterion_id)
    form, who = Form(), actor()
    title = form.text("title", needed=_("Enter one line of text."))
    keeper = form.text("keeper", needed=_("Enter one line of text."))
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    paper = read_paper(form, "paper", papers.read, largest=papers.LARGEST)
    if paper is None and form.is_good:
        form.fail("paper", _("Choose a file."))
    if form.is_good and last and paper:
        wish = Wish(
            criterion_id=item.id,
            title=title,
            keeper=keeper,
            valid_until=end_of(last),
            paper=paper,
        )
        try:
            bank().unit_of_work(lambda work: documents.keep(work, wish, actor=who))
        except Invalid as error:
            area, _dot, field = error.code.partition(".")
            form.fail(field if area == "criterion" else "title", public_words(error))
        else:
            flash(_("The document is kept."), "good")
            return redirect(url_for("operator.documents_due"), 303)
    return _page(criterion_id, form), 422


@blueprint.post("/criteria/documents/<uuid:document_id>")
@fresh_from("operator.documents_due")
def open_document(document_id: UUID) -> ResponseReturnValue:
    """Hand out a document; the look is in the log."""
    who = actor()
    found = bank().unit_of_work(
        lambda work: documents.look(work, document_id, actor=who)
    )
    return sent_paper(found, document_id)


def _item(criterion_id: str) -> Criterion:
    found = CURRENT.all.get(criterion_id)
    if found is None or not found.needs_document:
        raise NotFound("criterion.unknown", "No document belongs to this criterion.")
    return found


def _page(criterion_id: str, form: Form) -> str:
    item = _item(criterion_id)
    with bank().read() as snap:
        history = documents.history(snap, criterion_id)
    return render_template(
        "operator/document.html",
        item=item,
        history=history,
        form=form,
        criteria_words=criteria_words,
    )
