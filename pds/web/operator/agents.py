"""The desk: statutory agents, entered by one member of staff, approved by another.

Persons and agents are found by their login names, which they bring; staff see no
records. The document is handed out by a form, because each look at it is recorded.
"""

from datetime import timedelta
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts import papers
from pds.accounts.agents import links, statutory
from pds.accounts.agents.links import AgentEnding, AgentKind, AgentLink
from pds.core.clock import end_of
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.rights import agents
from pds.web.care_words import AGENT_KINDS
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.operator.persons import by_login
from pds.web.operator.queues import PAGE, following, place
from pds.web.reasons import public_words
from pds.web.sessions import actor, visitor

blueprint = Blueprint("desk_agents", __name__, url_prefix="/operator/agents")

_DAY = timedelta(days=1)
_KINDS = tuple(each for each in AgentKind if each.is_statutory)
_FIELDS = {
    "agents.kind": "kind",
    "papers.kind": "proof",
    "agents.until": "until",
}


@blueprint.get("")
@fresh
def browse() -> ResponseReturnValue:
    """List what waits for a second member of staff, and how to find a person's."""
    return _page(Form(), ())


@blueprint.post("")
@fresh_from("desk_agents.browse")
def find() -> ResponseReturnValue:
    """List the agents of a person who is named by login; the person sees the look."""
    form = Form()
    login = form.text("login", needed=_("Enter the login name."))
    owner = by_login(form, "login", login)
    if owner is None:
        return _page(form, ()), 422
    by = visitor().account_id
    found = bank().unit_of_work(lambda work: statutory.look(work, owner, by=by))
    return _page(form, tuple(found))


@blueprint.get("/new")
@fresh
def new() -> ResponseReturnValue:
    """Show the form for a statutory agent."""
    return _form(Form())


@blueprint.post("/new")
@fresh
def enter() -> ResponseReturnValue:
    """Enter a statutory agent with the document; it waits for the second one."""
    form, by = Form(), visitor().account_id
    owner = by_login(form, "person", form.text("person", needed=_("Fill this in.")))
    agent = by_login(form, "agent", form.text("agent", needed=_("Fill this in.")))
    kind = form.choice("kind", _KINDS, needed=_("Choose from the list."))
    day = form.text("until")
    end = form.day("until", needed=_("Enter a day.")) if day else None
    if form.is_good and owner and agent:
        until = None if end is None else end_of(end)
        try:
            proof = papers.read(_sent())
            bank().unit_of_work(
                lambda work: statutory.enter(
                    work,
                    owner,
                    AccountId(agent),
                    AgentKind(kind),
                    proof,
                    until=until,
                    by=by,
                )
            )
        except (Invalid, Conflict) as error:
            form.fail(_FIELDS.get(error.code, "agent"), public_words(error))
        else:
            flash(_("Entered. Somebody else of the staff has to approve it."), "good")
            return redirect(url_for("desk_agents.browse"), 303)
    return _form(form), 422


@blueprint.post("/<uuid:link_id>/proof")
@fresh_from("desk_agents.browse")
def proof(link_id: UUID) -> ResponseReturnValue:
    """Hand out the document; the person sees that it was looked at."""
    owner, by = _waiting(link_id).owner, visitor().account_id
    found = bank().unit_of_work(
        lambda work: statutory.open_proof(work, owner, link_id, by=by)
    )
    name = f'attachment; filename="{link_id}.{found.media_type.rpartition("/")[2]}"'
    return Response(
        found.content,
        content_type=found.media_type,
        headers={"Content-Disposition": name, "Cache-Control": "no-store"},
    )


@blueprint.post("/<uuid:link_id>/approve")
@fresh_from("desk_agents.browse")
def approve(link_id: UUID) -> ResponseReturnValue:
    """Approve what somebody else entered."""
    owner, by = _waiting(link_id).owner, visitor().account_id
    bank().unit_of_work(lambda work: statutory.approve(work, owner, link_id, by=by))
    flash(_("Your decision is recorded."), "good")
    return redirect(url_for("desk_agents.browse"), 303)


@blueprint.post("/<uuid:link_id>/refuse")
@fresh_from("desk_agents.browse")
def refuse(link_id: UUID) -> ResponseReturnValue:
    """Refuse what was entered."""
    return _end(_waiting(link_id), AgentEnding.REFUSED)


@blueprint.post("/<uuid:link_id>/end")
@fresh_from("desk_agents.browse")
def end(link_id: UUID) -> ResponseReturnValue:
    """End an agent's authority, because court or family say so."""
    with bank().read() as snap:
        found = links.get(snap, _owner_sent(), link_id)
    return _end(found, AgentEnding.STAFF)


def _end(found: AgentLink, ending: AgentEnding) -> ResponseReturnValue:
    who = actor()
    bank().unit_of_work(
        lambda work: agents.end(work, found.owner, found.link_id, ending, actor=who)
    )
    flash(_("Your decision is recorded."), "good")
    return redirect(url_for("desk_agents.browse"), 303)


def _waiting(link_id: UUID) -> AgentLink:
    with bank().read() as snap:
        return links.entered_one(snap, link_id)


def _owner_sent() -> OwnerId:
    try:
        return OwnerId(UUID(request.form.get("person", "")))
    except ValueError:
        raise NotFound("agents.unknown") from None


def _sent() -> bytes:
    sent = request.files.get("proof")
    return b"" if sent is None else sent.stream.read(papers.LARGEST + 1)


def _page(form: Form, found: tuple[AgentLink, ...]) -> str:
    after = place()
    with bank().read() as snap:
        waiting = links.entered(snap, after, limit=PAGE + 1)
    return render_template(
        "operator/agents.html",
        waiting=waiting[:PAGE],
        after=after,
        following=following(waiting, lambda each: (each.made_at, each.link_id)),
        found=found,
        form=form,
        by=visitor().account_id,
    )


def _form(form: Form) -> str:
    kinds = [(each.value, AGENT_KINDS[each.value]) for each in _KINDS]
    return render_template("operator/agent_new.html", form=form, kinds=kinds)
