"""What binds a log from the time before a loss, and what the loss took away."""

from collections.abc import Sequence
from dataclasses import replace

from audit.checkpoint import Checkpoint
from audit.errors import VerificationError
from audit.note import VerifierKey
from audit.receipt_check import VerifiedReceipt
from audit.verifier.evidence import Evidence
from audit.verifier.findings import Findings
from audit.verifier.folder import ExportFolder
from audit.verifier.former import earlier_checkpoints, former_keys, statements
from audit.verifier.losses import Losses
from audit.verifier.policy import Policy


class Past:
    """The earlier origins of an export.

    Args:
        folder: the export.
        policy: known keys.
        evidence: what others hold.
        origin: that of the present log.
        findings: what is said besides.

    Attributes:
        keys: keys of earlier origins.
        evidence: what others hold that can be compared with the entries, with the
            entries that tell of a loss among it.
        binding: checkpoints of earlier origins that the entries must agree with.
        outside: how many of them were added from elsewhere.

    Raises:
        VerificationError: something of an earlier origin does not hold.
    """

    def __init__(
        self,
        folder: ExportFolder,
        policy: Policy,
        evidence: Evidence,
        origin: str,
        findings: Findings,
    ) -> None:
        self._findings = findings
        self._origin = origin
        self.keys: list[VerifierKey] = []
        self.outside = 0
        with findings.attempt():
            self.keys = former_keys(folder, policy)
        known = [*self.keys, *policy.logs]
        openings = [*evidence.openings, *statements(folder, findings)]
        self._losses = Losses(openings, known, origin)
        self._own = earlier_checkpoints(folder, known, findings)
        names = {each.name for each in self.keys} | self._losses.by_origin.keys()
        self._origins = names - {origin}
        self.binding = [*self._losses.binding(), *filter(self._own_binds, self._own)]
        receipts = list(filter(self._is_kept, evidence.receipts))
        self.evidence = replace(evidence, openings=openings, receipts=receipts)

    def is_earlier(self, checkpoint: Checkpoint) -> bool:
        """Say whether a checkpoint is of an earlier origin of this log."""
        return checkpoint.origin in self._origins

    def add(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint of an earlier origin that comes from elsewhere.

        Raises:
            VerificationError: the log's own words do not agree with it.
        """
        if self._losses.binds(checkpoint):
            self.binding.append(checkpoint)
            self.outside += 1
        else:
            self._not_comparable(checkpoint, f"its {checkpoint.size} entries")

    def close(self, continued: Sequence[int]) -> None:
        """Compare with the entries that say that the log goes on after a loss.

        Raises:
            VerificationError: there is an earlier origin, and no entry says so.
        """
        if self._own and not continued:
            raise VerificationError(
                "There are checkpoints of an earlier origin, and no entry says that "
                "the log goes on after a loss."
            )
        self._losses.remark(continued, self._findings)

    def _own_binds(self, checkpoint: Checkpoint) -> bool:
        if not self.is_earlier(checkpoint):
            raise VerificationError(
                f"earlier/checkpoints/{checkpoint.size} is of no earlier origin."
            )
        # What a restored log holds of before is what was kept, told or not.
        binds = self._losses.binds(checkpoint) is not False
        if not binds:
            self._findings.remarks.append(
                f"{checkpoint.origin} had signed {checkpoint.size} entries; "
                "those beyond what was kept are lost"
            )
        return binds

    def _is_kept(self, receipt: VerifiedReceipt) -> bool:
        tree = receipt.checkpoint
        if not self.is_earlier(tree):
            return True
        binds = self._losses.binds(tree)
        if binds:
            self.binding.append(tree)
        loss = self._losses.by_origin.get(tree.origin)
        # The leaf itself can be compared though the receipt's tree went further.
        kept = loss is not None and receipt.index < loss.index
        if not kept:
            self._not_comparable(tree, f"entry {receipt.index}")
        return kept

    def _not_comparable(self, tree: Checkpoint, what: str) -> None:
        loss = self._losses.by_origin.get(tree.origin)
        reason = "no opened entry tells where that log ended"
        if loss is not None:
            reason = f"from entry {loss.index} on, that log is lost, as the log says"
        self._findings.unchecked.append(
            f"Signed by {tree.origin}: {what} cannot be compared; {reason}."
        )
