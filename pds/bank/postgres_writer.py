"""Units of work on PostgreSQL: a transaction per request, integrated by one thread.

The act's transaction puts its leaves into `log_pending` and commits. The integrator, a
thread that some process elects by an advisory lock, moves pending leaves into the tree
in batches, and whoever waits is woken. Nothing is released before its leaf is in the
tree; if that takes longer than two seconds the caller gets `Unavailable`, and the leaf
stands without a release.

After a commit whose outcome is unknown (the connection broke) the leaf is looked up; it
was committed exactly when it is found.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from audit.recorder import Draft
from audit.store import insert_pending, is_known
from audit.work import Work
from pds.bank.errors import translated
from pds.bank.integrator import Integrator
from pds.core.errors import Unavailable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

_PATIENCE = 2.0
"""Seconds that a caller waits for its leaf to be integrated."""


class PostgresWriter:
    """Runs acts in the calling thread; see the module's first lines."""

    def __init__(
        self,
        engine: Engine,
        make_work: Callable[[Connection], Work],
        integrator: Integrator,
    ) -> None:
        self._engine = engine
        self._make_work = make_work
        self._integrator = integrator
        self._closed = threading.Event()

    def run(self, act: Callable[[Work], T]) -> T:
        """Run an act in a transaction, and return once it is durable and signed.

        Raises:
            Unavailable: the store cannot commit, or integration takes too long.
        """
        if self._closed.is_set():
            raise Unavailable("store.busy", "The writer takes no more acts.")
        try:
            result, drafts = self._transact(act)
        except DBAPIError as error:
            raise translated(error) from None
        if drafts:
            self._integrator.wait(drafts, _PATIENCE)
        return result

    def close(self) -> None:
        """Refuse further acts and stop the integrator once nothing is pending."""
        self._closed.set()
        self._integrator.close()

    def _transact(self, act: Callable[[Work], T]) -> tuple[T, Sequence[Draft]]:
        with self._engine.connect() as connection:
            work = self._make_work(connection)
            try:
                result = act(work)
                drafts = work.log.drafts
                insert_pending(connection, drafts)
            except BaseException:
                connection.rollback()
                raise
            try:
                connection.commit()
            except DBAPIError:
                self._settle([draft.recorded.id for draft in drafts])
        return result, drafts

    def _settle(self, leaf_ids: Sequence[UUID]) -> None:
        """Find out whether a commit of unknown outcome happened."""
        with self._engine.connect() as connection:
            if not leaf_ids or not is_known(connection, leaf_ids[0]):
                raise Unavailable("store.unavailable", "The commit did not happen.")
