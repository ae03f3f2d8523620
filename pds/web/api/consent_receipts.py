"""`POST /api/v1/consent-receipts`: a recipient takes the receipts of a consent.

The client says who it is with `private_key_jwt`, as at the token endpoint. Tokens end
with the consent they stand for; its receipts are wanted most when it has ended.
"""

import json
from typing import Final
from uuid import UUID

from flask import Response, request
from flask.views import MethodView

from pds.bank import receipt_maker
from pds.core.errors import Invalid
from pds.core.ids import ConsentId
from pds.rights import consent_receipts
from pds.web.api.asserting import authenticated, spend
from pds.web.api.receipt_schemas import ConsentReceipts, WantedReceipts
from pds.web.api.records import READING, blueprint, with_problems
from pds.web.context import bank
from pds.web.oauth import backchannel
from pds.web.oauth.current import server

_ID, _LANGUAGE = "consent_id", "ui_locales"
_LANGUAGES: Final = ("ja", "en")


@blueprint.route("/consent-receipts")
class ReceiptsOfConsent(MethodView):
    """The signed receipts of one consent."""

    @blueprint.doc(
        summary="Take the receipts of a consent",
        description=(
            "One receipt for each change since the first yes, oldest first: a JWS of"
            " type `consent-receipt+jwt` with the proof of its entry in the log. With"
            " client authentication by `private_key_jwt` (RFC 7523) in the body. A"
            " consent that was not given to this recipient is unknown, 404."
        ),
        requestBody={
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {"schema": WantedReceipts}
            },
        },
    )
    @blueprint.response(200, ConsentReceipts)
    @with_problems(*READING)
    def post(self) -> Response:
        """Say who asks, spend the assertion, and answer."""
        asked = backchannel.read(request, server().issuer)
        wanted = asked.parameters.pop(_ID, "")
        language = asked.parameters.pop(_LANGUAGE, _LANGUAGES[0])
        client = authenticated(asked, "consent-receipts")
        marks = asked.settle()
        bank().unit_of_work(lambda work: spend(work, marks))
        with bank().read() as snap:
            found = consent_receipts.for_recipient(
                snap,
                receipt_maker.of(bank()),
                client.record.recipient_id,
                _consent_id(wanted),
                _known(language),
            )
        body = json.dumps({"consent_id": wanted, "receipts": found})
        response = Response(body, 200, content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response


def _consent_id(text: str) -> ConsentId:
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:
        raise Invalid("api.consent-id", "The consent id is not a UUID.")
    return ConsentId(found)


def _known(language: str) -> str:
    if language not in _LANGUAGES:
        raise Invalid("api.language", "Receipts are written in ja or en.")
    return language
