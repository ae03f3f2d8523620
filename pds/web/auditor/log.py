"""The auditor's log: overview, browser, check, download. It holds no personal data."""

from io import BytesIO
from typing import Any, Final

from flask import Blueprint, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from audit import store
from audit.archive import NAME, verifier_archive
from audit.errors import VerificationError
from pds.core.errors import Conflict, Invalid
from pds.oversight import board_report, log_search, verification
from pds.oversight.honest import HonestClaim, Tally
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.guards import fresh_from
from pds.web.portal.names import recipient_names

blueprint = Blueprint("auditor", __name__, url_prefix="/auditor")

MOST_ENTRIES: Final = 50_000
"""Entries of a log that one request checks; the verifier elsewhere has no limit."""


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """Show what can honestly be claimed, and what the board has to decide (G-05)."""
    with bank().read() as snap:
        lacking, rejected = board_report.undecided(snap), board_report.rejected(snap)
    return render_template(
        "auditor/overview.html",
        claim=honest_claim(),
        vkey=bank().signer.vkey,
        lacking=lacking,
        rejected=rejected,
    )


@blueprint.get("/log")
def browse() -> ResponseReturnValue:
    """Show entries of the log that fit a question, newest first, by position."""
    before = searching.place(request.args)
    wanted, form = searching.read(request.args)
    with bank().read() as snap:
        found = log_search.search(snap, wanted, before) if form.is_good else None
        rows = found.rows if found else []
        names = recipient_names(snap, (leaf.get("rcp", "") for _, leaf in rows))
        choices = searching.choices(snap)
    following = found.following if found else None
    asked: dict[str, Any] = {k: v for k, v in form.values.items() if v}
    return render_template(
        "auditor/browse.html",
        found=found,
        names=names,
        form=form,
        choices=choices,
        is_asked=bool(asked),
        following=url_for("auditor.browse", before=following, **asked)
        if following
        else "",
        first=url_for("auditor.browse", **asked) if before is not None else "",
    ), (200 if found else 422)


@blueprint.get("/log/<int:index>")
def entry(index: int) -> ResponseReturnValue:
    """Show one entry as it was hashed, with its proof."""
    with bank().read() as snap:
        stored = store.leaf_at(snap.connection, index)
        size = store.size(snap.connection)
        proof = store.inclusion_proof(snap.connection, index, size)
        leaf = log_search.readable(stored)
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
    """Check the whole log now with the stand-alone verifier.

    Raises:
        Invalid: `log.too-long`; the log is too long for one request.
    """
    with bank().read() as snap:
        if store.size(snap.connection) > MOST_ENTRIES:
            raise Invalid("log.too-long", "The log is too long for one request.")
        outcome = verification.verify(snap, bank().keys, bank().signer.vkey)
        at = snap.now
    return render_template("auditor/verified.html", outcome=outcome, at=at)


@blueprint.get("/verifier")
def verifier() -> ResponseReturnValue:
    """Hand out the verifier as one file, to be run on the auditor's own machine."""
    return send_file(
        BytesIO(verifier_archive()),
        mimetype="application/zip",
        as_attachment=True,
        download_name=NAME,
    )


@blueprint.get("/export")
@fresh_from("auditor.overview")
def export() -> ResponseReturnValue:
    """Hand out the whole log, and the verifier beside it."""
    try:
        with (
            bank().read() as snap,
            verification.packed(snap, bank().keys, bank().signer.vkeys) as path,
        ):
            # The file has no name any more when it is sent, and is gone afterwards.
            content = path.open("rb")
    except VerificationError as error:
        raise Conflict("log.nothing-published", str(error)) from None
    return send_file(
        content,
        mimetype="application/zip",
        as_attachment=True,
        download_name="infobank-log.zip",
    )


def honest_claim() -> HonestClaim:
    """Return what can honestly be claimed now; also for the person's home page."""
    tally: Tally = current_app.extensions["tally"]
    with bank().read() as snap:
        return tally.claim(snap)
