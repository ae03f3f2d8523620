"""Command line of the verifier.

Exit status: 0 everything holds; 1 something does not, and the first bad entry is
named; 2 wrong usage; 3 something that was asked for cannot be checked here. What is
wrong outweighs what cannot be checked.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from audit.errors import VerificationError
from audit.note import VerifierKey, parse_vkey
from audit.receipt_check import VerifiedReceipt, parse_header, verify_receipt
from audit.verifier.authority import Authority
from audit.verifier.bundle import own_vkey
from audit.verifier.bundle_report import checked_bundle
from audit.verifier.bundle_source import Source, opened_source
from audit.verifier.check import Verdict, check_export
from audit.verifier.consent_report import checked_consents
from audit.verifier.evidence import Evidence
from audit.verifier.findings import Findings
from audit.verifier.folder import ExportFolder, read_file
from audit.verifier.former import former_keys
from audit.verifier.openings import parse_opening
from audit.verifier.options import parse_options
from audit.verifier.policy import Policy, parse_policy
from audit.verifier.published import check_one_history
from audit.verifier.subjects import parse_handle_keys
from audit.verifier.terminal import bar, say
from audit.verifier.timestamps import check_timestamps, stamped_sizes

OK, TAMPERED, INCOMPLETE = 0, 1, 3

_OWN_KEY = (
    "note: the verifier key is the export's own; give --vkey with the key that was "
    "published elsewhere"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the verifier; return its exit status."""
    options = parse_options(arguments)
    findings = Findings()
    try:
        with findings.attempt():
            _check(options, findings)
    except VerificationError as error:
        say(f"FAILED: {error}")
        return TAMPERED
    for sentence in findings.unchecked:
        say(f"INCOMPLETE: {sentence}")
    if findings.unchecked:
        return INCOMPLETE
    say("OK")
    return OK


def _check(options: argparse.Namespace, findings: Findings) -> None:
    with ExitStack() as opened:
        source = None
        if options.bundle is not None:
            source = opened.enter_context(opened_source(options.bundle))
        policy = _policy(options, source)
        if source is not None:
            options.export = opened.enter_context(
                checked_bundle(source, policy, options.evidence_key, findings)
            )
        _check_log(options, policy, findings)


def _check_log(options: argparse.Namespace, policy: Policy, findings: Findings) -> None:
    evidence = _evidence(options, policy, findings)
    for receipt in evidence.receipts:
        say(
            f"receipt: entry {receipt.index} ({receipt.leaf['typ']}) is in the tree of "
            f"{receipt.checkpoint.size} entries that {receipt.checkpoint.origin} signed"
        )
        _say_fields(receipt.opened)
    proven = checked_consents(options, policy.logs, findings)
    if options.export is None:
        check_one_history(each.checkpoint for each in [*evidence.receipts, *proven])
        return
    folder = ExportFolder(options.export)
    # The times of stamps are compared with those of the entries that they cover.
    evidence.wanted = {size - 1 for size in stamped_sizes(folder, findings) if size}
    progress = bar(asked=options.progress)
    verdict = check_export(folder, policy, evidence, progress=progress)
    check_timestamps(
        folder,
        verdict.leaves,
        Authority(options.tsa_certificate, policy.authorities),
        required=policy.timestamp,
        found=verdict.findings,
    )
    findings.unchecked.extend(verdict.findings.unchecked)
    _say_verdict(verdict, policy)
    if not verdict.findings.unchecked:
        _say_evidence(evidence)


def _evidence(
    options: argparse.Namespace, policy: Policy, findings: Findings
) -> Evidence:
    brought = Evidence(census=options.census)
    keys = [*policy.logs, *_former_keys(options, policy)]
    for path in options.receipt:
        with findings.attempt():
            brought.receipts.append(_receipt(path, keys, options.body))
    for path in options.checkpoint:
        with findings.attempt():
            brought.notes.append(_text(path))
    for path in options.opening:
        with findings.attempt():
            brought.openings.append(parse_opening(_read(path)))
    for path in options.subject:
        with findings.attempt():
            brought.subjects.append(parse_handle_keys(_text(path)))
    # A census of whom could be read would accuse the entries of all others.
    brought.census = brought.census and not findings.unchecked
    return brought


def _say_evidence(evidence: Evidence) -> None:
    for opening in evidence.openings:
        say(f"opening: entry {opening.index} commits to what was opened")
        _say_fields(opening.opened)
    if evidence.subjects:
        keys = [key for file in evidence.subjects for key in file.keys]
        say(
            f"handle keys: each of their {sum(key.n for key in keys)} entries is there "
            f"once, and none beyond in {len(keys)} generations"
        )
    if evidence.census:
        say("census: every entry is one of theirs")


def _say_fields(opened: Mapping[str, str]) -> None:
    for name, value in sorted(opened.items()):
        say(f"  {name}: {value}")


def _say_verdict(verdict: Verdict, policy: Policy) -> None:
    latest = verdict.latest
    say(
        f"log {latest.origin}: {latest.size} entries, root {latest.root.hex()}, "
        f"signed; {verdict.published} published checkpoints and {verdict.outside} "
        "from outside"
    )
    if policy.quorum is not None:
        say(f"witnesses: a quorum has signed the first {verdict.witnessed} entries")
    for remark in verdict.findings.remarks:
        say(f"note: {remark}")


def _policy(options: argparse.Namespace, source: Source | None) -> Policy:
    if options.policy:
        return parse_policy(_text(options.policy))
    # Not merely empty: a variable that was not set asks for a key all the same.
    if options.vkey is not None:
        return Policy(logs=[parse_vkey(options.vkey)])
    if source is not None:
        vkey = own_vkey(source)
    else:
        vkey = ExportFolder(options.export).vkey()
    say(_OWN_KEY)
    return Policy(logs=[parse_vkey(line) for line in vkey.split("\n")])


def _former_keys(options: argparse.Namespace, policy: Policy) -> list[VerifierKey]:
    # What is missing there, the check of the export says.
    with Findings().attempt():
        if options.export is not None:
            return former_keys(ExportFolder(options.export), policy)
    return []


def _receipt(path: Path, keys: list[VerifierKey], body: Path | None) -> VerifiedReceipt:
    data = _read(path)
    if data.lstrip().startswith(b":"):
        data = parse_header(data.decode(errors="replace").strip())
    return verify_receipt(data, keys, body=None if body is None else _read(body))


def _text(path: Path) -> str:
    return _read(path).decode(errors="replace")


def _read(path: Path) -> bytes:
    return read_file(path, str(path))


if __name__ == "__main__":
    sys.exit(main())
