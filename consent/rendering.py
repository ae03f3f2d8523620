"""What this bank can render of what the format can say; pure.

The format knows a view-only form that no part here produces yet. Terms that need it are
refused when they are asked for, and again at the gate, so that they can never be
answered with more than they allow.
"""

from collections.abc import Iterator

from consent.reasons import Reason
from consent.terms import ProvisionForm

FORMS = frozenset({ProvisionForm.COPY})


def lacks(form: ProvisionForm) -> Iterator[Reason]:
    """Yield a reason for each thing that cannot be rendered."""
    if form not in FORMS:
        yield Reason.FORM_OUTSIDE
