"""A copy of everything for the person, after a fresh login (C-06, C-08)."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from pds.bank.bank import Bank
from pds.core.ids import OwnerId
from pds.rights import export
from pds.vault.records import Cursor
from pds.web import sessions
from pds.web.context import bank
from pds.web.guards import fresh

blueprint = Blueprint("copies", __name__, url_prefix="/copy")


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Explain the copy and offer it."""
    return render_template("portal/copy.html")


@blueprint.post("")
@fresh
def take() -> ResponseReturnValue:
    """Record the copy in the log, then send every record as NDJSON."""
    owner, our_bank = sessions.owner(), bank()
    total = our_bank.unit_of_work(
        lambda work: export.begin(work, our_bank.vault, owner)
    )
    return Response(
        _lines(our_bank, owner, total),
        content_type=export.MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="my-records.ndjson"'},
    )


def _lines(our_bank: Bank, owner: OwnerId, total: int) -> Iterator[bytes]:
    yield export.head(total)
    after: Cursor | None = None
    while True:
        with our_bank.read() as snap:
            lines, after = export.page(snap, our_bank.vault, owner, after)
        yield lines
        if after is None:
            return
