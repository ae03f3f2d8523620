"""Calendar quarters of Asia/Tokyo: how long one audit key is used and kept.

The record-keeping duty of APPI article 29 (Enforcement Rules article 21) sets the
retention, three years in principle.
"""

from datetime import UTC, datetime
from functools import lru_cache

from pds.core.clock import TOKYO
from pds.core.rules import rule_values

RETENTION_YEARS = rule_values.settled("record.retention")
"""Default retention after the end of a quarter."""

_MONTHS = 3
_YEAR = 12


def quarter_end(moment: datetime) -> datetime:
    """Return the first moment after the calendar quarter, in UTC."""
    local = moment.astimezone(TOKYO)
    month = (local.month - 1) // _MONTHS * _MONTHS + _MONTHS
    year, month = local.year + month // _YEAR, month % _YEAR + 1
    return datetime(year, month, 1, tzinfo=TOKYO).astimezone(UTC)


def destroy_after(moment: datetime, years: int = RETENTION_YEARS) -> datetime:
    """Return when the audit key of this moment's quarter is to be destroyed."""
    local = moment.astimezone(TOKYO)
    return _destroy_after(local.year, local.month, years)


@lru_cache(maxsize=64)
def _destroy_after(year: int, month: int, years: int) -> datetime:
    # A quarter ends on the first of a month, so no leap day can be hit.
    end = quarter_end(datetime(year, month, 1, tzinfo=TOKYO)).astimezone(TOKYO)
    return end.replace(year=end.year + years).astimezone(UTC)
