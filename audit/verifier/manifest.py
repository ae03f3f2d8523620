"""The manifest of an evidence bundle: what lies in it, byte for byte.

docs/formats/bundle.md describes every member. Reading it proves nothing; the note, the
proof and the files beside it do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.canonical import canonical, parse_canonical
from audit.checkpoint import parse
from audit.errors import VerificationError
from audit.note import VerifierKey, parse_vkey, split_note

FORMAT = "infobank-evidence-bundle/1"
ACTION = "evidence.bundled"
"""The code of the entry of the log that holds a manifest's hash."""

MANIFEST, NOTE = "manifest.json", "manifest.note"
PROOF, CONSISTENCY = "manifest.proof", "manifest.consistency"
OF_MANIFEST = frozenset({MANIFEST, NOTE, PROOF, CONSISTENCY})
"""Files that the manifest cannot list: itself and what proves it."""

LOG = "log"
"""Folder of the log inside a bundle, in the layout of an export."""

ALL, LEFT_OUT = "all", "left-out"

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_PATH = re.compile(rf"{_PART}(?:/{_PART}){{0,7}}")
_HASH = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENTRIES = frozenset({ALL, LEFT_OUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        bundle_id: UUID of this bundle.
        made_at: moment at which it was made, RFC 3339 in UTC with milliseconds.
        period: `from` and `until` (the first moment after it), each where given.
        checkpoint: the newest published checkpoint then, verbatim.
        entries: `all` if the log's entries are inside, else `left-out`.
        evidence_key: verifier key of the note beside the manifest.
        files: size and SHA-256 in hex of every other file, by path.
    """

    bundle_id: str
    made_at: str
    period: Mapping[str, str]
    checkpoint: str
    entries: str
    evidence_key: str
    files: Mapping[str, tuple[int, str]]

    def size(self) -> int:
        """Return how many entries the checkpoint covers; its signature is not checked.

        Raises:
            VerificationError: it is no checkpoint.
        """
        return parse(split_note(self.checkpoint)[0]).size

    def encode(self) -> bytes:
        """Return the canonical bytes."""
        return canonical(
            {
                "bundle_id": self.bundle_id,
                "checkpoint": self.checkpoint,
                "entries": self.entries,
                "evidence_key": self.evidence_key,
                "files": [
                    {"path": path, "sha256": digest, "size": size}
                    for path, (size, digest) in sorted(self.files.items())
                ],
                "format": FORMAT,
                "made_at": self.made_at,
                "period": dict(self.period),
            }
        )


def note_text(digest: str) -> str:
    """Return the text that the evidence key signs for a manifest's SHA-256 in hex."""
    return f"{FORMAT}\n{digest}\n"


def key_name(origin: str) -> str:
    """Return the name of the evidence key of the bank with this log."""
    return f"{origin}/evidence"


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        VerificationError: not canonical, of another format, or a member breaks its
            rule.
    """
    found = parse_canonical(data)
    try:
        if found["format"] != FORMAT:
            raise VerificationError("The manifest is of an unknown format.")
        manifest = Manifest(
            bundle_id=_text(found["bundle_id"], _UUID),
            made_at=_text(found["made_at"], _MOMENT),
            period=_period(found["period"]),
            checkpoint=_text(found["checkpoint"]),
            entries=_text(found["entries"]),
            evidence_key=_text(found["evidence_key"]),
            files=_files(found["files"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise VerificationError("The manifest is malformed.") from None
    # Whatever else it holds, or holds in another order, is not of this format.
    if manifest.encode() != data or manifest.entries not in _ENTRIES:
        raise VerificationError("The manifest is malformed.")
    return manifest


def evidence_key(manifest: Manifest, origin: str) -> VerifierKey:
    """Return the evidence key that a manifest names.

    Raises:
        VerificationError: malformed, or of another bank.
    """
    key = parse_vkey(manifest.evidence_key)
    if key.name != key_name(origin):
        raise VerificationError("The evidence key has another name than the log.")
    return key


def _files(rows: Any) -> dict[str, tuple[int, str]]:
    files: dict[str, tuple[int, str]] = {}
    for row in rows:
        path, size = _text(row["path"], _PATH), row["size"]
        if path in OF_MANIFEST or type(size) is not int or size < 0:
            raise VerificationError("The manifest lists a file wrongly.")
        files[path] = (size, _text(row["sha256"], _HASH))
    return files


def _period(value: Any) -> dict[str, str]:
    return {_one_of(name): _text(each, _MOMENT) for name, each in value.items()}


def _one_of(name: str) -> str:
    if name not in {"from", "until"}:
        raise ValueError(name)
    return name


def _text(value: Any, pattern: re.Pattern[str] | None = None) -> str:
    if not isinstance(value, str) or (pattern and pattern.fullmatch(value) is None):
        raise ValueError(value)
    return value
