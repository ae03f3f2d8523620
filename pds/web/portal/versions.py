"""What changed in words from one version of a consent to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent import wording
from consent.content import EventContent
from consent.terms import DataProvision
from pds.web.languages import language


@dataclass(frozen=True)
class TermChange:
    """One term that reads otherwise now."""

    heading: str
    before: str
    after: str


@dataclass(frozen=True)
class Happened:
    """One event of a consent, with what it changed in words."""

    event: EventContent
    changes: Sequence[TermChange]


def tell(events: Sequence[EventContent]) -> list[Happened]:
    """Return each event with what it changed of the terms, oldest first."""
    found: list[Happened] = []
    last: DataProvision | None = None
    for event in events:
        told = changes(last, event.provision) if last and event.provision else []
        found.append(Happened(event, told))
        last = event.provision or last
    return found


def changes(before: DataProvision, after: DataProvision) -> list[TermChange]:
    """Return the terms that read otherwise, in the page's language."""
    old = {each.term: each.text for each in wording.sentences(before, language())}
    return [
        TermChange(new.heading, old.get(new.term, ""), new.text)
        for new in wording.sentences(after, language())
        if old.get(new.term) != new.text
    ]
