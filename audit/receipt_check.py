"""Checking a receipt: proof, leaf, openings and body, with the standard library only.

A receipt is a tlog-proof whose extra data is canonical JSON {leaf, m, open, opening}.
The header `Infobank-Receipt` carries it as `:base64:` (RFC 9651 byte sequence).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from audit import commitment
from audit.canonical import canonical, parse_canonical
from audit.checkpoint import Checkpoint
from audit.errors import VerificationError
from audit.leaf import check_leaf
from audit.merkle import leaf_hash
from audit.note import VerifierKey, decode_base64
from audit.proof import parse, verify

HEADER = "Infobank-Receipt"
"""Name of the header that carries a receipt."""

_MEMBERS = frozenset({"leaf", "m", "open", "opening"})


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt proves.

    Attributes:
        checkpoint: the tree in which the leaf stands.
        index: position of the leaf.
        leaf: the leaf.
        opened: the fields of the detail that were opened.
    """

    checkpoint: Checkpoint
    index: int
    leaf: dict[str, Any]
    opened: dict[str, str]


def parse_header(value: str) -> bytes:
    """Return the tlog-proof of a header value `:base64:`.

    Raises:
        VerificationError: it is not of that form.
    """
    text = value.strip(" ") if type(value) is str else ""
    if len(text) < len("::") or text[0] != ":" or text[-1] != ":":
        raise VerificationError("The receipt header is not a byte sequence.")
    return decode_base64(text[1:-1])


def verify_receipt(
    receipt: bytes,
    verifier_keys: Iterable[VerifierKey | str],
    *,
    body: bytes | None = None,
) -> VerifiedReceipt:
    """Check a receipt and, if given, that it is of this body.

    Raises:
        VerificationError: anything in it does not hold.
    """
    proof = parse(receipt)
    if proof.extra is None:
        raise VerificationError("The receipt has no extra data.")
    extra = parse_canonical(proof.extra)
    if not isinstance(extra, dict) or extra.keys() != _MEMBERS:
        raise VerificationError("The extra data of the receipt is malformed.")
    leaf, m = extra["leaf"], extra["m"]
    if not isinstance(leaf, dict) or not isinstance(m, dict):
        raise VerificationError("The extra data of the receipt is malformed.")
    check_leaf(leaf)
    checkpoint = verify(proof, leaf_hash(canonical(leaf)), verifier_keys)
    com, opening = bytes.fromhex(leaf["com"]), from_hex(extra["opening"])
    commitment.check_detail(com, opening, leaf["id"], canonical(m))
    opened = open_fields(m, extra["open"])
    if body is not None and opened.get("body_sha256") != sha256(body).hexdigest():
        raise VerificationError("The receipt is not of this body.")
    return VerifiedReceipt(checkpoint, proof.index, leaf, opened)


def open_fields(m: dict[str, Any], opened: Any) -> dict[str, str]:
    """Check opened fields {name: [salt, value]} against a detail map.

    Raises:
        VerificationError: a field is malformed, missing or opened to another value.
    """
    if not isinstance(opened, dict):
        raise VerificationError("The opened fields are malformed.")
    values: dict[str, str] = {}
    for name, pair in opened.items():
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, str]:
            raise VerificationError("An opened field is malformed.")
        salt, value = pair
        expected = from_hex(m.get(name))
        commitment.check_field(expected, from_hex(salt), name, value)
        values[name] = value
    return values


def from_hex(text: Any) -> bytes:
    """Read lower-case hexadecimal.

    Raises:
        VerificationError: it is anything else.
    """
    try:
        data = bytes.fromhex(text)
    except (TypeError, ValueError):
        raise VerificationError("A hash is not hexadecimal.") from None
    if data.hex() != text:
        raise VerificationError("A hash is not lower-case hexadecimal.")
    return data
