"""Opened details: that an entry of the log commits to what somebody shows of it.

A file is JSON `{"index", "leaf", "m", "open", "opening"}`: the position, and what a
receipt carries about its entry (the leaf, the commitment to each field, the opened
fields with their salts, the opening).
"""

from dataclasses import dataclass
from typing import Any

from audit import commitment
from audit.canonical import canonical, parse_json
from audit.errors import VerificationError
from audit.leaf import check_leaf
from audit.receipt_check import from_hex, open_fields

_MEMBERS = {"index", "leaf", "m", "open", "opening"}


@dataclass(frozen=True, slots=True)
class Opening:
    """An opened detail that fits the leaf that is shown with it.

    Attributes:
        index: where the leaf is said to stand.
        leaf: the leaf.
        opened: the opened fields.
    """

    index: int
    leaf: dict[str, Any]
    opened: dict[str, str]


def parse_opening(data: bytes) -> Opening:
    """Read an opening and check it against its leaf.

    Raises:
        VerificationError: it is malformed, or the leaf commits to something else.
    """
    value = parse_json(data)
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise VerificationError("The opening is malformed.")
    index, leaf, m = value["index"], value["leaf"], value["m"]
    if type(index) is not int or index < 0:
        raise VerificationError("The opening's index is no position.")
    if not isinstance(leaf, dict) or not isinstance(m, dict):
        raise VerificationError("The opening is malformed.")
    check_leaf(leaf)
    com, opening = bytes.fromhex(leaf["com"]), from_hex(value["opening"])
    commitment.check_detail(com, opening, leaf["id"], canonical(m))
    return Opening(index, leaf, open_fields(m, value["open"]))
