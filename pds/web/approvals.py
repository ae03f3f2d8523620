"""The second approval before an auditor learns who somebody is."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.oversight import unmasking
from pds.web.context import bank
from pds.web.guards import fresh, fresh_from
from pds.web.sessions import visitor

blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")


@blueprint.get("")
@fresh
def browse() -> ResponseReturnValue:
    """List the requests that wait; they do not say who the person is."""
    with bank().read() as snap:
        found = unmasking.waiting(snap)
    return render_template("auditor/approvals.html", found=found)


@blueprint.post("/<uuid:request_id>/approve")
@fresh_from("approvals.browse")
def approve(request_id: UUID) -> ResponseReturnValue:
    """Approve a request."""
    return _decide(request_id, approve=True)


@blueprint.post("/<uuid:request_id>/refuse")
@fresh_from("approvals.browse")
def refuse(request_id: UUID) -> ResponseReturnValue:
    """Refuse a request."""
    return _decide(request_id, approve=False)


def _decide(request_id: UUID, *, approve: bool) -> ResponseReturnValue:
    session = visitor().session
    bank().unit_of_work(
        lambda work: unmasking.decide(
            work,
            request_id,
            approve=approve,
            by=session.account_id,
            role=session.role,
        )
    )
    flash(_("Your decision is recorded."), "good")
    return redirect(url_for("approvals.browse"), 303)
