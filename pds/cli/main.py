"""The command `infobank`: one group, each command in a module of its own."""

import sys

import click

from pds.cli.audit import audit_group
from pds.cli.auditors import auditors_group
from pds.cli.backup import backup_command, drill_command, restore_command
from pds.cli.bench.command import bench_command
from pds.cli.board import board_group
from pds.cli.criteria import criteria_command
from pds.cli.database import db_group
from pds.cli.demo.command import demo_group
from pds.cli.doctor import doctor_command
from pds.cli.export import export_command
from pds.cli.import_ import import_command
from pds.cli.intake import with_desk
from pds.cli.judgements import judgements_group
from pds.cli.keys import keys_group
from pds.cli.outbox import outbox_group
from pds.cli.partners import partners_group
from pds.cli.profile import profile_group
from pds.cli.recipients import recipients_group
from pds.cli.report import report_group
from pds.cli.server import run_command, worker_command
from pds.cli.staff import staff_group
from pds.core.environment import SettingsError
from pds.core.errors import BankError


@click.group()
@click.version_option(package_name="infobank")
def cli() -> None:
    """Run and look after an information bank."""


for command in (
    run_command,
    worker_command,
    demo_group,
    db_group,
    doctor_command,
    criteria_command,
    backup_command,
    restore_command,
    drill_command,
    with_desk(import_command),
    export_command,
    audit_group,
    auditors_group,
    staff_group,
    partners_group,
    profile_group,
    recipients_group,
    judgements_group,
    keys_group,
    outbox_group,
    bench_command,
    board_group,
    report_group,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; complaints are one sentence, never a traceback."""
    try:
        cli()
    except SettingsError as error:
        sys.exit(f"infobank: {error}")
    except BankError as error:
        sys.exit(f"infobank: {error} ({error.code})")
