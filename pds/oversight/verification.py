"""Checks the live log with the verifier that outsiders use, and hands it out."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from audit import export
from audit.archive import NAME, verifier_archive
from audit.continuation import statements
from audit.errors import VerificationError
from audit.note import parse_vkey
from audit.verifier.check import Verdict, check_export
from audit.verifier.findings import BadEntry, Incomplete
from audit.verifier.folder import ExportFolder
from audit.verifier.policy import Policy
from pds.core.database import Snapshot
from pds.keys.keyring import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check of the whole log found.

    Attributes:
        verdict: what holds; None if something does not.
        reason: one sentence on what does not hold, without personal data.
        bad_index: position of the first bad entry, where one can be named.
    """

    verdict: Verdict | None
    reason: str = ""
    bad_index: int | None = None


def verify(snap: Snapshot, keys: Keyring, vkey: str) -> Outcome:
    """Export the log to a temporary folder and run the stand-alone verifier on it.

    Checks the signature of every published checkpoint, the form of every entry, that
    times never go back and ids never repeat, and that the entries hash to each signed
    root. Time grows with the log.
    """
    try:
        with _exported(snap, keys, vkey) as folder:
            policy = Policy(logs=[parse_vkey(vkey)])
            return _outcome(check_export(ExportFolder(folder), policy))
    except BadEntry as error:
        return Outcome(verdict=None, reason=str(error), bad_index=error.index)
    except (VerificationError, Incomplete) as error:
        return Outcome(verdict=None, reason=str(error))


def _outcome(verdict: Verdict) -> Outcome:
    unchecked = verdict.findings.unchecked
    if unchecked:
        return Outcome(verdict=None, reason=unchecked[0])
    return Outcome(verdict=verdict)


@contextmanager
def packed(snap: Snapshot, keys: Keyring, vkey: str) -> Iterator[Path]:
    """Yield a ZIP file of the whole log, in the layout of C2SP tlog-tiles.

    The verifier that reads it lies beside the log. The file is gone afterwards.

    Raises:
        VerificationError: nothing was published yet, or the stored tree is damaged.
    """
    with _exported(snap, keys, vkey) as folder:
        target = folder.parent / "log.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder).as_posix())
            archive.writestr(NAME, verifier_archive())
        yield target


@contextmanager
def _exported(snap: Snapshot, keys: Keyring, vkey: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="infobank-log-") as outer:
        folder = Path(outer) / "log"
        export.export(snap.connection, folder, vkey, statements(snap, keys))
        yield folder
