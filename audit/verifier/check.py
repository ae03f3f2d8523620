"""Checking an export: signatures first, then entries, then what came from outside."""

from collections.abc import Iterable
from dataclasses import dataclass

from audit.canonical import canonical
from audit.checkpoint import Checkpoint, open_checkpoint, parse_number
from audit.errors import VerificationError
from audit.receipt_check import VerifiedReceipt
from audit.verifier.findings import BadEntry
from audit.verifier.folder import ExportFolder
from audit.verifier.policy import Policy
from audit.verifier.walk import Walk


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found to hold.

    Attributes:
        latest: the latest checkpoint of the export.
        published: how many published checkpoints the entries agree with.
        outside: how many checkpoints and receipts from elsewhere they agree with.
    """

    latest: Checkpoint
    published: int
    outside: int


def check_export(
    folder: ExportFolder,
    policy: Policy,
    *,
    notes: Iterable[str] = (),
    receipts: Iterable[VerifiedReceipt] = (),
) -> Verdict:
    """Check an export against the policy and against what others hold.

    Args:
        folder: the export.
        policy: known keys and quorum.
        notes: signed checkpoints from elsewhere.
        receipts: receipts, verified by themselves.

    Raises:
        BadEntry: an entry is wrong.
        VerificationError: a signature is wrong, or the log is another or shorter.
        Incomplete: a file is missing, or a key is of an unknown kind.
    """
    latest, note = open_checkpoint(folder.checkpoint(), policy.keys)
    policy.check(note)
    published = _published(folder, policy)
    held = list(receipts)
    outside = [open_checkpoint(each, policy.keys)[0] for each in notes]
    outside += [each.checkpoint for each in held]
    known = [latest, *published, *outside]
    for each in known:
        if each.origin != latest.origin:
            raise VerificationError("A checkpoint is of another log.")
        if each.size > latest.size:
            raise BadEntry(
                latest.size,
                f"The log was signed with {each.size} entries; the export ends here.",
            )
    walk = Walk(folder, known, {each.index for each in held})
    walk.run(latest.size)
    for shown in held:
        if walk.leaves[shown.index] != canonical(shown.leaf):
            raise BadEntry(shown.index, "A receipt shows another entry here.")
    return Verdict(latest, len(published), len(outside))


def _published(folder: ExportFolder, policy: Policy) -> list[Checkpoint]:
    found: list[Checkpoint] = []
    for name, text in folder.checkpoints().items():
        try:
            checkpoint, _note = open_checkpoint(text, policy.keys)
        except VerificationError as error:
            raise VerificationError(f"checkpoints/{name}: {error}") from None
        if checkpoint.size != parse_number(name):
            raise VerificationError(f"checkpoints/{name} is of another size.")
        found.append(checkpoint)
    return found
