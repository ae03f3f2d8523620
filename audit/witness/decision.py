"""Whether a witness may cosign: a pure function of the request and what it saw last."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import VerificationError
from audit.merkle import EMPTY_ROOT, verify_consistency
from audit.note import VerifierKey
from audit.witness.request import Submission


class Refusal(IntEnum):
    """The answers of the protocol that carry no cosignature."""

    MALFORMED = 400
    UNSIGNED = 403
    UNKNOWN_LOG = 404
    CONFLICT = 409
    INCONSISTENT = 422


class Refused(Exception):  # noqa: N818 - an answer of the protocol, not a fault
    """The witness does not cosign.

    Attributes:
        refusal: which answer is given.
        seen_size: the size that the witness cosigned last, where it would go on from
            there; None if the refused tree can never be one that it cosigns.
        is_evidence: whether the signed checkpoint is worth keeping.
    """

    def __init__(
        self,
        refusal: Refusal,
        seen_size: int | None = None,
        *,
        is_evidence: bool = False,
    ) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal
        self.seen_size = seen_size
        self.is_evidence = is_evidence


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest tree that a witness has cosigned.

    Attributes:
        size: number of leaves.
        root: its root.
    """

    size: int = 0
    root: bytes = EMPTY_ROOT


def check_signature(submission: Submission, logs: Sequence[VerifierKey]) -> None:
    """Check that a known log signed the checkpoint.

    Raises:
        Refused: the log is unknown, or its signature is absent or wrong.
    """
    origin = submission.checkpoint.origin
    keys = [each for each in logs if each.name == origin]
    if not keys:
        raise Refused(Refusal.UNKNOWN_LOG)
    try:
        open_checkpoint(submission.note, keys)
    except VerificationError:
        raise Refused(Refusal.UNSIGNED) from None


def check_growth(submission: Submission, seen: Seen) -> None:
    """Check that the submitted tree continues the one that was cosigned last.

    Raises:
        Refused: the sizes do not fit, or the tree is another one.
    """
    new = submission.checkpoint
    if submission.old_size > new.size:
        raise Refused(Refusal.MALFORMED)
    is_fork = new.size == seen.size and new.root != seen.root
    if submission.old_size != seen.size:
        raise Refused(Refusal.CONFLICT, seen.size, is_evidence=is_fork)
    if is_fork and seen.size:
        # Without a size in the answer, since asking again from there cannot help.
        raise Refused(Refusal.CONFLICT, is_evidence=True)
    try:
        _check_tree(submission, seen, new)
    except VerificationError:
        raise Refused(Refusal.INCONSISTENT, is_evidence=True) from None


def _check_tree(submission: Submission, seen: Seen, new: Checkpoint) -> None:
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise VerificationError("An empty tree has another root.")
    if seen.size == 0:
        # Every tree begins with the empty one, so there is nothing to prove.
        if submission.proof:
            raise VerificationError("A proof from the empty tree is empty.")
        return
    verify_consistency(seen.size, new.size, submission.proof, seen.root, new.root)
