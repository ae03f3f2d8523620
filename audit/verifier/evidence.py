"""What others hold or disclosed, to be compared with the entries of an export."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.canonical import canonical
from audit.receipt_check import VerifiedReceipt
from audit.verifier.findings import BadEntry, Findings
from audit.verifier.openings import Opening
from audit.verifier.subjects import (
    HandleFile,
    check_census,
    check_generations,
    check_subject,
)


@dataclass(slots=True)
class Evidence:
    """What is brought along.

    Attributes:
        notes: signed checkpoints from elsewhere.
        receipts: receipts, verified by themselves.
        openings: opened details, verified against their leaves.
        subjects: files of handle keys.
        census: whether these are the handle keys of everybody.
        wanted: positions of further leaves that are to be remembered.
    """

    notes: list[str] = field(default_factory=list)
    receipts: list[VerifiedReceipt] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    subjects: list[HandleFile] = field(default_factory=list)
    census: bool = False
    wanted: set[int] = field(default_factory=set)

    @property
    def indexes(self) -> set[int]:
        """Positions of the leaves that are needed."""
        return self.wanted | {each.index for each in self._shown()}

    def check(
        self,
        leaves: Mapping[int, bytes],
        subs: Mapping[bytes, int],
        findings: Findings,
    ) -> None:
        """Compare with the leaves of the log and the places of its subject handles.

        Raises:
            BadEntry: an entry is another, too many, or nobody's.
            VerificationError: an entry of a subject is missing.
        """
        for each in self._shown():
            if leaves.get(each.index) != canonical(each.leaf):
                kind = type(each).__name__.removeprefix("Verified").lower()
                raise BadEntry(each.index, f"The {kind} shows another entry here.")
        found: set[bytes] = set()
        for file in self.subjects:
            found |= check_subject(file, subs)
            with findings.attempt():
                check_generations(file)
        if self.census:
            with findings.attempt():
                check_census(self.subjects, found, subs)

    def _shown(self) -> list[VerifiedReceipt | Opening]:
        return [*self.receipts, *self.openings]
