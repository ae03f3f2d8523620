"""The gate for recipients of accepted offers: by name, and as a cohort in pages.

Steps of a page of a cohort, each with its failure:

1. On a snapshot: find the token, check the recipient's own side, open the cursor. A bad
   token is 401; what the recipient lacks is 403 before anybody is looked at.
2. In a transaction: check the token again and spend the proof; used before, 401.
3. On one snapshot: walk the members; decide, select and serialise each part. A person's
   data that does not open fails that part alone.
4. A transaction for each person (they meet in one batch): compare token, fences and
   lapses again, count the fetch once in a sweep, record. Denials are recorded likewise.
5. Release, within five seconds of the first commit: the parts that are recorded and
   durable, each with its receipt. Else all of them are recorded as not released.

Whoever's part was denied or failed is noted as missed, so that the next sweep brings
that person whole; if even that cannot be written, nothing of the page goes. So no part
is lost by another's failure, and none is given twice: a page that is read again has the
same name, holds what was stored before the sweep began, and counts no second fetch.

What an attacker would send: a name that was never given, or of somebody who left
(answered alike, after the same transaction); a cursor of another offer (sealed); an old
page again and again, to see more than one fetch a day shows (nothing newer is in it).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from audit.draft import Recorded
from audit.work import Work
from consent import cohort, uses
from consent.oauth import offer_tokens
from consent.oauth.offer_tokens import OfferToken
from consent.uses import LimitReached
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import BankError, Unavailable
from pds.core.ids import Ids
from pds.disclosure import denials
from pds.disclosure.call import Call
from pds.disclosure.cohorts.access import (
    OfferAccess,
    check_again,
    find_token,
    require_recipient,
)
from pds.disclosure.cohorts.asking import CohortPage
from pds.disclosure.cohorts.cursors import Sweep, open_since, open_sweep
from pds.disclosure.cohorts.lines import GivenPart, PageBody, page_of
from pds.disclosure.cohorts.part import DeniedPart, Parts, ReadyPart
from pds.disclosure.cohorts.walking import Failed, Walked, walk
from pds.disclosure.errors import Changed, InvalidToken
from pds.disclosure.recording import (
    hold,
    receipt_of,
    refusal,
    spend_proof,
    undelivered,
)
from pds.disclosure.release import RELEASE_WITHIN, Store, commit

_TRIES: Final = 3
_AT_ONCE: Final = 16
"""Transactions of one page that are under way together."""

Outcome = GivenPart | Failed | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request for a page, and what stands for the whole of it."""

    call: Call
    token: OfferToken
    sweep: Sweep
    page: CohortPage


