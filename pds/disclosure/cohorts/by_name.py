"""The gate for one person of a cohort, whom the recipient names.

The steps are those of a page (`pds.disclosure.service`), under the token of an offer.
A name that was never given, somebody who left, and somebody whose consent lets nothing
go now are one answer, after a transaction each; only a fetch that comes too often is
told apart, and that somebody else has fetched today is what the recipient knows.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from audit.draft import Recorded
from audit.work import Work
from consent import cohort
from consent.reasons import Reason
from consent.uses import LimitReached
from pds.core.clock import Clock
from pds.core.errors import NotFound, Unavailable
from pds.disclosure import denials
from pds.disclosure.call import Call, Refused, Released
from pds.disclosure.cohorts.access import (
    OfferAccess,
    find_token,
    require_recipient,
)
from pds.disclosure.cohorts.part import DeniedPart, Parts, ReadyPart
from pds.disclosure.cohorts.service import recording
from pds.disclosure.errors import Changed
from pds.disclosure.question import Question
from pds.disclosure.recording import (
    hold,
    receipt_of,
    refusal,
    spend_proof,
    undelivered,
)
from pds.disclosure.release import Store, commit

_TRIES: Final = 3
_OWN_DOING: Final = frozenset({Reason.TOO_OFTEN, Reason.USED_UP})
"""What the recipient has done itself and may be told."""


class ByName:
    """The gate for single members. One per bank; holds no state of its own."""

    def __init__(self, store: Store, parts: Parts, clock: Clock) -> None:
        self._store = store
        self._parts = parts
        self._clock = clock
        self._basis = parts.basis

    def page(
        self, call: Call, offer_id: UUID, subject: str, question: Question
    ) -> Released | Refused:
        """Answer one page of one person's records.

        Raises:
            InvalidToken: the token is not one of ours, is over, or has another key.
            Replayed: the proof was used before.
            NotPermitted: the recipient's own side forbids everything.
            NotFound: `cohort.no-subject`; nothing is known of such a person here.
            Invalid: a parameter or cursor is wrong.
            Unavailable: nothing was released.
        """
        for _ in range(_TRIES):
            with suppress(Changed, LimitReached):
                return self._attempt(call, offer_id, subject, question)
        raise Unavailable("disclosure.busy", "The facts kept changing.")

    def _attempt(
        self, call: Call, offer_id: UUID, subject: str, question: Question
    ) -> Released | Refused:
        part = self._prepare(call, offer_id, subject, question)
        if isinstance(part, ReadyPart):
            return self._give(call, part)
        if part is None:
            self._store.recorded(lambda work: spend_proof(work, call))
        elif self._refuse(call, part):
            return Refused(part.denial.reasons)
        raise NotFound("cohort.no-subject", "Nothing is known of such a person.")

    def _prepare(
        self, call: Call, offer_id: UUID, subject: str, question: Question
    ) -> ReadyPart | DeniedPart | None:
        with self._store.read() as snap:
            token = find_token(snap, call, offer_id)
            require_recipient(snap, self._basis, token)
            member = cohort.of_subject(snap, offer_id, subject)
            if member is None or member.owner is None:
                return None
            access = OfferAccess(
                token, member.owner, member.consent_id, member.joined_at
            )
            return self._parts.by_name(snap, call, access, question)

    def _give(self, call: Call, ready: ReadyPart) -> Released:
        record = recording(ready)

        def act(work: Work) -> Recorded:
            recorded = record(work)
            spend_proof(work, call)
            return recorded

        owed = undelivered(ready.decided, ready.permit, ready.entry.id)
        outcome = commit(self._store, self._clock, act, None, owed)
        text = receipt_of(outcome, outcome.result)
        return Released(ready.body, ready.body_sha256, text)

    def _refuse(self, call: Call, part: DeniedPart) -> bool:
        """Record a denial; say whether the recipient may know its reasons."""
        found = refusal(call, part.decided, part.denial)

        def act(work: Work) -> None:
            hold(work, part.access)
            spend_proof(work, call)
            denials.record(work, found)

        self._store.recorded(act)
        return set(part.denial.reasons) <= _OWN_DOING
