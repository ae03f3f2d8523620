"""My rights: ask to see, correct, stop, erase; complain; see what became of it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from consent import ledger
from pds.accounts.agents.links import AgentScope
from pds.bank import archiving
from pds.core.errors import Conflict, NotFound
from pds.rights.desk import asking, law, papers, requests
from pds.rights.desk.asking import Agent, Wish
from pds.rights.desk.kinds import (
    Authority,
    PaperKind,
    RequestChannel,
    RequestGround,
    RequestKind,
    RequestState,
)
from pds.rights.desk.requests import Request
from pds.web import acting, sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import language
from pds.web.portal.names import source_names
from pds.web.right_words import REQUEST_GROUNDS

blueprint = Blueprint("rights", __name__, url_prefix="/rights")

_FILE, _PAPER = "file", "paper"
_GROUNDS: Final[Mapping[RequestKind, tuple[RequestGround, ...]]] = {
    RequestKind.STOP_USE: (
        RequestGround.NONE,
        RequestGround.PURPOSE,
        RequestGround.IMPROPER_USE,
        RequestGround.ACQUISITION,
        RequestGround.UNNEEDED,
        RequestGround.BREACH,
        RequestGround.HARM,
    ),
    RequestKind.STOP_PROVISION: (
        RequestGround.NONE,
        RequestGround.PROVISION,
        RequestGround.ABROAD,
        RequestGround.UNNEEDED,
        RequestGround.BREACH,
        RequestGround.HARM,
    ),
    RequestKind.ERASURE: (
        RequestGround.NONE,
        RequestGround.PURPOSE,
        RequestGround.ACQUISITION,
        RequestGround.UNNEEDED,
        RequestGround.BREACH,
        RequestGround.HARM,
    ),
}
"""What may be said as a ground, by kind; the first needs no reason (A-23)."""
_NEEDS_TEXT: Final = frozenset(
    {RequestKind.CORRECTION, RequestKind.ERASURE, RequestKind.COMPLAINT}
)
_TO_SEE: Final = frozenset({RequestKind.DATA, RequestKind.PROVISIONS})


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show what can be asked, and every request with its state."""
    with bank().read() as snap:
        found = requests.of_person(snap, sessions.owner(), agent=_link_id())
        now = snap.now
    return render_template(
        "portal/rights.html",
        found=found,
        now=now,
        kinds=list(RequestKind),
        days=bank().settings.rights_days,
        bodies=law.BODIES,
    )


@blueprint.get("/new/<kind>")
@fresh
def new(kind: str) -> ResponseReturnValue:
    """Show the form of one kind of request, about one record if it is named."""
    return _page(_kind(kind), Form({"record": request.args.get("record", "")}))


@blueprint.post("/new/<kind>")
@fresh
def ask(kind: str) -> ResponseReturnValue:
    """Answer at once what can be; take in the rest."""
    found, form = _kind(kind), Form()
    wish = _read(found, form)
    if not form.is_good:
        return _page(found, form), 422
    # The pages that hand files out are the person's own; agents get theirs by the desk.
    if not wish.on_paper and found in _TO_SEE and sessions.agent() is None:
        return _show_at_once(wish)
    if found is RequestKind.STOP_PROVISION:
        return _stop_at_once(wish)
    made = _send(wish)
    flash(_("Your request has arrived. You see here what becomes of it."), "good")
    return _to(made.request_id)


@blueprint.get("/<uuid:request_id>")
@fresh
def show(request_id: UUID) -> ResponseReturnValue:
    """Show one request: where it stands, what was written, what was answered."""
    with bank().read() as snap:
        found = requests.get(snap, sessions.owner(), request_id, agent=_link_id())
        written = papers.every(snap, bank().keys, found.owner, request_id)
        names = source_names(snap, [found.source_id] if found.source_id else [])
        now = snap.now
    return render_template(
        "portal/right.html",
        found=found,
        papers=written,
        answer=[each for each in written if each.kind is PaperKind.ANSWER],
        source="".join(names.values()),
        duty=law.DUTIES[found.kind],
        bodies=law.BODIES,
        now=now,
        answered=RequestState.ANSWERED,
    )


@blueprint.post("/<uuid:request_id>/take-back")
@fresh
def take_back(request_id: UUID) -> ResponseReturnValue:
    """End a request that is not answered yet."""
    owner, who, link = sessions.owner(), sessions.consenter(), _link_id()
    acting.unit_of_work(
        lambda work: asking.take_back(work, owner, request_id, agent=link, actor=who)
    )
    flash(_("You took the request back."), "good")
    return _to(request_id)


@blueprint.post("/<uuid:request_id>/close")
@fresh
def close(request_id: UUID) -> ResponseReturnValue:
    """Close a request whose answer was read."""
    owner, who, link = sessions.owner(), sessions.consenter(), _link_id()
    acting.unit_of_work(
        lambda work: asking.close(work, owner, request_id, agent=link, actor=who)
    )
    flash(_("The request is closed."), "good")
    return _to(request_id)


