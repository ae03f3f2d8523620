"""What cannot be rendered is refused, never answered with more."""

import pytest

from consent.reasons import Reason
from consent.rendering import lacks
from consent.terms import ProvisionForm


@pytest.mark.parametrize("form", ProvisionForm)
def test_only_copies_can_be_rendered(form):
    expected = set() if form is ProvisionForm.COPY else {Reason.FORM_OUTSIDE}
    assert set(lacks(form)) == expected
