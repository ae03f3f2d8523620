"""The sealed detail: what the leaf only commits to, under the subject's audit key.

The plaintext is canonical JSON {f, o, s, v}: the fields, the opening, the salt root
and version 1. docs/formats.md has a test vector.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from audit import commitment
from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError

LABEL = b"sys.detail"
"""Label of the envelope's additional data."""

ENVELOPE_VERSION = 1
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Detail:
    """An opened detail.

    Attributes:
        fields: every field, gen and i included.
        opening: 32 bytes that open the leaf's com.
        salt_root: 32 bytes from which the salt of each field comes.
    """

    fields: Mapping[str, str]
    opening: bytes
    salt_root: bytes

    def m(self) -> bytes:
        """Return the detail map: the commitment to each field."""
        return commitment.detail_map(
            {
                name: commitment.field_commitment(self.salt(name), name, value).hex()
                for name, value in self.fields.items()
            }
        )

    def salt(self, name: str) -> bytes:
        """Return the salt of one field."""
        return commitment.salt(self.salt_root, name)


def object_id(gen: int, i: int) -> bytes:
    """Return the 16 bytes that bind an envelope to its place."""
    return b"dtl\x00" + gen.to_bytes(4) + i.to_bytes(8)


def encode(fields: Mapping[str, str], opening: bytes, salt_root: bytes) -> bytes:
    """Return the plaintext of a detail."""
    return canonical(
        {"f": dict(fields), "o": opening.hex(), "s": salt_root.hex(), "v": _VERSION}
    )


def decode(plaintext: bytes) -> Detail:
    """Read the plaintext of a detail.

    Raises:
        VerificationError: it is not of this format and version.
    """
    value = parse_canonical(plaintext)
    try:
        if value["v"] != _VERSION or len(value) != len("fosv"):
            raise VerificationError("The detail is of an unknown version.")
        fields = value["f"]
        opening, salt_root = bytes.fromhex(value["o"]), bytes.fromhex(value["s"])
        if not all(isinstance(each, str) for each in fields.values()):
            raise VerificationError("The detail holds a field that is not text.")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise VerificationError("The detail is malformed.") from None
    return Detail(fields, opening, salt_root)
