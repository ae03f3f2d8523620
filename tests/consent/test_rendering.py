"""What cannot be rendered is refused, never answered with more."""

import pytest

from consent.reasons import Reason
from consent.rendering import lacks
from consent.terms import ProvisionForm
from pds.core.vocabulary import DetailLevel


@pytest.mark.parametrize("detail", DetailLevel)
@pytest.mark.parametrize("form", ProvisionForm)
def test_only_copies_of_records_and_sums_can_be_rendered(detail, form):
    found = set(lacks(detail, form))

    assert (Reason.DETAIL_OUTSIDE in found) is (detail is DetailLevel.ANSWER)
    assert (Reason.FORM_OUTSIDE in found) is (form is not ProvisionForm.COPY)
