"""Stopping mail from the mail itself, without logging in (RFC 8058).

Whoever holds the mail can stop such mail and nothing else: what the law asks to be told
goes on, and everything stays in the portal. The address changes nothing when it is
merely opened, since programs open addresses in mail.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from audit.work import Work
from pds.accounts import mail_addresses, message_wishes
from pds.accounts.message_kinds import LEGAL, MessageKind, MessageWay
from pds.web.context import bank

blueprint = Blueprint("mail_stop", __name__, url_prefix="/mail/stop")


@blueprint.get("/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Ask whether such mail shall stop."""
    with bank().read() as snap:
        mail_addresses.owner_of_stop(snap, token)
    return render_template("portal/mail_stop.html", token=token, is_done=False)


@blueprint.post("/<token>")
def stop(token: str) -> ResponseReturnValue:
    """Stop mail of every kind that may be stopped."""

    def act(work: Work) -> None:
        owner = mail_addresses.owner_of_stop(work, token)
        for kind in MessageKind:
            if kind not in LEGAL:
                message_wishes.wish(work, owner, kind, MessageWay.PORTAL)

    bank().unit_of_work(act)
    return render_template("portal/mail_stop.html", token=token, is_done=True)
