"""Asking to learn whom a pseudonym stands for, and using an approval once."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit import store
from pds.accounts import service
from pds.core.errors import Conflict, NotFound
from pds.core.ids import AccountId
from pds.oversight import unmasking, whose
from pds.oversight.log_search import readable
from pds.oversight.unmasking import UnmaskReason
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.guards import fresh, fresh_from
from pds.web.sessions import visitor

blueprint = Blueprint("unmasking", __name__, url_prefix="/auditor/unmask")


@blueprint.get("")
@fresh
def browse() -> ResponseReturnValue:
    """List this auditor's requests and what became of them."""
    with bank().read() as snap:
        found = unmasking.of_auditor(snap, visitor().account_id)
        now = snap.now
    return render_template("auditor/unmask.html", found=found, now=now)


@blueprint.post("")
@fresh_from("unmasking.browse")
def ask() -> ResponseReturnValue:
    """Ask to learn whose an entry is; nothing of the person is shown by this."""
    text, reason = request.form.get("index", ""), request.form.get("reason", "")
    if not searching.is_number(text) or reason not in set(UnmaskReason):
        raise NotFound("log.no-leaf")
    index, by = int(text), visitor().account_id
    with bank().read() as snap:
        leaf = readable(store.leaf_at(snap.connection, index))
        found = whose.find(snap, bank().keys, [leaf] if leaf else [])
    if not found:
        raise Conflict("unmask.nobody")
    owner = found[leaf["id"]][0]
    bank().unit_of_work(
        lambda work: unmasking.ask(work, owner, index, UnmaskReason(reason), by=by)
    )
    flash(_("The request waits for the operator or the ethics board."), "good")
    return redirect(url_for("unmasking.browse"), 303)


@blueprint.post("/<uuid:request_id>/use")
@fresh_from("unmasking.browse")
def use(request_id: UUID) -> ResponseReturnValue:
    """Record the unmasking for the person, and only then show who it is."""
    by = visitor().account_id
    owner = bank().unit_of_work(lambda work: unmasking.use(work, request_id, by=by))
    with bank().read() as snap:
        profile = service.profile(snap, bank().keys, AccountId(owner))
    return render_template("auditor/unmasked.html", owner=owner, name=profile.name)
