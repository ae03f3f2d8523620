"""A request for what the person never gives: said so, and the only answer is no (D-03).

The browser is not sent back by itself: an instant refusal would tell the recipient that
an instruction exists, and the person would not know what happened.
"""

from flask import render_template

from consent import classifying, instruction_register
from consent.instructions import StandingInstruction, forbids
from consent.oauth.clients import Client
from consent.terms import DataProvision
from pds.core.vocabulary import categories
from pds.web import acting, sessions
from pds.web.context import bank
from pds.web.portal.names import recipient_names


def instructions(client: Client, asked: DataProvision) -> list[StandingInstruction]:
    """Return each *never* of the person that touches what is asked for."""
    with bank().read() as snap:
        held = instruction_register.current(snap, bank().keys, sessions.owner())
        who = classifying.counterpart(snap, client.recipient_id)
        names = [each.id for each in categories.expand(asked.categories)]
        return forbids(held.instructions, who, asked.purpose, names, snap.now)


def page(found: list[StandingInstruction], client: Client, request_uri: str) -> str:
    """Show why there is nothing to decide; an agent is not shown what was said."""
    with bank().read() as snap:
        named = [name for each in found for name in each.recipients]
        names = recipient_names(snap, [client.recipient_id, *named])
    return render_template(
        "oauth/forbidden.html",
        name=names[client.recipient_id],
        names=names,
        instructions=() if acting.wished() else found,
        client_id=client.client_id,
        request_uri=request_uri,
    )
