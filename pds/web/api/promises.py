"""`POST /api/v1/statements`: a recipient says what it did of what it owes.

The statement proves itself: only a key of an active client of the recipient can have
signed it, and it names the one duty or benefit that it is about. So no client is asked
who it is; duties outlast tokens.
"""

import json

from flask import Response, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from consent import benefit_statements, duty_answers, signed_claims
from pds.core.errors import Invalid
from pds.web.api.records import blueprint, with_problems
from pds.web.context import bank
from pds.web.oauth import backchannel


class Statement(Schema):
    """A request that hands in a statement."""

    statement = fields.String(
        required=True, metadata={"description": "The compact JWS, signed."}
    )


class StatementTaken(Schema):
    """A statement was taken."""

    status = fields.String(required=True, validate=validate.OneOf(["taken"]))


@blueprint.route("/statements")
class Statements(MethodView):
    """Signed statements of recipients about what they owe."""

    @blueprint.doc(
        summary="Attest a deletion, report uses, or tell of a delivered benefit",
        description=(
            "Takes one compact JWS by a registered key of the recipient, of the type"
            " `deletion-attestation+jwt`, `usage-report+jwt` or `benefit-delivery+jwt`."
            " It names the duty or benefit and counts once. Whatever is wrong with it,"
            " nothing is changed."
        ),
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": Statement}},
        },
    )
    @blueprint.response(200, StatementTaken)
    @with_problems(404, 409, 413, 422, 429, 503)
    def post(self) -> Response:
        """Take a statement, or refuse it whole."""
        text = _statement()
        if signed_claims.typ(text) == benefit_statements.TYP:
            bank().unit_of_work(lambda work: benefit_statements.accept(work, text))
        else:
            bank().unit_of_work(lambda work: duty_answers.accept_statement(work, text))
        response = Response(
            json.dumps({"status": "taken"}), 200, content_type="application/json"
        )
        response.headers["Cache-Control"] = "no-store"
        return response


def _statement() -> str:
    try:
        said = json.loads(backchannel.bounded(request))
    except (ValueError, RecursionError):
        said = None
    text = said.get("statement") if isinstance(said, dict) else None
    if not isinstance(text, str) or set(said) != {"statement"}:
        raise Invalid("statement.unsound", "The body holds one statement.")
    return text
