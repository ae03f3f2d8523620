"""`POST /api/v1/receipts`: a recipient sends back the receipts that it holds.

The client says who it is with `private_key_jwt`, as at the token endpoint. Tokens end
with the consent they stand for; the duty to show receipts does not.
"""

import json
from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Error
from flask import Response, request
from flask.views import MethodView

from audit.work import Work
from pds.oversight import sent_back
from pds.oversight.sent_back import Answer, Item
from pds.web.api.asserting import authenticated, spend
from pds.web.api.records import blueprint, with_problems
from pds.web.api.schemas import ReceiptResults, SentReceipts
from pds.web.context import bank
from pds.web.oauth import backchannel
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.current import server
from pds.web.problems import problem

JSON: Final = "application/json"
_LIST: Final = "receipts"


@blueprint.route("/receipts")
class Receipts(MethodView):
    """Receipts that come back from a recipient."""

    @blueprint.doc(
        summary="Send receipts back",
        description=(
            "Takes up to 32 receipts of the recipient's own disclosures, with client"
            " authentication by `private_key_jwt` (RFC 7523) in the body, as JSON or as"
            " a form whose `receipts` is the same list as text. Every receipt gets a"
            " result in the same place. Sending one again changes nothing. What does"
            " not hold is kept as a finding."
        ),
        requestBody={
            "required": True,
            "content": {
                kind: {"schema": SentReceipts}
                for kind in (JSON, "application/x-www-form-urlencoded")
            },
        },
    )
    @blueprint.response(200, ReceiptResults)
    @with_problems(400, 401, 413, 422, 429, 503)
    def post(self) -> Response:
        """Say who sends, judge each receipt, keep it, and answer."""
        asked = read_request()
        items = sent_back.items(_parsed(asked.parameters.pop(_LIST, "")))
        found = _kept(authenticated(asked, "receipts"), items, asked)
        return answered({"results": [_result(each) for each in found]})


def _kept(client: BankClient, items: list[Item], asked: BankRequest) -> list[Answer]:
    recipient_id = client.record.recipient_id
    with bank().read() as snap:
        verifiers = [bank().signer.verifier]
        judged = [
            sent_back.judge(snap, verifiers, recipient_id, each) for each in items
        ]
    marks = asked.settle()

    def act(work: Work) -> list[Answer]:
        spend(work, marks)
        return sent_back.keep(work, recipient_id, judged, actor=client.record.client_id)

    return bank().unit_of_work(act)


def read_request(words: frozenset[str] = frozenset()) -> BankRequest:
    """Read the body of either kind; parameters named here may hold any letters.

    Raises:
        InvalidRequestError: it cannot be read.
        RequestEntityTooLarge: it is longer than any request of receipts.
    """
    body = backchannel.bounded(request)
    issuer = server().issuer
    if request.mimetype != JSON:
        return backchannel.read(request, issuer)
    if request.query_string:
        raise InvalidRequestError("Parameters belong into the body.")
    said = _parsed(body)
    if not isinstance(said, dict):
        raise InvalidRequestError("The body must be an object.")
    parameters = {name: _text(name, value, words) for name, value in said.items()}
    named = "Authorization"
    headers = {named: request.headers[named]} if named in request.headers else {}
    return BankRequest(request.method, issuer + request.path, parameters, headers)


def _text(name: str, value: Any, words: frozenset[str]) -> str:
    if name == _LIST:
        return json.dumps(value)
    if not isinstance(value, str) or not (name in words or value.isascii()):
        raise InvalidRequestError("A parameter is not plain text.")
    return value


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise InvalidRequestError("The body is not JSON.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _result(answer: Answer) -> dict[str, str]:
    said = {"status": answer.status.value}
    return said | ({"finding": answer.finding.value} if answer.finding else {})


def answered(body: dict[str, Any]) -> Response:
    """Return an answer of the back channel, which nobody may keep."""
    response = Response(json.dumps(body), 200, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(OAuth2Error)
def _not_taken(error: OAuth2Error) -> Response:
    code = f"oauth.{error.error}".replace("_", "-")
    bank().refusals.note(code)
    status = 401 if isinstance(error, InvalidClientError) else 400
    response = problem(status, code, error.description)
    response.headers["Cache-Control"] = "no-store"
    return response
