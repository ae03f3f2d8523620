"""`/metrics` for Prometheus: how the service fares, never who uses it.

Labels are closed lists: endpoints, methods, classes of status, reasons, chores. No
person, recipient or address is among them; a count of one would tell of one. What the
bank knows is read from it when somebody asks; what happens in each worker process is
counted there and added up (`PROMETHEUS_MULTIPROC_DIR`, which `infobank run` sets).

Whoever shows the token of `INFOBANK_METRICS_TOKEN` may read; without a token, only
callers on this machine that no proxy stands for. Everybody else sees nothing here.
"""

import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, cast

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.exceptions import NotFound

from audit.errors import VerificationError
from pds.bank import timestamping, witnessing
from pds.bank.bank import Bank
from pds.bank.numbers import log_numbers
from pds.core.errors import BankError
from pds.web.chore_metrics import of_chores
from pds.web.context import bank
from pds.web.incident_metrics import of_incidents

blueprint = Blueprint("metrics", __name__)

METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
OUTCOMES: Final = ("released", "denied", "turned-away", "failed")
_DISCLOSING: Final = "api.Records"
_FORWARDED: Final = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
_LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_OK: Final = 200
_FAILED: Final = 500


@dataclass(frozen=True)
class Meters:
    """What this process counts."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    disclosures: Counter
    denials: Counter
    batch_leaves: Histogram
    batch_seconds: Histogram
    waiting: Gauge


def _meters(registry: CollectorRegistry) -> Meters:
    return Meters(
        registry=registry,
        requests=Counter(
            "infobank_http_requests",
            "Requests answered.",
            ("endpoint", "method", "status"),
            registry=registry,
        ),
        seconds=_seconds(registry),
        disclosures=Counter(
            "infobank_disclosures",
            "Calls for records by what came of them.",
            ("outcome",),
            registry=registry,
        ),
        denials=Counter(
            "infobank_denials",
            "Reasons of denials; one denial may have several.",
            ("reason",),
            registry=registry,
        ),
        batch_leaves=_batches(
            "leaves",
            "Log entries that one commit made durable.",
            registry,
            (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
        ),
        batch_seconds=_batches(
            "seconds",
            "Time of one commit of log entries.",
            registry,
            (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2),
        ),
        waiting=_waiting(registry),
    )


def _seconds(registry: CollectorRegistry) -> Histogram:
    return Histogram(
        "infobank_http_request_seconds",
        "Time until an answer was made; of a stream, until its first line.",
        ("endpoint",),
        registry=registry,
        buckets=(0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    )


def _batches(
    what: str, said: str, registry: CollectorRegistry, buckets: tuple[float, ...]
) -> Histogram:
    name = f"infobank_log_batch_{what}"
    return Histogram(name, said, registry=registry, buckets=buckets)


def _waiting(registry: CollectorRegistry) -> Gauge:
    return Gauge(
        "infobank_writer_waiting",
        "Acts that wait for the log's writer, as of the last answer.",
        registry=registry,
        multiprocess_mode="livesum",
    )


class BankCollector(Collector):
    """Reads the bank's own numbers when somebody asks for them."""

    def __init__(self, bank: Bank, version: str) -> None:
        self._bank = bank
        self._version = version

    def collect(self) -> Iterable[Metric]:
        """Yield the numbers; of a bank that cannot be read, only that it is down."""
        build = GaugeMetricFamily(
            "infobank_build_info", "The version that runs.", labels=("version",)
        )
        build.add_metric((self._version,), 1)
        yield build
        yield from of_chores(self._bank)
        try:
            with self._bank.read() as view:
                numbers = log_numbers(view.connection, view.now)
        except BankError:
            yield GaugeMetricFamily("infobank_up", "The bank can be read.", value=0)
            return
        yield GaugeMetricFamily("infobank_up", "The bank can be read.", value=1)
        yield from _of_log(numbers)
        yield from _of_witnesses(self._bank)
        yield from _of_time_stamps(self._bank)
        yield from of_incidents(self._bank)


