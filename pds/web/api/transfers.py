"""`POST /api/v1/transfers`: another bank sends a person's archive (H-05)."""

import json
from typing import Any, Final

from flask import Response, request
from flask.views import MethodView

from pds.intake import moving, order, transfers
from pds.intake.errors import FileTooLarge, IntakeError
from pds.intake.transfers import CodeRefused
from pds.web.api.records import blueprint, with_problems
from pds.web.api.schemas import TransferLimits, TransferResult
from pds.web.context import bank
from pds.web.problems import STATUS, problem
from pds.web.reasons import public_words
from providers import partners

ZIP: Final = "application/zip"
_BEARER: Final = "Bearer "


@blueprint.route("/transfers")
class Transfers(MethodView):
    """Archives that come from other banks."""

    @blueprint.doc(
        summary="Limits of archives",
        description="How large an archive may be; to be asked before one is sent.",
    )
    @blueprint.response(200, TransferLimits)
    def get(self) -> Response:
        """Say how large an archive may be."""
        settings = bank().settings
        most = {
            "max_bytes": settings.max_archive_bytes,
            "max_records": settings.max_archive_records,
        }
        return Response(json.dumps(most), content_type="application/json")

    @blueprint.doc(
        summary="Send a person's archive",
        description=(
            "Takes the archive of one person from another information bank, which is"
            " known here and has signed it. `Authorization: Bearer` carries the code"
            " that this bank gave the person; it works once, within an hour."
            " `Infobank-Transfer` carries the sending bank's signed order for it. The"
            " answer comes when everything is stored."
        ),
        requestBody={
            "required": True,
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
        },
    )
    @blueprint.response(201, TransferResult)
    @with_problems(401, 403, 409, 413, 415, 422, 429, 503)
    def post(self) -> Response:
        """Check the code, then the archive, then store it; the code is spent once."""
        code = _code()
        with bank().read() as snap:
            transfer, now = transfers.find(snap, code), snap.now
            partner = partners.get(snap, transfer.issuer)
        archive_id = order.check(
            request.headers.get(order.HEADER, ""),
            partner,
            audience=bank().settings.issuer,
            code_hash=transfer.code_hash,
        )
        content, most = _content(), moving.options(bank().settings)
        try:
            found = moving.read_sent(
                partner, archive_id, content, now=now, options=most
            )
        except IntakeError as error:
            return problem(STATUS[error.kind], error.code, str(public_words(error)))
        bank().unit_of_work(lambda work: transfers.spend(work, code))
        result = moving.run(bank().vault, bank(), transfer.owner, found)
        return _answer(
            {
                "accepted": result.accepted,
                "duplicate": result.duplicate,
                "rejected": result.rejected,
            }
        )


def _code() -> str:
    said = request.headers.get("Authorization", "")
    if not said.startswith(_BEARER):
        raise CodeRefused("transfer.code", "A code is needed.")
    return said.removeprefix(_BEARER)


def _content() -> bytes:
    most = bank().settings.max_archive_bytes
    content = request.stream.read(most + 1)
    if len(content) > most:
        raise FileTooLarge("intake.too-large", "The archive is too large.", ())
    return content


def _answer(body: dict[str, Any]) -> Response:
    response = Response(json.dumps(body), 201, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
