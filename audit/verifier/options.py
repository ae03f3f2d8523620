"""The options of the verifier's command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; ends the program with status 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="infobank-verify",
        description="Check an export of the log, a receipt, or both.",
        epilog="Ends with 0: everything holds; 1: something does not; 2: wrong usage; "
        "3: something that was asked for cannot be checked here.",
    )
    add = parser.add_argument
    add("export", nargs="?", type=Path, metavar="EXPORT_DIR")
    add("--bundle", type=Path, metavar="DIR_OR_ZIP", help="evidence bundle to check")
    add("--evidence-key", metavar="VKEY", help="its key, obtained from elsewhere")
    add("--vkey", help="the log's verifier key, obtained from elsewhere")
    add("--policy", type=Path, help="file with known keys and the quorum of witnesses")
    _add_list(parser, "--receipt", "receipt to check")
    add("--body", type=Path, help="the body that the one receipt was given with")
    _add_list(parser, "--consent-receipt", "receipt of a consent to check")
    add(
        "--statement-key",
        metavar="X",
        help="the bank's, from elsewhere; with =, since one in 64 begins with a dash",
    )
    _add_list(parser, "--checkpoint", "signed checkpoint that was kept elsewhere")
    _add_list(parser, "--opening", "opened detail of an entry")
    _add_list(parser, "--subject", "disclosed handle keys of a subject")
    add("--census", action="store_true", help="the handle keys are those of everybody")
    add("--tsa-certificate", type=Path, help="whom to trust for time stamps (PEM)")
    add("--progress", action="store_true", help="show a bar without a terminal too")
    options = parser.parse_args(arguments)
    _check(parser, options)
    return options


def _add_list(parser: argparse.ArgumentParser, name: str, text: str) -> None:
    parser.add_argument(
        name,
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help=f"{text}; may be given more than once",
    )


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.vkey is not None and options.policy:
        parser.error("give either --vkey or --policy")
    if options.body and len(options.receipt) != 1:
        parser.error("--body goes with exactly one --receipt")
    if options.bundle and options.export:
        parser.error("give either EXPORT_DIR or --bundle, which holds an export")
    if options.evidence_key is not None and not options.bundle:
        parser.error("--evidence-key goes with --bundle")
    if options.export is None and options.bundle is None:
        _check_alone(parser, options)
    if bool(options.consent_receipt) != (options.statement_key is not None):
        parser.error("--consent-receipt and --statement-key go together")
    if options.census and not options.subject:
        parser.error("--census goes with --subject")


def _check_alone(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    for name in ("checkpoint", "opening", "subject"):
        if getattr(options, name):
            parser.error(f"--{name} goes with an export")
    if not options.receipt and not options.consent_receipt:
        parser.error("give an export, a bundle, a receipt, or an export with a receipt")
    if options.vkey is None and not options.policy:
        parser.error("a receipt alone needs --vkey or --policy")
