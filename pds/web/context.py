"""What a view may reach: the bank, its clock, and the session of this request."""

from datetime import datetime
from typing import Any, cast

from flask import current_app

Bank = Any


def bank() -> Bank:
    """Return the bank that this application serves."""
    return current_app.extensions["bank"]


def now() -> datetime:
    """Return the present moment of the bank's clock."""
    return cast("datetime", bank().clock.now())
