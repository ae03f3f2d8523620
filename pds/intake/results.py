"""What became of an import, item by item."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pds.intake.plan import ImportPlan
from pds.vault.records import Added
from providers.issues import Issue
from providers.records import Item, Outcome


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item.

    Attributes:
        path: where in the file.
        label: resource type or `Receipt`.
        outcome: accepted, duplicate, rejected or context.
        record_ids: the records that it became.
        issues: what was found.
    """

    path: str
    label: str
    outcome: Outcome
    record_ids: tuple[UUID, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of an import.

    Attributes:
        import_id: by which it can be undone.
        accepted: items of which at least one record is new.
        duplicate: items that were there already.
        rejected: items with an error.
        context: items that were read and, on purpose, not stored.
        categories: categories of the new records, sorted.
        items: every item.
    """

    import_id: UUID
    accepted: int
    duplicate: int
    rejected: int
    context: int
    categories: tuple[str, ...]
    items: tuple[ItemResult, ...]


def result(plan: ImportPlan, import_id: UUID, added: Sequence[Added]) -> ImportResult:
    """Join a plan with what the vault made of its records, one entry each."""
    ids: dict[int, list[UUID]] = {}
    categories: set[str] = set()
    for planned, one in zip(plan.records, added, strict=True):
        if one.record_id is not None:
            ids.setdefault(planned.item, []).append(one.record_id)
            categories.add(planned.draft.category)
    items = tuple(
        _item(item, tuple(ids.get(position, ())))
        for position, item in enumerate(plan.items)
    )
    counts = {o: sum(item.outcome is o for item in items) for o in Outcome}
    return ImportResult(
        import_id=import_id,
        accepted=counts[Outcome.ACCEPTED],
        duplicate=counts[Outcome.DUPLICATE],
        rejected=counts[Outcome.REJECTED],
        context=counts[Outcome.CONTEXT],
        categories=tuple(sorted(categories)),
        items=items,
    )


def _item(item: Item, ids: tuple[UUID, ...]) -> ItemResult:
    outcome, issues = item.outcome, item.issues
    if outcome is Outcome.ACCEPTED and not ids:
        outcome = Outcome.DUPLICATE
        code = "RCP-D01" if item.label == "Receipt" else "PHR-D01"
        issues = (*issues, Issue(code, "", "It was there already."))
    return ItemResult(item.path, item.label, outcome, ids, issues)
