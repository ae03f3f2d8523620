"""The recipient as instructions see it: its class, and the classes of before; pure."""

from dataclasses import dataclass
from datetime import datetime

from pds.core.clock import to_millis


@dataclass(frozen=True, slots=True)
class PastClass:
    """A class that a recipient was of, and the first moment at which it was not."""

    recipient_class: str
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The recipient as instructions see it.

    Attributes:
        recipient_id: its id.
        recipient_class: the class that it is of.
        past: the classes that it was of before, oldest first.
    """

    recipient_id: str
    recipient_class: str
    past: tuple[PastClass, ...] = ()

    def classes_since(self, millis: int) -> frozenset[str]:
        """Return every class that it was of at a moment, in milliseconds, or later."""
        left = {p.recipient_class for p in self.past if to_millis(p.left_at) >= millis}
        return frozenset({self.recipient_class, *left})
