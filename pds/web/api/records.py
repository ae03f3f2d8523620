"""`GET /api/v1/records`: the consented records, as pages or as a stream."""

from collections.abc import Callable
from typing import Final, TypeVar

from flask import Response, g, request
from flask.views import MethodView
from flask_smorest import Blueprint
from werkzeug.exceptions import MethodNotAllowed

from pds.core.errors import BankError
from pds.disclosure import question
from pds.disclosure.call import Call, Refused
from pds.disclosure.errors import InvalidToken, Replayed
from pds.web.api import answers, seen
from pds.web.api.schemas import Problem, RecordPage
from pds.web.context import bank, now
from pds.web.oauth import resource
from pds.web.oauth.errors import TokenRefused
from pds.web.oauth.nonce import SECRET_NAME, ServerNonce

blueprint = Blueprint(
    "api",
    __name__,
    url_prefix="/api/v1",
    description="Records of one person under one consent.",
)

PARAMETERS: Final = [
    {
        "in": "query",
        "name": "category",
        "description": "Category id or prefix within the consent; may be repeated.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    {
        "in": "query",
        "name": "from",
        "description": "First day of data, Asia/Tokyo, within the consent.",
        "schema": {"type": "string", "format": "date"},
    },
    {
        "in": "query",
        "name": "until",
        "description": "Last day of data, Asia/Tokyo, within the consent.",
        "schema": {"type": "string", "format": "date"},
    },
    {
        "in": "query",
        "name": "limit",
        "description": "Most records of a page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": question.MOST_RECORDS,
            "default": question.DEFAULT_LIMIT,
        },
    },
    {
        "in": "query",
        "name": "cursor",
        "description": "`next` of the page before; not for streams.",
        "schema": {"type": "string"},
    },
    {
        "in": "header",
        "name": seen.HEADER,
        "description": (
            "Size of a tree of the log that is known already. A page then carries"
            " `Infobank-Consistency`, the hashes (RFC 9162, a list of byte sequences)"
            " that prove the receipt's tree to have grown of that one; for a stream,"
            " ask `/log/proof/consistency`."
        ),
        "schema": {"type": "integer", "minimum": 1},
    },
]


T = TypeVar("T")
READING: Final = (400, 401, 403, 404, 422, 429, 503)
"""Problems that a fetch of records may answer."""


def with_problems(*statuses: int) -> Callable[[T], T]:
    """Describe the problems that a view of this API may answer, by their statuses."""

    def described(view: T) -> T:
        for status in statuses:
            describe = blueprint.alt_response(
                status, schema=Problem, content_type="application/problem+json"
            )
            view = describe(view)
        return view

    return described


@blueprint.route("/records")
class Records(MethodView):
    """Records under a DPoP-bound access token."""

    @blueprint.doc(
        parameters=PARAMETERS,
        security=[{"dpop": []}],
        summary="Fetch consented records",
        description=(
            "Answers `application/json` (a page) or, if that is what is accepted,"
            " `application/x-ndjson` (all records, a line each; the last line carries"
            " count, sha256, outcome and receipt). A page carries `Content-Digest` and"
            " `Infobank-Receipt`. Every answer is recorded before a byte leaves."
        ),
    )
    @blueprint.response(200, RecordPage)
    @with_problems(*READING)
    def get(self) -> Response:
        """Decide, record, and answer."""
        refuse_head()
        call = presented_call()
        try:
            named = seen.size(request.headers.get(seen.HEADER))
        except seen.NotSeen:
            return answers.not_seen()
        asked = question.parse(request.args.to_dict(flat=False))
        if _wants_stream():
            lines = bank().stream.open(call, asked)
            if isinstance(lines, Refused):
                return answers.refused(lines, bank().settings.issuer)
            return answers.streamed(lines)
        answer = bank().disclosure.page(call, asked)
        if isinstance(answer, Refused):
            return answers.refused(answer, bank().settings.issuer)
        grown = None if named is None else seen.growth(named, answer.receipt)
        return answers.released(answer, grown)


def refuse_head() -> None:
    """Refuse what Flask would answer with `get`: recorded as released, nothing sent.

    Raises:
        MethodNotAllowed: the request is no GET.
    """
    if request.method == "HEAD":
        raise MethodNotAllowed(valid_methods=["GET"])


def presented_call() -> Call:
    """Return who calls, with a proof that was checked.

    Raises:
        TokenRefused: no token is presented, or the proof is not right.
    """
    nonce = ServerNonce(bank().secret(SECRET_NAME))
    g.next_nonce = nonce.current(now())
    presented = resource.present(
        request, issuer=bank().settings.issuer, nonce=nonce, now=now()
    )
    return Call(
        token_hash=presented.token_hash,
        thumbprint=presented.thumbprint,
        proof=presented.mark,
        request_id=bank().ids.new(),
        address=request.remote_addr or "",
    )


def _wants_stream() -> bool:
    offered = (answers.JSON, answers.NDJSON)
    return request.accept_mimetypes.best_match(offered) == answers.NDJSON


@blueprint.errorhandler(TokenRefused)
def _token_refused(error: TokenRefused) -> Response:
    bank().refusals.note(error.code)
    return answers.unauthenticated(error.error, bank().settings.issuer)


@blueprint.errorhandler(InvalidToken)
def _invalid_token(error: BankError) -> Response:
    bank().refusals.note(error.code)
    return answers.unauthenticated("invalid_token", bank().settings.issuer)


@blueprint.errorhandler(Replayed)
def _replayed(error: BankError) -> Response:
    bank().refusals.note(error.code)
    return answers.unauthenticated("invalid_dpop_proof", bank().settings.issuer)


blueprint.after_request(answers.offer_nonce)
