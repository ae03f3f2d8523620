"""Public words for the criteria matrix: chapters, kinds, statuses; and its figures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.oversight.criteria.criterion import FIGURE_WORDS, FUNCTION_WORDS
from pds.oversight.criteria.finding import Evidence
from pds.web.languages import language, to_the_minute

CHAPTERS: Final[Mapping[str, Any]] = {
    "E": _l("Scheme and eligibility"),
    "S": _l("Information security"),
    "G": _l("Governance and openness"),
    "N": _l("What is shown before a yes"),
    "D": _l("Scope of consent and judgement"),
    "C": _l("Control by the person"),
    "R": _l("Recipients"),
    "P": _l("Sources of data"),
    "L": _l("Liability, complaints, incidents"),
    "X": _l("Data with rules of its own"),
    "V": _l("Persons who need care"),
    "Z": _l("Giving data abroad"),
    "A": _l("Duties of the privacy law"),
    "K": _l("Standards of consent"),
    "H": _l("Health records"),
}
"""Words for the letter of a chapter."""

CRITERION_KINDS: Final[Mapping[str, Any]] = {
    "software": _l("Shown by the software"),
    "document": _l("Shown by a document"),
    "both": _l("Shown by software and document"),
    "not-built": _l("Not built yet"),
    "not-applicable": _l("Does not apply"),
}
"""Words for by what an item is shown to be met."""

STATUSES: Final[Mapping[str, Any]] = {
    "met": _l("Met"),
    "open": _l("Open"),
    "red": _l("Not in order"),
    "not-built": _l("Not built yet"),
    "not-applicable": _l("Does not apply"),
}
"""Words for where an item stands."""

TONES: Final[Mapping[str, str]] = {
    "met": "good",
    "open": "warn",
    "red": "bad",
    "not-built": "warn",
    "not-applicable": "plain",
}
"""The tone in which a status is shown."""


def looked_at(function: str) -> str:
    """Return what a function of evidence looks at."""
    return FUNCTION_WORDS[function][language()]


def figures(evidence: Evidence) -> list[tuple[str, str]]:
    """Return the figures of evidence, each with its words."""
    return [
        (FIGURE_WORDS[each.name][language()], _shown(each.value))
        for each in evidence.figures
    ]


def _shown(value: int | datetime | str | None) -> str:
    if isinstance(value, datetime):
        return to_the_minute(value)
    return f"{value:,}" if isinstance(value, int) else value or "–"
