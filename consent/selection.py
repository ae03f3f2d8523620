"""From a request and a consent to the exact data that may go; pure."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from consent.facts import ConsentFacts, DisclosureRequest
from consent.terms import ProvisionForm
from pds.core.vocabulary import DetailLevel, Sensitivity, categories
from pds.core.vocabulary.categories import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a permit covers; the filter that runs reads this and nothing else.

    Attributes:
        categories: exact category ids, sorted.
        first_day: first day of data, Asia/Tokyo, inclusive.
        last_day: last day, inclusive; None for up to now.
        detail: the only level at which it may be shown.
        form: copy or view only.
        question: the question that is answered, for detail `answer`.
        purpose: id of the purpose; elements that it never needs are left out.
        sensitivity: the highest class of care among the categories.
    """

    categories: tuple[str, ...]
    first_day: date
    last_day: date | None
    detail: DetailLevel
    form: ProvisionForm
    question: str | None
    purpose: str
    sensitivity: Sensitivity


def covered(request: DisclosureRequest, consent: ConsentFacts) -> tuple[Category, ...]:
    """Return the categories that are asked for and lie within the consent."""
    return _covered(request.categories, consent.terms.categories, consent.vocabulary)


@lru_cache(maxsize=4096)
def _covered(
    asked: tuple[str, ...] | None, agreed: tuple[str, ...], as_of: int
) -> tuple[Category, ...]:
    permitted = categories.expand(agreed, as_of=as_of)
    if asked is None:
        return permitted
    ids = {category.id for category in permitted}
    wanted = categories.expand(asked, as_of=as_of)
    return tuple(category for category in wanted if category.id in ids)


def select(request: DisclosureRequest, consent: ConsentFacts) -> Selection:
    """Return the part of the consent that is asked for; the gates have passed it."""
    terms = consent.terms
    ids, sensitivity = _summary(
        request.categories, terms.categories, consent.vocabulary
    )
    return Selection(
        categories=ids,
        first_day=request.first_day or terms.window.first,
        last_day=request.last_day or terms.window.last,
        detail=request.detail or terms.detail,
        form=request.form,
        question=terms.question,
        purpose=terms.purpose,
        sensitivity=sensitivity,
    )


@lru_cache(maxsize=4096)
def _summary(
    asked: tuple[str, ...] | None, agreed: tuple[str, ...], as_of: int
) -> tuple[tuple[str, ...], Sensitivity]:
    """Return the ids of what is covered, sorted, and the highest class of care."""
    chosen = _covered(asked, agreed, as_of)
    highest = max((c.sensitivity for c in chosen), key=lambda found: found.level)
    return tuple(sorted(category.id for category in chosen)), highest
