"""Seeded samples: the same seed draws the same entries, and each look is recorded."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit import store
from audit.store import Published
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.oversight import looking, sampling
from pds.oversight.sampling import Draw, SampleKind
from pds.web.auditor import searching
from pds.web.auditor.consent_receipt import against
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.portal.names import recipient_names
from pds.web.reasons import public_words
from pds.web.sessions import actor

blueprint = Blueprint("samples", __name__, url_prefix="/auditor/sample")

_FIELDS = {"sample.count": "count", "sample.period": "from", "sample.size": "size"}
"""The field of the form that each complaint is about."""


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Ask by what a sample is drawn."""
    return render_template("auditor/sample.html", form=Form({"count": "10"}))


@blueprint.post("")
@fresh
def draw() -> ResponseReturnValue:
    """Draw a sample, record each look, and only then show it."""
    form = Form()
    seed = form.text("seed", needed=_("Enter a seed, such as the result of a lot."))
    kinds = [each.value for each in SampleKind]
    kind = form.choice("kind", kinds, needed=_("Choose one of the list."))
    count = _number(form, "count")
    size = _number(form, "size") if request.form.get("size") else None
    since, until = searching.read_period(request.form, form)
    if not form.is_good or count is None:
        return _again(form)
    wanted = Draw(
        seed=seed, kind=SampleKind(kind), count=count, since=since, until=until
    )
    return _drawn(form, wanted, size)


def _drawn(form: Form, wanted: Draw, size: int | None) -> ResponseReturnValue:
    who = actor()
    try:
        with bank().read() as snap:
            published = _published(snap, size)
            sample = sampling.draw(snap, wanted, published)
            shown = looking.prepare(
                snap,
                bank().keys,
                bank().pseudonyms,
                sample,
                against=against(),
                histories=wanted.kind is SampleKind.CONSENTS,
            )
            names = recipient_names(snap, (x.leaf.get("rcp", "") for x in shown))
    except Invalid as error:
        form.fail(_FIELDS[error.code], public_words(error))
        return _again(form)
    bank().unit_of_work(lambda work: looking.record(work, shown, actor=who))
    return render_template(
        "auditor/sampled.html", wanted=wanted, sample=sample, shown=shown, names=names
    )


def _published(snap: Snapshot, size: int | None) -> Published:
    try:
        if size is not None:
            return store.checkpoint_at(snap.connection, size)
    except NotFound:
        raise Invalid("sample.size") from None
    found = store.latest_checkpoint(snap.connection)
    if found is None:
        raise Invalid("sample.size")
    return found


def _number(form: Form, name: str) -> int | None:
    text = form.text(name)
    if not searching.is_number(text):
        form.fail(name, _("Enter a whole number."))
        return None
    return int(text)


def _again(form: Form) -> ResponseReturnValue:
    return render_template("auditor/sample.html", form=form), 422
