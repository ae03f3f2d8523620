"""Consents and what was entrusted, the record of provision and its proofs, as files."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Final

from audit.signer import LogSigner
from consent import content, ledger, notices, receipts
from consent.notices import BankParty
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import ConsentId, Ids, OwnerId
from pds.crypto.statement import StatementKey
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.rights import proofs, provisions
from pds.rights.archive.entrusted import Entrusted
from pds.rights.archive.records import File
from pds.rights.history import Happening, Walk
from pds.rights.proofs import Prover
from pds.rights.provisions import Provisions

_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Words:
    """What the bank signs and says in an archive.

    Attributes:
        key: signs statements.
        signer: signs the log.
        bank: the bank as notices name it.
        language: language of receipts, `ja` or `en`.
    """

    key: StatementKey
    signer: LogSigner
    bank: BankParty
    language: str


class History:
    """Reads one person's consents and log for an archive.

    Args:
        read: opens a snapshot; the log's newest part is read from fresh ones, since
            a proof is made for a tree that is signed now.
        keys: opens evidence and entries.
        ids: makes the ids of receipts.
        owner: whose they are.
        words: what the bank signs with.
    """

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Snapshot]],
        keys: Keyring,
        ids: Ids,
        owner: OwnerId,
        words: Words,
    ) -> None:
        self._read, self._keys, self._ids = read, keys, ids
        self._owner, self._words = owner, words

    def files(self) -> Iterator[File]:
        """Yield every file; each has to be read before the next."""
        yield from self._consents()
        yield from Entrusted(self._read, self._keys, self._owner).files()
        yield from self._disclosures()

    def _consents(self) -> Iterator[File]:
        shown: set[bytes] = set()
        with self._read() as snap:
            found = ledger.every(snap, self._owner)
        for each in found:
            folder = f"consents/{each.consent_id}"
            try:
                with self._read() as snap:
                    events = ledger.history(
                        snap, self._keys, self._owner, each.consent_id
                    )
                    receipt = self._receipt(snap, each.consent_id)
            except KeyUnavailable:
                continue
            lines = b"".join(content.encode(event) + b"\n" for event in events)
            yield f"{folder}/events.ndjson", iter([lines])
            yield f"{folder}/receipt.jwt", iter([receipt])
            shown |= {e.agreement.notice for e in events if e.agreement is not None}
        for digest in sorted(shown):
            with self._read() as snap:
                notice = notices.find(snap, digest)
            if notice is not None:
                yield f"notices/{digest.hex()}.json", iter([notice.body])

    def _receipt(self, snap: Snapshot, consent_id: ConsentId) -> bytes:
        text = receipts.issue(
            snap,
            self._keys,
            self._words.key,
            self._owner,
            consent_id,
            bank=self._words.bank,
            receipt_id=self._ids.new(),
            language=self._words.language,
        )
        return text.encode()

    def _disclosures(self) -> Iterator[File]:
        """Go through the log once, for the proofs and for the record of provision."""
        told, rows = Provisions(self._keys, self._owner), list[dict[str, str]]()
        after: str | None = None
        while True:
            with self._read() as snap:
                walk = Walk(snap, self._keys, self._owner, after)
                entries = list(walk.entries())
                rows += told.rows(snap, entries, walk.retired)
                proved = self._proved(snap, entries)
            for leaf_id, proof in proved:
                yield f"disclosures/proofs/{leaf_id}.tlog-proof", iter([proof])
            after = walk.next
            if after is None:
                break
        yield "disclosures/record.json", provisions.as_json(iter([rows]))
        yield "disclosures/record.csv", provisions.as_csv(iter([rows]))

    def _proved(
        self, snap: Snapshot, entries: list[Happening]
    ) -> list[tuple[str, bytes]]:
        prover = Prover(snap, self._words.signer)
        found = ((each.entry.id, self._proof(prover, each)) for each in entries)
        return [(str(name), proof) for name, proof in found if proof is not None]

    def _proof(self, prover: Prover, each: Happening) -> bytes | None:
        try:
            return prover.build(each.entry)
        except NotFound:
            return None
        except Conflict:
            # A larger tree was signed meanwhile: it is proved in one of now.
            return self._proof_of_now(each)

    def _proof_of_now(self, each: Happening) -> bytes | None:
        for _try in range(_TRIES):
            with suppress(Conflict), self._read() as snap:
                return proofs.build(snap, self._words.signer, each.entry)
        return None
