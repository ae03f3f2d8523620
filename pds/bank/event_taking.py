"""Taking audit events out of an open bank; for pages and commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.leaf import EventType
from pds.bank.bank import Bank
from pds.oversight import event_export
from pds.oversight.audit_events import Names
from pds.oversight.bundle.period import Period
from pds.oversight.event_export import MOST_ENTRIES, Exporter


@contextmanager
def audit_events(
    bank: Bank,
    period: Period,
    *,
    kind: EventType,
    actor: str,
    most: int | None = MOST_ENTRIES,
) -> Iterator[Path]:
    """Write audit events to a file, record each look, and yield the file.

    Args:
        bank: the bank.
        period: of which entries.
        kind: `auditor:viewed` or `staff:viewed`, by who takes them.
        actor: who takes them.
        most: entries of the log in one go; None for no limit.

    Raises:
        Invalid: `events.period`; too many entries for one request.
        Unavailable: the looks could not be recorded.
    """
    settings = bank.settings
    exporter = Exporter(
        keys=bank.keys,
        pseudonyms=bank.pseudonyms,
        names=Names(
            issuer=settings.issuer,
            origin=bank.signer.verifier.name,
            operator=settings.operator_name,
        ),
        most=most,
    )
    with TemporaryDirectory(prefix="infobank-events-") as folder:
        path = Path(folder) / "events.ndjson"
        with bank.read() as snap, path.open("wb") as file:
            looked = exporter.write(snap, period, file)
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        bank.unit_of_work(
            lambda work: event_export.record(
                work, looked, digest, kind=kind, actor=actor
            )
        )
        yield path
