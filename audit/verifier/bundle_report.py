"""Checks a bundle step by step and says what was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.verifier.bundle import (
    Vouched,
    check_files,
    check_manifest,
    unpacked_log,
)
from audit.verifier.bundle_source import Source
from audit.verifier.findings import Findings
from audit.verifier.manifest import LEFT_OUT
from audit.verifier.policy import Policy
from audit.verifier.terminal import say


@contextmanager
def checked_bundle(
    source: Source, policy: Policy, evidence_vkey: str | None, findings: Findings
) -> Iterator[Path]:
    """Check a bundle; yield the folder of its log, to be checked as an export.

    Without entries there are the log's checkpoints still, and what others gave on them.

    Raises:
        VerificationError: anything of it does not hold.
    """
    vouched = check_manifest(source, policy.logs, evidence_vkey)
    check_files(source, vouched.manifest)
    _say(vouched)
    if vouched.manifest.entries == LEFT_OUT:
        findings.unchecked.append(
            "the bundle holds no entries of the log; check an export of it, with the "
            f"bundle's checkpoint of {vouched.checkpoint.size} entries as --checkpoint"
        )
    with unpacked_log(source, vouched.manifest) as folder:
        yield folder


def _say(vouched: Vouched) -> None:
    said, receipt = vouched.manifest, vouched.receipt
    period = said.period
    say(
        f"bundle {said.bundle_id} of {said.made_at}, period from "
        f"{period.get('from', 'the beginning')} until "
        f"{period.get('until', 'it was made')}: {len(said.files)} files as listed"
    )
    say(
        f"manifest: signed; its hash is in entry {receipt.index} of the log, "
        f"in the tree of {receipt.checkpoint.size} entries"
    )
