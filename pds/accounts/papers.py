"""Papers that prove something to the bank, sealed under the account key of the person.

They go with the account: where the key was destroyed, no paper opens.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from audit.work import Work
from pds.core.errors import Invalid
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass

LARGEST: Final = 5_000_000
"""Bytes of a paper."""

VERSION: Final = 1
_BEGINNINGS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was brought."""

    media_type: str
    content: bytes


def read(content: bytes) -> Paper:
    """Look at what was brought.

    Raises:
        Invalid: `papers.kind`; neither PDF nor PNG nor JPEG, or larger than 5 MB.
    """
    kind = next((t for b, t in _BEGINNINGS.items() if content.startswith(b)), None)
    if kind is None or len(content) > LARGEST:
        raise Invalid("papers.kind", "The paper is no PDF, PNG or JPEG of 5 MB.")
    return Paper(kind, content)


def seal(
    work: Work, owner: OwnerId, object_id: UUID, label: bytes, paper: Paper
) -> dict[str, object]:
    """Seal a paper; return the columns `proof…` that keep it."""
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    sealed = work.keys.seal(
        work.connection, key, object_id, VERSION, label, paper.content
    )
    return {
        "proof": sealed,
        "proof_generation": key.generation,
        "proof_type": paper.media_type,
    }


def unseal(
    work: Work,
    owner: OwnerId,
    object_id: UUID,
    label: bytes,
    kept: tuple[str, int, bytes],
) -> Paper:
    """Open a paper again, from its media type, key generation and envelope.

    Raises:
        KeyUnavailable: the person's account was erased.
    """
    media_type, generation, sealed = kept
    key = work.keys.open(work.connection, owner, KeyClass.ACCOUNT, generation)
    content = work.keys.unseal(key, sealed, object_id, VERSION, label)
    return Paper(media_type, content)
