"""The boxes for what a yes has to confirm apart: abroad, decisions, special care.

None is ticked beforehand, and each stands below what it is about (Z-01, X-12, X-06).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from consent.confirmations import PARAGRAPHS, Confirmation, needed
from consent.notices import Paragraph
from consent.terms import DataProvision
from pds.web.forms import Form

_LABELS: Final[Mapping[Confirmation, Any]] = {
    Confirmation.CROSS_BORDER: _l("I agree that my data goes to this foreign country."),
    Confirmation.SIGNIFICANT_EFFECT: _l(
        "I agree that my data is used to decide about me."
    ),
    Confirmation.SPECIAL_CARE: _l(
        "I have thought about it, and I agree to give data that needs special care."
    ),
}
_HEADINGS: Final[Mapping[Confirmation, Any]] = {
    Confirmation.CROSS_BORDER: _l("Your data goes abroad"),
    Confirmation.SIGNIFICANT_EFFECT: _l("Something is decided about you"),
    Confirmation.SPECIAL_CARE: _l("Some of this data needs special care"),
}
_COMPLAINTS: Final[Mapping[Confirmation, Any]] = {
    Confirmation.CROSS_BORDER: _l(
        "To give this, tick that you agree to the foreign country."
    ),
    Confirmation.SIGNIFICANT_EFFECT: _l(
        "To give this, tick that you agree to decisions about you."
    ),
    Confirmation.SPECIAL_CARE: _l(
        "To give this, tick once more that you agree to data that needs special care."
    ),
}


@dataclass(frozen=True, slots=True)
class Box:
    """One thing to confirm, with the paragraphs of the notice that explain it."""

    id: str
    heading: Any
    paragraphs: Sequence[Paragraph]
    label: Any


def boxes(terms: DataProvision, paragraphs: Mapping[str, Paragraph]) -> list[Box]:
    """Return the boxes of terms that are asked for.

    Args:
        terms: the terms.
        paragraphs: those of the notice, by id.
    """
    return [
        Box(
            each.value,
            _HEADINGS[each],
            [paragraphs[name] for name in PARAGRAPHS[each]],
            _LABELS[each],
        )
        for each in needed(terms)
    ]


def read(form: Form, chosen: DataProvision | None) -> tuple[Confirmation, ...]:
    """Return what the chosen terms need and the form confirms; complain of the rest."""
    ticked = form.choices("confirmed", list(Confirmation))
    if chosen is None:
        return ()
    for each in needed(chosen):
        if each not in ticked:
            form.fail(f"confirm-{each}", str(_COMPLAINTS[each]))
    return tuple(each for each in needed(chosen) if each in ticked)
