"""The emergency card: switched on and off, and what was opened by it (break-glass)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.disclosure.break_glass import cards, reviews
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import category_name
from pds.web.portal.names import recipient_names

blueprint = Blueprint("emergency", __name__, url_prefix="/emergency")


@blueprint.get("")
def show() -> str:
    """Show whether there is a card, and every use of it."""
    return _page(Form())


@blueprint.post("")
@fresh
def switch_on() -> ResponseReturnValue:
    """Make a card, and show its number this once."""
    form, owner = Form(), sessions.owner()
    chosen = form.choices(
        "categories", cards.LIFE_CRITICAL, needed=_("Choose what the card opens.")
    )
    if not form.is_good:
        return _page(form), 422
    number = bank().unit_of_work(lambda work: cards.switch_on(work, owner, chosen))
    return render_template("portal/emergency_card.html", number=number)


@blueprint.post("/off")
def switch_off() -> ResponseReturnValue:
    """Make the card void; taking back needs no proof and no reason."""
    owner = sessions.owner()
    bank().unit_of_work(lambda work: cards.switch_off(work, owner))
    flash(_("The card opens nothing any more."), "good")
    return redirect(url_for("emergency.show"), 303)


def _page(form: Form) -> str:
    owner, keys = sessions.owner(), bank().keys
    with bank().read() as snap:
        card = cards.current(snap, keys, owner)
        used = reviews.of_owner(snap, keys, owner)
        names = recipient_names(snap, [each.recipient_id for each in used])
    return render_template(
        "portal/emergency.html",
        form=form,
        card=card,
        used=used,
        names=names,
        options=[(each, category_name(each)) for each in cards.LIFE_CRITICAL],
    )
