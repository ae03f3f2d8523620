"""Which stored nodes a proof is made of.

A proof is a list of hashes; each is the root of a run of leaves. Only complete
subtrees are stored, so a run is planned as one or more complete subtrees from left
to right, which are folded from the right (RFC 6962 section 2.1).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TypeAlias

from audit.errors import VerificationError
from audit.merkle import node_hash

Node: TypeAlias = tuple[int, int]
"""Level and index of a complete subtree; level 0 is the leaf hashes."""

Plan: TypeAlias = list[list[Node]]
"""One list of complete subtrees per hash of the proof."""


def subtrees(start: int, end: int) -> list[Node]:
    """Return the complete subtrees that make up the leaves from start to before end.

    The start must be aligned as the left edge of a subtree of RFC 6962 is.
    """
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_plan(index: int, size: int) -> Plan:
    """Plan PATH(index, D[size]) of RFC 6962 section 2.1.1, from leaf to root.

    Raises:
        VerificationError: the index lies outside the tree.
    """
    if not 0 <= index < size:
        raise VerificationError("The index lies outside the tree.")
    plan: Plan = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            plan.append(subtrees(middle, end))
            end = middle
        else:
            plan.append(subtrees(start, middle))
            start = middle
    plan.reverse()
    return plan


def consistency_plan(old_size: int, new_size: int) -> Plan:
    """Plan PROOF(old_size, D[new_size]) of RFC 6962 section 2.1.2.

    Raises:
        VerificationError: the old size is 0 or above the new size.
    """
    if not 0 < old_size <= new_size:
        raise VerificationError("The old size must be between 1 and the new size.")
    plan: Plan = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            plan.append(subtrees(middle, end))
            end = middle
        else:
            plan.append(subtrees(start, middle))
            start = middle
    if start != 0:
        plan.append(subtrees(start, end))
    plan.reverse()
    return plan


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root of neighbouring complete subtrees, largest first."""
    computed = hashes[-1]
    for left in reversed(hashes[:-1]):
        computed = node_hash(left, computed)
    return computed


def carry_out(
    plan: Plan, find: Callable[[Sequence[Node]], dict[Node, bytes]]
) -> list[bytes]:
    """Return the hashes of a plan; `find` looks all its nodes up at once.

    Raises:
        VerificationError: a node is not stored, so the tree is damaged.
    """
    return assemble(plan, find(list(chain.from_iterable(plan))))


def assemble(plan: Iterable[list[Node]], nodes: dict[Node, bytes]) -> list[bytes]:
    """Return the hashes of a plan from nodes already at hand.

    Raises:
        VerificationError: a node is missing.
    """
    try:
        return [fold([nodes[node] for node in run]) for run in plan]
    except KeyError:
        raise VerificationError("A node of the tree is missing.") from None


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
