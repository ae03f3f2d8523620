"""Banks that are dear to fill, filled once for a session and copied for each test.

A copy is a test's own: database, keys and whatever lay beside them are files and rows
that nothing else knows, so the test may do to them what it likes.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from pds.bank.bank import Bank, open_bank
from pds.core.settings import Settings
from tests.fakes import FrozenClock

Fill = Callable[[Bank, Path], Any]
"""Fills a bank, with a folder for files beside it; returns what tests need to know."""

CopyOf = Callable[[str, Path, str | None], AbstractContextManager[str]]
"""Gives the URL of a database of a kind: a copy of the one that is named, or a new one.

Of a database in a file the file lies in the folder already, if it is a copy.
"""

AtTheEnd = Callable[[Callable[[], None]], None]
"""Takes what is to be done when the session ends, the last thing first."""


@dataclass(frozen=True)
class _Filled:
    folder: Path
    url: str
    known: Any


def settings_in(folder: Path, url: str) -> Settings:
    """Return the settings of a bank that has all its files in a folder."""
    return Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(folder / "data"),
            "INFOBANK_KEY_DIR": str(folder / "keys"),
            "INFOBANK_DATABASE_URL": url,
        }
    )


class Prepared:
    """Filled banks of one session, by what filled them and by kind of database."""

    def __init__(self, scratch: Path, copy_of: CopyOf, at_the_end: AtTheEnd):
        self._scratch, self._copy_of, self._at_the_end = scratch, copy_of, at_the_end
        self._filled: dict[tuple[Fill, str], _Filled] = {}

    @contextmanager
    def copy(self, fill: Fill, kind: str, folder: Path) -> Iterator[tuple[str, Any]]:
        """Copy a filled bank into a folder; yield its URL and what filling told."""
        if (fill, kind) not in self._filled:
            self._filled[fill, kind] = self._fill(fill, kind)
        found = self._filled[fill, kind]
        shutil.copytree(found.folder, folder, dirs_exist_ok=True)
        with self._copy_of(kind, folder, found.url) as url:
            yield url, found.known

    def _fill(self, fill: Fill, kind: str) -> _Filled:
        folder = Path(mkdtemp(dir=self._scratch))
        with ExitStack() as opened:
            url = opened.enter_context(self._copy_of(kind, folder, None))
            bank = open_bank(settings_in(folder, url), FrozenClock())
            try:
                known = fill(bank, folder)
            finally:
                bank.close()
            # Only now, so that it comes before the end of the server that is up by now.
            self._at_the_end(opened.pop_all().close)
        return _Filled(folder, url, known)
