"""Signed receipts of consents, made from the log's newest state when asked for."""

from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from consent import receipts
from consent.receipts import ReceiptKey
from pds.core.ids import ConsentId
from pds.web import sessions
from pds.web.context import bank
from pds.web.languages import language
from pds.web.oauth.consent_page import party
from pds.web.oauth.server import RECEIPT_SECRET

blueprint = Blueprint("receipts", __name__, url_prefix="/consents")


@blueprint.get("/<uuid:consent_id>/receipt")
def download(consent_id: UUID) -> ResponseReturnValue:
    """Hand out the signed receipt of a consent as it stands (C-13)."""
    key = ReceiptKey(bank().secret(RECEIPT_SECRET))
    with bank().read() as snap:
        text = receipts.issue(
            snap,
            bank().keys,
            key,
            sessions.owner(),
            ConsentId(consent_id),
            bank=party(bank().settings),
            receipt_id=bank().ids.new(),
            language=language(),
        )
    name = f'attachment; filename="{consent_id}.receipt.jwt"'
    return Response(
        text,
        content_type="application/consent-receipt+jwt",
        headers={"Content-Disposition": name},
    )
