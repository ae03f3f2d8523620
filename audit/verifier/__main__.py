"""Command line of the verifier.

Exit status: 0 everything holds; 1 something does not, and the first bad entry is
named; 2 wrong usage; 3 something that was asked for cannot be checked here.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from audit.errors import VerificationError
from audit.note import parse_vkey
from audit.receipt_check import VerifiedReceipt, parse_header, verify_receipt
from audit.verifier.check import check_export
from audit.verifier.findings import Incomplete
from audit.verifier.folder import ExportFolder
from audit.verifier.policy import Policy, parse_policy

OK, TAMPERED, INCOMPLETE = 0, 1, 3

_OWN_KEY = (
    "note: the verifier key is the export's own; give --vkey with the key that was "
    "published elsewhere"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the verifier; return its exit status."""
    options = _parse(arguments)
    try:
        for line in _check(options):
            _say(line)
    except Incomplete as error:
        _say(f"INCOMPLETE: {error}")
        return INCOMPLETE
    except VerificationError as error:
        _say(f"FAILED: {error}")
        return TAMPERED
    return OK


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verifier",
        description="Check an export of the log, a receipt, or both.",
    )
    add = parser.add_argument
    add("export", nargs="?", type=Path, metavar="EXPORT_DIR")
    add("--vkey", help="the log's verifier key, obtained from elsewhere")
    add("--policy", type=Path, help="file with known keys and the quorum of witnesses")
    add("--receipt", type=Path, action="append", default=[], help="receipt to check")
    add("--body", type=Path, help="the body that the one receipt was given with")
    add(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="signed checkpoint that was kept elsewhere",
    )
    options = parser.parse_args(arguments)
    if options.vkey and options.policy:
        parser.error("give either --vkey or --policy")
    if options.export is None and not options.receipt:
        parser.error("give an export, a receipt, or both")
    if options.export is None and not (options.vkey or options.policy):
        parser.error("a receipt alone needs --vkey or --policy")
    if options.body and len(options.receipt) != 1:
        parser.error("--body goes with exactly one --receipt")
    if options.checkpoint and options.export is None:
        parser.error("--checkpoint goes with an export")
    return options


def _check(options: argparse.Namespace) -> list[str]:
    policy, said = _policy(options)
    receipts = [_receipt(path, policy, options.body) for path in options.receipt]
    for each in receipts:
        said.append(
            f"receipt: entry {each.index} ({each.leaf['typ']}) is in the tree of "
            f"{each.checkpoint.size} entries that {each.checkpoint.origin} signed"
        )
        said += [f"  {name}: {value}" for name, value in sorted(each.opened.items())]
    if options.export is not None:
        notes = [_read(path).decode(errors="replace") for path in options.checkpoint]
        folder = ExportFolder(options.export)
        verdict = check_export(folder, policy, notes=notes, receipts=receipts)
        said.append(
            f"log {verdict.latest.origin}: {verdict.latest.size} entries, root "
            f"{verdict.latest.root.hex()}, agree with {verdict.published} published "
            f"checkpoints and {verdict.outside} from outside"
        )
    return [*said, "OK"]


def _policy(options: argparse.Namespace) -> tuple[Policy, list[str]]:
    if options.policy:
        return parse_policy(_read(options.policy).decode(errors="replace")), []
    if options.vkey:
        return Policy(logs=[parse_vkey(options.vkey)]), []
    vkey = ExportFolder(options.export).vkey()
    return Policy(logs=[parse_vkey(vkey)]), [_OWN_KEY]


def _receipt(path: Path, policy: Policy, body: Path | None) -> VerifiedReceipt:
    data = _read(path)
    if data.lstrip().startswith(b":"):
        data = parse_header(data.decode(errors="replace").strip())
    return verify_receipt(data, policy.keys, body=None if body is None else _read(body))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Incomplete(f"{path} cannot be read.") from None


def _say(line: str) -> None:
    # What is said may come from a hostile file: no control characters reach a terminal.
    sys.stdout.write("".join(c if c.isprintable() else "?" for c in line) + "\n")


if __name__ == "__main__":
    sys.exit(main())
