"""What a recipient sees first: how it stands, offers, keys, consents, attestations."""

from flask import render_template
from flask.typing import ResponseReturnValue

from consent import duties, ledger, offers, pairwise, recipients
from consent.ledger import CurrentConsent
from consent.oauth import clients
from consent.states import ConsentState
from consent.vetting import attestations
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.web.context import bank
from pds.web.recipient import blueprint, here

_MOST = 200
_SHOWN = (
    ConsentState.GIVEN,
    ConsentState.PAUSED,
    ConsentState.WITHDRAWN,
    ConsentState.REVOKED,
    ConsentState.EXPIRED,
    ConsentState.INVALIDATED,
)


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """Show where the recipient stands, its offers, and the keys of its programs."""
    with bank().read() as snap:
        mine = here(snap)
        found = recipients.get(snap, mine)
        return render_template(
            "recipient/overview.html",
            found=found,
            is_late=duties.is_overdue(snap, mine),
            offers=offers.every(snap, mine),
            clients=clients.of_recipient(snap, mine),
            attestation=attestations.state(found.attest_by, snap.now),
            attested=attestations.history(snap, mine),
        )


@blueprint.get("/consents")
def consents() -> ResponseReturnValue:
    """List consents by the recipient's own names for persons, latest change first."""
    with bank().read() as snap:
        mine = here(snap)
        found = [
            each
            for state in _SHOWN
            for each in ledger.of_recipient(snap, mine, state=state)
        ]
        found.sort(key=lambda each: each.changed_at, reverse=True)
        rows = [(each, _name(snap, each)) for each in found[:_MOST]]
    return render_template(
        "recipient/consents.html", rows=rows, is_more=len(found) > _MOST
    )


def _name(snap: Snapshot, consent: CurrentConsent) -> str:
    """Return the pairwise name; empty if the person is gone or was never named."""
    try:
        return pairwise.find(snap, consent.owner, consent.recipient_id)
    except NotFound:
        return ""
