"""The software of a recipient: its public keys, addresses and caps."""

import json
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import recipients
from consent.oauth import clients
from pds.core.errors import BankError, Kind, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories, purposes
from pds.oversight import clients as register_of_clients
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import named
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_LONGEST_KEYS = 20_000


@blueprint.get("/recipients/<recipient_id>/clients/new")
@fresh
def new_client(recipient_id: str) -> ResponseReturnValue:
    """Show the form of a client."""
    return _page(recipient_id, Form())


@blueprint.post("/recipients/<recipient_id>/clients/new")
@fresh
def register_client(recipient_id: str) -> ResponseReturnValue:
    """Register a client with its public keys."""
    form, who, is_local = Form(), actor(), bank().settings.is_local
    client_id = form.text("client_id", needed=_("Choose an id for the client."))
    keys = _keys(form)
    addresses = form.text(
        "redirect_uris", needed=_("Enter at least one address."), longest=4_000
    ).split()
    wanted = form.choices(
        "purposes", list(purposes.ALL), needed=_("Choose at least one purpose.")
    )
    kinds = form.choices(
        "categories", list(categories.ALL), needed=_("Choose at least one category.")
    )
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: register_of_clients.register(
                    work,
                    RecipientId(recipient_id),
                    client_id=client_id,
                    jwks=keys,
                    redirect_uris=addresses,
                    purposes=wanted,
                    categories=kinds,
                    actor=who,
                    allow_loopback=is_local,
                )
            )
        except BankError as error:
            _complain(form, error)
        else:
            return _done(recipient_id, _("The client is registered."))
    return _page(recipient_id, form), 422


@blueprint.get("/recipients/<recipient_id>/clients/<client_id>/keys")
@fresh
def keys(recipient_id: str, client_id: str) -> ResponseReturnValue:
    """Show the form that replaces the keys of a client."""
    return _keys_page(recipient_id, client_id, Form())


@blueprint.post("/recipients/<recipient_id>/clients/<client_id>/keys")
@fresh
def replace_keys(recipient_id: str, client_id: str) -> ResponseReturnValue:
    """Replace the keys; signatures under the old ones fail from now on."""
    form, who = Form(), actor()
    found = _keys(form)
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: register_of_clients.replace_keys(
                    work, RecipientId(recipient_id), client_id, found, actor=who
                )
            )
        except BankError as error:
            _complain(form, error)
        else:
            return _done(recipient_id, _("The keys are replaced."))
    return _keys_page(recipient_id, client_id, form), 422


def _keys(form: Form) -> dict[str, Any]:
    """Read a JSON Web Key Set; what it may hold is checked by the service."""
    text = form.text("jwks", needed=_("Paste the public keys."), longest=_LONGEST_KEYS)
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        form.fail("jwks", _("This is not a JSON Web Key Set."))
        return {}
    return found


def _complain(form: Form, error: BankError) -> None:
    """Put a complaint of the service at its field; what is no complaint goes on."""
    if error.kind is Kind.CONFLICT:
        form.fail("client_id", public_words(error))
    elif error.kind is Kind.INVALID:
        is_address = error.code == "oauth.bad-redirect"
        form.fail("redirect_uris" if is_address else "jwks", public_words(error))
    else:
        raise error


def _page(recipient_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    return render_template(
        "operator/client.html",
        found=found,
        form=form,
        purposes=[(each.id, named(each.words)) for each in purposes.ALL.values()],
        categories=[(each.id, named(each.words)) for each in categories.ALL.values()],
    )


def _keys_page(recipient_id: str, client_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
        client = clients.find(snap, client_id)
    if client is None or client.recipient_id != found.recipient_id:
        raise NotFound("oauth.unknown-client")
    return render_template("operator/keys.html", found=found, client=client, form=form)


def _done(recipient_id: str, message: str) -> ResponseReturnValue:
    flash(message, "good")
    return redirect(url_for("operator.show", recipient_id=recipient_id), 303)
