"""Criteria by which recipients are chosen, fixed and shown to all (R-10, N-03)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from pds.core.errors import Invalid
from pds.core.vocabulary.words import Words, read_file, read_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that is looked at.

    Attributes:
        id: stable text.
        cites: ids of the checklist.
        is_mandatory: no recipient is approved or given anything without it.
        needs_evidence: a paper has to be kept for it to be met.
        may_not_apply: there are recipients that it has no meaning for.
        valid: how long a check counts at most.
        words: name and explanation, by language.
    """

    id: str
    cites: tuple[str, ...]
    is_mandatory: bool
    needs_evidence: bool
    may_not_apply: bool
    valid: timedelta
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientCriteria:
    """One version of the criteria.

    Attributes:
        version: of the file.
        since: first day of force.
        remind: how long before an end the bank's staff are reminded.
        grace: how long recipients of before these criteria may go unchecked.
        all: the criteria by id, in their order.
    """

    version: int
    since: date
    remind: timedelta
    grace: timedelta
    all: Mapping[str, Criterion]

    @property
    def mandatory(self) -> tuple[str, ...]:
        """Ids of the criteria that no recipient can do without."""
        return tuple(name for name, each in self.all.items() if each.is_mandatory)


_MEMBERS: Final = {"version", "since", "remind_days", "grace_days", "criteria"}
_FLAGS: Final = ("is_mandatory", "needs_evidence", "may_not_apply")


def parse(read: Mapping[str, Any]) -> RecipientCriteria:
    """Read a file of criteria.

    Raises:
        ValueError: its form is not known, an id is there twice, or nothing in it is
            mandatory.
    """
    if set(read) != _MEMBERS or read["version"] != 1:
        raise ValueError("The criteria are of an unknown version or form.")
    found = [_criterion(each) for each in read["criteria"]]
    by_id = {each.id: each for each in found}
    if len(by_id) != len(found) or not any(each.is_mandatory for each in found):
        raise ValueError("Criteria have ids of their own, and some are mandatory.")
    return RecipientCriteria(
        version=read["version"],
        since=date.fromisoformat(read["since"]),
        remind=timedelta(days=read["remind_days"]),
        grace=timedelta(days=read["grace_days"]),
        all=MappingProxyType(by_id),
    )


def _criterion(read: Mapping[str, Any]) -> Criterion:
    flags = {name: read[name] for name in _FLAGS}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise ValueError("A criterion says yes or no of each flag.")
    if read["valid_days"] < 1 or not read["cites"]:
        raise ValueError("A check counts for a while and rests on a rule.")
    return Criterion(
        id=read["id"],
        cites=tuple(read["cites"]),
        valid=timedelta(days=read["valid_days"]),
        words=read_words({name: read[name] for name in ("ja", "en")}),
        **flags,
    )


CURRENT: Final = parse(read_file("recipient_criteria.json", __package__))
"""The criteria that count now."""


def get(criterion: str) -> Criterion:
    """Return a criterion; Invalid `criterion.unknown` if there is none."""
    found = CURRENT.all.get(criterion)
    if found is None:
        raise Invalid("criterion.unknown", "There is no such criterion.")
    return found
