"""Mandates, standing instructions and entrusted judgements, as files (C-08, ADR 31).

They are written as the bank sealed them: who judges again (D-06) needs nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical
from consent import (
    instruction_record,
    instruction_register,
    judgements,
    mandate_record,
    mandate_terms,
    mandates,
)
from consent.instruction_register import PastEvent
from consent.judgements import KeptJudgement
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.rights.archive.records import File

INSTRUCTIONS: Final = "instructions/set.json"
JUDGEMENTS: Final = "judgements/judgements.ndjson"


class Entrusted:
    """Reads what a person entrusted to the bank, and how the bank judged by it.

    Args:
        read: opens a snapshot.
        keys: opens what is sealed.
        owner: the person.
    """

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Snapshot]],
        keys: Keyring,
        owner: OwnerId,
    ) -> None:
        self._read, self._keys, self._owner = read, keys, owner

    def files(self) -> Iterator[File]:
        """Yield every file; each has to be read before the next."""
        yield from self._mandates()
        yield from self._instructions()
        yield from self._judgements()

    def _mandates(self) -> Iterator[File]:
        accepted: set[int] = set()
        with self._read() as snap:
            found = mandates.ids(snap, self._owner)
        for mandate_id in found:
            try:
                with self._read() as snap:
                    events = mandates.history(snap, self._keys, self._owner, mandate_id)
            except KeyUnavailable:
                continue
            accepted |= {each.terms_version for each in events}
            lines = b"".join(mandate_record.encode(each) + b"\n" for each in events)
            yield f"mandates/{mandate_id}/events.ndjson", iter([lines])
        for version in sorted(accepted):
            with self._read() as snap:
                terms = mandate_terms.get(snap, version)
            path = f"mandates/terms/{terms.hash.hex()}.json"
            yield path, iter([mandate_terms.encode(version, terms.said)])

    def _instructions(self) -> Iterator[File]:
        with self._read() as snap:
            found = instruction_register.current(snap, self._keys, self._owner)
            past = instruction_register.history(snap, self._keys, self._owner)
        if not past:
            return
        yield INSTRUCTIONS, iter([instruction_record.encode(found.instructions)])
        lines = [canonical(_event(each)) + b"\n" for each in reversed(past)]
        yield "instructions/events.ndjson", iter([b"".join(lines)])

    def _judgements(self) -> Iterator[File]:
        with self._read() as snap:
            found = judgements.ids(snap, self._owner)
        lines: list[bytes] = []
        for judgement_id in found:
            kept, record = self._judgement(judgement_id)
            lines.append(canonical(_line(kept)) + b"\n")
            yield f"judgements/{judgement_id}.json", iter([record])
        if lines:
            yield JUDGEMENTS, iter(lines)

    def _judgement(self, judgement_id: UUID) -> tuple[KeptJudgement, bytes]:
        with self._read() as snap:
            kept = judgements.get(snap, self._owner, judgement_id)
            return kept, judgements.written(snap, self._keys, kept)


def _event(past: PastEvent) -> dict[str, Any]:
    return {
        "no": past.no,
        "event": past.event.value,
        "at": to_millis(past.at),
        "instruction": instruction_record.write(past.instruction),
    }


def _line(kept: KeptJudgement) -> dict[str, Any]:
    written: dict[str, Any] = {
        "judgement_id": str(kept.judgement_id),
        "offer_id": str(kept.offer_id),
        "offer_version": kept.offer_version,
        "made_at": to_millis(kept.made_at),
        "outcome": kept.outcome.value,
        "state": kept.state.value,
        "sha256": kept.hash.hex(),
    }
    if kept.consent_id is not None:
        written["consent_id"] = str(kept.consent_id)
    if kept.follows is not None:
        written["follows"] = str(kept.follows)
    if kept.due_at is not None:
        written["due_at"] = to_millis(kept.due_at)
    return written
