"""The whole archive as one stream, records first, manifest last."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files as resources
from typing import Final
from uuid import UUID

from audit.canonical import canonical
from pds.core.clock import to_millis
from pds.rights.archive import index
from pds.rights.archive.history import History, Words
from pds.rights.archive.records import File, Records
from pds.rights.archive.writing import MANIFEST, ArchiveWriter
from providers.formats.archive import TYP
from providers.formats.archive_files import VERSION

_SCHEMAS: Final = (
    ("providers.formats", "receipt-1.schema.json"),
    ("consent.schemas", "data-provision-1.schema.json"),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive to be written.

    Attributes:
        archive_id: its own id.
        issuer: address of the bank.
        records: reads the vault.
        history: reads consents and log.
        words: what the bank signs with.
    """

    archive_id: UUID
    issuer: str
    records: Records
    history: History
    words: Words

    def stream(self) -> Iterator[bytes]:
        """Yield the file in chunks of 1 MiB, the last one shorter."""
        at = self.records.moment
        writer = ArchiveWriter(at)
        for path, parts in self._files():
            yield from writer.add(path, parts)
        manifest = writer.manifest()
        yield from writer.add(MANIFEST, iter([manifest]))
        claims = {
            "iat": to_millis(at) // 1000,
            "iss": self.issuer,
            "jti": str(self.archive_id),
            "manifest_sha256": sha256(manifest).hexdigest(),
            "records": self.records.total,
            "v": VERSION,
        }
        signed = self.words.key.sign(TYP, canonical(claims))
        yield from writer.add("manifest.jwt", iter([signed.encode()]))
        yield from writer.close()

    def _files(self) -> Iterator[File]:
        yield from self.records.files()
        yield from self.history.files()
        yield "bank.json", iter([self._bank()])
        for package, name in _SCHEMAS:
            yield f"schemas/{name}", iter([(resources(package) / name).read_bytes()])
        page = index.page(self.issuer, self.records.moment, self.records.counts)
        yield "index.html", iter([page])

    def _bank(self) -> bytes:
        said = {
            "issuer": self.issuer,
            "log_vkeys": self.words.signer.vkeys.split("\n"),
            "statement_keys": [self.words.key.public],
        }
        return json.dumps(said, indent=1).encode()
