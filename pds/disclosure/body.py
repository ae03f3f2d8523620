"""The bytes that go out: record items spliced around stored payloads.

A payload was checked as JSON when it was stored, so its bytes are put into the answer
without being parsed again; at a thousand records this is most of the cost saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from audit.canonical import canonical
from pds.vault.records import OpenRecord
from pds.vault.schemas import name_of

_EPOCH = date(1970, 1, 1)


def iso_day(day: int) -> str:
    """Return a day number (days since 1970-01-01 in Asia/Tokyo) as `YYYY-MM-DD`."""
    return (_EPOCH + timedelta(days=day)).isoformat()


@lru_cache(maxsize=8192)
def _middle(kind: tuple[str, int, int, int]) -> bytes:
    """Return what stands between a record's name and its payload."""
    category, schema, first_day, last_day = kind
    return (
        f'","category":"{category}","schema":"{name_of(schema)}"'
        f',"first_day":"{iso_day(first_day)}","last_day":"{iso_day(last_day)}"'
        ',"payload":'
    ).encode()


def items(
    records: Sequence[OpenRecord], names: Sequence[bytes], between: bytes = b","
) -> bytes:
    """Return JSON objects, one per record, in the given order.

    All pieces are joined once: a copy of each record less is a tenth of the time.

    Args:
        records: opened records whose payloads are canonical JSON.
        names: the names that this recipient knows the records by.
        between: what stands between two objects.
    """
    pieces: list[bytes] = []
    opening = b'{"id":"'
    for record, name in zip(records, names, strict=True):
        kind, payload = record.shown()
        pieces += (opening, name, _middle(kind), payload)
        opening = b"}" + between + b'{"id":"'
    return b"".join((*pieces, b"}")) if pieces else b""


@dataclass(frozen=True)
class Heading:
    """What stands once above the records of a page or a stream."""

    subject: str
    consent_id: str
    consent_version: int
    purpose: str
    form: str
    detail: str
    retention_days: int

    def members(self) -> bytes:
        """Return the members as canonical JSON without the closing brace."""
        return canonical(
            {
                "consent_id": self.consent_id,
                "consent_version": self.consent_version,
                "detail": self.detail,
                "form": self.form,
                "purpose": self.purpose,
                "retention_days": self.retention_days,
                "subject": self.subject,
                "v": 1,
            }
        )[:-1]


def page(heading: Heading, objects: bytes, following: str | None) -> bytes:
    """Return a page: the heading, the cursor of the next page or null, the records."""
    cursor = b"null" if following is None else b'"%b"' % following.encode()
    return b"".join(
        (heading.members(), b',"next":', cursor, b',"records":[', objects, b"]}\n")
    )


def part(
    heading: Heading,
    objects: bytes,
    following: str | None,
    gone: Sequence[bytes],
    *,
    is_whole: bool,
) -> bytes:
    """Return one person's part of a page of a cohort, a line of NDJSON.

    Args:
        heading: what stands above the records.
        objects: the records.
        following: cursor of the rest of them, or None.
        gone: names of records that the recipient has to delete first.
        is_whole: whether this replaces all that the recipient holds under the consent.
    """
    cursor = b"null" if following is None else b'"%b"' % following.encode()
    names = b",".join(b'"%b"' % name for name in gone)
    return b"".join(
        (
            *(heading.members(), b',"next":', cursor, b',"records":[', objects),
            *(b'],"removed":[', names, b'],"whole":'),
            b"true}\n" if is_whole else b"false}\n",
        )
    )
