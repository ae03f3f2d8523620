"""What is ordered, and what became of it: plain values; pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pds.core.clock import TOKYO, day_number
from pds.core.errors import Invalid
from pds.core.vocabulary import dataset_rules
from pds.core.vocabulary.dataset_rules import DataSetKind, Rules
from pds.datasets.tables import DataSetFailure, DataSetState

_MOST_WORDS: Final = 1000
_MONTH: Final = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made.

    Attributes:
        kind: pseudonymised or anonymised.
        purpose_ja: what it is for and what persons gain, in Japanese.
        purpose_en: the same in English.
        first_month: such as `2026-01`.
        last_month: inclusive.
        k: least number of persons in a group.
    """

    kind: DataSetKind
    purpose_ja: str
    purpose_en: str
    first_month: str
    last_month: str
    k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A set and how far it is.

    Attributes:
        rules: version of the rules that it is made by.
        rows: how many rows it has.
        size: bytes of the file.
        digest: SHA-256 of the file; None until it is made.
        attempt: the lease under which it is or was made.
        made_at: when it was ready; None until then.
        due_at: end of the lease; of a ready set the day on which it is deleted.
        failure: why it was not made; None of every other.
        left_out_records: how many records could not be read.
        left_out_persons: how many persons could not be read at all.
    """

    data_set_id: UUID
    order: Order
    state: DataSetState
    rules: Rules
    rows: int
    chunks: int
    size: int
    digest: bytes | None
    attempt: int
    ordered_at: datetime
    made_at: datetime | None
    due_at: datetime
    failure: DataSetFailure | None
    left_out_records: int
    left_out_persons: int

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day, since 1970-01-01 in Asia/Tokyo."""
        first = date.fromisoformat(f"{self.order.first_month}-01")
        last = next_month(self.order.last_month) - timedelta(days=1)
        return day_number(first), day_number(last)


def of_row(row: Any) -> DataSet:
    """Return the set that a row of its table tells of."""
    return DataSet(
        data_set_id=row.data_set_id,
        order=Order(
            kind=DataSetKind(row.kind),
            purpose_ja=row.purpose_ja,
            purpose_en=row.purpose_en,
            first_month=row.first_month,
            last_month=row.last_month,
            k=row.k,
        ),
        state=DataSetState(row.state),
        rules=dataset_rules.of_version(row.rules),
        rows=row.rows,
        chunks=row.chunks,
        size=row.size,
        digest=None if row.digest is None else bytes(row.digest),
        attempt=row.attempt,
        ordered_at=row.ordered_at,
        made_at=row.made_at,
        due_at=row.due_at,
        failure=None if row.failure is None else DataSetFailure(row.failure),
        left_out_records=row.left_out_records,
        left_out_persons=row.left_out_persons,
    )


def check(wish: Order, rules: Rules, *, floor: int, now: datetime) -> None:
    """Check an order.

    Raises:
        Invalid: `data-set.k`, `data-set.purpose`, `data-set.period`.
    """
    if wish.k < max(floor, rules.least_k):
        raise Invalid("data-set.k", "A group would be smaller than the floor.")
    for text in (wish.purpose_ja, wish.purpose_en):
        if not text.strip() or len(text) > _MOST_WORDS:
            raise Invalid("data-set.purpose", "The purpose is missing or too long.")
    if not (_MONTH.match(wish.first_month) and _MONTH.match(wish.last_month)):
        raise Invalid("data-set.period", "A month is not written as 2026-01.")
    span = _months(wish.last_month) - _months(wish.first_month) + 1
    over = next_month(wish.last_month) <= now.astimezone(TOKYO).date()
    if not (1 <= span <= rules.months and over):
        raise Invalid("data-set.period", "The months are too many, or not over.")


def _months(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def next_month(month: str) -> date:
    """Return the first day of the month after a month."""
    year, index = divmod(_months(month) + 1, 12)
    return date(year, index + 1, 1)
