"""A person's archive that another bank made (`docs/formats/archive.md`); pure.

An archive is a stranger's file until a pinned key of a known bank verifies its
manifest, and that bank has said who sends it. Of a verified one the records are taken
as that bank kept them. Of any other only the payloads are looked at, and they go
through the readers of ordinary files: what it claims about itself counts for nothing.

An attacker would send paths that lead elsewhere, one name twice, a small file that
grows to gigabytes, a manifest of other files, a signature of another archive, records
whose clear facts differ from what is in them or whose source the archive does not list,
numbers that nobody may keep in headers and names.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from pds.core.errors import Invalid
from pds.core.vocabulary import categories
from providers import payload
from providers.formats import fhir, prohibited, receipt
from providers.formats.archive_files import VERSION, Files, broken, text_of, whole
from providers.formats.detect import Limits
from providers.formats.reading import Options, read_values
from providers.issues import FileRefused, Issue
from providers.payload import JSON, PayloadError
from providers.records import CanonicalRecord, Item
from providers.sources import SELF_SOURCE

TYP: Final = "person-archive+jwt"
"""Kind of the statement that signs a manifest."""
EXPORT_FORMAT: Final = "infobank-export/1"
RECORDS: Final = "records/records.ndjson"
_FORMAT: Final = "infobank-archive"
_MAGIC: Final = b"PK\x03\x04"
_GROWTH: Final = 2
_GROWTH_VERIFIED: Final = 12
"""How much larger the records may be than the whole file may be."""

Verify = Callable[[str, str], Mapping[str, Any] | None]
"""Given the claimed issuer and the signed manifest's text, returns its claims if a
pinned key of that issuer verifies it, else None."""


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source as the other bank named it."""

    source_id: UUID
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was opened and holds together.

    Attributes:
        issuer: address of the bank that it says made it.
        is_verified: whether a pinned key of that bank signed it.
        sources: organisations that records came from; empty unless verified.
        items: every record with what became of it; the source of each is beside it.
    """

    issuer: str
    is_verified: bool
    sources: tuple[NamedSource, ...]
    items: tuple[tuple[Item, UUID], ...]


def is_archive(data: bytes) -> bool:
    """Say whether some bytes begin like an archive."""
    return data.startswith(_MAGIC)


def read(
    data: bytes, verify: Verify, *, now: datetime, options: Options | None = None
) -> Archive:
    """Open an archive and read its records.

    Args:
        data: the file.
        verify: tells whether a known bank signed it.
        now: the moment of reading.
        options: limits.

    Raises:
        FileRefused: as a whole it cannot be believed or is too large.
    """
    options = options or Options()
    limits = options.limits
    if len(data) > limits.max_bytes:
        raise FileRefused("PHR-F04", "The file is larger than is taken.")
    files = Files(data)
    issuer = _issuer(files)
    claims = verify(issuer, files.signed())
    if claims is not None:
        check_claims(claims, files.manifest, issuer)
    growth = _GROWTH if claims is None else _GROWTH_VERIFIED
    lines = _lines(files, limits, growth)
    if claims is None:
        values = [_payload(line) for line in lines]
        read_anew = read_values(values, now=now, options=options, format_=_FORMAT)
        items = tuple((item, SELF_SOURCE) for item in read_anew)
        return Archive(issuer, is_verified=False, sources=(), items=items)
    # The file has the newest first; what comes later in a day ranks higher there.
    named = _sources(files)
    listed = frozenset({SELF_SOURCE, *(each.source_id for each in named)})
    kept = tuple(
        _kept(line, index, issuer, listed)
        for index, line in reversed(list(enumerate(lines)))
    )
    return Archive(issuer, is_verified=True, sources=named, items=kept)


def _payload(line: JSON) -> JSON:
    return line.get("payload") if isinstance(line, dict) else None


def _issuer(files: Files) -> str:
    try:
        issuer = json.loads(files.read("bank.json"))["issuer"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise broken("It does not say which bank made it.") from None
    if not isinstance(issuer, str):
        raise broken("It does not say which bank made it.")
    return issuer


def check_claims(claims: Mapping[str, Any], manifest: bytes, issuer: str) -> None:
    """Compare a signed manifest's claims with the archive that it lies in.

    Raises:
        FileRefused: PHR-F06; they are another archive's, or another bank's.
    """
    digest = sha256(manifest).hexdigest()
    if (claims.get("v"), claims.get("manifest_sha256")) != (VERSION, digest):
        raise broken("The signature is that of another archive.")
    if claims.get("iss") != issuer:
        raise broken("The signature is that of another bank.")


def _lines(files: Files, limits: Limits, growth: int) -> list[JSON]:
    text = text_of(files.read(RECORDS, growth * limits.max_bytes))
    if text.count("\n") > limits.max_items + 2:
        raise FileRefused("PHR-F04", f"More than {limits.max_items} items.")
    lines = [line for line in text.split("\n") if line]
    try:
        head = payload.parse(lines[0]) if lines else {}
        if not isinstance(head, dict) or head.get("format") != EXPORT_FORMAT:
            raise FileRefused("PHR-F01", "Records of this version are not known.")
        return [payload.parse(line) for line in lines[1:]]
    except PayloadError as error:
        raise FileRefused(f"PHR-{error.code}", str(error)) from None


def _kept(
    line: JSON, index: int, issuer: str, listed: frozenset[UUID]
) -> tuple[Item, UUID]:
    """Return a record as the other bank kept it."""
    path = f"record {index + 1}"
    try:
        record, source_id = _record(line, issuer, listed)
    except (KeyError, TypeError, ValueError, PayloadError, Invalid):
        issue = Issue("PHR-S10", "", "The record is not one of this version.")
        return Item(index, path, "", issues=(issue,)), SELF_SOURCE
    label = record.payload_schema.rpartition("/")[2]
    hits = (*prohibited.find(line["payload"]), *prohibited.find(line["header"]))
    if hits:
        return Item(index, path, label, issues=hits, holds_prohibited=True), source_id
    return Item(index, path, label, records=(record,)), source_id


def _record(
    line: dict[str, JSON], issuer: str, listed: frozenset[UUID]
) -> tuple[CanonicalRecord, UUID]:
    category = categories.get(line["category"])
    schema, source_id = line["schema"], UUID(line["source"])
    if source_id not in listed:
        raise ValueError("The archive does not list the source.")
    is_receipt = schema == receipt.SCHEMA_ID
    if is_receipt == bool(category.fhir_resources):
        raise ValueError("The category does not fit the schema.")
    if not is_receipt:
        kind = line["payload"]["resourceType"]
        if schema != f"fhir-r4/{kind}" or kind not in category.fhir_resources:
            raise ValueError("The schema is not that of the resource.")
    content = payload.write(line["payload"])
    header = line["header"]
    moved: dict[str, JSON] = {"from": issuer, "record": str(UUID(line["id"]))}
    if "moved" in header:
        moved["before"] = header["moved"]
    return (
        CanonicalRecord(
            category=category.id,
            first_day=whole(line["first_day"]),
            last_day=whole(line["last_day"]),
            moment=whole(line.get("order", 0)),
            payload_schema=schema,
            sensitivity=category.sensitivity.value,
            dedupe=fhir.dedupe_bytes(schema, content),
            header={**header, "moved": moved},
            payload=content,
        ),
        source_id,
    )


def _sources(files: Files) -> tuple[NamedSource, ...]:
    try:
        named = tuple(map(_source, json.loads(files.read("sources.json"))))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise broken("Its list of sources cannot be read.") from None
    for each in named:
        for hit in prohibited.find([each.name_ja, each.name_en]):
            raise FileRefused(hit.code, hit.message)
    return named


def _source(row: Mapping[str, Any]) -> NamedSource:
    name_ja, name_en = str(row["name_ja"]), str(row["name_en"])
    return NamedSource(UUID(row["source_id"]), name_ja, name_en)
