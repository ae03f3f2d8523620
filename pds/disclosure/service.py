"""The disclosure transaction: decide, record and commit, then release.

Steps of a page, each with its failure:

1. On a read snapshot: find the token, load the facts, decide, select, open, serialise,
   hash the body, prepare the log entry. An unknown token is 401 and no leaf. A denial
   by the engine goes to step 4.
2. In one transaction: hold the person, find the token again, compare all fences and the
   lapse of every fact with *now*, spend the proof, count the fetch, record the entry.
   What changed goes back to step 1 (three times, then 503); a spent proof is 401.
3. Once the leaf is durable in a signed tree: build the receipt and release, within five
   seconds of the commit. Later, the answer is 503, and a completion says so.
4. A denial is recorded in a transaction of its own, which spends the proof too.

What an attacker would send: a proof again (spent in the transaction that records); a
token with another key (the thumbprint is compared); a cursor of another grant (sealed
to the grant); a fetch racing a withdrawal (the fence); the same fetch many times at
once (the person is held while fetches are counted).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from audit.draft import Recorded
from audit.entry import Entry, PreparedEntry, prepare
from audit.leaf import EventType
from audit.work import Work
from consent import uses
from consent.engine import Deny, Permit
from consent.uses import LimitReached
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import Unavailable
from pds.core.ids import Ids
from pds.disclosure.body import Heading, page
from pds.disclosure.call import Call, Refused, Released
from pds.disclosure.cursor import Continuation, seal_cursor
from pds.disclosure.decision import Basis, Decided, decide_call
from pds.disclosure.errors import Changed
from pds.disclosure.question import Question
from pds.disclosure.recording import (
    check_again,
    particulars,
    receipt_of,
    record_refusal,
    undelivered,
)
from pds.disclosure.release import Store, commit
from pds.disclosure.selecting import (
    Selected,
    Selector,
    digest,
    heading,
    record_list_root,
)
from pds.disclosure.standing import Standing, standing

_TRIES = 3

Body = Callable[[Heading, Selected, str | None], bytes]
"""Makes the bytes that go, of heading, what was selected, cursor of the next page."""


@dataclass(frozen=True)
class Ready:
    """An answer that lacks only its record; nothing of it may leave before.

    Attributes:
        decided: the decision and what it rests on.
        permit: the decision.
        entry: the entry that records it.
        body: the bytes of the answer.
        body_sha256: their SHA-256.
        standing: checks and records by a light act, where there are such.
    """

    decided: Decided
    permit: Permit
    entry: PreparedEntry
    body: bytes
    body_sha256: bytes
    standing: Standing | None


@dataclass(frozen=True)
class Denied:
    """A call that the engine denies; the denial is not recorded yet."""

    decided: Decided
    denial: Deny


class Disclosure:
    """The gate. One per bank; holds no state of its own."""

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

    def page(
        self, call: Call, question: Question, body: Body | None = None
    ) -> Released | Refused:
        """Answer one page.

        Args:
            call: who calls.
            question: what is asked for.
            body: makes the bytes; those of the API if left out. It runs again when
                the facts changed meanwhile, and nothing of it leaves before its record.

        Raises:
            InvalidToken: the token is not one of ours, ran out, or has another key.
            Replayed: the proof was used before.
            Invalid: a parameter is wrong.
            Unavailable: nothing was released; the record says so if there is one.
        """
        for _ in range(_TRIES):
            with suppress(Changed, LimitReached):
                return self._attempt(call, question, body or _page)
        raise Unavailable("disclosure.busy", "The facts kept changing.")

    def _attempt(
        self, call: Call, question: Question, body: Body
    ) -> Released | Refused:
        prepared = self.prepare(call, question, body)
        if isinstance(prepared, Denied):
            return self._refuse(call, prepared)
        return self.release(call, prepared)

    def prepare(
        self, call: Call, question: Question, body: Body | None = None
    ) -> Ready | Denied:
        """Decide on a snapshot and make the answer (step 1); nothing leaves by it.

        Raises:
            InvalidToken: as `page` does.
            Invalid: a parameter is wrong.
        """
        with self._store.read() as snap:
            decided = decide_call(snap, self._basis, call, question)
            if isinstance(decided.decision, Deny):
                return Denied(decided, decided.decision)
            return self._answer(
                snap, call, question, decided, decided.decision, body or _page
            )

    def _answer(
        self,
        snap: Snapshot,
        call: Call,
        question: Question,
        decided: Decided,
        permit: Permit,
        make: Body,
    ) -> Ready:
        token, gone_on = decided.token, decided.continuation
        selected = self._selector.read(
            snap,
            token.owner,
            token.recipient_id,
            permit.selection,
            None if gone_on is None else gone_on.place,
            question.limit,
        )
        following = self._cursor(snap, question, decided, selected)
        body = make(heading(permit, decided.subject), selected, following)
        body_sha256 = digest(body)
        entry = Entry(
            type=EventType.DISCLOSURE_RELEASED,
            subject=token.owner,
            recipient=token.recipient_id,
            purpose=permit.purpose,
            categories=permit.selection.categories,
            count=selected.count,
            form=permit.selection.form.value,
            consent=(permit.consent_id, permit.consent_version),
            detail={
                **particulars(call, decided),
                "body_sha256": body_sha256.hex(),
                "decided_at": snap.now.isoformat(),
                "record_list_root": record_list_root(selected).hex(),
            },
        )
        prepared = prepare(entry, self._ids, self._basis.pseudonyms)
        check = standing(snap.connection, call, decided, permit, prepared)
        return Ready(decided, permit, prepared, body, body_sha256, check)

    def _cursor(
        self, snap: Snapshot, question: Question, decided: Decided, selected: Selected
    ) -> str | None:
        if selected.following is None:
            return None
        gone_on = decided.continuation
        began_at = snap.now if gone_on is None else gone_on.began_at
        return seal_cursor(
            self._basis.cursor_key,
            decided.token.grant_id,
            question.digest(),
            Continuation(selected.following, began_at),
        )

    def release(self, call: Call, ready: Ready) -> Released:
        """Record an answer, and release it once the record is durable (steps 2, 3).

        Raises:
            Changed: the decision does not stand any more; prepare again.
            LimitReached: another fetch took the last place; prepare again.
            Replayed: the proof was used before.
            Unavailable: as `page` does.
        """

        def act(work: Work) -> Recorded:
            check_again(work, call, ready.decided)
            if ready.permit.counts:
                uses.count(work, ready.decided.token.owner, ready.permit)
            return work.log.record(ready.entry)

        outcome = commit(
            self._store,
            self._clock,
            act,
            None if ready.standing is None else ready.standing.record,
            undelivered(ready.decided, ready.permit, ready.entry.id),
        )
        receipt = receipt_of(outcome, outcome.result)
        return Released(ready.body, ready.body_sha256, receipt)

    def _refuse(self, call: Call, denied: Denied) -> Refused:
        decided, denial = denied.decided, denied.denial
        self._store.recorded(lambda work: record_refusal(work, call, decided, denial))
        return Refused(denial.reasons)


def _page(above: Heading, selected: Selected, following: str | None) -> bytes:
    return page(above, selected.objects(), following)
