"""Taking in an archive that another information bank made (C-08, H-05).

What a bank sends whose key is pinned here, on the order of its person, is believed: its
records keep their sources and their headers, with a note of where they come from. An
archive that somebody brings as a file is their own deposit like any file, whoever
signed it: it names nobody, so it may be a copy of somebody else's. The archive itself
is kept as the import's original, so the consents, disclosures and proofs in it stay at
hand, and verify against the first bank's key for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit.canonical import parse_canonical
from audit.errors import VerificationError
from audit.work import Work
from pds.core.errors import Forbidden, Invalid
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.crypto.statement import open_statement
from pds.intake import plan, service
from pds.intake.errors import refusal
from pds.intake.plan import ImportPlan
from pds.intake.results import ImportResult
from pds.intake.service import Writes
from pds.vault.service import Vault
from providers import sources
from providers.formats import archive
from providers.formats.archive import TYP, Archive, NamedSource
from providers.formats.archive_files import Files
from providers.formats.detect import Limits
from providers.formats.reading import Options
from providers.issues import FileRefused
from providers.partners import Partner
from providers.sources import SELF_SOURCE

BROUGHT: Final = "application/vnd.infobank.archive+zip"
"""What the import of an archive is kept as that somebody brought as a file."""
SENT: Final = "application/vnd.infobank.sent-archive+zip"
"""What one is kept as that a bank sent on the order of its person."""
MEDIA_TYPES: Final = (BROUGHT, SENT)


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


def read(data: bytes, *, now: datetime, options: Options) -> MovingPlan:
    """Open an archive that somebody brings as a file, and plan its import.

    Slow and pure: no transaction is needed.

    Args:
        data: the archive.
        now: the moment of reading.
        options: limits, see `options`.

    Raises:
        IntakeError: it does not hold together, or nothing in it can be stored.
    """
    return _plan(data, lambda _issuer, _signed: None, BROUGHT, now, options)


def read_sent(
    partner: Partner, archive_id: UUID, data: bytes, *, now: datetime, options: Options
) -> MovingPlan:
    """Open an archive that a bank sends on the order of its person.

    Args:
        partner: the bank.
        archive_id: the archive that its order is for.
        data: the archive.
        now: the moment of reading.
        options: limits, see `options`.

    Raises:
        Forbidden: `transfer.other-bank`; this bank has not signed this archive.
        IntakeError: it does not hold together, or nothing in it can be stored.
    """

    def verify(issuer: str, signed: str) -> Mapping[str, Any]:
        claims = _claims(partner.keys, signed) if issuer == partner.issuer else None
        if claims is None or claims.get("jti") != str(archive_id):
            raise Forbidden("transfer.other-bank", "Another bank made this archive.")
        return claims

    return _plan(data, verify, SENT, now, options)


def is_signed(files: Files, issuer: str, partner: Partner) -> bool:
    """Say whether a bank has signed an archive that names it."""
    claims = _claims(partner.keys, files.signed()) if issuer == partner.issuer else None
    try:
        archive.check_claims(claims or {}, files.manifest, issuer)
    except FileRefused:
        return False
    return True


def _plan(
    data: bytes, verify: archive.Verify, kind: str, now: datetime, options: Options
) -> MovingPlan:
    try:
        found = archive.read(data, verify, now=now, options=options)
    except FileRefused as error:
        raise refusal(error.issue) from None
    return MovingPlan(found, plan.of_items(data, kind, found.items, SELF_SOURCE))


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
