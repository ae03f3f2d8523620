"""Signed receipts of consents: of each change, and of the consent as it stands."""

from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from consent import kantara, ledger, notices, receipts, wording
from consent.content import Agreement, EventContent
from pds.bank import receipt_maker as maker
from pds.bank.party import party
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.ids import ConsentId
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.rights import consent_receipts
from pds.web import sessions
from pds.web.context import bank
from pds.web.languages import language
from pds.web.portal.names import recipient_names

blueprint = Blueprint("receipts", __name__, url_prefix="/consents")


@blueprint.get("/<uuid:consent_id>/receipt")
def download(consent_id: UUID) -> ResponseReturnValue:
    """Hand out the signed receipt of a consent as it stands (C-13)."""
    with bank().read() as snap:
        text = _issue(snap, consent_id)
    return _file(str(consent_id), receipts.TYP, text)


@blueprint.get("/<uuid:consent_id>/receipt/<int:version>")
def of_change(consent_id: UUID, version: int) -> ResponseReturnValue:
    """Hand out the receipt of one change, with the proof of its entry (C-13)."""
    with bank().read() as snap:
        text = _of_change(snap, consent_id, version)
    return _file(f"{consent_id}-{version}", receipts.TYP, text)


@blueprint.get("/<uuid:consent_id>/receipt/<int:version>/kantara")
def as_kantara(consent_id: UUID, version: int) -> ResponseReturnValue:
    """Hand out the same as a Kantara receipt, version 1.1 (K-06)."""
    with bank().read() as snap:
        text = _of_change(snap, consent_id, version)
    written = consent_receipts.as_kantara(text, _key())
    return _file(f"{consent_id}-{version}-kantara", kantara.TYP, written)


@blueprint.get("/<uuid:consent_id>/receipt/read")
def read(consent_id: UUID) -> ResponseReturnValue:
    """Say in words what the receipt says, with the notice that was shown (N-11)."""
    key = _key()
    with bank().read() as snap:
        # Read from the signed text itself, so that page and file cannot differ.
        claims = receipts.verify(_issue(snap, consent_id), key.public)
        owner = sessions.owner()
        current = ledger.get(snap, owner, ConsentId(consent_id))
        events = ledger.history(snap, bank().keys, owner, current.consent_id)
        agreement = _agreement(events)
        notice = notices.find(snap, agreement.notice) if agreement else None
        names = recipient_names(snap, [current.recipient_id])
    terms = next(e.provision for e in reversed(events) if e.provision is not None)
    return render_template(
        "portal/receipt.html",
        consent=current,
        name=names[current.recipient_id],
        claims=claims,
        entities=claims["record"]["dpv:hasEntity"],
        issued_at=from_millis(claims["iat"] * 1000),
        agreement=agreement,
        sentences=wording.sentences(terms, language()),
        events=events,
        paragraphs=notice.paragraphs(language()) if notice else (),
        kid=key.kid,
    )


def _issue(snap: Snapshot, consent_id: UUID) -> str:
    return receipts.issue(
        snap,
        bank().keys,
        _key(),
        sessions.owner(),
        ConsentId(consent_id),
        bank=party(bank().settings),
        receipt_id=bank().ids.new(),
        language=language(),
    )


def _of_change(snap: Snapshot, consent_id: UUID, version: int) -> str:
    return consent_receipts.of_change(
        snap,
        maker.of(bank()),
        sessions.owner(),
        ConsentId(consent_id),
        version,
        language(),
    )


def _key() -> StatementKey:
    return StatementKey(bank().secret(statement.SECRET_NAME))


def _file(name: str, typ: str, text: str) -> Response:
    offered = f'attachment; filename="{name}.receipt.jwt"'
    return Response(
        text,
        content_type=f"application/{typ}",
        headers={"Content-Disposition": offered},
    )


def _agreement(events: list[EventContent]) -> Agreement | None:
    found = [event.agreement for event in events if event.agreement is not None]
    return found[-1] if found else None
