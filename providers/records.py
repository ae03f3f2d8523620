"""What every reader yields: items of a file with their canonical records."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from providers.issues import Issue
from providers.payload import JSON


class Outcome(StrEnum):
    """What became of an item of a file."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    CONTEXT = "context"
    """Read for the sake of other items and, on purpose, not stored as a record."""


@dataclass(frozen=True, slots=True)
class CanonicalRecord:
    """One record as the vault will hold it, before it is sealed.

    Attributes:
        category: category id of the vocabulary.
        first_day: day in Asia/Tokyo since 1970-01-01 on which it begins.
        last_day: the day on which it ends; the same day for a moment.
        moment: Unix milliseconds of its beginning; only for ordering within a day.
        payload_schema: `fhir-r4/<Resource>` or `receipt/1`.
        sensitivity: sensitivity of the category, as the vocabulary spells it.
        dedupe: the bytes that two deliveries of one record have in common.
        header: codes, values for charts, exact times, provenance, quality, issues and
            the identity elements that were replaced in the payload.
        payload: canonical JSON bytes.
    """

    category: str
    first_day: int
    last_day: int
    moment: int
    payload_schema: str
    sensitivity: str
    dedupe: bytes
    header: Mapping[str, JSON]
    payload: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a file: an entry, a line, an element of an array.

    Attributes:
        index: position in the file, from 0.
        path: where in the file, such as `Bundle.entry[3]` or `line 4`.
        label: resource type or `Receipt`; empty when that could not be read.
        records: none when rejected or context; two when a receipt was split.
        issues: everything found, of all severities.
        holds_prohibited: whether a My Number or card number was found in it.
    """

    index: int
    path: str
    label: str
    records: tuple[CanonicalRecord, ...] = ()
    issues: tuple[Issue, ...] = ()
    holds_prohibited: bool = False
    is_context: bool = False

    @property
    def outcome(self) -> Outcome:
        """Whether it can be stored, as far as reading alone can tell."""
        if self.records:
            return Outcome.ACCEPTED
        return Outcome.CONTEXT if self.is_context else Outcome.REJECTED
