"""What an export keeps of a log that went on after a loss (`earlier/`).

The log's key went on under a new name (docs/adr/0009), so a former key is believed when
it is a key that the reader knows under another name, or one that the reader's policy
names itself.
"""

from collections.abc import Iterator, Sequence

from audit.checkpoint import Checkpoint, open_checkpoint, parse_number
from audit.errors import VerificationError
from audit.note import VerifierKey, parse_vkey
from audit.verifier.findings import Findings
from audit.verifier.folder import ExportFolder
from audit.verifier.openings import Opening, parse_opening
from audit.verifier.policy import Policy

EARLIER = "earlier"
_VKEYS = f"{EARLIER}/vkeys"
_CHECKPOINTS = f"{EARLIER}/checkpoints"
_CONTINUED = f"{EARLIER}/continued"
_END = ".json"


def former_keys(folder: ExportFolder, policy: Policy) -> list[VerifierKey]:
    """Return the keys of the log's earlier origins, none if it has none.

    Raises:
        VerificationError: one is malformed or not a key of this log.
        Incomplete: something of an earlier origin is there, but not the keys.
    """
    if not folder.names(EARLIER):
        return []
    known = {(each.type, each.public_key) for each in policy.logs}
    kinds = {each.type for each in policy.logs}
    keys: list[VerifierKey] = []
    for line in folder.text(_VKEYS).split():
        key = parse_vkey(line)
        if key.type not in kinds:
            # Whoever does not know the present key of this kind asks nothing of it.
            continue
        if (key.type, key.public_key) not in known:
            raise VerificationError(f"{_VKEYS} names a key that is not the log's.")
        keys.append(key)
    return keys


def earlier_checkpoints(
    folder: ExportFolder, keys: Sequence[VerifierKey], findings: Findings
) -> list[Checkpoint]:
    """Return what was published under earlier origins.

    Raises:
        VerificationError: one is not what its name says, or a signature is wrong.
    """
    found: list[Checkpoint] = []
    for name, path in _files(folder, _CHECKPOINTS, findings):
        with findings.attempt():
            found.append(_checkpoint(folder.text(path), name, path, keys))
    return found


def statements(folder: ExportFolder, findings: Findings) -> list[Opening]:
    """Return the opened entries in which the log says that it goes on after a loss.

    Raises:
        VerificationError: one is malformed or does not fit its leaf.
    """
    found: list[Opening] = []
    for name, path in _files(folder, _CONTINUED, findings):
        with findings.attempt():
            found.append(_statement(folder.read(path), name, path))
    return found


def _files(
    folder: ExportFolder, name: str, findings: Findings
) -> Iterator[tuple[str, str]]:
    names: list[str] = []
    with findings.attempt():
        names = folder.names(name)
    for each in names:
        yield each, f"{name}/{each}"


def _statement(data: bytes, name: str, path: str) -> Opening:
    try:
        opening, index = parse_opening(data), parse_number(name.removesuffix(_END))
    except VerificationError as error:
        raise VerificationError(f"{path}: {error}") from None
    if opening.index != index:
        raise VerificationError(f"{path} is of another entry.")
    return opening


def _checkpoint(
    note: str, name: str, path: str, keys: Sequence[VerifierKey]
) -> Checkpoint:
    try:
        checkpoint, _note = open_checkpoint(note, keys)
        size = parse_number(name)
    except VerificationError as error:
        raise VerificationError(f"{path}: {error}") from None
    if checkpoint.size != size:
        raise VerificationError(f"{path} is of another size.")
    return checkpoint
