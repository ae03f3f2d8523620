"""The signed checkpoints of an export, with the cosignatures collected later."""

from collections.abc import Iterable
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint, parse_number
from audit.errors import VerificationError
from audit.note import VerifierKey
from audit.verifier.findings import Findings, Incomplete
from audit.verifier.folder import ExportFolder
from audit.verifier.policy import Policy

CHECKPOINTS = "checkpoints"
COSIGNATURES = "cosignatures"


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint whose signatures were verified.

    Attributes:
        checkpoint: what was signed.
        quorum: whether enough witnesses have signed it.
    """

    checkpoint: Checkpoint
    quorum: bool


def opened(note: str, policy: Policy, former: Iterable[VerifierKey] = ()) -> Signed:
    """Open a signed checkpoint.

    Args:
        note: the signed note.
        policy: known keys and quorum.
        former: keys of earlier origins that are good here too.

    Raises:
        VerificationError: it is not one of a known log, or a signature is wrong.
    """
    checkpoint, verified = open_checkpoint(note, [*policy.keys, *former])
    # A witness may bear the name of the log: its second key, or one made to deceive.
    logs = (key for key in (*policy.logs, *former) if key.name == checkpoint.origin)
    if {each.key for each in verified.signatures}.isdisjoint(logs):
        raise VerificationError("The log itself has not signed the checkpoint.")
    return Signed(checkpoint, policy.has_quorum(verified))


def check_one_history(signed: Iterable[Checkpoint]) -> None:
    """Check that no log has signed two trees of one size.

    Raises:
        VerificationError: one has; the two together prove that it lied.
    """
    roots: dict[tuple[str, int], bytes] = {}
    for each in signed:
        if roots.setdefault((each.origin, each.size), each.root) != each.root:
            raise VerificationError(
                f"{each.origin} has signed two different trees of {each.size} entries."
            )


def published(folder: ExportFolder, policy: Policy, findings: Findings) -> list[Signed]:
    """Return every published checkpoint of an export.

    Raises:
        VerificationError: one is not what its name says, or a signature is wrong.
    """
    found: list[Signed] = []
    names: list[str] = []
    cosigned: set[str] = set()
    with findings.attempt():
        names = folder.names(CHECKPOINTS)
        cosigned.update(folder.names(COSIGNATURES))
    for name in sorted(cosigned - set(names)):
        findings.unchecked.append(f"{COSIGNATURES}/{name} is of no checkpoint here.")
    for name in names:
        with findings.attempt():
            found.append(_published(folder, policy, name, cosigned))
    return found


def latest_signed(
    folder: ExportFolder, policy: Policy, own: list[Signed], findings: Findings
) -> Signed:
    """Return the latest checkpoint of an export.

    Raises:
        VerificationError: it is malformed or a signature is wrong.
        Incomplete: there is none, and no published one either.
    """
    with findings.attempt():
        signed = opened(folder.checkpoint(), policy)
        same = (each for each in own if each.checkpoint == signed.checkpoint)
        return next((each for each in same if each.quorum), signed)
    if not own:
        raise Incomplete("The export holds no checkpoint.")
    return max(own, key=lambda each: each.checkpoint.size)


def _published(
    folder: ExportFolder, policy: Policy, name: str, cosigned: set[str]
) -> Signed:
    note = folder.text(f"{CHECKPOINTS}/{name}")
    if name in cosigned:
        note += folder.text(f"{COSIGNATURES}/{name}")
    try:
        signed = opened(note, policy)
        size = parse_number(name)
    except VerificationError as error:
        raise VerificationError(f"{CHECKPOINTS}/{name}: {error}") from None
    if signed.checkpoint.size != size:
        raise VerificationError(f"{CHECKPOINTS}/{name} is of another size.")
    return signed
