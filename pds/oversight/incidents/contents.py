"""The nine contents that a report to the authority has (A-17; Enforcement Rules, 8)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from consent.vetting.papers import refuse_numbers
from pds.core.errors import Invalid

LONGEST: Final = 4_000
"""Characters of one content, and of any other text of an incident."""


class IncidentContent(StrEnum):
    """What a report says, in the order of the rule."""

    OUTLINE = "outline"
    ITEMS = "items"
    PERSONS = "persons"
    CAUSE = "cause"
    SECONDARY = "secondary-damage"
    TO_PERSONS = "response-to-persons"
    PUBLICATION = "publication"
    PREVENTION = "prevention"
    OTHER = "other"


def check(said: Mapping[str, str]) -> dict[str, str]:
    """Return the contents, each of them, without white space around.

    A first report says what is known by then, so a content may be empty in it.

    Raises:
        Invalid: `incident.text`, one is too long or unknown; `papers.number`, a My
            Number or a card number stands in one.
    """
    if set(said) - {each.value for each in IncidentContent}:
        raise Invalid("incident.text", "There is no such content.")
    return {
        each.value: text(said.get(each.value, ""), needed=False)
        for each in IncidentContent
    }


def missing(said: Mapping[str, str]) -> tuple[IncidentContent, ...]:
    """Return the contents that say nothing yet; a final report has none of them."""
    return tuple(each for each in IncidentContent if not said.get(each.value))


def text(said: str, *, needed: bool = True) -> str:
    """Return a text of staff, checked; raises as `check`."""
    said = said.strip()
    if len(said) > LONGEST or (needed and not said):
        raise Invalid("incident.text", "The text is missing or too long.")
    refuse_numbers(said)
    return said
