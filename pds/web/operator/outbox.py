"""What could not be told: how it stands, trying again, and where clients are told."""

from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import outbox, recipients
from consent.oauth import clients
from consent.oauth.clients import Client
from consent.oauth.errors import InvalidClient
from consent.policy import record_policy
from pds.core.errors import NotFound
from pds.core.ids import RecipientId
from pds.oversight import clients as register_of_clients
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.portal.names import recipient_names
from pds.web.reasons import public_words
from pds.web.sessions import actor

SHOWN: Final = 100


@blueprint.get("/outbox")
def undelivered() -> ResponseReturnValue:
    """List what was given up, newest first; whom it is about is not shown."""
    with bank().read() as snap:
        dead = outbox.dead(snap, limit=SHOWN)
        names = recipient_names(snap, [each.recipient_id or "" for each in dead])
        oldest = outbox.overdue_since(snap)
    return render_template(
        "operator/outbox.html", dead=dead, names=names, oldest=oldest
    )


@blueprint.post("/outbox/<uuid:outbox_id>/again")
def deliver_again(outbox_id: UUID) -> ResponseReturnValue:
    """Try once more what was given up."""
    who = actor()

    def act(work: Work) -> None:
        found = outbox.find_dead(work, outbox_id)
        outbox.again(work, found.owner, outbox_id)
        record_policy(
            work,
            "outbox.sent-again",
            actor=who,
            recipient_id=found.recipient_id,
            about=str(outbox_id),
        )

    bank().unit_of_work(act)
    flash(_("It is tried again."), "good")
    return redirect(url_for("operator.undelivered"), 303)


@blueprint.get("/recipients/<recipient_id>/clients/<client_id>/callback")
@fresh
def callback(recipient_id: str, client_id: str) -> ResponseReturnValue:
    """Show the form of the address where a client is told."""
    found = _client(recipient_id, client_id)
    return _page(found, Form({"callback_url": found.callback_url or ""}))


@blueprint.post("/recipients/<recipient_id>/clients/<client_id>/callback")
@fresh
def set_callback(recipient_id: str, client_id: str) -> ResponseReturnValue:
    """Keep the address where a client is told; none where it is empty."""
    found, form, who = _client(recipient_id, client_id), Form(), actor()
    is_local = bank().settings.is_local
    address = form.text("callback_url", longest=2_000) or None
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: register_of_clients.set_callback(
                    work,
                    found.recipient_id,
                    client_id,
                    address,
                    actor=who,
                    allow_loopback=is_local,
                )
            )
        except InvalidClient as error:
            form.fail("callback_url", public_words(error))
        else:
            flash(_("The address is kept."), "good")
            return redirect(url_for("operator.show", recipient_id=recipient_id), 303)
    return _page(found, form), 422


def _client(recipient_id: str, client_id: str) -> Client:
    with bank().read() as snap:
        found = clients.find(snap, client_id)
    if found is None or found.recipient_id != recipient_id:
        raise NotFound("oauth.unknown-client", "There is no such client.")
    return found


def _page(client: Client, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(client.recipient_id))
        told = outbox.of_recipient(snap, found.recipient_id, before=None, limit=20)
    return render_template(
        "operator/callback.html", found=found, client=client, form=form, told=told
    )
