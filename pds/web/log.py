"""The log over HTTP: checkpoints for everybody, tiles for auditors, proofs for owners.

Paths follow C2SP tlog-tiles: `/log/checkpoint`, `/log/tile/<level>/<N>[.p/<W>]` and
`/log/tile/entries/<N>[.p/<W>]`. Checkpoints are public, and so is the proof that one
continues another or holds some entry. Tiles and leaves are the auditor's. A proof with
its opened detail is given to the person whom it is about.
"""

import base64
import re
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from audit import cosignatures, export, store
from audit.checkpoint import parse_number
from audit.errors import VerificationError
from audit.tiles import LEVELS, WIDTH
from pds.core.errors import NotFound
from pds.rights import proofs as own_proofs
from pds.web import sessions
from pds.web.context import bank

public = Blueprint("log", __name__, url_prefix="/log")
tiles = Blueprint("tiles", __name__, url_prefix="/log")
proofs = Blueprint("proofs", __name__, url_prefix="/log")

_GROUPS = re.compile(r"(?:x\d{3}/){0,4}\d{3}\Z", re.ASCII)
_PARTIAL = re.compile(r"(?P<groups>[x0-9/]+?)\.p/(?P<width>[1-9]\d{0,2})\Z", re.ASCII)
_FOR_EVER = "public, max-age=31536000, immutable"
_PLAIN = "text/plain; charset=utf-8"


@public.get("/checkpoint")
def checkpoint() -> ResponseReturnValue:
    """Return the newest published checkpoint with what witnesses signed of it."""
    with bank().read() as snap:
        found = store.latest_checkpoint(snap.connection)
        if found is None:
            raise NotFound("log.no-checkpoint")
        lines = cosignatures.on(snap.connection, found.size)
    note = found.note + "".join(each.line for each in lines)
    return Response(note, content_type=_PLAIN)


@public.get("/vkey")
def vkey() -> ResponseReturnValue:
    """Return the log's verifier keys, one a line, Ed25519 first."""
    return Response(bank().signer.vkeys + "\n", content_type=_PLAIN)


@public.get("/proof/consistency")
def consistency() -> ResponseReturnValue:
    """Return the proof that the tree of size `to` begins with that of size `from`.

    Hashes say nothing of an entry, so anybody may ask; RFC 9162 section 2.1.4.
    """
    old, new = (_number(name, "log.no-consistency") for name in ("from", "to"))
    try:
        with bank().read() as snap:
            if new > store.size(snap.connection):
                raise NotFound("log.no-consistency")
            hashes = store.consistency_proof(snap.connection, old, new)
    except VerificationError:
        raise NotFound("log.no-consistency") from None
    encoded = [base64.b64encode(each).decode() for each in hashes]
    return {"from": old, "to": new, "hashes": encoded}


@public.get("/proof/inclusion")
def inclusion() -> ResponseReturnValue:
    """Return the proof that an entry stands at `index` of the tree of size `size`.

    Hashes say nothing of an entry, so anybody may ask; RFC 9162 section 2.1.3. The
    answer of a size never changes, so it may be kept for ever.
    """
    index, size = (_number(name, "log.no-inclusion") for name in ("index", "size"))
    try:
        with bank().read() as snap:
            if not index < size <= store.size(snap.connection):
                raise NotFound("log.no-inclusion")
            hashes = store.inclusion_proof(snap.connection, index, size)
    except VerificationError:
        raise NotFound("log.no-inclusion") from None
    encoded = [base64.b64encode(each).decode() for each in hashes]
    found = {"index": index, "size": size, "hashes": encoded}
    return found, {"Cache-Control": _FOR_EVER}


@tiles.get("/tile/<int:level>/<path:number>")
def hash_tile(level: int, number: str) -> ResponseReturnValue:
    """Return one tile of hashes."""
    at, width = _tile(number)
    if level > 64 // LEVELS:
        raise NotFound("log.no-tile")
    try:
        with bank().read() as snap:
            data = export.hash_tile(snap.connection, level, at, width)
    except VerificationError:
        raise NotFound("log.no-tile") from None
    return Response(data, content_type="application/octet-stream")


@tiles.get("/tile/entries/<path:number>")
def entry_tile(number: str) -> ResponseReturnValue:
    """Return one tile of leaves."""
    at, width = _tile(number)
    try:
        with bank().read() as snap:
            data = export.entry_tile(snap.connection, at, width)
    except VerificationError:
        raise NotFound("log.no-tile") from None
    return Response(data, content_type="application/octet-stream")


@proofs.get("/proof/<uuid:leaf_id>")
def proof(leaf_id: UUID) -> ResponseReturnValue:
    """Return the proof of an entry of the person who asks, every field opened."""
    with bank().read() as snap:
        text = own_proofs.of_leaf(
            snap, bank().keys, bank().signer, sessions.owner(), leaf_id
        )
    return Response(
        text,
        content_type=_PLAIN,
        headers={"Content-Disposition": f'attachment; filename="{leaf_id}.tlog-proof"'},
    )


def _number(name: str, code: str) -> int:
    """Read a size or a position from the query; refuse it under a code."""
    try:
        return parse_number(request.args.get(name, ""))
    except VerificationError:
        raise NotFound(code) from None


def _tile(text: str) -> tuple[int, int]:
    """Read number and width of a tile from its path."""
    partial = _PARTIAL.match(text)
    groups = partial["groups"] if partial else text
    width = int(partial["width"]) if partial else WIDTH
    if not _GROUPS.match(groups) or width > WIDTH or (partial and width == WIDTH):
        raise NotFound("log.no-tile")
    number = int(groups.replace("/", "").replace("x", ""))
    return number, width
