"""For whom I act: accept an invitation, begin, stop, give the task back (V-04)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentLink, AgentScope
from pds.core.errors import Forbidden, NotFound
from pds.core.ids import AccountId
from pds.rights import agents
from pds.web import acting
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh_from
from pds.web.portal.agents import names_of
from pds.web.reasons import public_words
from pds.web.sessions import visitor

blueprint = Blueprint("represented", __name__, url_prefix="/acting")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show for whom I act or acted, and the field for a code."""
    return _page(Form())


@blueprint.post("/accept")
def accept() -> ResponseReturnValue:
    """Accept an invitation by its code."""
    form, who = Form(), visitor().account_id
    code = form.text("code", needed=_("Enter the code."), longest=40)
    form.values.pop("code")
    pepper = bank().secret(acts.PEPPER)
    if form.is_good:
        try:
            bank().unit_of_work(lambda work: acts.accept(work, pepper, who, code))
        except (NotFound, Forbidden) as error:
            form.fail("code", public_words(error))
        else:
            flash(
                _("Accepted. The person now looks at your name and confirms."), "good"
            )
            return redirect(url_for("represented.browse"), 303)
    return _page(form), 422


@blueprint.post("/<uuid:link_id>/begin")
@fresh_from("represented.browse")
def begin(link_id: UUID) -> ResponseReturnValue:
    """Act for a person from now on; every page says so."""
    found = acting.begin(link_id)
    if found.may(AgentScope.VIEW):
        return redirect(url_for("home.overview"), 303)
    if found.may(AgentScope.CONSENTS):
        return redirect(url_for("consents.browse"), 303)
    if found.may(AgentScope.RIGHTS):
        return redirect(url_for("rights.browse"), 303)
    return redirect(url_for("represented.browse"), 303)


@blueprint.post("/stop")
def stop() -> ResponseReturnValue:
    """Act for nobody but oneself."""
    acting.stop()
    flash(_("You act for yourself again."), "good")
    return redirect(url_for("represented.browse"), 303)


@blueprint.post("/<uuid:link_id>/end")
@fresh_from("represented.browse")
def end(link_id: UUID) -> ResponseReturnValue:
    """Give the task back."""
    found = _mine(link_id)
    who = visitor().account_id
    bank().unit_of_work(
        lambda work: agents.end_as_agent(work, found.owner, link_id, agent=who)
    )
    acting.stop()
    flash(_("You no longer act for this person."), "good")
    return redirect(url_for("represented.browse"), 303)


def _mine(link_id: UUID) -> AgentLink:
    with bank().read() as snap:
        for each in links.of_agent(snap, visitor().account_id):
            if each.link_id == link_id:
                return each
    raise NotFound("agents.unknown")


def _page(form: Form) -> str:
    with bank().read() as snap:
        found = links.of_agent(snap, visitor().account_id)
        names = names_of(snap, {AccountId(each.owner) for each in found})
        at = snap.now
    return render_template(
        "portal/represented.html", links=found, names=names, form=form, at=at
    )
