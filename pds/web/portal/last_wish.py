"""What is to happen after my death, and the answer to a report that is wrong (V-06)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.core.errors import Invalid, NotFound
from pds.core.ids import AccountId
from pds.rights.death import acts, reports, wishes
from pds.rights.death.reports import DeathState
from pds.rights.death.wishes import LastWish
from pds.web import sessions
from pds.web.care_words import LAST_WISHES
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.reasons import public_words

blueprint = Blueprint("last_wish", __name__, url_prefix="/account/last-wish")


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Show the wish, and the form for another one."""
    with bank().read() as snap:
        found = wishes.get(snap, bank().keys, sessions.owner())
    wish = found.wish if found else LastWish.ERASE
    return _page(Form({"wish": wish, "heir": found.heir if found else ""}))


@blueprint.post("")
@fresh
def say() -> ResponseReturnValue:
    """Keep the wish."""
    form, owner = Form(), sessions.owner()
    chosen = form.choice("wish", tuple(LastWish), needed=_("Choose from the list."))
    heir = form.text("heir", longest=wishes.LONGEST_HEIR)
    if not form.is_good:
        return _page(form), 422
    try:
        bank().unit_of_work(
            lambda work: wishes.say(work, owner, LastWish(chosen), heir)
        )
    except Invalid as error:
        form.fail("heir", public_words(error))
        return _page(form), 422
    flash(_("Your wish is kept. You can change it at any time."), "good")
    return redirect(url_for("last_wish.ask"), 303)


@blueprint.post("/reports/<uuid:report_id>/refuse")
@fresh
def live(report_id: UUID) -> ResponseReturnValue:
    """Refuse a report: whoever logs in lives."""
    owner = sessions.owner()
    with bank().read() as snap:
        found = [r for r in reports.of_owner(snap, owner) if r.report_id == report_id]
    if not found:
        raise NotFound("death.unknown")
    bank().unit_of_work(lambda work: acts.refuse(work, found[0], by=AccountId(owner)))
    flash(_("The report is put aside. Please call us all the same."), "good")
    return redirect(url_for("last_wish.ask"), 303)


def _page(form: Form) -> str:
    with bank().read() as snap:
        found = reports.of_owner(snap, sessions.owner())
    return render_template(
        "portal/last_wish.html",
        form=form,
        options=[(each.value, LAST_WISHES[each.value]) for each in LastWish],
        reports=[each for each in found if each.state is DeathState.REPORTED],
        days=reports.WINDOW.days,
    )
