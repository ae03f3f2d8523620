"""Data sets: ordering one, having it, announcing an anonymised one (X-17, X-18)."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.bank import data_sets as making
from pds.core.errors import Invalid
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets import register, releasing
from pds.datasets.orders import Order
from pds.disclosure import anonymised
from pds.web.context import bank
from pds.web.data_set_words import KINDS
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_LONGEST = 1_000
_MOST_K = 1_000_000
_FIELDS = {"k": "k", "purpose": "purpose_ja", "period": "first_month"}


@blueprint.get("/data-sets")
def data_sets() -> ResponseReturnValue:
    """List the sets with their states."""
    with bank().read() as snap:
        found = register.every(snap)
    return render_template("operator/data_sets.html", found=found)


@blueprint.get("/data-sets/new")
@fresh
def new_data_set() -> ResponseReturnValue:
    """Show the order form."""
    return _order_page(Form({"k": str(bank().settings.data_set_k)}))


@blueprint.post("/data-sets/new")
@fresh
def order_data_set() -> ResponseReturnValue:
    """Order a set; nothing is read before the ethics board has approved it."""
    form, who, floor = Form(), actor(), bank().settings.data_set_k
    kind = form.choice(
        "kind", [each.value for each in DataSetKind], needed=_("Choose the kind.")
    )
    purpose = _("Say what the data set is for, in both languages.")
    month = _("Enter a month such as 2026-10.")
    ja = form.text("purpose_ja", needed=purpose, longest=_LONGEST)
    en = form.text("purpose_en", needed=purpose, longest=_LONGEST)
    first = form.text("first_month", needed=month, longest=7)
    last = form.text("last_month", needed=month, longest=7)
    least = _("Enter a whole number of at least %(count)s.", count=floor)
    k = form.whole_number("k", least=floor, most=_MOST_K, needed=least)
    if form.is_good:
        wish = Order(
            kind=DataSetKind(kind),
            purpose_ja=ja,
            purpose_en=en,
            first_month=first,
            last_month=last,
            k=k,
        )
        try:
            made = bank().unit_of_work(
                lambda work: register.order(work, wish, floor=floor, actor=who)
            )
        except Invalid as error:
            form.fail(_FIELDS[error.code.partition(".")[2]], public_words(error))
        else:
            flash(_("The order waits for the ethics board."), "good")
            return _to(made)
    return _order_page(form), 422


@blueprint.get("/data-sets/<uuid:data_set_id>")
@fresh
def data_set(data_set_id: UUID) -> ResponseReturnValue:
    """Show an order, how far it is, and what can be done with the set."""
    with bank().read() as snap:
        found = register.get(snap, data_set_id)
        released = anonymised.find(snap, data_set_id)
        is_approved = register.is_approved(snap, data_set_id)
    return render_template(
        "operator/data_set.html",
        found=found,
        released=released,
        is_approved=is_approved,
        items=releasing.items(found.rules, found.order.kind),
    )


@blueprint.post("/data-sets/<uuid:data_set_id>/file")
@fresh
def take_data_set(data_set_id: UUID) -> ResponseReturnValue:
    """Record that a member of staff takes a set, then send it."""
    chunks = making.take(bank(), data_set_id, actor=actor())
    name = f'attachment; filename="data-set-{data_set_id}.ndjson"'
    return Response(
        chunks,
        content_type="application/x-ndjson",
        headers={"Content-Disposition": name},
    )


@blueprint.post("/data-sets/<uuid:data_set_id>/announce")
@fresh
def announce_data_set(data_set_id: UUID) -> ResponseReturnValue:
    """Publish items and method of an anonymised set; the file follows later."""
    who = actor()
    bank().unit_of_work(lambda work: releasing.announce(work, data_set_id, actor=who))
    flash(
        _("The notice is public. The file follows when it has stood long enough."),
        "good",
    )
    return _to(data_set_id)


@blueprint.post("/data-sets/<uuid:data_set_id>/take-down")
@fresh
def take_down_data_set(data_set_id: UUID) -> ResponseReturnValue:
    """Give an announced set no more."""
    who = actor()
    bank().unit_of_work(lambda work: anonymised.take_down(work, data_set_id, actor=who))
    flash(_("The data set is not given any more."), "good")
    return _to(data_set_id)


@blueprint.post("/data-sets/<uuid:data_set_id>/delete")
@fresh
def delete_data_set(data_set_id: UUID) -> ResponseReturnValue:
    """Delete the bank's own copy of a set and destroy its key."""
    who = actor()
    bank().unit_of_work(lambda work: register.remove(work, data_set_id, actor=who))
    flash(_("The data set is deleted."), "good")
    return _to(data_set_id)


def _order_page(form: Form) -> str:
    return render_template(
        "operator/new_data_set.html",
        form=form,
        kinds=[(each.value, KINDS[each.value]) for each in DataSetKind],
        floor=bank().settings.data_set_k,
    )


def _to(data_set_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("operator.data_set", data_set_id=data_set_id), 303)
