"""Making a bundle: gather on one snapshot, list, sign, record, prove, pack.

The manifest cannot hold the proof of its own entry, so that note, proof and the way
from the bundle's log to that entry lie beside it.
"""

import base64
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit import export, receipt, store
from audit.archive import NAME, verifier_archive
from audit.canonical import canonical
from audit.continuation import statements
from audit.draft import Recorded
from audit.errors import VerificationError
from audit.integration import Integration
from audit.note import SignatureType, VerifierKey, signature_line
from audit.signer import LogSigner
from audit.verifier import manifest
from audit.verifier.manifest import (
    ALL,
    CONSISTENCY,
    LEFT_OUT,
    LOG,
    MANIFEST,
    NOTE,
    PROOF,
    Manifest,
)
from audit.work import Work
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.keys.keyring import Keyring
from pds.oversight.bundle import changes, checks, contents, figures, people, registers
from pds.oversight.bundle.files import Files, rfc3339
from pds.oversight.bundle.period import Period

SECRET: Final = "evidence"  # noqa: S105 - names a secret
"""Name of the bank's secret that evidence bundles are signed with."""

MOST_ENTRIES: Final = 50_000
"""Entries of a log that a page's bundle holds and checks as a whole, and of the period
that it counts; a command has no such limit."""

_SHOWN: Final = ("object", "reasons")


class EvidenceKey:
    """Signs manifests; a key of its own, because the log's key signs checkpoints only.

    Args:
        origin: name of the log.
        seed: the 32 secret bytes of Ed25519.
    """

    def __init__(self, origin: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        name = manifest.key_name(origin)
        self.verifier = VerifierKey(name, SignatureType.ED25519, public)

    @property
    def vkey(self) -> str:
        """The verifier key in text form, to be published."""
        return self.verifier.encode()

    def sign(self, digest: str) -> str:
        """Return the signed note over a manifest's SHA-256 in hex."""
        text = manifest.note_text(digest)
        blob = self._key.sign(text.encode())
        return f"{text}\n{signature_line(self.verifier, blob)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What a bundle is made with.

    Attributes:
        keys: opens the bank's own entries.
        signer: names the log and its key.
        evidence: signs the manifest.
        state: settings and versions, without secrets.
        criteria: the criteria matrix, line by line.
        most: `MOST_ENTRIES`, or None for no limit.
    """

    keys: Keyring
    signer: LogSigner
    evidence: EvidenceKey
    state: Mapping[str, Any]
    criteria: Sequence[Mapping[str, Any]] = ()
    most: int | None = MOST_ENTRIES

    def gather(
        self, snap: Snapshot, period: Period, bundle_id: UUID, folder: Path
    ) -> str:
        """Write all but the log's word on it; return the manifest's SHA-256 in hex.

        Raises:
            Invalid: `bundle.period`; it holds too many entries for one request.
            VerificationError: nothing was published yet, or the log is damaged.
        """
        files, latest = Files(folder), store.latest_checkpoint(snap.connection)
        if latest is None:
            raise VerificationError("No checkpoint was published yet.")
        low, high = period.places(snap, latest.size)
        if self.most is not None and high - low > self.most:
            raise Invalid("bundle.period", "The period holds too many entries.")
        is_whole = self.most is None or latest.size <= self.most
        told = statements(snap, self.keys)
        log, vkey = folder / LOG, self.signer.vkeys
        export.export(snap.connection, log, vkey, told, entries=is_whole)
        registers.write(snap, period, files)
        people.write(snap, period, files)
        figures.write(snap, period, latest.size, files)
        changes.write(snap, self.keys, period, files)
        if is_whole:
            checks.write(snap, self.keys, self.signer.verifier, files)
        files.put_json("state.json", self.state)
        files.put_lines("criteria.ndjson", map(dict, self.criteria))
        files.put_json("contents.json", contents.contents())
        files.put("README.txt", _README.encode())
        files.put(NAME, verifier_archive())
        made = Manifest(
            bundle_id=str(bundle_id),
            made_at=rfc3339(snap.now),
            period=period.written(),
            checkpoint=latest.note,
            entries=ALL if is_whole else LEFT_OUT,
            evidence_key=self.evidence.vkey,
            files=files.listed(),
        ).encode()
        files.put(MANIFEST, made)
        digest = sha256(made).hexdigest()
        files.put(NOTE, self.evidence.sign(digest).encode())
        return digest


def record(work: Work, digest: str, *, actor: str) -> Recorded:
    """Record that a bundle is handed out, by the hash of its manifest (E-09)."""
    record_policy(work, manifest.ACTION, actor=actor, about=f"sha256:{digest}")
    return work.log.recorded[-1]


def prove(
    snap: Snapshot, folder: Path, recorded: Recorded, placed: Integration
) -> None:
    """Put the proof of the manifest's entry, and of the log's growth to it, beside it.

    Raises:
        VerificationError: the stored tree is damaged.
    """
    path = placed.proof(recorded)
    held = receipt.build(recorded, placed.checkpoint, path, _SHOWN)
    old = manifest.parse_manifest((folder / MANIFEST).read_bytes()).size()
    hashes = store.consistency_proof(snap.connection, old, placed.size)
    grown = {
        "from": old,
        "to": placed.size,
        "hashes": [base64.b64encode(each).decode() for each in hashes],
    }
    files = Files(folder)
    files.put(PROOF, held)
    files.put(CONSISTENCY, canonical(grown))


def pack(folder: Path, target: Path) -> None:
    """Write the folder as a ZIP file, the manifest and what proves it first."""
    first = [folder / name for name in (MANIFEST, NOTE, PROOF, CONSISTENCY)]
    rest = sorted(each for each in folder.rglob("*") if each.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in dict.fromkeys([*first, *rest]):
            archive.write(path, path.relative_to(folder).as_posix())


_README: Final = f"""\
Evidence bundle of an information bank.

Check it on a machine of your own, with nothing but Python:

    python {NAME} --bundle FILE.zip --vkey 'KEY OF THE LOG, FROM ELSEWHERE'

manifest.json        every file with its size and SHA-256
manifest.note        the bank's signature on the manifest's hash
manifest.proof       the log's entry that holds this hash, and its proof
manifest.consistency that the log grew from the bundle's checkpoint to that entry
contents.json        what was asked for, where it is here, and what is not kept

情報銀行の監査証拠一式です。上のコマンドで、お手元の Python だけで検査できます。
鍵（--vkey）は、この一式とは別の経路で入手したものをお使いください。
contents.json に、何がどのファイルにあり、何がまだ保存されていないかを記しています。
"""
