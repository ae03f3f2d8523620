"""Moving here from another bank, and what that bank recorded (C-08, H-05)."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from pds.core.errors import NotFound
from pds.intake import history, moving, transfers
from pds.intake.history import FormerHistory
from pds.web import sessions
from pds.web.context import bank
from pds.web.guards import fresh
from pds.web.portal.names import partner_name
from providers import partners

blueprint = Blueprint("moved", __name__, url_prefix="/imports")


@blueprint.get("/transfer")
@fresh
def ask() -> ResponseReturnValue:
    """Offer the banks from which an archive may be sent here."""
    return _page()


@blueprint.post("/transfer")
@fresh
def make() -> ResponseReturnValue:
    """Make a code for one of them and show it this once."""
    owner, issuer = sessions.owner(), request.form.get("issuer", "")
    code = bank().unit_of_work(lambda work: transfers.make(work, owner, issuer))
    return _page(code)


@blueprint.get("/<uuid:import_id>/history")
def show(import_id: UUID) -> ResponseReturnValue:
    """Say what the other bank recorded: consents and who received what."""
    found = _former(import_id)
    with bank().read() as snap:
        partner = partners.find(snap, found.issuer)
    is_signed = partner is not None and moving.is_signed(
        found.files, found.issuer, partner
    )
    return render_template(
        "portal/moved.html",
        found=found,
        import_id=import_id,
        partner=partner,
        is_signed=is_signed,
    )


@blueprint.get("/<uuid:import_id>/proofs/<uuid:leaf_id>")
def proof(import_id: UUID, leaf_id: UUID) -> ResponseReturnValue:
    """Hand out a proof of the other bank's log."""
    content = _former(import_id).proof(leaf_id)
    name = f'attachment; filename="{leaf_id}.tlog-proof"'
    return Response(
        content, content_type="text/plain", headers={"Content-Disposition": name}
    )


def _former(import_id: UUID) -> FormerHistory:
    with bank().read() as snap:
        found = history.read(snap, bank().vault, sessions.owner(), import_id)
    if found is None:
        raise NotFound("vault.no-import", "There is no such archive.")
    return found


def _page(code: str = "") -> str:
    with bank().read() as snap:
        known = [each for each in partners.every(snap) if each.is_active]
    return render_template(
        "portal/transfer.html",
        options=[(each.issuer, partner_name(each)) for each in known],
        code=code,
        minutes=int(transfers.LASTS.total_seconds() // 60),
        issuer=bank().settings.issuer,
    )