def _kind(text: str) -> RequestKind:
    if text not in set(RequestKind):
        raise NotFound("rights.unknown")
    return RequestKind(text)


def _read(kind: RequestKind, form: Form) -> Wish:
    needed = _("Say what it is about.") if kind in _NEEDS_TEXT else ""
    text = form.text("text", needed=needed, longest=papers.LONGEST_TEXT)
    ground, way = RequestGround.NONE, _FILE
    if kind in _GROUNDS:
        chosen = form.choice("ground", _GROUNDS[kind], needed=_("Choose a reason."))
        ground = RequestGround(chosen) if chosen else RequestGround.NONE
    if kind in _TO_SEE:
        way = form.choice("way", (_FILE, _PAPER), needed=_("Choose how."))
    is_paper = way == _PAPER
    if is_paper and not text:
        form.fail("text", _("Write where the papers shall go."))
    if kind is RequestKind.STOP_PROVISION:
        form.choices("sure", ("sure",), needed=_("Tick the box if you are sure."))
    record_id, source_id = _read_record(form)
    return Wish(
        kind=kind,
        text=text,
        ground=ground,
        on_paper=is_paper,
        record_id=record_id,
        source_id=source_id,
    )


def _read_record(form: Form) -> tuple[UUID | None, UUID | None]:
    """Return the person's record that it is about, if it is one, and its source."""
    text = form.text("record")
    if not text:
        return None, None
    try:
        record_id = UUID(text)
    except ValueError:
        raise NotFound("vault.no-record") from None
    with bank().read() as snap:
        found = bank().vault.get(snap, sessions.owner(), record_id)
    return record_id, found.source_id


def _send(wish: Wish) -> Request:
    """Take a request in, from the person or through the link of an agent."""
    owner, agent = sessions.owner(), _agent()
    days, who = bank().settings.rights_days, sessions.consenter()
    channel = RequestChannel.PORTAL if agent is None else RequestChannel.AGENT
    return acting.unit_of_work(
        lambda work: asking.ask(
            work, owner, wish, days=days, agent=agent, channel=channel, actor=who
        )
    )


def _link_id() -> UUID | None:
    link = sessions.agent()
    return None if link is None else link.link_id


def _agent() -> Agent | None:
    link = sessions.agent()
    if link is None:
        return None
    by_law = link.kind.is_statutory
    authority = Authority.STATUTORY if by_law else Authority.VOLUNTARY
    return Agent(kind=authority, link_id=link.link_id)


def _show_at_once(wish: Wish) -> ResponseReturnValue:
    owner, our_bank = sessions.owner(), bank()
    if wish.kind is RequestKind.PROVISIONS:
        our_bank.unit_of_work(lambda work: asking.answered_at_once(work, owner, wish))
        flash(_("Here is the answer to your request. Take it in the form you like."))
        return redirect(url_for("copies.ask_disclosures"), 303)
    try:
        archiving.ask(our_bank, owner, language=language())
    except Conflict:
        flash(_("Your archive is being made already."))
        return redirect(url_for("archives.browse"), 303)
    our_bank.unit_of_work(lambda work: asking.answered_at_once(work, owner, wish))
    flash(_("Your archive is being made. Look again in a moment."), "good")
    return redirect(url_for("archives.browse"), 303)


def _stop_at_once(wish: Wish) -> ResponseReturnValue:
    owner, who, agent = sessions.owner(), sessions.consenter(), _agent()
    count = acting.unit_of_work(
        lambda work: asking.stop_provision(
            work, owner, wish.ground, agent=agent, actor=who
        ),
        AgentScope.CONSENTS,
    )
    flash(
        ngettext(
            "%(num)s consent has ended. Nothing more is given.",
            "%(num)s consents have ended. Nothing more is given.",
            count,
        ),
        "good",
    )
    return redirect(url_for("rights.browse"), 303)


def _page(kind: RequestKind, form: Form) -> str:
    live: list[Any] = []
    if kind is RequestKind.STOP_PROVISION:
        with bank().read() as snap:
            live = ledger.every(snap, sessions.owner(), states=ledger.LIVE)
    return render_template(
        "portal/right_new.html",
        form=form,
        kind=kind.value,
        grounds=[(g.value, REQUEST_GROUNDS[g.value]) for g in _GROUNDS.get(kind, ())],
        is_to_see=kind in _TO_SEE,
        count=len(live),
        duty=law.DUTIES[kind],
        days=bank().settings.rights_days,
        most=papers.LONGEST_TEXT,
        bodies=law.BODIES,
    )


def _to(request_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("rights.show", request_id=request_id), 303)
