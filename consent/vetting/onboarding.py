"""From an application to an approval: nothing of it may be missing (R-02, R-04, R-10).

Approving, at first and after a suspension, needs every mandatory criterion met and in
force, a certificate or a mode that keeps the data in the bank's hands, and the ethics
board's decision on the recipient. What is missing is named, all of it at once.
"""

from dataclasses import dataclass

from audit.work import Work
from consent import board, certificates, recipients
from consent.facts import BoardSubjectKind, Standing
from consent.modes import RecipientMode
from consent.reasons import Reason
from consent.vetting import attestations, checks, standings
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import RecipientId


class NotReady(Conflict):
    """Something that an approval needs is missing.

    Attributes:
        missing: what, in the engine's words.
    """

    def __init__(self, missing: tuple[Reason, ...]) -> None:
        super().__init__("recipient.not-ready", " ".join(missing))
        self.missing = missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What an approval would find.

    Attributes:
        criteria: mandatory criteria that are not met and in force.
        missing: what is missing, in the engine's words.
    """

    criteria: tuple[str, ...]
    missing: tuple[Reason, ...]


def readiness(snap: Snapshot, recipient_id: RecipientId) -> Readiness:
    """Say what an approval needs that is not there.

    Raises:
        NotFound: `recipient.unknown`.
    """
    found = recipients.get(snap, recipient_id)
    lacking = checks.lacking(snap, recipient_id, snap.now)
    decided = board.current(
        snap, BoardSubjectKind.RECIPIENT, recipient_id, version=found.class_no
    )
    needed = (
        (not lacking, Reason.RECIPIENT_NOT_CLEARED),
        (_is_certified(snap, recipient_id, found.mode), Reason.CERTIFICATE_MISSING),
        (board.is_in_force(decided, snap.now), Reason.BOARD_MISSING),
    )
    missing = tuple(reason for is_there, reason in needed if not is_there)
    return Readiness(criteria=lacking, missing=missing)


def approve(work: Work, recipient_id: RecipientId, *, actor: str) -> None:
    """Approve an application, or end a suspension.

    Raises:
        NotFound: `recipient.unknown`.
        Conflict: `recipient.not-possible-now`; `NotReady` names what is missing.
    """
    standings.require(work, recipient_id, Standing.APPROVED)
    found = readiness(work, recipient_id)
    if found.missing:
        raise NotReady(found.missing)
    standings.approve(work, recipient_id, actor=actor)
    attestations.start(work, recipient_id)


def _is_certified(
    snap: Snapshot, recipient_id: RecipientId, mode: RecipientMode
) -> bool:
    """Say whether a certificate is there where the mode needs one."""
    if not mode.needs_certificate:
        return True
    return any(
        snap.now < each.valid_until and mode.counts(each.processor_id)
        for each in certificates.of_recipient(snap, recipient_id)
    )
