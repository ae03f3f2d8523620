"""What would go, shown before anything goes: the same selection, the same bytes."""

from dataclasses import dataclass, replace

from consent.selection import Selection
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import Sensitivity, categories
from pds.disclosure.selecting import SelectedRecords, Selector
from pds.vault.records import OpenRecord

FIRST_ROWS = 5


@dataclass(frozen=True)
class Kind:
    """The records of one category that some terms would let go now.

    Attributes:
        category: id of the vocabulary.
        count: how many there are.
        records: the newest of them, opened, to be said in words; none where only sums
            of them go.
        rows: the very JSON objects that the recipient would get: the same records,
            sums of the newest periods, or the answer to the question.
    """

    category: str
    count: int
    records: list[OpenRecord]
    rows: list[bytes]


@dataclass(frozen=True)
class Preview:
    """A person's own records that some terms would let go now.

    Attributes:
        kinds: one for each category that the terms name, in their order; those without
            records as well.
    """

    kinds: list[Kind]

    @property
    def count(self) -> int:
        """Number of records altogether."""
        return sum(kind.count for kind in self.kinds)


def preview(
    snap: Snapshot,
    selector: Selector,
    owner: OwnerId,
    recipient_id: str,
    provision: DataProvision,
    *,
    rows: int = FIRST_ROWS,
) -> Preview:
    """Return what these terms would let this recipient have now, newest first.

    Args:
        snap: one consistent state.
        selector: the same that reads what is released.
        owner: whose records.
        recipient_id: who would get them; the names of the records depend on it.
        provision: the terms.
        rows: most records of each category to open.
    """
    selection = _selection(provision)
    counts = selector.count(snap, owner, selection)
    kinds = []
    for category in selection.categories:
        count, alone = (
            counts.get(category, 0),
            replace(selection, categories=(category,)),
        )
        # A question is answered from no record as well.
        most = rows if selection.question is not None else min(rows, count)
        found = selector.read(snap, owner, recipient_id, alone, None, most)
        lines = found.objects(b"\n").splitlines()
        records = found.records if isinstance(found, SelectedRecords) else []
        kinds.append(Kind(category, count, records, lines))
    return Preview(kinds)


def _selection(provision: DataProvision) -> Selection:
    chosen = categories.expand(provision.categories)
    return Selection(
        categories=tuple(category.id for category in chosen),
        first_day=provision.window.first,
        last_day=provision.window.last,
        detail=provision.detail,
        form=provision.form,
        question=provision.question,
        purpose=provision.purpose,
        sensitivity=max(
            (category.sensitivity for category in chosen),
            key=lambda sensitivity: sensitivity.level,
            default=Sensitivity.GENERAL,
        ),
    )
