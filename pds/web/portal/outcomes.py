"""What became of a file, item by item, in words and in groups; problems come first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from flask_babel import lazy_gettext as _l

from pds.core.clock import day_of
from pds.intake.plan import ImportPlan, PlannedRecord
from pds.intake.results import ImportResult, ItemResult
from pds.web.languages import category_name
from pds.web.portal.summaries import title_of, value_of
from providers.issues import SEVERITIES, Issue, Severity
from providers.records import Outcome

MOST_SHOWN: Final = 500
"""Items that the page lists one by one; the counts are of all."""


class Group(StrEnum):
    """What the items of one list have in common."""

    REJECTED = "rejected"
    ODD = "odd"
    STORED = "stored"
    DUPLICATE = "duplicate"
    CONTEXT = "context"


NAMES: Final[Mapping[Group, Any]] = {
    Group.REJECTED: _l("Left out because of an error"),
    Group.ODD: _l("Stored, but please check them"),
    Group.STORED: _l("Stored"),
    Group.DUPLICATE: _l("There already"),
    Group.CONTEXT: _l("Read but not stored"),
}
"""Names of the groups, in the order of the page."""

PROBLEMS: Final = frozenset({Group.REJECTED, Group.ODD})
"""Groups that stand open, because somebody should look at them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as the page shows it.

    Attributes:
        path: where it stood in the file.
        title: what it is.
        value: how much, or nothing.
        category: name of its category; of the resource where it was not stored.
        day: its day, None where it could not be read.
        record_id: the record that it became, None if it became none.
        issues: what was found.
    """

    path: str
    title: str
    value: str
    category: str
    day: date | None
    record_id: UUID | None
    issues: tuple[Issue, ...]


def grouped(
    plan: ImportPlan, result: ImportResult
) -> tuple[dict[Group, int], dict[Group, list[Shown]]]:
    """Return the number of items of each group, and the first of them, in words."""
    first: dict[int, PlannedRecord] = {}
    for planned in plan.records:
        first.setdefault(planned.item, planned)
    members: dict[Group, list[int]] = {group: [] for group in NAMES}
    for at, item in enumerate(result.items):
        members[_group(item)].append(at)
    lists: dict[Group, list[Shown]] = {}
    left = MOST_SHOWN
    for group, places in members.items():
        lists[group] = [_shown(result.items[at], first.get(at)) for at in places[:left]]
        left -= len(lists[group])
    return {group: len(places) for group, places in members.items()}, lists


def _group(item: ItemResult) -> Group:
    if item.outcome is not Outcome.ACCEPTED:
        return Group(item.outcome.value)
    is_odd = any(SEVERITIES[each.code] is Severity.WARNING for each in item.issues)
    return Group.ODD if is_odd else Group.STORED


def _shown(item: ItemResult, planned: PlannedRecord | None) -> Shown:
    record_id = item.record_ids[0] if item.record_ids else None
    if planned is None:
        return Shown(item.path, "", "", item.label, None, record_id, item.issues)
    draft = planned.draft
    header = draft.header
    read = json.loads(header) if isinstance(header, bytes) else dict(header)
    return Shown(
        item.path,
        title_of(draft.category, read),
        value_of(read),
        category_name(draft.category),
        day_of(draft.last_day),
        record_id,
        item.issues,
    )
