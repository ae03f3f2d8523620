"""`infobank report`: transparency reports, listed, shown and checked anew (G-13)."""

import json
from datetime import datetime
from pathlib import Path

import click

from pds.bank.bank import Bank
from pds.bank.transparency import making, register
from pds.cli.opening import opened_bank

_MONTH = click.DateTime(["%Y-%m"])


@click.group("report")
def report_group() -> None:
    """The transparency report of each closed month."""


@report_group.command("list")
def list_command() -> None:
    """Print the months that have a report, newest first."""
    with opened_bank() as bank, bank.read() as snap:
        for month in register.months(snap):
            click.echo(f"{month:%Y-%m}")


@report_group.command("make")
def make_command() -> None:
    """Make the reports of closed months that lack one; the service does it hourly."""
    with opened_bank() as bank:
        making.make_reports(bank)


@report_group.command("show")
@click.argument("month", type=_MONTH)
def show_command(month: datetime) -> None:
    """Print what the report of a month says, as JSON."""
    with opened_bank() as bank, bank.read() as snap:
        statement = register.find(snap, month.date())
        body = register.read(statement, making.signing_key(bank).public)
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))


@report_group.command("check")
@click.argument("file", type=click.Path(exists=True, path_type=Path), required=False)
@click.pass_context
def check_command(context: click.Context, *, file: Path | None) -> None:
    """Check signatures and count anew: of a FILE, or of every report that is kept.

    Ends with 0 if everything is as published, with 1 otherwise.
    """
    with opened_bank() as bank:
        found = [_check(bank, each) for each in _statements(bank, file)]
    context.exit(0 if all(found) else 1)


def _statements(bank: Bank, file: Path | None) -> list[str]:
    if file is not None:
        return [file.read_text(encoding="utf-8", errors="replace").strip()]
    with bank.read() as snap:
        return [register.find(snap, month) for month in register.months(snap)]


def _check(bank: Bank, statement: str) -> bool:
    with bank.read() as snap:
        found = register.check(snap, statement, making.signing_key(bank).public)
    said = ", ".join(found.differing) if found.differing else "as published"
    click.echo(f"{found.body['month']}: {said}")
    return not found.differing
