"""Whom an incident concerns, as a question to the log; pure.

The log says of each act what kind it was, when, with which recipient, source, purpose
and categories; its sealed detail says which software or account of staff acted. So a
question can ask: to whom a recipient's leaked copy belongs (*given*), whom an account
of staff looked at (*looked-at*), whose records a copy of the bank's own database held
(*stored*, until the copy's moment), or for everything.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from audit.leaf import EventType
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Invalid
from pds.oversight.log_search import Wanted


class IncidentReach(StrEnum):
    """Which acts a question is about."""

    GIVEN = "given"
    STORED = "stored"
    LOOKED_AT = "looked-at"
    ANY = "any"


_TYPES: Final[Mapping[IncidentReach, frozenset[EventType]]] = {
    IncidentReach.GIVEN: frozenset({EventType.DISCLOSURE_RELEASED}),
    IncidentReach.STORED: frozenset({EventType.RECORD_WRITTEN}),
    IncidentReach.LOOKED_AT: frozenset(
        {
            EventType.STAFF_VIEWED,
            EventType.AUDITOR_VIEWED,
            EventType.AUDITOR_UNMASKED,
            EventType.AGENT_VIEWED,
        }
    ),
    IncidentReach.ANY: frozenset(EventType),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the entries of the persons looked for have in common; empty does not narrow.

    Attributes:
        actor: id of a recipient's software, or of an account of staff.
        since: first moment.
        until: first moment that is too late, such as that of a copy.
    """

    reach: IncidentReach
    recipient: str = ""
    source: str = ""
    purpose: str = ""
    category: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins (Invalid `incident.period`)."""
        if self.since and self.until and self.until <= self.since:
            raise Invalid("incident.period", "The period ends before it begins.")

    def fits(self, leaf: Mapping[str, Any]) -> bool:
        """Say whether an entry is looked for, by what it says in clear."""
        wanted = Wanted(
            recipient=self.recipient, purpose=self.purpose, category=self.category
        )
        return (
            leaf.get("typ") in _TYPES[self.reach]
            and self.source in ("", leaf.get("src"))
            and wanted.fits(dict(leaf))
        )

    def fits_own(self, leaf: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
        """Say whether an opened entry of a person is one of those looked for."""
        at = from_millis(leaf["t"])
        is_within = (self.since is None or self.since <= at) and (
            self.until is None or at < self.until
        )
        return is_within and self.fits(leaf) and self.is_by(fields)

    def is_by(self, fields: Mapping[str, str]) -> bool:
        """Say whether the sealed detail of an entry names the actor looked for."""
        said = fields.get("actor", "")
        return self.actor in ("", said) or said.endswith(f":{self.actor}")


def written(question: Question) -> dict[str, Any]:
    """Return a question as JSON has it."""
    said = asdict(question) | {"reach": question.reach.value}
    for name in ("since", "until"):
        moment = said.pop(name)
        if moment is not None:
            said[name] = to_millis(moment)
    return said


def read(said: Mapping[str, Any]) -> Question:
    """Return a question from what `written` returned."""
    found = dict(said) | {"reach": IncidentReach(said["reach"])}
    for name in ("since", "until"):
        if name in found:
            found[name] = from_millis(found[name])
    return Question(**found)
