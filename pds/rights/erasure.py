"""Crypto-erasure of a person: the keys die first, then the rows (C-05, C-09, H-04).

States of an erasure:

- *keys destroyed*: one unit of work has withdrawn every consent, ended every
  authorisation, destroyed every key but those of the two records that law asks to
  keep, emptied the account and recorded `person:erased`. Nothing can be read or
  given any more, in this process or another: each reads a key's state with the key.
- *rows deleted*: what the keys had sealed is gone from the tables too, in steps.
- *finished*: the database's own files were cleared of it as far as the database can,
  the certificate is signed and the link between person and certificate is cut.

A kill leaves one of these states; the same steps go on from there. What stays: the
record of provision and the evidence of consents that were given, each under its own
key until its day. An attacker who keeps a copy of the database holds wraps under a
key-encryption key that ends with its epoch; one who puts a copy back meets the ledger
(`pds.bank.erasing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update

from audit import person, quarter
from audit.canonical import canonical, parse_canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import announcing, cohort, evidence, ledger, outbox, pairwise, service
from consent.content import Act, act_of
from consent.ledger import LIVE, CurrentConsent
from consent.oauth import forgetting as authorisations
from consent.oauth import grants
from consent.receipt_record import rfc3339
from consent.states import ConsentState
from pds.accounts import forgetting as accounts
from pds.accounts import service as account_service
from pds.accounts.agents import acts as agents
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.datasets import choices as data_sets
from pds.disclosure import denials, view_links
from pds.disclosure.break_glass import cards
from pds.disclosure.health_links import links as health_links
from pds.keys.classes import KeyClass
from pds.keys.shredding import Standing, require_not_held, shred
from pds.rights import mandate
from pds.rights.archive import jobs as archives
from pds.rights.death import acts as death
from pds.rights.desk import requests as desk
from pds.rights.tables import erasure
from pds.vault import forgetting as vault

ERASED: Final = "account.erased"
"""The action of the entry `person:erased`."""
_KEPT: Final = frozenset({KeyClass.AUDIT, KeyClass.CONSENT})
_APPI_29: Final = "appi-29"


class Progress(IntEnum):
    """How far an erasure has come."""

    KEYS_DESTROYED = 1
    ROWS_DELETED = 2
    FINISHED = 3


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure.

    Attributes:
        owner: whose; None once it is finished.
        leaf_id: the entry `person:erased`.
        facts: members of the certificate that were known when the keys died.
        certificate: the signed certificate, once it is finished.
    """

    certificate_id: UUID
    owner: OwnerId | None
    progress: Progress
    erased_at: datetime
    finished_at: datetime | None
    leaf_id: UUID
    facts: Mapping[str, Any]
    certificate: str | None


def erase(
    work: Work,
    owner: OwnerId,
    certificate_id: UUID,
    *,
    actor: str,
    retention_years: int = quarter.RETENTION_YEARS,
    again: bool = False,
) -> None:
    """Do all that cannot be taken back, in this unit of work.

    Args:
        work: the unit of work.
        owner: whose account.
        certificate_id: the id of the certificate to come.
        actor: who ordered it: the person, or whoever acts for them.
        retention_years: how long records of provision are kept.
        again: whether the account was erased before and a copy was put back; what was
            on hold when the copy was made is not any more.

    Raises:
        NotFound: there is no such account.
        Conflict: `erasure.done`; it is erased already, or is no person's.
        KeyHeld: a legal hold forbids it.
    """
    _require_possible(work, owner, again=again)
    mandate.close(work, owner)
    end_consents(work, owner, actor=actor)
    denials.forget(work, owner)
    removed = vault.counts(work, owner)
    until = quarter.destroy_after(work.now, retention_years)
    _kept, removed["consents"] = evidence.keep_until(work, owner, until)
    shredded = shred(
        work.connection, work.keys, owner, lambda each: each.key_class not in _KEPT
    )
    leaf_id = _record(work, owner, certificate_id, actor)
    _forget(work, owner)
    person.bump_fence(work, owner)
    work.connection.execute(
        insert(erasure).values(
            certificate_id=certificate_id,
            owner_id=owner,
            state=Progress.KEYS_DESTROYED,
            erased_at=work.now,
            leaf_id=leaf_id,
            facts=canonical(_facts(shredded, removed, until)),
        )
    )


def _require_possible(work: Work, owner: OwnerId, *, again: bool) -> None:
    person.hold(work, owner)
    found = account_service.get(work, AccountId(owner))
    if found.owner is None or found.is_erased:
        raise Conflict("erasure.done", "There is nothing to erase.")
    if not again:
        require_not_held(work.connection, owner)


