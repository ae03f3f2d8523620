"""What the verifier says of the consent receipts that were brought."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from audit.note import VerifierKey
from audit.receipt_check import VerifiedReceipt
from audit.verifier.consent_receipt import KANTARA, CheckedConsent, check, parse_key
from audit.verifier.findings import Findings
from audit.verifier.folder import read_file
from audit.verifier.terminal import say


def checked_consents(
    options: argparse.Namespace, logs: Sequence[VerifierKey], findings: Findings
) -> list[VerifiedReceipt]:
    """Check every consent receipt, say what it proves, and return the entries proven.

    Raises:
        VerificationError: a receipt does not hold.
    """
    found: list[VerifiedReceipt] = []
    if not options.consent_receipt:
        return found
    key = parse_key(options.statement_key)
    for path in options.consent_receipt:
        checked = check(_read(path), key, logs)
        _say(path, checked, findings)
        if checked.entry is not None:
            found.append(checked.entry)
    return found


def _say(path: Path, checked: CheckedConsent, findings: Findings) -> None:
    claims, entry = checked.claims, checked.entry
    if checked.typ == KANTARA:
        say(f"consent receipt {claims['consentReceiptID']}: signed (Kantara v1.1)")
    else:
        say(
            f"consent receipt: consent {claims['consent_id']}, change "
            f"{claims['consent_version']}, state {claims['state']}: signed"
        )
    if entry is None:
        findings.unchecked.append(f"{path} carries no proof of its entry in the log")
        return
    say(
        f"  entry {entry.index} is in the tree of {entry.checkpoint.size} entries that "
        f"{entry.checkpoint.origin} signed"
    )


def _read(path: Path) -> str:
    return read_file(path, str(path)).decode(errors="replace")
