"""What the bank needs of a writer; one for each kind of database fulfils it."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from audit.integration import Outcome
from audit.light import LightWork
from audit.work import Work
from pds.bank.numbers import BatchObserver

T = TypeVar("T")


class Writer(Protocol):
    """Runs acts in transactions of their own and integrates their leaves."""

    def run(
        self,
        act: Callable[[Work], T],
        *,
        light: Callable[[LightWork], T] | None = None,
        owed: bool = False,
    ) -> Outcome[T]:
        """Run an act; see the two writers."""
        ...

    def is_alive(self) -> bool:
        """Say whether the thread that makes leaves durable is running."""
        ...

    def watch(self, observer: BatchObserver) -> None:
        """Tell an observer of each batch from now on."""
        ...

    def waiting(self) -> int:
        """Return how many acts of this process wait to be durable."""
        ...

    def close(self) -> None:
        """Finish and stop."""
        ...
