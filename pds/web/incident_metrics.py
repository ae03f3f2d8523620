"""What `/metrics` says of incidents: how many are open, and whose reports are late."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from pds.bank.bank import Bank
from pds.core.errors import BankError
from pds.oversight.incidents import register

_WORDS: Final = {
    "open": "Incidents that are not closed; exercises do not count.",
    "urgent": "Incidents of which a report comes due within days.",
    "overdue": "Incidents of which a report is later than the law allows.",
}


def of_incidents(bank: Bank) -> Iterator[Metric]:
    """Yield the counts of real incidents."""
    try:
        with bank.read() as view:
            found = register.numbers(view)
    except BankError:
        return
    for name, said in _WORDS.items():
        value = getattr(found, name)
        yield GaugeMetricFamily(f"infobank_incidents_{name}", said, value=value)
