"""What would go, shown before anything goes: the same selection, the same bytes."""

from dataclasses import dataclass

from consent.selection import Selection
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import Sensitivity, categories
from pds.disclosure.selecting import Selector

FIRST_ROWS = 5


@dataclass(frozen=True)
class Preview:
    """A person's own records that some terms would let go now.

    Attributes:
        by_category: number of records of each category that has any.
        rows: the first records, each the very JSON that the recipient would get.
    """

    by_category: dict[str, int]
    rows: list[bytes]

    @property
    def count(self) -> int:
        """Number of records altogether."""
        return sum(self.by_category.values())


def preview(
    snap: Snapshot,
    selector: Selector,
    owner: OwnerId,
    recipient_id: str,
    provision: DataProvision,
    *,
    rows: int = FIRST_ROWS,
) -> Preview:
    """Return what these terms would let this recipient have now, newest first."""
    selection = _selection(provision)
    found = selector.read(snap, owner, recipient_id, selection, None, rows)
    shown = found.objects(b"\n").splitlines()
    return Preview(selector.count(snap, owner, selection), shown)


def _selection(provision: DataProvision) -> Selection:
    chosen = categories.expand(provision.categories)
    return Selection(
        categories=tuple(sorted(category.id for category in chosen)),
        first_day=provision.window.first,
        last_day=provision.window.last,
        detail=provision.detail,
        form=provision.form,
        question=provision.question,
        sensitivity=max(
            (category.sensitivity for category in chosen),
            key=lambda sensitivity: sensitivity.level,
            default=Sensitivity.GENERAL,
        ),
    )
