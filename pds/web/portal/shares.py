"""Links to a doctor: made after a fresh proof, shown once, cut at any time (C-01)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from pds.core.errors import Conflict, Invalid
from pds.disclosure.health_links import links, making
from pds.disclosure.health_links.making import Made, Wish
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import category_name
from pds.web.reasons import public_words

blueprint = Blueprint("shares", __name__, url_prefix="/shares")

_DAYS: Final = (30, 90, 365, 3650)
_FIELDS: Final = {"passcode": "passcode", "empty": "categories"}
_HOURS: Final = tuple(str(int(each.total_seconds() // 3600)) for each in links.LIVES)


@blueprint.get("")
def browse() -> str:
    """List the links, newest first."""
    with bank().read() as snap:
        found = links.every(snap, bank().keys, sessions.owner())
    return render_template("portal/shares.html", found=found)


@blueprint.get("/new")
@fresh
def new() -> str:
    """Show the form of a new link."""
    values = {"days": "365", "hours": "24", "openings": "1"}
    return _form_page(Form(values))


@blueprint.post("/new")
@fresh
def make() -> ResponseReturnValue:
    """Make the link, and show it this once."""
    form = Form()
    wish = _wish(form)
    if wish is not None:
        try:
            made = making.make(
                bank(),
                bank().vault,
                bank().keys,
                bank().ids,
                bank().settings.issuer,
                sessions.owner(),
                wish,
            )
        except (Invalid, Conflict) as error:
            field = _FIELDS.get(error.code.partition(".")[2], "label")
            form.fail(field, str(public_words(error)))
        else:
            return _made(made, wish)
    return _form_page(form), 422


@blueprint.get("/<uuid:link_id>")
def show(link_id: UUID) -> str:
    """Show where a link stands and who opened it."""
    with bank().read() as snap:
        link = links.get(snap, bank().keys, sessions.owner(), link_id)
        openings = links.openings(snap, bank().keys, link)
    return render_template("portal/share.html", link=link, openings=openings)


@blueprint.post("/<uuid:link_id>/cut")
def cut(link_id: UUID) -> ResponseReturnValue:
    """Cut a link at once; taking back needs no proof and no reason."""
    owner = sessions.owner()
    bank().unit_of_work(lambda work: links.cut(work, owner, link_id))
    flash(_("The link is cut. Nothing opens by it any more."), "good")
    return redirect(url_for("shares.show", link_id=link_id), 303)


def _wish(form: Form) -> Wish | None:
    chosen = form.choices(
        "categories", making.offered(), needed=_("Choose what the doctor may see.")
    )
    label = form.text("label", needed=_("Give the link a name."), longest=80)
    listed = _("Choose from the list.")
    days = form.choice("days", [str(each) for each in _DAYS], needed=listed)
    hours = form.choice("hours", _HOURS, needed=listed)
    times = form.choice("openings", [str(n) for n in links.OPENINGS], needed=listed)
    passcode = form.password("passcode")
    named = form.choices("named", ["yes"])
    if not form.is_good:
        return None
    return Wish(
        categories=chosen,
        days=int(days),
        label=label,
        life=timedelta(hours=int(hours)),
        openings=int(times),
        passcode=passcode,
        is_named=bool(named),
    )


def _made(made: Made, wish: Wish) -> str:
    address = f"{bank().settings.issuer}{making.PATH[:-1]}#{made.text}"
    drawn = segno.make(address, error="l", micro=False).svg_inline(
        scale=4, svgclass="qr", lineclass="qr-line", omitsize=True
    )
    return render_template(
        "portal/share_made.html",
        made=made,
        wish=wish,
        address=address,
        drawn=Markup(drawn),  # noqa: S704 - made of squares alone
    )


def _form_page(form: Form) -> str:
    return render_template(
        "portal/share_new.html",
        form=form,
        categories=[(each, category_name(each)) for each in making.offered()],
        days=[
            (str(n), ngettext("The last %(num)s day", "The last %(num)s days", n))
            for n in _DAYS
        ],
        hours=[(each, _hours(int(each))) for each in _HOURS],
        openings=[
            (str(n), ngettext("%(num)s time", "%(num)s times", n))
            for n in links.OPENINGS
        ],
        shortest=making.SHORTEST_PASSCODE,
        tries=links.TRIES,
    )


def _hours(hours: int) -> str:
    if hours < 24:  # noqa: PLR2004 - of a day
        return str(ngettext("%(num)s hour", "%(num)s hours", hours))
    return str(ngettext("%(num)s day", "%(num)s days", hours // 24))
