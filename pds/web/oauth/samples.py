"""The person's own records on the consent page: in words, and exactly as they would go.

Words and bytes are of the same records, read on the path on which records go; so a
person who does not read JSON still sees what would be known (N-02, try before you
share).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consent.terms import DataProvision
from pds.core.vocabulary import Sensitivity, categories, questions
from pds.disclosure.answering import NO, UNKNOWN, YES, is_answer
from pds.disclosure.preview import Kind, Preview
from pds.vault.records import OpenRecord
from pds.web.languages import explained, named
from pds.web.oauth import sum_words
from pds.web.oauth.narrowing import asked_categories
from pds.web.portal.summaries import period, summarise

_ANSWERS = {YES: _l("Yes"), NO: _l("No"), UNKNOWN: _l("Unknown")}
MOST_NAMES = 3
"""Bought things that are named of one receipt; the rest is counted."""


@dataclass(frozen=True)
class Sample:
    """One record or sum that would go: what, how much, when, and its very bytes.

    Attributes:
        what: what it is, and for a receipt what was bought.
        value: how much, empty if it has no value of its own.
        when: its day or days.
        exact: the JSON that the recipient would get.
    """

    what: str
    value: str
    when: str
    exact: str


@dataclass(frozen=True)
class Box:
    """One kind of data that can be ticked, with the newest records of it.

    Attributes:
        id: id of the category.
        count: matching records now.
        is_special: whether it is special-care data (要配慮, X-01).
    """

    id: str
    name: str
    explanation: str
    count: int
    is_special: bool
    samples: Sequence[Sample]


def boxes(asked: DataProvision, shown: Preview) -> list[Box]:
    """Return one box for each category that is asked for; none is ticked (D-07)."""
    kinds = {kind.category: kind for kind in shown.kinds}
    return [_box(each.id, kinds.get(each.id)) for each in asked_categories(asked)]


def _box(category_id: str, kind: Kind | None) -> Box:
    category = categories.get(category_id)
    return Box(
        id=category_id,
        name=named(category.words),
        explanation=explained(category.words),
        count=kind.count if kind else 0,
        is_special=category.sensitivity is Sensitivity.SPECIAL_CARE,
        samples=_samples(kind) if kind else [],
    )


def _samples(kind: Kind) -> list[Sample]:
    return said(kind.records, kind.rows)


def said(records: Sequence[OpenRecord], rows: Sequence[bytes]) -> list[Sample]:
    """Say what goes in words: single records, or rows where it is sums or an answer."""
    if records:
        return [_sample(*pair) for pair in zip(records, rows, strict=True)]
    return [_answered(row) if is_answer(row) else _summed(row) for row in rows]


def _answered(exact: bytes) -> Sample:
    told = json.loads(exact)["payload"]
    return Sample(
        what=named(questions.get(told["question"]).words),
        value=str(_ANSWERS[told["answer"]]),
        when=str(_("As of yesterday:")),
        exact=exact.decode(),
    )


def _summed(exact: bytes) -> Sample:
    row, numbers = sum_words.numbers_of(exact)
    return Sample(
        what=sum_words.count_of(row),
        value=numbers,
        when=sum_words.days_of(row),
        exact=exact.decode(),
    )


def _sample(record: OpenRecord, row: bytes) -> Sample:
    short = summarise(record)
    bought = _bought(record)
    return Sample(
        what=f"{short.title} ({bought})" if bought else short.title,
        value=short.value,
        when=period(record),
        exact=row.decode(),
    )


def _bought(record: OpenRecord) -> str:
    """Name what stands on a receipt: a shop and a sum would hide what goes."""
    if not record.schema.startswith("receipt/"):
        return ""
    receipt: dict[str, Any] = json.loads(record.payload)
    names = [
        str(line["description"])
        for line in receipt.get("lines", ())
        if line.get("kind") == "item" and line.get("description")
    ]
    listed = str(_(", ")).join(names[:MOST_NAMES])
    if len(names) <= MOST_NAMES:
        return listed
    return str(
        ngettext(
            "%(names)s and %(num)s other thing",
            "%(names)s and %(num)s other things",
            len(names) - MOST_NAMES,
            names=listed,
        )
    )
