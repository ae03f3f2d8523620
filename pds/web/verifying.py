"""The page on which anyone checks a proof of the log in their own browser (C-02).

Nothing of a proof comes to this bank: the script reads the file where it is. It asks
here for one thing only, the consistency proof between two sizes of the public log.
"""

from dataclasses import replace

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from audit.continuation import statements
from audit.leaf import EventType
from pds.core.vocabulary import categories, purposes
from pds.web import denial_words, reasons
from pds.web.context import bank

blueprint = Blueprint("verifying", __name__, url_prefix="/verify")

_CODES = sorted({*denial_words.REASONS, *reasons.ENDINGS})


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Offer the check, with the words that the script will need."""
    with bank().read() as snap:
        told = list(statements(snap, bank().keys))
    key = bank().signer.verifier
    return render_template(
        "verify.html",
        former=[replace(key, name=each.origin).encode() for each in told],
        vkey=bank().signer.vkey,
        types=[each.value for each in EventType],
        categories=sorted(categories.ALL),
        purposes=sorted(purposes.ALL),
        codes=_CODES,
    )
