"""Making an evidence bundle with the parts of an open bank; for pages and commands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from alembic.runtime.migration import MigrationContext

from pds.bank.bank import Bank
from pds.bank.evidence import functions
from pds.core.database import Snapshot
from pds.core.errors import Unavailable
from pds.core.vocabulary import categories, purposes
from pds.oversight.bundle import making
from pds.oversight.bundle.making import MOST_ENTRIES, EvidenceKey, Maker
from pds.oversight.bundle.period import Period
from pds.oversight.criteria import matrix

_SHOWN: Final = (
    "issuer",
    "log_origin",
    "operator_name",
    "certification_profile",
    "audit_retention_years",
    "max_upload_bytes",
    "max_archive_bytes",
    "max_archive_records",
    "workers",
    "trusted_proxies",
    "demo",
)
"""Settings that say how the bank works; addresses of stores and secrets are not."""


def evidence_key(bank: Bank) -> EvidenceKey:
    """Return the key that bundles of this bank are signed with."""
    return EvidenceKey(bank.signer.verifier.name, bank.secret(making.SECRET))


@contextmanager
def bundle(
    bank: Bank, period: Period, *, actor: str, most: int | None = MOST_ENTRIES
) -> Iterator[Path]:
    """Make a bundle, record it, and yield it as a ZIP file that is gone afterwards.

    Nothing is yielded before the entry that holds its manifest's hash is durable.

    Args:
        bank: the bank.
        period: what it is about.
        actor: who takes it, for the sealed detail.
        most: entries that are held and counted in one go; None for no limit.

    Raises:
        Invalid: `bundle.period`; too many entries for one request.
        VerificationError: nothing was published yet, or the log is damaged.
        Unavailable: it could not be recorded.
    """
    # Made before the snapshot: a secret's first use writes.
    key = evidence_key(bank)
    with TemporaryDirectory(prefix="infobank-evidence-") as outer:
        folder = Path(outer) / "bundle"
        folder.mkdir()
        with bank.read() as snap:
            maker = Maker(
                keys=bank.keys,
                signer=bank.signer,
                evidence=key,
                state=_state(bank, snap),
                criteria=[
                    matrix.written(each) for each in matrix.lines(snap, functions.ALL)
                ],
                most=most,
            )
            digest = maker.gather(snap, period, bank.ids.new(), folder)
        outcome = bank.recorded(lambda work: making.record(work, digest, actor=actor))
        if outcome.integration is None:
            raise Unavailable("bundle.not-recorded", "The entry has no place yet.")
        with bank.read() as snap:
            making.prove(snap, folder, outcome.result, outcome.integration)
        target = Path(outer) / "bundle.zip"
        making.pack(folder, target)
        yield target


def _state(bank: Bank, snap: Snapshot) -> dict[str, Any]:
    settings = bank.settings
    revision = MigrationContext.configure(snap.connection).get_current_revision()
    return {
        "settings": {name: getattr(settings, name) for name in _SHOWN},
        "database": "sqlite" if settings.is_sqlite else "postgresql",
        "has_witnesses": settings.witness_policy is not None,
        "has_time_stamps": settings.timestamp_url is not None,
        "schema": revision,
        "version": _version(),
        "python": sys.version.split()[0],
        "vocabulary": {"purposes": purposes.VERSION, "categories": categories.VERSION},
    }


def _version() -> str:
    try:
        return version("infobank")
    except PackageNotFoundError:
        return "source"
