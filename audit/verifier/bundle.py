"""Checking an evidence bundle: its manifest, what vouches for it, and every file.

The manifest's hash is in an entry of the log, so that whoever knows the log's key knows
that the bank has handed out just this; the entry stands after the log that the bundle
holds, and a consistency proof leads from one to the other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.canonical import parse_canonical
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import VerificationError
from audit.merkle import verify_consistency
from audit.note import VerifierKey, decode_base64, open_note
from audit.receipt_check import VerifiedReceipt, verify_receipt
from audit.verifier import bundle_source, manifest
from audit.verifier.bundle_source import Source
from audit.verifier.findings import Incomplete
from audit.verifier.manifest import CONSISTENCY, LOG, MANIFEST, NOTE, PROOF, Manifest


@dataclass(frozen=True, slots=True)
class Vouched:
    """A manifest that the log vouches for.

    Attributes:
        manifest: what it says.
        checkpoint: the tree of the log that the bundle was made at.
        receipt: the entry that holds the manifest's hash.
    """

    manifest: Manifest
    checkpoint: Checkpoint
    receipt: VerifiedReceipt


def own_vkey(source: Source) -> str:
    """Return the log's verifier key as the bundle itself names it."""
    return bundle_source.read(source, f"{LOG}/vkey").decode(errors="replace").strip()


def check_manifest(
    source: Source, keys: Iterable[VerifierKey], evidence_vkey: str | None = None
) -> Vouched:
    """Check the manifest, its note, its entry in the log and the way to that entry.

    Args:
        source: the bundle.
        keys: the known keys of the log.
        evidence_vkey: the evidence key, if it is known from elsewhere.

    Raises:
        VerificationError: anything of it does not hold.
    """
    known = list(keys)
    data = bundle_source.read(source, MANIFEST)
    said, digest = manifest.parse_manifest(data), sha256(data).hexdigest()
    made_at, _note = open_checkpoint(said.checkpoint, known)
    key = manifest.evidence_key(said, made_at.origin)
    if evidence_vkey is not None and key.encode() != evidence_vkey:
        raise VerificationError("The bundle names another evidence key.")
    note = open_note(bundle_source.read(source, NOTE), [key])
    if note.text != manifest.note_text(digest):
        raise VerificationError("The note is of another manifest.")
    receipt = _entry(source, known, digest)
    _check_growth(source, made_at, receipt)
    if bundle_source.read(source, f"{LOG}/checkpoint") != said.checkpoint.encode():
        raise VerificationError("The log in the bundle is of another checkpoint.")
    return Vouched(said, made_at, receipt)


def check_files(source: Source, said: Manifest) -> None:
    """Check that every listed file is there as listed, and no other.

    Raises:
        VerificationError: one is missing, another one, doubled or not listed.
    """
    found = Counter(source.names())
    for name, count in found.items():
        if name not in said.files and name not in manifest.OF_MANIFEST:
            raise VerificationError(f"{name!a} is not in the manifest.")
        if count > 1:
            raise VerificationError(f"{name} is there more than once.")
    for name, (size, digest) in said.files.items():
        bundle_source.check_file(source, name, size, digest)


@contextmanager
def unpacked_log(source: Source, said: Manifest) -> Iterator[Path]:
    """Yield a folder with the log of a bundle, to be checked as an export.

    Raises:
        VerificationError: a file of it is another one than listed.
        Incomplete: there is no room for it here.
    """
    with TemporaryDirectory(prefix="infobank-bundle-") as folder:
        _unpack(source, said, Path(folder))
        yield Path(folder) / LOG


def _unpack(source: Source, said: Manifest, folder: Path) -> None:
    for name, (size, digest) in said.files.items():
        if not name.startswith(f"{LOG}/"):
            continue
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as copy:
                bundle_source.check_file(source, name, size, digest, copy)
        except OSError:
            raise Incomplete("The log of the bundle cannot be unpacked here.") from None


def _entry(source: Source, known: list[VerifierKey], digest: str) -> VerifiedReceipt:
    receipt = verify_receipt(bundle_source.read(source, PROOF), known)
    held = receipt.opened
    if (
        receipt.leaf["typ"] != "policy:event"
        or held.get("reasons") != manifest.ACTION
        or held.get("object") != f"sha256:{digest}"
    ):
        raise VerificationError("The entry of the log is of another manifest.")
    return receipt


def _check_growth(source: Source, old: Checkpoint, receipt: VerifiedReceipt) -> None:
    new = receipt.checkpoint
    found = parse_canonical(bundle_source.read(source, CONSISTENCY))
    if new.origin != old.origin or receipt.index < old.size:
        raise VerificationError("The manifest's entry is not of the log after it.")
    try:
        if (found["from"], found["to"]) != (old.size, new.size):
            raise VerificationError("The consistency proof is of other trees.")
        hashes = [decode_base64(each) for each in found["hashes"]]
    except (KeyError, TypeError):
        raise VerificationError("The consistency proof is malformed.") from None
    verify_consistency(old.size, new.size, hashes, old.root, new.root)
