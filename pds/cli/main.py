"""The command `infobank`: one group, each command in a module of its own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pds.bank.bank import Bank, open_bank
from pds.core.clock import SystemClock
from pds.core.errors import BankError
from pds.core.settings import Settings, SettingsError


@contextmanager
def opened_bank() -> Iterator[Bank]:
    """Open the bank that the environment describes, for the length of a command."""
    bank = open_bank(Settings.from_environment(os.environ), SystemClock())
    try:
        yield bank
    finally:
        bank.close()


@click.group()
@click.version_option(package_name="infobank")
def cli() -> None:
    """Run and look after an information bank."""


def main() -> None:
    """Run the command line; complaints are one sentence, never a traceback."""
    try:
        cli()
    except SettingsError as error:
        sys.exit(f"infobank: {error}")
    except BankError as error:
        sys.exit(f"infobank: {error} ({error.code})")
