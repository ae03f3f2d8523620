"""The page of an erasure, for whoever holds the certificate's id (C-09).

It is open to all: after the erasure nobody can log in any more, and neither page nor
certificate says who it was.
"""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from pds.core.errors import NotFound
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.rights import erasure, erasure_certificate
from pds.rights.erasure import Erasure
from pds.web.context import bank

blueprint = Blueprint("erasures", __name__, url_prefix="/erasure")


@blueprint.get("/<uuid:certificate_id>")
def show(certificate_id: UUID) -> ResponseReturnValue:
    """Say how far the erasure has come, what went and what stays."""
    found = _get(certificate_id)
    return render_template(
        "erasure.html",
        erasure=found,
        facts=found.facts,
        unreadable_from=_unreadable_from(found),
    )


@blueprint.get("/<uuid:certificate_id>/certificate")
def certificate(certificate_id: UUID) -> ResponseReturnValue:
    """Hand out the signed certificate."""
    found = _get(certificate_id)
    if found.certificate is None:
        raise NotFound("erasure.unfinished", "The certificate is not signed yet.")
    name = f'attachment; filename="erasure-{certificate_id}.jwt"'
    return Response(
        found.certificate,
        content_type="application/erasure-certificate+jwt",
        headers={"Content-Disposition": name},
    )


def _unreadable_from(found: Erasure) -> datetime | None:
    """Return from when on no old copy can be read, as the certificate says."""
    if found.certificate is None:
        return None
    key = StatementKey(bank().secret(statement.SECRET_NAME))
    claims = erasure_certificate.verify(found.certificate, key.public)
    at = claims["copies"].get("unreadable_from")
    return None if at is None else datetime.fromisoformat(at)


def _get(certificate_id: UUID) -> Erasure:
    with bank().read() as snap:
        return erasure.get(snap, certificate_id)
