"""The terms that a recipient's side is asked about in an emergency."""

from datetime import timedelta
from typing import Final

from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    DataProvision,
    ProvisionForm,
    TermsDocument,
    Window,
)
from pds.core.database import Snapshot
from pds.core.vocabulary import DetailLevel
from pds.disclosure.break_glass.cards import Card

PURPOSE: Final = "health.care"
YEARS_BACK: Final = timedelta(days=3650)
_NOBODYS_TERMS: Final = TermsDocument("https://emergency.invalid/terms", "0" * 64)


def supposed(snap: Snapshot, card: Card) -> DataProvision:
    """Return the terms that the recipient's side is asked about."""
    return DataProvision(
        purpose=PURPOSE,
        categories=card.categories,
        detail=DetailLevel.RECORD,
        window=Window((snap.now - YEARS_BACK + timedelta(days=1)).date()),
        access=Access(AccessMode.ONCE, snap.now + timedelta(hours=1)),
        form=ProvisionForm.COPY,
        retention_days=1,
        after_withdrawal=AfterWithdrawal(Afterwards.DELETE, 1),
        country="JP",
        terms=_NOBODYS_TERMS,
    )
