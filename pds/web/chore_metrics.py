"""What `/metrics` says of chores: when each last went well, and how often it failed."""

from collections.abc import Iterator

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)

from pds.bank.bank import Bank


def of_chores(bank: Bank) -> Iterator[Metric]:
    """Yield the numbers of the chores that ran in this process."""
    done = GaugeMetricFamily(
        "infobank_chore_last_success_timestamp_seconds",
        "When each chore last went well in the process that answers.",
        labels=("chore",),
    )
    for name, moment in sorted(bank.chores_done.items()):
        done.add_metric((name,), moment.timestamp())
    yield done
    failed = CounterMetricFamily(
        "infobank_chore_failures",
        "Failures of each chore, or of a part of it, in the process that answers.",
        labels=("chore",),
    )
    for name, count in sorted(bank.chores_failed.items()):
        failed.add_metric((name,), count)
    yield failed
