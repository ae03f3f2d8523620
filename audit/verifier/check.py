"""Checking an export: signatures first, then entries, then what came from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint
from audit.errors import VerificationError
from audit.verifier.evidence import Evidence
from audit.verifier.findings import BadEntry, Findings
from audit.verifier.folder import ExportFolder
from audit.verifier.past import Past
from audit.verifier.policy import Policy
from audit.verifier.published import (
    Signed,
    check_one_history,
    latest_signed,
    opened,
    published,
)
from audit.verifier.walk import Walk


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found to hold.

    Attributes:
        latest: the latest checkpoint of the export.
        published: how many published checkpoints the entries agree with.
        outside: how many checkpoints and receipts from elsewhere they agree with.
        witnessed: size of the largest checkpoint with the policy's quorum.
        findings: remarks, and what could not be checked.
        leaves: the entries that were asked for, by index.
    """

    latest: Checkpoint
    published: int
    outside: int
    witnessed: int
    findings: Findings
    leaves: Mapping[int, bytes]


def check_export(
    folder: ExportFolder,
    policy: Policy,
    evidence: Evidence | None = None,
    *,
    progress: Callable[[int, int], None] = lambda _done, _size: None,
) -> Verdict:
    """Check an export against the policy and against what others hold.

    Args:
        folder: the export.
        policy: known keys and quorum.
        evidence: what others hold or disclosed.
        progress: told how many entries of how many are done.

    Raises:
        BadEntry: an entry is wrong.
        VerificationError: a signature is wrong, or the log is another or shorter.
        Incomplete: a file is missing without which nothing can be checked.
    """
    findings = Findings()
    own = published(folder, policy, findings)
    latest = latest_signed(folder, policy, own, findings)
    origin = latest.checkpoint.origin
    past = Past(folder, policy, evidence or Evidence(), origin, findings)
    brought = past.evidence
    others = _others(brought.notes, policy, past)
    held = [each.checkpoint for each in brought.receipts]
    shown = [latest.checkpoint, *(each for each in held if not past.is_earlier(each))]
    shown += [each.checkpoint for each in (*own, *others)]
    size = latest.checkpoint.size
    _check_same_log(latest.checkpoint, shown, past.binding)
    witnessed = _witnessed([latest, *own, *others], size, policy, findings)
    walk = Walk(
        folder,
        [*shown, *past.binding],
        kept=brought.indexes,
        findings=findings,
        progress=lambda done: progress(done, size),
    )
    _read_entries(walk, brought, past, findings)
    # The entries show it too, but they are not always here.
    check_one_history([*shown, *past.binding])
    return Verdict(
        latest.checkpoint,
        len(own),
        len(others) + past.outside + len(held),
        witnessed,
        findings,
        walk.leaves,
    )


def _read_entries(
    walk: Walk, brought: Evidence, past: Past, findings: Findings
) -> None:
    with findings.attempt():
        walk.run()
        brought.check(walk.leaves, walk.rules.subs, findings)
        past.close(walk.rules.continued)
    _remark(walk, findings)


def _others(notes: Iterable[str], policy: Policy, past: Past) -> list[Signed]:
    """Return what is brought of the present log; the past takes the rest."""
    present: list[Signed] = []
    for note in notes:
        signed = opened(note, policy, past.keys)
        if past.is_earlier(signed.checkpoint):
            past.add(signed.checkpoint)
        else:
            present.append(signed)
    return present


def _check_same_log(
    latest: Checkpoint, shown: Sequence[Checkpoint], before: Sequence[Checkpoint]
) -> None:
    if any(each.origin != latest.origin for each in shown):
        raise VerificationError("A checkpoint is of another log.")
    for each in (*shown, *before):
        if each.size > latest.size:
            raise BadEntry(
                latest.size,
                f"The log was signed with {each.size} entries; the export ends here.",
            )


def _witnessed(
    signed: Iterable[Signed], size: int, policy: Policy, findings: Findings
) -> int:
    with_quorum = [each.checkpoint.size for each in signed if each.quorum]
    if not with_quorum:
        raise VerificationError("Too few witnesses have signed any checkpoint.")
    if max(with_quorum) < size:
        findings.unchecked.append(
            f"Too few witnesses have signed more than the first {max(with_quorum)} "
            f"of {size} entries."
        )
    return max(with_quorum) if policy.quorum is not None else 0


def _remark(walk: Walk, findings: Findings) -> None:
    if walk.rules.elsewhere:
        findings.remarks.append(
            f"{walk.rules.elsewhere} entries refer to entries of the lost log"
        )