def _forget(work: Work, owner: OwnerId) -> None:
    cohort.forget(work, owner)
    pairwise.forget(work, owner)
    authorisations.forget(work, owner)
    agents.forget(work, owner)
    death.forget(work, owner)
    accounts.forget(work, AccountId(owner))
    archives.forget(work, owner)
    desk.forget(work, owner)
    data_sets.forget(work, owner)
    announcing.forget(work, owner)
    outbox.forget(work, owner)
    view_links.forget(work, owner)
    health_links.forget(work, owner)
    cards.forget(work, owner)


def end_consents(work: Work, owner: OwnerId, *, actor: str) -> int:
    """End every consent and every request that waits; return how many.

    Each ends as the act of whoever ordered it: person and agent withdraw what was given
    and refuse what waits; staff, and the bank after a death, revoke.
    """
    live = ledger.every(work, owner, states=LIVE)
    for each in live:
        _end(work, owner, each, actor)
        grants.end_of_consent(work, owner, each.consent_id)
    return len(live)


def delete_some(work: Work, owner: OwnerId, limit: int) -> int:
    """Delete some of the rows that were sealed; return how many, 0 at the end."""
    gone = vault.forget_some(work, owner, limit)
    if not gone:
        work.connection.execute(
            update(erasure)
            .where(
                erasure.c.owner_id == owner,
                erasure.c.state == Progress.KEYS_DESTROYED,
            )
            .values(state=Progress.ROWS_DELETED)
        )
    return gone


def finish(work: Work, found: Erasure, certificate: str, finished_at: datetime) -> None:
    """Keep the signed certificate and cut the link to the person; once."""
    work.connection.execute(
        update(erasure)
        .where(
            erasure.c.certificate_id == found.certificate_id,
            erasure.c.state == Progress.ROWS_DELETED,
        )
        .values(
            state=Progress.FINISHED,
            owner_id=None,
            finished_at=finished_at,
            certificate=certificate,
        )
    )


def get(snap: Snapshot, certificate_id: UUID) -> Erasure:
    """Return an erasure by the id that the person holds.

    Raises:
        NotFound: `erasure.unknown`.
    """
    mine = select(erasure).where(erasure.c.certificate_id == certificate_id)
    row = snap.connection.execute(mine).first()
    if row is None:
        raise NotFound("erasure.unknown", "There is no such erasure.")
    return _read(row)


def unfinished(snap: Snapshot, *, limit: int) -> list[Erasure]:
    """Return erasures that are under way, in no order that says whose they are."""
    query = (
        select(erasure)
        .where(erasure.c.owner_id.is_not(None))
        .order_by(erasure.c.certificate_id)
        .limit(limit)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def _end(work: Work, owner: OwnerId, consent: CurrentConsent, actor: str) -> None:
    number = consent.consent_id
    if act_of(actor) is Act.OPERATOR:
        service.revoke(work, owner, number, actor=actor, reason=ERASED)
    elif consent.state in (ConsentState.GIVEN, ConsentState.PAUSED):
        service.withdraw(work, owner, number, actor=actor)
    else:
        service.refuse(work, owner, number, actor=actor)


def _record(work: Work, owner: OwnerId, certificate_id: UUID, actor: str) -> UUID:
    entry = Entry(
        type=EventType.PERSON_ERASED,
        subject=owner,
        detail={
            "actor": actor,
            "decided_at": work.now.isoformat(),
            "object": named(certificate_id),
            "reasons": ERASED,
        },
    )
    return work.log.record(entry).id


def named(certificate_id: UUID) -> str:
    """Return how the log's entry names its certificate."""
    return canonical({"certificate": str(certificate_id)}).decode()


def _facts(
    shredded: Sequence[Standing], removed: Mapping[str, int], until: datetime
) -> dict[str, Any]:
    end, kept = rfc3339(until), ("consent-evidence", "provision-record")
    return {
        "keys": [
            {
                "class": each.key_class,
                "commitment": each.commitment.hex(),
                "generation": each.generation,
            }
            for each in shredded
        ],
        "kek_versions": sorted({n for each in shredded for n in each.kek_versions}),
        "removed": dict(removed),
        "residual": [{"ground": _APPI_29, "until": end, "what": what} for what in kept],
    }


def _read(row: Any) -> Erasure:
    return Erasure(
        certificate_id=row.certificate_id,
        owner=None if row.owner_id is None else OwnerId(row.owner_id),
        progress=Progress(row.state),
        erased_at=row.erased_at,
        finished_at=row.finished_at,
        leaf_id=row.leaf_id,
        facts=parse_canonical(bytes(row.facts)),
        certificate=row.certificate,
    )
