"""Takes out of a set what could point at somebody; pure (APPI 43(1)).

*Anonymised*: a row stays only if it equals the rows of at least k - 1 other persons in
everything that it says, and only if in its group (month, age band, category) no values
are held by more than the greatest share: who knows that somebody is in the group would
otherwise know the values (dominance). Each person has one row in a group, so nobody
weighs more than anybody else.

*Pseudonymised*: a group (month, age band) stays only with k persons or more, and a
value in it only if k persons hold it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from pds.core.vocabulary.dataset_rules import DataSetKind, Rules
from pds.datasets.rows import Row


def suppress(rules: Rules, kind: DataSetKind, k: int, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that may stay.

    Args:
        rules: by which the set is made.
        kind: of the set.
        k: least number of persons in a group; the floor of the rules counts if higher.
        rows: of all persons.
    """
    k = max(k, rules.least_k)
    if kind is DataSetKind.ANONYMISED:
        return _without_dominance(_of_many(rows, _all, k), rules.share_percent)
    kept = _without_rare_values(_of_many(rows, _group, k), k)
    return _of_many([row for row in kept if any(row.values)], _group, k)


def _group(row: Row) -> Hashable:
    return row.month, row.age_band, row.category


def _all(row: Row) -> Hashable:
    return row.month, row.age_band, row.category, row.values


def _of_many(rows: Iterable[Row], key: Callable[[Row], Hashable], k: int) -> list[Row]:
    """Return the rows whose key is shared by the rows of at least k persons."""
    persons: dict[Hashable, set[int]] = defaultdict(set)
    every = list(rows)
    for row in every:
        persons[key(row)].add(row.person)
    return [row for row in every if len(persons[key(row)]) >= k]


def _without_dominance(rows: Sequence[Row], percent: int) -> list[Row]:
    sizes = Counter(map(_group, rows))
    greatest: Counter[Hashable] = Counter()
    for key, count in Counter((_group(row), row.values) for row in rows).items():
        greatest[key[0]] = max(greatest[key[0]], count)
    return [
        row
        for row in rows
        if 100 * greatest[_group(row)] <= percent * sizes[_group(row)]
    ]


def _without_rare_values(rows: Sequence[Row], k: int) -> list[Row]:
    counts = Counter(
        (_group(row), place, value)
        for row in rows
        for place, value in enumerate(row.values)
    )
    return [
        replace(
            row,
            values=tuple(
                value if counts[_group(row), place, value] >= k else None
                for place, value in enumerate(row.values)
            ),
        )
        for row in rows
    ]
