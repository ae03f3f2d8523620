"""Units of work on PostgreSQL: a transaction per request, integrated by one thread.

The act's transaction puts its leaves into `log_pending` and commits. The integrator, a
thread of whichever process holds an advisory lock, moves pending leaves into the tree
in batches, and whoever waits is woken. Nothing is released before its leaf stands in a
signed tree; if that takes longer than two seconds the caller gets `Unavailable`, and
the leaf stands without a release.

The count of acts under way is bounded, and so is how far the integrator may be behind:
beyond either, acts are refused at once. Closing lets the acts under way finish.

After a commit whose outcome is unknown (the connection broke) the leaf is looked up.
If it is found the act was committed and goes on as if it had been told. If it is not,
or nobody can be asked, the server may still be at it: the caller gets `store.unknown`
and releases nothing, and what would be wrong in the log then is told by
`pds.bank.undelivered`, which can wait until the server is certain.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine

from audit import pending
from audit.draft import LeafDraft
from audit.integration import Outcome
from audit.light import LightWork
from audit.work import Work
from pds.bank.admission import Admission
from pds.bank.connections import Connections
from pds.bank.errors import DRIVER_ERRORS, is_answer, is_collision, translated
from pds.bank.integrator import Integrator, Ticket
from pds.bank.numbers import BatchObserver
from pds.core import postgres
from pds.core.errors import Unavailable

T = TypeVar("T")

_TRIES = 3
_MOST_ACTS = 256
"""Acts under way in one process; those beyond the connections of the pool wait."""

_MOST_CONNECTIONS = 64
_PATIENCE_SECONDS = 3.0
"""How long somebody waits for one of these connections."""


class PostgresWriter:
    """Runs acts in the calling thread; see the module's first lines."""

    def __init__(
        self,
        engine: Engine,
        make_work: Callable[[Connection], Work],
        integrator: Integrator,
    ) -> None:
        self._engine = engine
        self._connections = Connections(engine, _MOST_CONNECTIONS, _PATIENCE_SECONDS)
        self._make_work = make_work
        self._integrator = integrator
        self._admission = Admission(_MOST_ACTS)

    def run(
        self,
        act: Callable[[Work], T],
        *,
        light: Callable[[LightWork], T] | None = None,
        owed: bool = False,
    ) -> Outcome[T]:
        """Run an act in a transaction; return once it is durable and signed.

        Args:
            act: what to do.
            light: its light form, which is for the writer of SQLite.
            owed: an earlier act of the log needs this one, however many wait.

        Raises:
            Unavailable: the store cannot commit, too many acts are under way, the
                integrator is behind, or the writer closes.
        """
        del light
        with self._admission.admitted(owed=owed):
            if self._integrator.is_late() and not owed:
                raise Unavailable("store.behind", "The integrator is behind.")
            result, ticket = self._transact_again(act)
            integration = None if ticket is None else self._integrator.wait(ticket)
        return Outcome(result, integration)

    def close(self) -> None:
        """Refuse further acts, finish those under way, and stop the integrator."""
        self._admission.close()
        self._integrator.close()
        self._connections.close()
        self._engine.dispose()

    def watch(self, observer: BatchObserver) -> None:
        """Tell an observer of each batch that this process integrates."""
        self._integrator.observer = observer

    def waiting(self) -> int:
        """Return how many acts of this process are under way."""
        return self._admission.inside()

    def is_alive(self) -> bool:
        """Say whether leaves are being integrated."""
        return self._integrator.is_alive()

    def _transact_again(self, act: Callable[[Work], T]) -> tuple[T, Ticket | None]:
        """Run an act once more where it met another that made the same row first."""
        tries = _TRIES
        while True:
            tries -= 1
            try:
                return self._transact(act)
            except DRIVER_ERRORS as error:
                if tries == 0 or not is_collision(error):
                    raise translated(error) from None

    def _transact(self, act: Callable[[Work], T]) -> tuple[T, Ticket | None]:
        with self._connections.lent() as connection:
            # Said aloud: prepared statements bypass SQLAlchemy, which would otherwise
            # not know of the transaction that they are in.
            connection.begin()
            work = self._make_work(connection)
            try:
                result = act(work)
            except DRIVER_ERRORS:
                # Said to SQLAlchemy, so that it notices a lost server and drops the
                # other pooled connections too.
                connection.rollback()
                raise
            ticket = self._commit(connection, work.log.drafts)
        return result, ticket

    def _commit(self, connection: Connection, drafts: list[LeafDraft]) -> Ticket | None:
        if not drafts:
            connection.commit()
            return None
        # Registered before the commit: the integrator may be faster than we are.
        ticket = self._integrator.expect(drafts)
        try:
            # Both go out at once, and nothing is waited for. When it fails, the
            # connection may have been lost behind the commit.
            sent = postgres.commit(connection, pending.steps(drafts))
            # A leaf that arrived was committed, and the answer that says so is there:
            # one sleep instead of two.
            self._integrator.wait_briefly(ticket)
            sent.answers()
            connection.commit()
        except DRIVER_ERRORS as error:
            with suppress(*DRIVER_ERRORS):
                connection.rollback()
            self._settle(ticket, error)
        return ticket

    def _settle(self, ticket: Ticket, error: Exception) -> None:
        """Find out whether a commit that was not answered well happened.

        Raises:
            Unavailable: `store.unknown`; nobody can say.
            DBAPIError: the server has said that it did not.
        """
        if ticket.integration:
            return
        try:
            if is_answer(error):
                raise error
            if self._integrator.is_known(ticket.drafts[-1].id):
                return
        except DRIVER_ERRORS as failure:
            self._integrator.forget(ticket)
            if failure is error:
                raise
        self._integrator.forget(ticket)
        raise Unavailable("store.unknown", type(error).__name__)
