"""Papers of a request: what was written or handed in, sealed one by one.

The format is in docs/formats/rights.md. The kind stands in the sealed header as well as
in its column, and a paper opens only in its place, so nothing can be passed off as
something else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from pds.accounts import looks
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import OwnerId
from pds.crypto.envelope import frame
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.rights.desk.kinds import PaperKind
from pds.rights.desk.tables import rights_paper

TEXT: Final = "text/plain"
LONGEST_TEXT: Final = 4_000
"""Characters of what anybody may write at once."""
LARGEST_PROOF: Final = 5_000_000
"""Bytes of a proof of authority."""
LABEL: Final = b"sys.request"
_VERSION: Final = 1
_LENGTH: Final = 4
_BEGINNINGS: Final = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
_c = rights_paper.c


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper, opened.

    Attributes:
        no: its number within the request, from 1.
        content: UTF-8 text, or the bytes of a document.
    """

    no: int
    kind: PaperKind
    at: datetime
    media_type: str
    content: bytes

    @property
    def is_text(self) -> bool:
        """Whether it was written and not handed in."""
        return self.media_type == TEXT

    @property
    def text(self) -> str:
        """What was written."""
        return self.content.decode()


def media_type_of(document: bytes) -> str:
    """Return the type of a document by its first bytes; what it is called says nothing.

    Raises:
        Invalid: `rights.proof`; too large, or neither PDF nor a picture.
    """
    for beginning, kind in _BEGINNINGS.items():
        if document.startswith(beginning) and len(document) <= LARGEST_PROOF:
            return kind
    raise Invalid("rights.proof", "A proof is a PDF, JPEG or PNG of at most 5 MB.")


def plaintext(kind: PaperKind, media_type: str, content: bytes) -> bytes:
    """Return what is sealed: u32 length of header ‖ header ‖ content."""
    header = {"kind": kind.value, "media_type": media_type, "v": _VERSION}
    return frame(canonical(header), content)


def write(
    work: Work, owner: OwnerId, request_id: UUID, kind: PaperKind, text: str
) -> None:
    """Keep what somebody wrote; an empty text is nothing.

    Raises:
        Invalid: `rights.text`; too long.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid("rights.text", "The text is too long.")
    if text:
        put(work, owner, request_id, kind, TEXT, text.encode())


def put(
    work: Work,
    owner: OwnerId,
    request_id: UUID,
    kind: PaperKind,
    media_type: str,
    content: bytes,
) -> None:
    """Seal the next paper of a request."""
    mine = (_c.owner_id == owner, _c.request_id == request_id)
    last = work.connection.execute(select(func.max(_c.no)).where(*mine)).scalar()
    no = (last or 0) + 1
    text = plaintext(kind, media_type, content)
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    envelope = work.keys.seal(work.connection, key, request_id, no, LABEL, text)
    work.connection.execute(
        insert(rights_paper).values(
            owner_id=owner,
            request_id=request_id,
            no=no,
            kind=kind,
            at=work.now,
            generation=key.generation,
            envelope=envelope,
        )
    )


def every(
    snap: Snapshot, keys: Keyring, owner: OwnerId, request_id: UUID
) -> list[Paper]:
    """Return the papers of a request, the oldest first.

    Raises:
        KeyUnavailable: the account was erased.
        EnvelopeError: one does not open, or is not what its row says.
    """
    query = (
        select(rights_paper)
        .where(_c.owner_id == owner, _c.request_id == request_id)
        .order_by(_c.no)
    )
    rows = snap.connection.execute(query)
    return [_open(snap, keys, owner, row) for row in rows]


def numbers(snap: Snapshot, owner: OwnerId, request_id: UUID) -> list[int]:
    """Return the numbers of the papers of a request, without opening any."""
    query = select(_c.no).where(_c.owner_id == owner, _c.request_id == request_id)
    return list(snap.connection.execute(query).scalars())


def one(
    snap: Snapshot, keys: Keyring, owner: OwnerId, request_id: UUID, no: int
) -> Paper:
    """Return one paper; NotFound `rights.no-paper` if there is none."""
    query = select(rights_paper).where(
        _c.owner_id == owner, _c.request_id == request_id, _c.no == no
    )
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("rights.no-paper", "There is no such paper.")
    return _open(snap, keys, owner, row)


def forget(work: Work, owner: OwnerId, request_id: UUID | None = None) -> None:
    """Delete the papers of one request, or all of a person."""
    mine = [_c.owner_id == owner]
    if request_id is not None:
        mine.append(_c.request_id == request_id)
        looks.forget(work, owner, request_id)
    work.connection.execute(delete(rights_paper).where(*mine))


def _open(snap: Snapshot, keys: Keyring, owner: OwnerId, row: Any) -> Paper:
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    framed = keys.unseal(key, bytes(row.envelope), row.request_id, row.no, LABEL)
    end = _LENGTH + int.from_bytes(framed[:_LENGTH])
    header = parse_canonical(framed[_LENGTH:end])
    if header["v"] != _VERSION or header["kind"] != row.kind:
        raise EnvelopeError
    kind, media_type = PaperKind(row.kind), header["media_type"]
    return Paper(row.no, kind, row.at, media_type, framed[end:])
