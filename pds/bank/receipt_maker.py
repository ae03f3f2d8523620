"""The bank as it makes receipts of consents."""

from pds.bank.bank import Bank
from pds.bank.party import party
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.rights.consent_receipts import Maker


def of(bank: Bank) -> Maker:
    """Return who makes receipts for a bank."""
    return Maker(
        keys=bank.keys,
        signing=StatementKey(bank.secret(statement.SECRET_NAME)),
        log=bank.signer,
        bank=party(bank.settings),
    )
