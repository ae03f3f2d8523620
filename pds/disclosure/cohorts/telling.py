"""The gate for statistics: numbers that were made before, under a budget of queries."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from audit.work import Work
from consent import audience, cohort_statistics
from consent.oauth import offer_tokens
from consent.oauth.offer_tokens import OfferToken
from pds.core.errors import NotFound
from pds.disclosure.call import Call
from pds.disclosure.cohorts.access import find_token, require_recipient
from pds.disclosure.decision import Basis
from pds.disclosure.errors import InvalidToken
from pds.disclosure.recording import spend_proof
from pds.disclosure.release import Store


@dataclass(frozen=True, slots=True)
class StatisticsGate:
    """Answers with what was made of a month. One per bank."""

    store: Store
    basis: Basis

    def month(self, call: Call, offer_id: UUID, first: date) -> bytes:
        """Return the statistics of a month.

        Raises:
            InvalidToken: the token is not one of ours, is over, or has another key.
            Replayed: the proof was used before.
            NotPermitted: the recipient's own side forbids everything.
            Conflict: `audience.budget`; the day's queries were made.
            NotFound: `cohort.no-statistics`; nothing was made of this month.
        """
        with self.store.read() as snap:
            token = find_token(snap, call, offer_id)
            require_recipient(snap, self.basis, token)
        self.store.recorded(lambda work: _spend(work, call, token))
        with self.store.read() as snap:
            found = cohort_statistics.find(snap, offer_id, first)
        if found is None:
            raise NotFound("cohort.no-statistics", "Nothing was made of this month.")
        return found.encode()


def _spend(work: Work, call: Call, token: OfferToken) -> None:
    if not offer_tokens.stands(work, token):
        raise InvalidToken("oauth.invalid-token", "The token changed.")
    spend_proof(work, call)
    audience.spend(work, token.recipient_id)
