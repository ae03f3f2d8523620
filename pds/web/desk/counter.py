"""Requests that came by letter, by telephone or through an agent (V-05).

Staff write them down; they wait until two members of staff have checked who asks.
"""

from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.core.errors import Invalid, NotFound
from pds.rights.desk import asking, papers
from pds.rights.desk.asking import Agent, Wish
from pds.rights.desk.kinds import Authority, RequestChannel, RequestKind
from pds.web.context import bank
from pds.web.desk import blueprint
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.reasons import public_words
from pds.web.right_words import AUTHORITIES, REQUEST_KINDS
from pds.web.sessions import actor

_NOBODY: Final = "nobody"


@blueprint.get("/new")
@fresh
def new() -> ResponseReturnValue:
    """Show the form for a request that came by letter or through an agent."""
    return _new_page(Form())


@blueprint.post("/new")
@fresh
def write() -> ResponseReturnValue:
    """Write down such a request; it waits until two of staff have checked it."""
    form = Form()
    kind = form.choice("kind", list(RequestKind), needed=_("Choose what is asked."))
    login = form.text("login", needed=_("Enter the login name of the person."))
    needed = _("Write down what is asked.")
    text = form.text("text", needed=needed, longest=papers.LONGEST_TEXT)
    agent = _read_agent(form)
    if form.is_good:
        try:
            made = _write(login, Wish(kind=RequestKind(kind), text=text), agent)
        except Invalid as error:
            form.fail("proof", public_words(error))
        except NotFound:
            form.fail("login", _("There is no such person."))
        else:
            flash(_("The request waits for two checks. The person sees it."), "good")
            return redirect(url_for("desk.show", request_id=made), 303)
    return _new_page(form), 422


def _write(login: str, wish: Wish, agent: Agent | None) -> UUID:
    our_bank, who = bank(), actor()
    pepper = our_bank.secret(PEPPER)
    with our_bank.read() as snap:
        account = accounts.find_by_login(snap, pepper, login)
    if account is None or account.owner is None or account.is_erased:
        raise NotFound("accounts.unknown")
    owner = account.owner
    channel = RequestChannel.COUNTER if agent is None else RequestChannel.AGENT
    made = our_bank.unit_of_work(
        lambda work: asking.ask(
            work,
            owner,
            wish,
            days=our_bank.settings.rights_days,
            agent=agent,
            channel=channel,
            actor=who,
        )
    )
    return made.request_id


def _read_agent(form: Form) -> Agent | None:
    kinds = (_NOBODY, *Authority)
    kind = form.choice("agent_kind", kinds, needed=_("Choose who asks."))
    name = form.text("agent_name")
    if kind in ("", _NOBODY):
        return None
    if not name:
        form.fail("agent_name", _("Enter the name of the agent."))
    sent = request.files.get("proof")
    proof = sent.stream.read(papers.LARGEST_PROOF + 1) if sent else b""
    if not proof:
        form.fail("proof", _("Choose the document that shows the authority."))
    return Agent(kind=Authority(kind), name=name, proof=proof)


def _new_page(form: Form) -> str:
    return render_template(
        "desk/new.html",
        form=form,
        kinds=[(kind.value, REQUEST_KINDS[kind.value]) for kind in RequestKind],
        agents=[
            (_NOBODY, _("The person, by letter or telephone")),
            *((kind.value, AUTHORITIES[kind.value]) for kind in Authority),
        ],
    )
