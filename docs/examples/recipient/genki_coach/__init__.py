"""A sample recipient: asks a person for data, fetches it, checks what it was given.

It stands alone: `requests` for HTTP, `cryptography` for keys, Flask for its pages. Of
the bank's code only the log's verifier is used (`audit.receipt_check`), which needs
the standard library alone and is meant to be copied.
"""

from .cohort import Cohort, Held
from .errors import RecipientError
from .jose import SigningKey
from .receipts import Fetched, check_digest, check_receipt
from .recipient import Recipient

__all__ = [
    "Cohort",
    "Fetched",
    "Held",
    "Recipient",
    "RecipientError",
    "SigningKey",
    "check_digest",
    "check_receipt",
]
