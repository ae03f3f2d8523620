"""Doing what was granted: at once where software can, in the answer's unit of work.

- *stop-use*: every consent in force is paused by the bank, and the person is taken out
  of data sets to come;
- *stop-provision*: every consent ends;
- *erasure* of a record that is named: the record is deleted.

Everything else, and what is granted in part, is a promise (`RequestState.PROMISED`)
until staff write what they did, or until the person has written the corrected record
(`pds.rights.own_records`). So "granted" is never the last word.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import ledger, service
from consent.states import ConsentState
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.datasets import choices
from pds.rights import erasure
from pds.rights.desk import requests
from pds.rights.desk.kinds import RequestKind, RequestState, RequestStep
from pds.rights.desk.requests import Request
from pds.vault.records import OpenRecord
from pds.vault.service import Vault

STOPPED: Final = "right.stop-use"
"""Why consents are paused."""
DELETED: Final = "deleted"
Fulfil = Callable[[Work, Vault, Request, str], None]


def act_for(request: Request) -> Fulfil | None:
    """Return what software does for a request that is granted; None if it cannot."""
    if request.kind is RequestKind.ERASURE and request.record_id is None:
        return None
    return _ACTS.get(request.kind)


def done(work: Work, request: Request, *, actor: str) -> Request:
    """Note that what was promised is done.

    Raises:
        Conflict: `rights.not-possible-now`; nothing is promised, or it is done.
    """
    after = requests.change(
        work,
        request.request_id,
        (RequestState.PROMISED,),
        state=RequestState.ANSWERED,
        answered_at=work.now,
    )
    requests.record(work, after, RequestStep.CARRIED_OUT, actor=actor)
    return after


def record_change(
    work: Work,
    request: Request,
    old: OpenRecord,
    action: str,
    payload: bytes | None,
    *,
    actor: str,
) -> None:
    """Record that a record was corrected or deleted, with the digests of both."""
    named = f"record:{UUID(bytes=old.record_id)} old:{_digest(old.payload)}"
    if payload is not None:
        named = f"{named} new:{_digest(payload)}"
    work.log.record(
        Entry(
            type=EventType.RECORD_WRITTEN,
            subject=request.owner,
            source=str(old.source_id),
            categories=(old.category,),
            count=1,
            detail={
                "actor": actor,
                "object": named,
                "reasons": action,
                "request_id": str(request.request_id),
            },
        )
    )


def _stop_use(work: Work, _vault: Vault, request: Request, actor: str) -> None:
    for each in ledger.every(work, request.owner, states=[ConsentState.GIVEN]):
        number = each.consent_id
        service.suspend(work, request.owner, number, actor=actor, reason=STOPPED)
    choices.stop(work, request.owner, actor=actor)


def _stop_provision(work: Work, _vault: Vault, request: Request, actor: str) -> None:
    erasure.end_consents(work, request.owner, actor=actor)


def _erase(work: Work, vault: Vault, request: Request, actor: str) -> None:
    person.bump_fence(work, request.owner)
    old = _find(work, vault, request.owner, request.record_id)
    if old is None:
        # The person, or the end of an import, was faster.
        return
    vault.delete(work, request.owner, UUID(bytes=old.record_id))
    record_change(work, request, old, DELETED, None, actor=actor)


def _find(
    work: Work, vault: Vault, owner: OwnerId, record_id: UUID | None
) -> OpenRecord | None:
    if record_id is None:
        raise AssertionError("No record is named.")
    try:
        return vault.get(work, owner, record_id)
    except NotFound:
        return None


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


_ACTS: Final[Mapping[RequestKind, Fulfil]] = {
    RequestKind.STOP_USE: _stop_use,
    RequestKind.STOP_PROVISION: _stop_provision,
    RequestKind.ERASURE: _erase,
}
