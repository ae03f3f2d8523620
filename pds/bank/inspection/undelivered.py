"""Disclosures that did not leave: does the log still have to be told of some?

A running service tells it within seconds (ADR 29). What lies there for longer, or
cannot be understood, is a release in the log that may never have been one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pds.bank.inspection.finding import Check, Wrong
from pds.bank.undelivered import FOLDER, Kept, UndeliveredFolder
from pds.core.clock import Clock, from_millis
from pds.core.settings import Settings

PATIENCE: Final = timedelta(minutes=10)
"""How long the chore may need, with a database that comes and goes."""
_TOLD: Final = "Start the service; if it runs, see why in its log."
_STRANGE: Final = (
    f"Compare what is in {FOLDER} with docs/formats/log.md section 11, tell the"
    " auditor, then move it away."
)


def checks(settings: Settings, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask."""
    yield Check("log.undelivered", partial(_settled, settings, clock), _TOLD)


def _settled(settings: Settings, clock: Clock) -> str:
    folder = UndeliveredFolder(settings.data_dir)
    if strange := len(folder.strange()):
        raise Wrong(f"{strange} files in {FOLDER} cannot be understood", _STRANGE)
    waiting = folder.kept()
    late = [each for each in waiting if clock.now() - _since(each) > PATIENCE]
    if late:
        raise Wrong(
            f"{len(late)} disclosures that did not leave are not told of in the log",
            _TOLD,
        )
    return f"{len(waiting)} disclosures wait to be told of as not released"


def _since(kept: Kept) -> datetime:
    """Return the moment in the id of the leaf (RFC 9562 section 5.7)."""
    return from_millis(kept.what.leaf_id.int >> 80)
