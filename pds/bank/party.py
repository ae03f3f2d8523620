"""The bank as notices, receipts and archives name it."""

from consent.notices import BankParty
from pds.core.settings import Settings


def party(settings: Settings) -> BankParty:
    """Return the bank as notices name it, from its settings."""
    name, contact = settings.operator_name, settings.issuer
    return BankParty(
        name_ja=name,
        name_en=name,
        address=contact,
        representative=name,
        contact=contact,
        url=settings.issuer,
    )
