"""What a view may reach: the bank, its clock, and the session of this request."""

from datetime import datetime
from typing import cast

from flask import current_app

from pds.bank.bank import Bank


def bank() -> Bank:
    """Return the bank that this application serves."""
    return cast("Bank", current_app.extensions["bank"])


def now() -> datetime:
    """Return the present moment of the bank's clock."""
    return bank().clock.now()
