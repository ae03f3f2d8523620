"""A whole consent as NDJSON: intent first, chunks, completion last.

The intent is a leaf of its own, durable before the first byte; it passes every check
that a page passes. Before each chunk of at most 1,000 records the decision is checked
again, so a withdrawal ends the stream at the next chunk. The last line carries count,
digest, outcome and the receipt of the completion. A reader that meets no last line has
an incomplete stream; the log says how far it went.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from audit.canonical import canonical
from audit.draft import Recorded
from audit.entry import Entry, prepare
from audit.integration import Outcome
from audit.leaf import EventType
from audit.merkle import root
from audit.work import Work
from consent import uses
from consent.engine import Deny, Permit
from consent.uses import LimitReached
from pds.core.clock import Clock
from pds.core.errors import BankError, Invalid, Unavailable
from pds.core.ids import Ids
from pds.disclosure.call import Call, Refused
from pds.disclosure.decision import Basis, Decided, decide_call
from pds.disclosure.errors import Changed
from pds.disclosure.question import MOST_RECORDS, Question
from pds.disclosure.recording import (
    check_again,
    particulars,
    receipt_of,
    record_refusal,
    still_stands,
    undelivered,
)
from pds.disclosure.release import Store, commit
from pds.disclosure.selecting import Selected, Selector, heading

_TRIES = 3


@dataclass
class _Progress:
    """How far a stream has come, and how it ended."""

    count: int = 0
    outcome: str = "interrupted"
    hashed: Any = field(default_factory=sha256)
    listed: list[bytes] = field(default_factory=list)

    def take(self, selected: Selected) -> bytes:
        """Count a chunk that goes now, and return its lines."""
        lines = selected.objects(b"\n") + b"\n"
        self.count += selected.count
        self.listed += selected.leaves
        self.hashed.update(lines)
        return lines


class Stream:
    """The gate for streams. One per bank; holds no state of its own."""

    def __init__(
        self,
        store: Store,
        selector: Selector,
        clock: Clock,
        ids: Ids,
        basis: Basis,
    ) -> None:
        self._store = store
        self._selector = selector
        self._clock = clock
        self._ids = ids
        self._basis = basis

    def open(
        self, call: Call, question: Question
    ) -> Generator[bytes, None, None] | Refused:
        """Record the intent and return the lines to send.

        Raises:
            InvalidToken: the token is not one of ours, ran out, or has another key.
            Replayed: the proof was used before.
            Invalid: a parameter is wrong; a stream knows no cursor.
            Unavailable: nothing was released.
        """
        if question.cursor is not None:
            raise Invalid("disclosure.cursor", "A stream begins at the beginning.")
        for _ in range(_TRIES):
            with suppress(Changed, LimitReached):
                return self._begin(call, question)
        raise Unavailable("disclosure.busy", "The facts kept changing.")

    def _begin(
        self, call: Call, question: Question
    ) -> Generator[bytes, None, None] | Refused:
        with self._store.read() as snap:
            decided = decide_call(snap, self._basis, call, question)
        decision = decided.decision
        if isinstance(decision, Deny):
            self._store.recorded(
                lambda work: record_refusal(work, call, decided, decision)
            )
            return Refused(decision.reasons)
        lines = self._lines(
            call, decided, decision, self._intend(call, decided, decision)
        )
        # Begun, so that closing it before its first line is recorded as well.
        next(lines)
        return lines

    def _intend(self, call: Call, decided: Decided, permit: Permit) -> UUID:
        """Record that records are about to go; return the id of the leaf."""
        decided_at = decided.at.isoformat()
        released = EventType.DISCLOSURE_RELEASED
        entry = _entry(released, call, decided, permit, decided_at=decided_at)
        intent = prepare(entry, self._ids, self._basis.pseudonyms)

        def act(work: Work) -> Recorded:
            check_again(work, call, decided)
            uses.count(work, decided.token.owner, permit)
            return work.log.record(intent)

        commit(
            self._store,
            self._clock,
            act,
            None,
            undelivered(decided, permit, intent.id),
        )
        return intent.id

    def _lines(
        self, call: Call, decided: Decided, permit: Permit, intent_id: UUID
    ) -> Generator[bytes, None, None]:
        progress = _Progress()
        try:
            yield b""
            first = heading(permit, decided.subject).members() + b"}\n"
            progress.hashed.update(first)
            yield first
            yield from self._chunks(decided, permit, progress)
        except BaseException:
            # The reader went away, or the store did. Then the completion may fail too,
            # and an intent without completion says the same.
            with suppress(BankError):
                self._complete(call, decided, permit, intent_id, progress)
            raise
        outcome = self._complete(call, decided, permit, intent_id, progress)
        yield _last_line(progress, receipt_of(outcome, outcome.result))

    def _chunks(
        self, decided: Decided, permit: Permit, progress: _Progress
    ) -> Generator[bytes, None, None]:
        token, after = decided.token, None
        while True:
            with self._store.read() as snap:
                if not still_stands(snap, decided):
                    progress.outcome = "stopped"
                    return
                selected = self._selector.read(
                    snap,
                    token.owner,
                    token.recipient_id,
                    permit.selection,
                    after,
                    MOST_RECORDS,
                )
            if selected.count:
                yield progress.take(selected)
            after = selected.following
            if after is None:
                progress.outcome = "completed"
                return

    def _complete(
        self,
        call: Call,
        decided: Decided,
        permit: Permit,
        intent_id: UUID,
        progress: _Progress,
    ) -> Outcome[Recorded]:
        entry = _entry(
            EventType.DISCLOSURE_COMPLETED,
            call,
            decided,
            permit,
            count=progress.count,
            ref=intent_id,
            body_sha256=progress.hashed.hexdigest(),
            record_list_root=root(progress.listed).hex(),
            reasons=progress.outcome,
        )
        return self._store.recorded(lambda work: work.log.record(entry), owed=True)


def _entry(
    event: EventType,
    call: Call,
    decided: Decided,
    permit: Permit,
    *,
    count: int | None = None,
    ref: UUID | None = None,
    **detail: str,
) -> Entry:
    return Entry(
        type=event,
        subject=decided.token.owner,
        recipient=decided.token.recipient_id,
        purpose=permit.purpose,
        categories=permit.selection.categories,
        count=count,
        form=permit.selection.form.value,
        consent=(permit.consent_id, permit.consent_version),
        ref=ref,
        detail={**particulars(call, decided), **detail},
    )


def _last_line(progress: _Progress, receipt: str) -> bytes:
    return (
        canonical(
            {
                "count": progress.count,
                "outcome": progress.outcome,
                "receipt": receipt.strip(":"),
                "sha256": progress.hashed.hexdigest(),
            }
        )
        + b"\n"
    )
