"""The bytes that go out: record items spliced around stored payloads.

A payload was checked as JSON when it was stored, so its bytes are put into the answer
without being parsed again; at a thousand records this is most of the cost saved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from audit.canonical import canonical
from pds.vault.records import OpenRecord

_EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=4096)
def iso_day(day: int) -> bytes:
    """Return a day number (days since 1970-01-01 in Asia/Tokyo) as `YYYY-MM-DD`."""
    return (_EPOCH + timedelta(days=day)).isoformat().encode()


@lru_cache(maxsize=1024)
def _kind(category: str, schema: str) -> bytes:
    return b'","category":"%b","schema":"%b","first_day":"' % (
        category.encode(),
        schema.encode(),
    )


def items(records: Sequence[OpenRecord], record_ids: Sequence[str]) -> list[bytes]:
    """Return one JSON object per record, in the given order.

    Args:
        records: opened records whose payloads are canonical JSON.
        record_ids: the ids that this recipient knows the records by.
    """
    return [
        b'{"id":"%b%b%b","last_day":"%b","payload":%b}'
        % (
            record_id.encode(),
            _kind(record.category, record.schema),
            iso_day(record.first_day),
            iso_day(record.last_day),
            record.payload,
        )
        for record, record_id in zip(records, record_ids, strict=True)
    ]


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


def page(heading: Heading, lines: Iterable[bytes], following: str | None) -> bytes:
    """Return a page: the heading, the cursor of the next page or null, the records."""
    cursor = b"null" if following is None else b'"%b"' % following.encode()
    return b'%b,"next":%b,"records":[%b]}\n' % (
        heading.members(),
        cursor,
        b",".join(lines),
    )
