"""Taking in an archive that another information bank made (C-08, H-05).

A bank whose key is pinned here is believed: its records keep their sources and their
headers, with a note of where they come from. An archive of anybody else is the person's
own deposit like any file. The archive itself is kept as the import's original, so the
consents, disclosures and proofs in it stay at hand, and verify against the first bank's
key for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audit.canonical import parse_canonical
from audit.errors import VerificationError
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.crypto.statement import open_statement
from pds.intake import plan, service
from pds.intake.errors import refusal
from pds.intake.plan import ImportPlan
from pds.intake.results import ImportResult
from pds.intake.service import Writes
from pds.vault.service import Vault
from providers import partners, sources
from providers.formats import archive
from providers.formats.archive import TYP, Archive, NamedSource
from providers.formats.detect import Limits
from providers.formats.reading import Options
from providers.issues import FileRefused
from providers.partners import Partner
from providers.sources import SELF_SOURCE

Believed = Mapping[str, Partner]
"""Banks that are believed, by their address."""
MEDIA_TYPE: Final = "application/vnd.infobank.archive+zip"
"""What an import of an archive is kept as."""


@dataclass(frozen=True, slots=True)
class MovingPlan:
    """What taking in an archive would store.

    Attributes:
        archive: what was read of it.
        plan: the import.
    """

    archive: Archive
    plan: ImportPlan


def options(settings: Settings) -> Options:
    """Return how large an archive may be; it is larger than any file of one source."""
    most = settings.max_archive_bytes, settings.max_archive_records
    return Options(limits=Limits(*most))


def believed(snap: Snapshot) -> Believed:
    """Return the banks whose signature counts now."""
    return {each.issuer: each for each in partners.every(snap) if each.is_active}


def read(
    known: Believed, data: bytes, *, now: datetime, options: Options
) -> MovingPlan:
    """Open an archive and plan its import. Slow and pure: no transaction is needed.

    Args:
        known: the banks that are believed.
        data: the archive.
        now: the moment of reading.
        options: limits, see `options`.

    Raises:
        IntakeError: it cannot be believed, or nothing in it can be stored.
    """

    def verify(issuer: str, signed: str) -> Mapping[str, Any] | None:
        return _claims(known[issuer].keys, signed) if issuer in known else None

    try:
        found = archive.read(data, verify, now=now, options=options)
    except FileRefused as error:
        raise refusal(error.issue) from None
    return MovingPlan(found, plan.of_items(data, MEDIA_TYPE, found.items, SELF_SOURCE))


def run(vault: Vault, bank: Writes, owner: OwnerId, moving: MovingPlan) -> ImportResult:
    """Store an archive; see `service.run`."""
    if moving.archive.sources:
        bank.unit_of_work(lambda work: _register(work, moving.archive.sources))
    return service.run(vault, bank, owner, moving.plan)


def _claims(
    keys: tuple[Mapping[str, Any], ...], signed: str
) -> Mapping[str, Any] | None:
    for key in keys:
        try:
            found: Mapping[str, Any] = parse_canonical(open_statement(signed, TYP, key))
        except (Invalid, VerificationError):
            continue
        return found if isinstance(found, dict) else None
    return None


def _register(work: Work, named: tuple[NamedSource, ...]) -> None:
    for each in named:
        sources.take_over(
            work, each.source_id, name_ja=each.name_ja, name_en=each.name_en
        )
