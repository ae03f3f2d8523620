"""What the person takes away after a fresh login: all records, all disclosures.

C-06, C-08 for the records; A-10, C-02 for the record of provision.
"""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from audit import retention
from pds.bank.bank import Bank
from pds.core.ids import OwnerId
from pds.rights import export, provisions
from pds.rights.provisions import Provisions
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


@blueprint.get("/disclosures")
@fresh
def ask_disclosures() -> ResponseReturnValue:
    """Explain the record of provision and offer it in two forms."""
    with bank().read() as snap:
        retired = retention.newest(snap, bank().keys, sessions.owner())
    return render_template("portal/provisions.html", retired=retired)


@blueprint.post("/disclosures")
@fresh
def take_disclosures() -> ResponseReturnValue:
    """Record the copy in the log, then send the record of provision."""
    owner, our_bank = sessions.owner(), bank()
    is_csv = request.form.get("as") == "csv"
    our_bank.unit_of_work(lambda work: provisions.begin(work, owner))
    pages = _provisions(our_bank, owner)
    name = f"my-disclosures.{'csv' if is_csv else 'json'}"
    return Response(
        provisions.as_csv(pages) if is_csv else provisions.as_json(pages),
        content_type="text/csv; charset=utf-8" if is_csv else "application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _provisions(our_bank: Bank, owner: OwnerId) -> Iterator[list[dict[str, str]]]:
    found, after = Provisions(our_bank.keys, owner), None
    while True:
        with our_bank.read() as snap:
            rows, after = found.page(snap, after)
        yield rows
        if after is None:
            return


def _lines(our_bank: Bank, owner: OwnerId, total: int) -> Iterator[bytes]:
    yield export.head(total)
    after: Cursor | None = None
    while True:
        with our_bank.read() as snap:
            lines, after = export.page(snap, our_bank.vault, owner, after)
        yield lines
        if after is None:
            return
