"""What recipients attest each year, and by when (R-06, R-09)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from pds.core.vocabulary.words import Words, read_file, read_words


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationPoint:
    """One thing that a recipient attests.

    Attributes:
        id: stable text.
        cites: ids of the checklist.
        words: name and the sentence that is attested, by language.
    """

    id: str
    cites: tuple[str, ...]
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRule:
    """One version of what is attested.

    Attributes:
        version: of the file.
        since: first day of force.
        period: from one due moment to the next.
        remind: how long before it the bank's staff are reminded.
        grace: how long after it the recipient is still given data.
        points: what is attested by id, in its order.
    """

    version: int
    since: date
    period: timedelta
    remind: timedelta
    grace: timedelta
    points: Mapping[str, AttestationPoint]


_DAYS: Final = ("period", "remind", "grace")
_MEMBERS: Final = {"version", "since", "points", *(f"{name}_days" for name in _DAYS)}


def parse(read: Mapping[str, Any]) -> AttestationRule:
    """Read a file of what is attested.

    Raises:
        ValueError: its form is not known, an id is there twice, nothing is attested,
            or reminders would begin before the last attestation.
    """
    if set(read) != _MEMBERS or read["version"] != 1:
        raise ValueError("The attestation is of an unknown version or form.")
    found = [_point(each) for each in read["points"]]
    by_id = {each.id: each for each in found}
    if not found or len(by_id) != len(found):
        raise ValueError("Something is attested, and each point has its own id.")
    days = {name: timedelta(days=read[f"{name}_days"]) for name in _DAYS}
    if not timedelta() < days["remind"] < days["period"] or days["grace"] < timedelta():
        raise ValueError("Reminders begin within the period, and the grace is no debt.")
    return AttestationRule(
        version=read["version"],
        since=date.fromisoformat(read["since"]),
        points=MappingProxyType(by_id),
        **days,
    )


def _point(read: Mapping[str, Any]) -> AttestationPoint:
    if not read["cites"]:
        raise ValueError("What is attested rests on a rule.")
    return AttestationPoint(
        id=read["id"],
        cites=tuple(read["cites"]),
        words=read_words({name: read[name] for name in ("ja", "en")}),
    )


CURRENT: Final = parse(read_file("attestation.json", __package__))
"""What is attested now."""
