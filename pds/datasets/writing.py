"""The file of a set: a head and rows that nothing joins to anybody; pure.

Each row gets a fresh random id, and the ids give the order, so neither tells who stood
where. Rows of one person in a pseudonymised set share a fresh random `person`; which
person that is was known to this function's caller alone and is written nowhere
(deletion of the processing information, APPI 41(2), 43(2)).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pds.core.vocabulary.dataset_rules import DataSetKind, Rules
from pds.datasets.rows import Row, field_names

FORMAT: Final = "infobank-dataset/1"
CHUNK: Final = 1 << 20
"""Bytes of a chunk; the last one is shorter."""
_ID_SIZE: Final = 16
_PLACE_SIZE: Final = 8
DUTIES: Final = {
    DataSetKind.PSEUDONYMISED: {
        "en": "Pseudonymised information. It must not be given to a third party, nor"
        " held against other information to find out who somebody is, nor used to"
        " contact anybody (APPI article 41).",
        "ja": "仮名加工情報です。第三者への提供、本人を識別するための他の情報との照合、"
        "本人への連絡のための利用は禁じられています(個人情報保護法第41条)。",
    },
    DataSetKind.ANONYMISED: {
        "en": "Anonymised information. It must not be held against other information"
        " to find out who somebody is (APPI article 45).",
        "ja": "匿名加工情報です。本人を識別するために他の情報と照合してはなりません"
        "(個人情報保護法第45条)。",
    },
}
"""What whoever holds a file has to know (APPI 43(4), 44); its first line says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the first line says besides the duties.

    Attributes:
        kind: of the set.
        k: least number of persons in a group.
        first_month: such as `2026-01`.
        last_month: inclusive.
    """

    kind: DataSetKind
    k: int
    first_month: str
    last_month: str


def lines(
    rules: Rules, head: Head, rows: Mapping[Row, int], secret: Callable[[int], bytes]
) -> Iterator[bytes]:
    """Yield the lines of the file.

    Args:
        rules: by which it is made.
        head: what the first line says.
        rows: what is in it, and how often.
        secret: gives so many random bytes.
    """
    yield _line(
        {
            "duties": DUTIES[head.kind],
            "first_month": head.first_month,
            "format": FORMAT,
            "k": head.k,
            "kind": head.kind.value,
            "last_month": head.last_month,
            "rows": sum(rows.values()),
            "rules": rules.version,
        }
    )
    names: dict[int, str] = {}
    every, marks = list(rows), []
    for place, (row, count) in enumerate(rows.items()):
        if not row.category and row.person not in names:
            names[row.person] = secret(_ID_SIZE).hex()
        marks += [secret(_ID_SIZE) + place.to_bytes(_PLACE_SIZE) for _ in range(count)]
    # An id and a place for each row: what a row says is put together when it is due.
    marks.sort()
    for mark in marks:
        row = every[int.from_bytes(mark[_ID_SIZE:])]
        yield _line({"id": mark[:_ID_SIZE].hex()} | _members(rules, row, names))


def _members(rules: Rules, row: Row, names: Mapping[int, str]) -> dict[str, Any]:
    members: dict[str, Any] = {"age_band": row.age_band, "month": row.month}
    if row.category:
        members["category"] = row.category
    else:
        # Only rows that tell of all are linked; see `RowUnit`.
        members["person"] = names[row.person]
    values = zip(field_names(rules, row.category), row.values, strict=True)
    return members | {name: value for name, value in values if value is not None}


def chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Put lines together to chunks."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


def _line(members: dict[str, Any]) -> bytes:
    text = json.dumps(
        members, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode() + b"\n"
