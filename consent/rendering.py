"""What this bank can render of what the format can say; pure.

The format knows a level of detail and a view-only form that no part here produces.
Terms that need them are refused when they are asked for, and again at the gate, so that
they can never be answered with more than they allow.
"""

from collections.abc import Iterator

from consent.reasons import Reason
from consent.terms import ProvisionForm
from pds.core.vocabulary import DetailLevel

DETAIL_LEVELS = frozenset({DetailLevel.RECORD, DetailLevel.DAY, DetailLevel.MONTH})
FORMS = frozenset({ProvisionForm.COPY})


def lacks(detail: DetailLevel, form: ProvisionForm) -> Iterator[Reason]:
    """Yield a reason for each thing that cannot be rendered."""
    if detail not in DETAIL_LEVELS:
        yield Reason.DETAIL_OUTSIDE
    if form not in FORMS:
        yield Reason.FORM_OUTSIDE
