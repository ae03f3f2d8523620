"""The auditor's log: overview, browser, check, download. It holds no personal data."""

from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from audit import store
from audit.errors import VerificationError
from audit.leaf import parse_leaf
from pds.core.errors import Conflict, Invalid
from pds.oversight import verification
from pds.oversight.honest import HonestClaim, Tally
from pds.web.context import bank
from pds.web.guards import fresh_from
from pds.web.portal.names import recipient_names

blueprint = Blueprint("auditor", __name__, url_prefix="/auditor")

_PAGE = 50
_MOST_DIGITS = 15


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """Show the newest checkpoint and what can honestly be claimed."""
    return render_template(
        "auditor/overview.html", claim=honest_claim(), vkey=bank().signer.vkey
    )


@blueprint.get("/log")
def browse() -> ResponseReturnValue:
    """Show entries of the log, newest first, a keyset page at a time."""
    before = _position(request.args.get("before"))
    with bank().read() as snap:
        size = store.size(snap.connection)
        end = size if before is None else min(before, size)
        found = store.leaves_before(snap.connection, end, _PAGE)
        rows = [(each.index, readable(each.leaf)) for each in found]
        names = recipient_names(snap, (leaf.get("rcp", "") for _, leaf in rows))
    following = rows[-1][0] if rows and rows[-1][0] > 0 else None
    return render_template(
        "auditor/browse.html",
        rows=rows,
        names=names,
        size=size,
        end=end,
        following=following,
    )


@blueprint.get("/log/<int:index>")
def entry(index: int) -> ResponseReturnValue:
    """Show one entry as it was hashed, with its proof."""
    with bank().read() as snap:
        stored = store.leaf_at(snap.connection, index)
        size = store.size(snap.connection)
        proof = store.inclusion_proof(snap.connection, index, size)
        leaf = readable(stored.leaf)
        names = recipient_names(snap, [leaf.get("rcp", "")])
    return render_template(
        "auditor/entry.html",
        stored=stored,
        leaf=leaf,
        names=names,
        text=stored.leaf.decode(errors="replace"),
        proof=[each.hex() for each in proof],
        size=size,
    )


@blueprint.post("/verify")
def verify() -> ResponseReturnValue:
    """Check the whole log now with the stand-alone verifier."""
    with bank().read() as snap:
        outcome = verification.verify(snap, bank().signer.vkey)
        at = snap.now
    return render_template("auditor/verified.html", outcome=outcome, at=at)


@blueprint.get("/export")
@fresh_from("auditor.overview")
def export() -> ResponseReturnValue:
    """Hand out the whole log for `python -m audit.verifier`."""
    try:
        with (
            bank().read() as snap,
            verification.packed(snap, bank().signer.vkey) as path,
        ):
            content = BytesIO(path.read_bytes())
    except VerificationError as error:
        raise Conflict("log.nothing-published", str(error)) from None
    return send_file(
        content,
        mimetype="application/zip",
        as_attachment=True,
        download_name="infobank-log.zip",
    )


def readable(leaf: bytes) -> dict[str, Any]:
    """Return a leaf, or nothing of one that was damaged; the check names it."""
    try:
        return parse_leaf(leaf)
    except VerificationError:
        return {}


def honest_claim() -> HonestClaim:
    """Return what can honestly be claimed now; also for the person's home page."""
    tally: Tally = current_app.extensions["tally"]
    with bank().read() as snap:
        return tally.claim(snap)


def _position(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Invalid("web.position", "A position in the log is a number.")
    return int(text)
