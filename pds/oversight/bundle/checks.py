"""What the bank's own checks of the log say when a bundle is made."""

from audit import census_walk
from audit.note import VerifierKey
from pds.core.database import Snapshot
from pds.keys.keyring import Keyring
from pds.oversight import reconciliation
from pds.oversight.bundle.files import Files


def write(snap: Snapshot, keys: Keyring, verifier: VerifierKey, files: Files) -> None:
    """Write a census, and a reconciliation with the receipts that came back."""
    census = census_walk.take(snap, keys)
    files.put_json(
        "checks/census.json",
        {
            "holds": census.holds,
            "entries": census.size,
            "accounted": census.accounted,
            "subjects": census.subjects,
            "generations": census.generations,
            "waiting": census.waiting,
            "destroyed_keys": sum(census.destroyed.values()),
            "unreadable": census.unreadable,
            "found": census.found,
            "differences": [
                {"fault": each.fault, "index": -1 if each.index is None else each.index}
                for each in census.differences
            ],
        },
    )
    outcome = reconciliation.reconcile(snap, keys, [verifier], [])
    files.put_json(
        "checks/reconciliation.json",
        {
            "holds": not outcome.found,
            "disclosures": outcome.entries,
            "subjects_in_part": outcome.sealed,
            "receipts": outcome.sent_back,
            "found": [
                {
                    "fault": each.mismatch,
                    "index": -1 if each.index is None else each.index,
                }
                for each in outcome.found
            ],
        },
    )
