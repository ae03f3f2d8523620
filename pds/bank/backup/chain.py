"""The states that a folder of a SQLite backup holds, and how to get one of them.

A state is there when its manifest is; whatever else lies in the folder was left by a
kill and means nothing. Each state is checked by the digest of its whole database file,
so that a file of changes that is missing, torn or exchanged is never restored.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pds.bank import private_files
from pds.bank.backup import manifest
from pds.bank.backup.manifest import FULL, STEP, Manifest
from pds.bank.backup.pages import Pages
from pds.core.errors import Invalid, NotFound

FULL_COPY: Final = "infobank.db"
_STEP: Final = re.compile(r"step-([0-9]{6})\.json")


@dataclass(frozen=True, slots=True)
class Point:
    """Which state is wanted: the newest that fits; the newest of all if both are None.

    Attributes:
        at: not begun after this moment. What is found holds all that was committed by
            its own moment, and may hold what was committed while it was begun.
        size: not of more entries than these.
    """

    at: datetime | None = None
    size: int | None = None

    def fits(self, found: Manifest) -> bool:
        """Say whether a state is one of those that are wanted."""
        is_late = self.at is not None and found.moment > self.at
        is_long = self.size is not None and found.size > self.size
        return not is_late and not is_long


NEWEST: Final = Point()


class Chain:
    """The states of one folder, oldest first.

    Raises:
        Invalid: the folder is no backup of a SQLite database, or a step is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.states = [manifest.read(folder / manifest.FILE)]
        names = (_STEP.fullmatch(each.name) for each in folder.iterdir())
        numbers = sorted(int(each[1]) for each in names if each is not None)
        for number in numbers:
            self.states.append(manifest.read(self._manifest(number)))
        kinds = [each.format for each in self.states]
        in_order = numbers == list(range(1, len(numbers) + 1))
        sizes = [each.size for each in self.states]
        is_whole = in_order and kinds == [FULL, *(STEP for _ in numbers)]
        if not is_whole or sizes != sorted(sizes) or not self._differ():
            raise Invalid("backup.changed", f"A step of {folder} is missing.")

    @property
    def newest(self) -> Manifest:
        """The newest state."""
        return self.states[-1]

    def find(self, point: Point) -> Manifest:
        """Return the newest state that fits.

        Raises:
            NotFound: the backup begins later, or with more entries.
        """
        for found in reversed(self.states):
            if point.fits(found):
                return found
        first = self.states[0]
        raise NotFound(
            "backup.no-such-point",
            f"The backup begins at {first.created_at} with {first.size} entries.",
        )

    def opened(self, state: Manifest) -> Pages:
        """Open the pages of a state; its digest is not checked here."""
        last = self.states.index(state)
        changes = [self._changes(number) for number in range(1, last + 1)]
        try:
            return Pages(self.folder / FULL_COPY, changes)
        except FileNotFoundError as error:
            name = Path(str(error.filename)).name
            raise Invalid("backup.changed", f"{name} is missing.") from None

    def write_to(self, state: Manifest, target: Path) -> None:
        """Write the database file of a state, which must not be there, and check it.

        Raises:
            Invalid: it is not the file that the manifest describes.
        """
        private_files.make_private(target)
        found = hashlib.sha256()
        with self.opened(state) as pages, target.open("r+b") as file:
            for page in pages:
                found.update(page)
                file.write(page)
        self._compare(state, found.hexdigest())

    def add(self, draft: Path, state: Manifest) -> None:
        """Add a finished file of changes, and read the new state back from the disk.

        Raises:
            Invalid: what was written is not what can be read.
        """
        number = len(self.states)
        private_files.publish(draft, self._changes(number))
        self.states.append(state)
        self.check(state)
        state.write(self._manifest(number))

    def check(self, state: Manifest) -> None:
        """Read a state, whole.

        Raises:
            Invalid: it is not the file that the manifest describes.
        """
        found = hashlib.sha256()
        with self.opened(state) as pages:
            for page in pages:
                found.update(page)
        self._compare(state, found.hexdigest())

    def _compare(self, state: Manifest, digest: str) -> None:
        if digest != state.sha256:
            raise Invalid(
                "backup.changed",
                f"What {self.folder} holds of {state.created_at} is not what its"
                " manifest describes.",
            )

    def _differ(self) -> bool:
        return len({each.sha256 for each in self.states}) == len(self.states)

    def _manifest(self, number: int) -> Path:
        return self.folder / f"step-{number:06}.json"

    def _changes(self, number: int) -> Path:
        return self.folder / f"step-{number:06}.pages"
