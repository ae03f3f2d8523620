"""The gate that holds a request to what was agreed; pure."""

from collections.abc import Iterator
from datetime import datetime

from consent.facts import ConsentFacts, DisclosureRequest, Facts
from consent.periods import are_whole
from consent.reasons import Reason
from consent.selection import covered
from consent.terms import DataProvision, ProvisionForm
from pds.core.vocabulary import categories


def extent(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """What is asked for lies within what was agreed (R-11)."""
    found = facts.consent
    if found is None:
        return
    asked = request.categories
    if not covered(request, found) or (
        asked is not None and not all(_is_agreed(prefix, found) for prefix in asked)
    ):
        yield Reason.CATEGORY_OUTSIDE
    if not _days_within(request, found.terms):
        yield Reason.WINDOW_OUTSIDE
    level = request.detail or found.terms.detail
    first, last = request.first_day, request.last_day
    if not are_whole(first, last, found.terms.window, level):
        yield Reason.PERIOD_CUT
    if request.detail is not None and not request.detail.is_within(found.terms.detail):
        yield Reason.DETAIL_OUTSIDE
    is_viewed = found.terms.form is ProvisionForm.VIEW_ONLY
    if is_viewed and request.form is not ProvisionForm.VIEW_ONLY:
        yield Reason.FORM_OUTSIDE


def _is_agreed(prefix: str, found: ConsentFacts) -> bool:
    known = categories.match(prefix, as_of=found.vocabulary)
    return bool(known) and found.terms.covers(prefix)


def _days_within(request: DisclosureRequest, terms: DataProvision) -> bool:
    window = terms.window
    first = request.first_day or window.first
    last = request.last_day or window.last
    if first < window.first or (last is not None and last < first):
        return False
    return window.last is None or (last is not None and last <= window.last)