def _of_log(numbers: dict[str, float]) -> Iterator[Metric]:
    words = {
        "entries": "Entries of the log.",
        "published": "Entries that the newest published checkpoint covers.",
        "pending": "Entries that are committed and wait for their place.",
        "pending_age_seconds": "Age of the oldest entry that waits.",
        "last_entry_timestamp_seconds": "Time of the newest entry.",
    }
    for name, value in numbers.items():
        yield GaugeMetricFamily(f"infobank_log_{name}", words[name], value=value)


def _of_witnesses(bank: Bank) -> Iterator[Metric]:
    words = {
        "cosigned_entries": "Entries that each witness has cosigned.",
        "last_cosigned_timestamp_seconds": "When each witness last cosigned.",
        "last_failure_timestamp_seconds": "When each witness last failed here.",
    }
    try:
        found = witnessing.numbers(bank)
    except (OSError, ValueError, BankError, VerificationError):
        return
    for name, said in words.items():
        metric = GaugeMetricFamily(
            f"infobank_witness_{name}", said, labels=("witness",)
        )
        for witness, value in sorted(found[name].items()):
            metric.add_metric((witness,), value)
        yield metric


def _of_time_stamps(bank: Bank) -> Iterator[Metric]:
    words = {
        "age_seconds": "Age of the newest time stamp of the authority.",
        "stamped_entries": "Entries that the newest time stamp covers.",
        "failures": "Failed attempts to get one, in the process that answers.",
    }
    try:
        found = timestamping.numbers(bank)
    except BankError:
        return
    for name, value in found.items():
        is_count = name == "failures"
        family = CounterMetricFamily if is_count else GaugeMetricFamily
        yield family(f"infobank_timestamp_{name}", words[name], value=value)


def install(app: Flask, bank: Bank, version: str) -> None:
    """Count every answer of the application, and the commits of its bank."""
    meters = _meters(CollectorRegistry())
    reading = BankCollector(bank, version)
    app.extensions["meters"], app.extensions["bank_collector"] = meters, reading

    def committed(leaves: int, seconds: float) -> None:
        meters.batch_leaves.observe(leaves)
        meters.batch_seconds.observe(seconds)

    bank.watch_batches(committed)

    @app.before_request
    def _begin() -> None:
        g.began = bank.clock.monotonic()

    @app.after_request
    def _count(response: Response) -> Response:
        _observe(meters, bank, response.status_code)
        return response


@blueprint.get("/metrics")
def show() -> ResponseReturnValue:
    """Return every number, for those who may read them."""
    if not _may_read(bank().settings.metrics_token):
        raise NotFound
    registry = CollectorRegistry()
    registry.register(cast("Collector", current_app.extensions["bank_collector"]))
    text = generate_latest(registry)
    if os.environ.get(_SHARED):
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # has no types
    else:
        together = cast("Meters", current_app.extensions["meters"]).registry
    return Response(text + generate_latest(together), content_type=CONTENT_TYPE_LATEST)


def _observe(meters: Meters, bank: Bank, status: int) -> None:
    endpoint = request.endpoint or "unknown"
    method = request.method if request.method in METHODS else "other"
    meters.requests.labels(endpoint, method, f"{status // 100}xx").inc()
    if "began" in g:
        taken = bank.clock.monotonic() - g.began
        meters.seconds.labels(endpoint).observe(taken)
    meters.waiting.set(bank.waiting())
    if endpoint == _DISCLOSING:
        reasons = g.get("denied_for", ())
        meters.disclosures.labels(_outcome(status, denied=bool(reasons))).inc()
        for reason in reasons:
            meters.denials.labels(reason.value).inc()


def _outcome(status: int, *, denied: bool) -> str:
    if denied:
        return "denied"
    if status == _OK:
        return "released"
    return "failed" if status >= _FAILED else "turned-away"


def _may_read(token: str | None) -> bool:
    if token is not None:
        shown = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(shown, f"Bearer {token}".encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    # A page of another site may have its own name lead here, but not ours.
    host = request.host.rpartition(":")[0] if ":" in request.host else request.host
    return host in _LOCAL_NAMES and _is_loopback(request.environ.get("REMOTE_ADDR"))


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
