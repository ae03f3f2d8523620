"""The check of the disclosing transaction in two statements, for light acts.

One reads what is the person's: token, grant and client, the person's fence, count and
audit key, the spent proof, the day's fetches. The other reads the fences of the
recipient's side, once for all light acts in a row that rest on the same. What is
compared is what `recording` compares for an ordinary act. Made in the request thread,
run by the writer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from audit.draft import Recorded
from audit.entry import PreparedEntry
from audit.light import Heavy, LightWork
from audit.tables import person_state
from consent import facts_queries, fences, uses
from consent.engine import Permit
from consent.oauth import replay, tokens
from consent.oauth.tables import token as token_table
from consent.oauth.tokens import TokenState
from pds.core.clock import tokyo_day
from pds.core.database import Bound, Prepared, is_sqlite
from pds.disclosure.call import Call
from pds.disclosure.decision import Decided
from pds.disclosure.errors import Changed, Replayed
from pds.keys import store
from pds.keys.classes import KeyClass
from pds.keys.tables import owner_key

_TOKEN = slice(0, len(tokens.COLUMNS))
_REST = slice(_TOKEN.stop, _TOKEN.stop + 6)
_KEY = slice(_REST.stop, _REST.stop + len(store.COLUMNS))

_FROM = tokens.JOINED.join(
    person_state, person_state.c.owner_id == token_table.c.owner_id
)
_OWN = Prepared(
    select(
        *tokens.COLUMNS,
        person_state.c.fence,
        person_state.c.gen,
        person_state.c.n,
        replay.IS_SPENT,
        uses.OF_DAY,
        uses.WAS_USED,
        *store.COLUMNS,
    )
    .select_from(store.with_active(_FROM, token_table.c.owner_id, KeyClass.AUDIT))
    .where(*tokens.FOUND)
    .order_by(owner_key.c.generation.desc())
)
# The first is the person's, which is read with the token.
_SIDE = Prepared(select(*facts_queries.FENCE_COLUMNS[1:]))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a decision is checked again and recorded by a light act."""

    call: Call
    decided: Decided
    token_row: tuple[object, ...]
    permit: Permit
    entry: PreparedEntry
    own: Bound
    side: Bound
    day: int
    holds_until: datetime

    def record(self, work: LightWork) -> Recorded:
        """Check that the decision still stands; spend the proof, count, record.

        Raises:
            Changed: something that the decision rests on is no longer what it was.
            Replayed: the proof was used before.
            LimitReached: another fetch took the last place.
            Heavy: only an ordinary act can do it.
        """
        row = work.one(self.own)
        if row is None or row[_TOKEN] != self.token_row:
            raise Changed
        fence, gen, n, spent, of_day, was_used = row[_REST]
        self._check(work, fence)
        unwritten = work.unwritten
        if replay.is_spent(unwritten, self.call.proof, kept=bool(spent)):
            raise Replayed("oauth.replayed-proof", "The proof was used before.")
        place = self._place(work, of_day, was_used) if self.permit.counts else None
        # What follows the record cannot fail, so an act that raises has left nothing.
        recorded = work.record(self.entry, gen, n, _key(row))
        replay.spend_later(unwritten, self.call.proof)
        if place is not None:
            uses.take_later(unwritten, place)
        return recorded

    def _check(self, work: LightWork, fence: int) -> None:
        side = work.unwritten.known(work.driver, self.side)
        found = fences.fences_of((fence, *side))
        if found != self.decided.facts.fences or work.now >= self.holds_until:
            raise Changed

    def _place(self, work: LightWork, of_day: int, was_used: int) -> uses.Place:
        if tokyo_day(work.now) != self.day:
            # The statement asked for the fetches of yesterday.
            raise Heavy
        return uses.next_place(
            work.unwritten,
            self.decided.token.owner,
            self.permit,
            self.day,
            of_day=of_day,
            was_used=bool(was_used),
        )


def standing(
    connection: Connection,
    call: Call,
    decided: Decided,
    permit: Permit,
    entry: PreparedEntry,
) -> Standing | None:
    """Prepare the check of a decision; None where every act is an ordinary one.

    On PostgreSQL each act has a transaction of its own, whose first statements lock
    what the check reads.
    """
    token = decided.token
    if not is_sqlite(connection) or not isinstance(token, TokenState):
        return None
    day = tokyo_day(decided.at)
    places = fences.fence_places(decided.token.owner, decided.facts)
    own = _OWN.bound(
        connection,
        owner=places.pop("owner"),
        digest=call.token_hash,
        mark=call.proof.key,
        consent=permit.consent_id.bytes,
        on_day=day,
    )
    side = _SIDE.bound(connection, **places)
    until = decided.holds_until
    return Standing(call, decided, token.row, permit, entry, own, side, day, until)


def _key(row: Any) -> store.KeyRow:
    if row[_KEY][0] is None:
        raise Heavy
    return store.row_of(row[_KEY])
