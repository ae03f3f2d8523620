"""The yearly attestation of a recipient: taking it, by key or on paper (R-06, R-09)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import recipients
from consent.criteria import attestation
from consent.oauth import statements
from consent.vetting import attestations, papers
from pds.core.errors import Invalid
from pds.core.ids import RecipientId
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import named
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_FIELDS = {"statement": "statement", "papers": "paper"}


@blueprint.get("/recipients/<recipient_id>/attestation")
@fresh
def ask_attestation(recipient_id: str) -> ResponseReturnValue:
    """Show what the recipient has to attest, and the form that takes it."""
    return _page(recipient_id, Form())


@blueprint.post("/recipients/<recipient_id>/attestation")
@fresh
def take_attestation(recipient_id: str) -> ResponseReturnValue:
    """Take an attestation: a statement by a key, or a scanned paper."""
    form, who, here = Form(), actor(), RecipientId(recipient_id)
    text = form.text("statement", longest=statements.LONGEST)
    signer = form.text("signer")
    points = form.choices("points", list(attestation.CURRENT.points))
    sent = request.files.get("paper")
    content = b"" if sent is None else sent.stream.read(papers.LARGEST + 1)
    if not text and not content:
        form.fail("statement", _("Paste the statement, or choose the scan."))
    if form.is_good:
        try:
            if text:
                bank().unit_of_work(
                    lambda work: attestations.accept_statement(
                        work, here, text, actor=who
                    )
                )
            else:
                paper, said = papers.read(content), frozenset(points)
                bank().unit_of_work(
                    lambda work: attestations.accept_paper(
                        work, here, signer, said, paper, actor=who
                    )
                )
        except Invalid as error:
            area, _dot, field = error.code.partition(".")
            form.fail(_FIELDS.get(area, field), public_words(error))
        else:
            flash(_("The yearly confirmation is recorded."), "good")
            address = url_for("operator.show", recipient_id=recipient_id)
            return redirect(address, 303)
    return _page(recipient_id, form), 422


def _page(recipient_id: str, form: Form) -> str:
    here = RecipientId(recipient_id)
    with bank().read() as snap:
        found = recipients.get(snap, here)
        due = attestations.due(snap, here)
        payload = attestations.text_to_sign(snap, here)
    points = attestation.CURRENT.points
    return render_template(
        "operator/attestation.html",
        found=found,
        due=due,
        form=form,
        payload=payload.decode(),
        points=points,
        options=[(each.id, named(each.words)) for each in points.values()],
        typ=attestations.TYP,
    )
