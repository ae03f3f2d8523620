"""Two questions of a supervisor: is the process alive, may it be given requests?"""

from dataclasses import dataclass
from threading import Lock
from typing import Final, cast

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from pds.bank.bank import Bank
from pds.core.errors import BankError, Unavailable

blueprint = Blueprint("health", __name__)

_FRESH_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """What a supervisor is told.

    Attributes:
        is_ready: whether the bank can read, write and sign.
        clock_is_ahead: whether the clock is too far ahead of what is known.
    """

    is_ready: bool
    clock_is_ahead: bool = False


class Readiness:
    """What `Bank.ready` said, asked at most once a second.

    The question costs a transaction and everybody may ask it, so it must not be a way
    to keep the writer busy.
    """

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        # Held while the bank is asked: whoever comes meanwhile waits for that answer.
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._said = State(is_ready=False)

    def now(self) -> State:
        """Say how the bank is, by an answer at most a second old."""
        with self._lock:
            moment = self._bank.clock.monotonic()
            if moment - self._asked_at >= _FRESH_SECONDS:
                self._said = self._ask()
                self._asked_at = self._bank.clock.monotonic()
            return self._said

    def _ask(self) -> State:
        if not self._bank.ready():
            return State(is_ready=False)
        try:
            return State(is_ready=True, clock_is_ahead=self._bank.clock_is_ahead())
        except BankError:
            return State(is_ready=False)


def install(app: Flask, bank: Bank) -> None:
    """Give the application its memory of the last answer."""
    app.extensions["readiness"] = Readiness(bank)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer 200 as long as the process answers at all."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 if the bank can read, write and sign; 503 otherwise.

    A clock that is far ahead is told and stops nothing here: what would end for ever
    is refused where it would end.
    """
    said = cast("Readiness", current_app.extensions["readiness"]).now()
    if not said.is_ready:
        raise Unavailable("web.not-ready")
    ahead = {"clock": "ahead"} if said.clock_is_ahead else {}
    return {"status": "ready"} | ahead
