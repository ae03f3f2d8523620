"""Takes out of a set what could point at somebody; pure (APPI 43(1)).

*Anonymised*: a row stays only if it equals the rows of at least k - 1 other persons in
everything that it says, and only if in its group (month, age band, category) no values
are held by more than the greatest share: who knows that somebody is in the group would
otherwise know the values (dominance).

*Pseudonymised*: a group (month, age band) stays only with k persons or more, and a
value in it only if k persons hold it.

A person has one row in a group, so nobody weighs more than anybody else, and counts of
rows are counts of persons. Equal rows of an anonymised set are held once, with their
number: memory grows with what rows say and not with how many persons there are.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

from pds.core.vocabulary.dataset_rules import DataSetKind, Rules
from pds.datasets.rows import Row


def suppress(
    rules: Rules, kind: DataSetKind, k: int, rows: Mapping[Row, int]
) -> dict[Row, int]:
    """Return the rows that may stay, with how many persons have each.

    Args:
        rules: by which the set is made.
        kind: of the set.
        k: least number of persons in a group; the floor of the rules counts if higher.
        rows: of all persons, with how many have each.
    """
    k = max(k, rules.least_k)
    if kind is DataSetKind.ANONYMISED:
        many = {row: count for row, count in rows.items() if count >= k}
        return _without_dominance(many, rules.share_percent)
    kept = _without_rare_values(_of_many(rows, k), k)
    told = {row: count for row, count in kept.items() if any(row.values)}
    return _of_many(told, k)


def _group(row: Row) -> Hashable:
    return row.month, row.age_band, row.category


def _of_many(rows: Mapping[Row, int], k: int) -> dict[Row, int]:
    """Return the rows whose group is of at least k persons."""
    persons = _counted(rows, _group)
    return {row: count for row, count in rows.items() if persons[_group(row)] >= k}


def _counted(
    rows: Mapping[Row, int], key: Callable[[Row], Hashable]
) -> Counter[Hashable]:
    found: Counter[Hashable] = Counter()
    for row, count in rows.items():
        found[key(row)] += count
    return found


def _without_dominance(rows: Mapping[Row, int], percent: int) -> dict[Row, int]:
    sizes = _counted(rows, _group)
    greatest: Counter[Hashable] = Counter()
    for row, count in rows.items():
        greatest[_group(row)] = max(greatest[_group(row)], count)
    return {
        row: count
        for row, count in rows.items()
        if 100 * greatest[_group(row)] <= percent * sizes[_group(row)]
    }


def _without_rare_values(rows: Mapping[Row, int], k: int) -> dict[Row, int]:
    counts: Counter[Hashable] = Counter()
    for row, count in rows.items():
        for place, value in enumerate(row.values):
            counts[_group(row), place, value] += count
    found: dict[Row, int] = {}
    for row, count in rows.items():
        values = tuple(
            value if counts[_group(row), place, value] >= k else None
            for place, value in enumerate(row.values)
        )
        # A row that keeps all its values is not made again: memory is what costs.
        found[row if values == row.values else replace(row, values=values)] = count
    return found
