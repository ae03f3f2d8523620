"""`infobank audit`: take the log out, and verify it without trusting the bank."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

import click

from audit import export
from audit.archive import NAME, verifier_archive
from audit.continuation import statements
from audit.errors import VerificationError
from audit.verifier.__main__ import main as verify_main
from pds.bank.bank import Bank
from pds.bank.continuing import continue_log
from pds.cli.bundle import bundle_command
from pds.cli.census import census_command, subjects_command
from pds.cli.events import events_command
from pds.cli.opening import opened_bank
from pds.cli.reconcile import reconcile_command
from pds.cli.retention import hold_command, retire_command
from pds.cli.timestamp import timestamp_command
from pds.cli.witness import witness_command
from pds.core.clock import SystemClock
from pds.core.settings import Settings


@click.group("audit")
def audit_group() -> None:
    """The tamper-evident log."""


audit_group.add_command(bundle_command)
audit_group.add_command(events_command)
audit_group.add_command(witness_command)
audit_group.add_command(census_command)
audit_group.add_command(reconcile_command)
audit_group.add_command(subjects_command)
audit_group.add_command(retire_command)
audit_group.add_command(hold_command)
audit_group.add_command(timestamp_command)


@audit_group.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_command(folder: Path) -> None:
    """Write the log to FOLDER, for the verifier."""
    with opened_bank() as bank:
        size = write(bank, folder)
    click.echo(f"{size} entries in {folder}; check with: python -m audit.verifier")


@audit_group.command("verifier")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=NAME)
def verifier_command(file: Path) -> None:
    """Write the verifier to FILE, to be run anywhere with `python FILE`."""
    content = verifier_archive()
    file.write_bytes(content)
    click.echo(f"{file}  sha256 {sha256(content).hexdigest()}")


@audit_group.command("verify")
@click.pass_context
def verify_command(context: click.Context) -> None:
    """Export the log to a temporary folder and run the verifier over it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "log"
        with opened_bank() as bank:
            write(bank, folder)
        status = verify_main([str(folder)])
    context.exit(status)


@audit_group.command("continue")
@click.option(
    "--reason", required=True, metavar="CODE", help="Why, such as backup-restored."
)
def continue_command(reason: str) -> None:
    """Go on after a loss, under the new origin that INFOBANK_LOG_ORIGIN names.

    Only for a database that holds less than was signed. See "After a loss" in
    docs/operations.md before you use it: what was lost stays lost.
    """
    done = continue_log(Settings.from_environment(os.environ), SystemClock(), reason)
    click.echo(
        f"{done.restored} entries of {done.old.origin} are kept; of the"
        f" {done.old.size} that were signed the rest is lost.\n"
        f"The log goes on as {done.head.origin} with {done.head.size} entries.\n"
        f"Tell everybody its verifier key: {done.vkey}"
    )


def write(bank: Bank, folder: Path) -> int:
    """Export up to the newest published checkpoint; return how many entries.

    Raises:
        click.ClickException: nothing was published yet, or the folder is not empty.
    """
    try:
        with bank.read() as view:
            told = statements(view, bank.keys)
            vkey = bank.signer.vkeys
            return export.export(view.connection, folder, vkey, told).size
    except VerificationError as error:
        raise click.ClickException(str(error)) from None
