"""Who may act for me: invite, look at the name, confirm, end (V-04)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts import codes
from pds.accounts import service as accounts
from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentEnding, AgentLink, AgentScope
from pds.core.clock import TOKYO, end_of
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId
from pds.keys.errors import KeyUnavailable
from pds.rights import agents
from pds.web import sessions
from pds.web.care_words import AGENT_SCOPES
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.reasons import public_words

blueprint = Blueprint("agents", __name__, url_prefix="/agents")

_USUAL: Final = timedelta(days=180)


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show who may act for me, who waits for me, and who could."""
    with bank().read() as snap:
        found = links.of_owner(snap, sessions.owner())
        names = names_of(snap, {each.agent for each in found if each.agent})
    return render_template("portal/agents.html", links=found, names=names)


@blueprint.get("/new")
@fresh
def ask() -> ResponseReturnValue:
    """Show the form of an invitation."""
    until = (now() + _USUAL).astimezone(TOKYO).date()
    return _page(Form({"until": until.isoformat(), "scope": AgentScope.VIEW}))


@blueprint.post("/new")
@fresh
def invite() -> ResponseReturnValue:
    """Invite an agent and show the code, this once."""
    form, owner = Form(), sessions.owner()
    scopes = form.choices(
        "scope", tuple(AgentScope), needed=_("Choose what the agent may do.")
    )
    day = form.day("until", needed=_("Enter the last day."))
    if not form.is_good or day is None:
        return _page(form), 422
    until = end_of(day)
    code, pepper = codes.make(bank().ids), bank().secret(acts.PEPPER)
    try:
        bank().unit_of_work(
            lambda work: acts.invite(
                work,
                pepper,
                owner,
                code,
                scopes=[AgentScope(each) for each in scopes],
                until=until,
            )
        )
    except (Invalid, Conflict, Forbidden) as error:
        form.fail(
            "until" if error.code == "agents.until" else "scope", public_words(error)
        )
        return _page(form), 422
    days = links.INVITATION.days
    return render_template("portal/agent_code.html", code=code, days=days)


@blueprint.post("/<uuid:link_id>/confirm")
@fresh_from("agents.browse")
def confirm(link_id: UUID) -> ResponseReturnValue:
    """Let the agent whose name stands there act from now on."""
    owner = sessions.owner()
    bank().unit_of_work(lambda work: acts.confirm(work, owner, link_id))
    flash(_("Your agent can act for you from now on."), "good")
    return redirect(url_for("agents.browse"), 303)


@blueprint.get("/<uuid:link_id>/end")
def ask_end(link_id: UUID) -> ResponseReturnValue:
    """Ask before an agent's authority ends."""
    with bank().read() as snap:
        found = links.get(snap, sessions.owner(), link_id)
        given = agents.given_by(snap, bank().keys, found.owner, link_id)
        names = names_of(snap, {found.agent} if found.agent else set())
    _require_endable(found)
    return render_template(
        "portal/agent_end.html", link=found, names=names, count=len(given)
    )


@blueprint.post("/<uuid:link_id>/end")
def end(link_id: UUID) -> ResponseReturnValue:
    """End an agent's authority, and the consents that the agent gave by it."""
    owner = sessions.owner()
    with bank().read() as snap:
        _require_endable(links.get(snap, owner, link_id))
    bank().unit_of_work(
        lambda work: agents.end(
            work, owner, link_id, AgentEnding.PERSON, actor="person"
        )
    )
    flash(_("The agent can no longer act for you."), "good")
    return redirect(url_for("agents.browse"), 303)


def names_of(snap: Snapshot, who: set[AccountId]) -> dict[AccountId, str]:
    """Return the names of accounts; those that are gone are left out."""
    found = {}
    for each in who:
        try:
            found[each] = accounts.profile(snap, bank().keys, each).name
        except (NotFound, KeyUnavailable):
            continue
    return found


def _require_endable(found: AgentLink) -> None:
    """Leave statutory agents to the desk: a child cannot dismiss a parent here."""
    if found.kind.is_statutory:
        raise Forbidden("agents.statutory")


def _page(form: Form) -> str:
    scopes = [(each.value, AGENT_SCOPES[each.value]) for each in AgentScope]
    return render_template("portal/agent_new.html", form=form, scopes=scopes)
