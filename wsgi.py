"""The WSGI application, built from the environment; servers load `wsgi:app`."""

import os
from multiprocessing.util import Finalize

from pds.bank.bank import open_bank
from pds.bank.board_texts import register_texts
from pds.bank.chores import by_thread
from pds.bank.housekeeping import Housekeeping
from pds.core.clock import SystemClock
from pds.core.logging import configure
from pds.core.process import settle
from pds.core.settings import Settings
from pds.web.app import create_app

configure()
bank = open_bank(Settings.from_environment(os.environ), SystemClock())
register_texts(bank)
threads = [Housekeeping(bank, each) for each in by_thread()]
for thread in threads:
    thread.start()
# Threads are stopped before the process goes, and the writer drains its queue first.
# A worker that multiprocessing has forked runs these, but nothing of `atexit`.
for thread in threads:
    Finalize(None, thread.stop, exitpriority=2)
Finalize(None, bank.close, exitpriority=1)
app = create_app(bank)
settle()
