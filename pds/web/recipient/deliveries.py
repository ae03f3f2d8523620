"""What the recipient was told, and sending again what could not be told."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import outbox
from pds.core.errors import NotFound
from pds.web.context import bank
from pds.web.recipient import blueprint, here, mine

_PAGE = 50


@blueprint.get("/deliveries")
def deliveries() -> ResponseReturnValue:
    """List what the recipient was told, newest first."""
    before = _place(request.args.get("before", ""))
    with bank().read() as snap:
        found = outbox.of_recipient(snap, here(snap), before=before, limit=_PAGE + 1)
    page, rest = found[:_PAGE], found[_PAGE:]
    return render_template(
        "recipient/deliveries.html",
        found=page,
        following=url_for("recipient.deliveries", before=page[-1].outbox_id)
        if rest
        else "",
        first=url_for("recipient.deliveries") if before else "",
    )


@blueprint.post("/deliveries/<uuid:outbox_id>")
def send_again(outbox_id: UUID) -> ResponseReturnValue:
    """Try again what was given up."""
    recipient_id = mine()

    def act(work: Work) -> None:
        behind = UUID(int=outbox_id.int + 1)
        found = outbox.of_recipient(work, recipient_id, before=behind, limit=1)
        if not found or found[0].outbox_id != outbox_id:
            raise NotFound("outbox.unknown", "There is no such entry.")
        outbox.again(work, found[0].owner, outbox_id)

    bank().unit_of_work(act)
    flash(_("It is sent again."), "good")
    return redirect(url_for("recipient.deliveries"), 303)


def _place(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