class Cohorts:
    """The gate for whole cohorts. One per bank; holds no state of its own."""

    def __init__(self, store: Store, parts: Parts, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._parts = parts
        self._clock = clock
        self._ids = ids
        self._basis = parts.basis

    def page(self, call: Call, offer_id: UUID, wanted: CohortPage) -> PageBody:
        """Answer one page of a cohort.

        Raises:
            InvalidToken: the token is not one of ours, is over, or has another key.
            Replayed: the proof was used before.
            NotPermitted: the recipient's own side forbids everything.
            Invalid: a parameter or cursor is wrong.
            Unavailable: nothing was released.
        """
        with self._store.read() as snap:
            asked = self._begin(snap, call, offer_id, wanted)
        self._store.recorded(lambda work: self._spend(work, asked))
        with self._store.read() as snap:
            walked = walk(snap, self._parts, call, asked.token, asked.sweep, wanted)
        given, again = self._settled(asked, walked)
        return page_of(
            self._basis.cursor_key, offer_id, asked.sweep, walked, given, again
        )

    def _begin(
        self, snap: Snapshot, call: Call, offer_id: UUID, wanted: CohortPage
    ) -> _Asked:
        token = find_token(snap, call, offer_id)
        require_recipient(snap, self._basis, token)
        key = self._basis.cursor_key
        if wanted.cursor is not None:
            sweep = open_sweep(key, offer_id, wanted.cursor, snap.now)
            return _Asked(call, token, sweep, wanted)
        since = None
        if wanted.since is not None:
            since = open_since(key, offer_id, wanted.since, snap.now)
        sweep = Sweep(self._ids.new(), snap.now, since, None)
        return _Asked(call, token, sweep, wanted)

    def _spend(self, work: Work, asked: _Asked) -> None:
        if not offer_tokens.stands(work, asked.token):
            raise InvalidToken("oauth.invalid-token", "The token changed.")
        spend_proof(work, asked.call)

    def _settled(
        self, asked: _Asked, walked: Walked
    ) -> tuple[list[GivenPart], list[str]]:
        """Record everything; return what may go now, and who has to be asked again.

        Raises:
            Unavailable: nothing may go, and the log says or will say so.
        """
        began = self._clock.now()
        outcomes = self._together(asked, walked.parts)
        given = [each for each in outcomes if isinstance(each, GivenPart)]
        errors = [each for each in outcomes if isinstance(each, BankError)]
        if self._clock.now() - began > RELEASE_WITHIN:
            late = Unavailable("disclosure.late", "The release came too late.")
            errors.append(late)
        if errors:
            for each in given:
                self._store.not_delivered(each.undelivered)
            raise errors[0]
        again = [each.subject for each in outcomes if isinstance(each, Failed)]
        return given, [subject for subject in again if subject]

    def _together(
        self, asked: _Asked, parts: Sequence[ReadyPart | DeniedPart | Failed]
    ) -> list[Outcome | BankError]:
        def settle(part: ReadyPart | DeniedPart | Failed) -> Outcome | BankError:
            try:
                return self._settle(asked, part)
            except BankError as error:
                return error

        if not parts:
            return []
        with ThreadPoolExecutor(min(_AT_ONCE, len(parts))) as pool:
            return list(pool.map(settle, parts))

    def _settle(self, asked: _Asked, part: ReadyPart | DeniedPart | Failed) -> Outcome:
        for _ in range(_TRIES):
            if isinstance(part, DeniedPart):
                self._deny(asked, part)
                return None
            if isinstance(part, Failed):
                return self._miss(asked, part)
            try:
                return self._give(part)
            except (Changed, LimitReached):
                found = self._anew(asked, part.access)
            except Unavailable:
                return self._miss(asked, Failed(part.access, part.decided.subject))
            if found is None:
                return None
            part = found
        return self._miss(asked, Failed(part.access, ""))

    def _anew(
        self, asked: _Asked, access: OfferAccess
    ) -> ReadyPart | DeniedPart | None:
        limit = asked.page.records
        with self._store.read() as snap:
            return self._parts.of_sweep(snap, asked.call, access, asked.sweep, limit)

    def _give(self, ready: ReadyPart) -> GivenPart:
        owed = undelivered(ready.decided, ready.permit, ready.entry.id)
        outcome = commit(self._store, self._clock, recording(ready), None, owed)
        text = receipt_of(outcome, outcome.result)
        return GivenPart(ready.body, ready.body_sha256, text, owed)

    def _deny(self, asked: _Asked, part: DeniedPart) -> None:
        found = refusal(asked.call, part.decided, part.denial)

        def act(work: Work) -> None:
            hold(work, part.access)
            denials.record(work, found)
            self._note_missed(work, asked, part.access)

        self._store.recorded(act)

    def _miss(self, asked: _Asked, failed: Failed) -> Failed:
        def act(work: Work) -> None:
            hold(work, failed.access)
            self._note_missed(work, asked, failed.access)

        self._store.recorded(act)
        return failed

    def _note_missed(self, work: Work, asked: _Asked, access: OfferAccess) -> None:
        began_at = asked.sweep.began_at
        cohort.note_missed(work, access.owner, access.consent_id, began_at)


def recording(ready: ReadyPart) -> Callable[[Work], Recorded]:
    """Return the act that checks a part again, counts its fetch and records it."""
    access, sweep_id = ready.access, ready.sweep_id
    owner, consent_id = access.owner, access.consent_id

    def act(work: Work) -> Recorded:
        check_again(work, access, ready.decided)
        if sweep_id is not None:
            is_counted = cohort.use(work, owner, consent_id).sweep_id == sweep_id
            if is_counted is ready.permit.counts:
                # Another page of this sweep was faster, or another sweep came between.
                raise Changed
        if ready.permit.counts:
            uses.count(work, owner, ready.permit)
            if sweep_id is not None:
                cohort.count_sweep(work, owner, consent_id, sweep_id)
        return work.log.record(ready.entry)

    return act
