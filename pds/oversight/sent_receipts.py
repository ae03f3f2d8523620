"""The receipts that recipients send back, as files: proofs, or lines of JSON.

A line is `{"receipt": "<base64 of the tlog-proof>"}` and may add `body_sha256` and `n`:
what the recipient itself saw, hashed and counted.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import VerificationError
from audit.note import decode_base64

PROOF, LINES = ".tlog-proof", ".jsonl"
"""Endings of the files that are read in a folder."""

_SEEN = ("body_sha256", "n")


@dataclass(frozen=True, slots=True)
class Sent:
    """One receipt that came back.

    Attributes:
        name: file, and line where there are many.
        proof: the tlog-proof; None if it could not be read.
        seen: what the recipient says it received: `body_sha256`, `n`.
    """

    name: str
    proof: bytes | None
    seen: dict[str, str]


def read(paths: Iterable[Path]) -> Iterator[Sent]:
    """Yield every receipt of these files, and of the files in these folders.

    Raises:
        OSError: a file cannot be read.
    """
    for path in paths:
        if path.is_dir():
            inside = (each for each in path.rglob("*") if each.is_file())
            yield from read(sorted(x for x in inside if x.suffix in (PROOF, LINES)))
        elif path.suffix == LINES:
            yield from _lines(path)
        else:
            yield Sent(path.name, path.read_bytes(), {})


def _lines(path: Path) -> Iterator[Sent]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _line(f"{path.name}:{number}", line)


def _line(name: str, line: bytes) -> Sent:
    try:
        said: Any = json.loads(line)
    except (ValueError, RecursionError):
        return Sent(name, None, {})
    return item(name, said)


def item(name: str, said: Any) -> Sent:
    """Return what a parsed line, or an item of a request, says."""
    try:
        proof = decode_base64(said["receipt"].strip(":"))
        seen = {each: str(said[each]) for each in _SEEN if each in said}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Sent(name, None, {})
    except VerificationError:
        return Sent(name, None, {})
    return Sent(name, proof, seen)
