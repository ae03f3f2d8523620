"""Opens the bank that the environment describes, for the length of a command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pds.bank.bank import Bank, open_bank
from pds.core.clock import SystemClock
from pds.core.settings import Settings


@contextmanager
def opened_bank() -> Iterator[Bank]:
    """Open the bank that the environment describes, for the length of a command."""
    bank = open_bank(Settings.from_environment(os.environ), SystemClock())
    try:
        yield bank
    finally:
        bank.close()
