"""Two questions of a supervisor: is the process alive, may it be given requests?"""

from threading import Lock
from typing import Final, cast

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from pds.bank.bank import Bank
from pds.core.errors import Unavailable

blueprint = Blueprint("health", __name__)

_FRESH_SECONDS: Final = 1.0


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
        self._said = False

    def now(self) -> bool:
        """Say whether the bank is ready, by an answer at most a second old."""
        with self._lock:
            moment = self._bank.clock.monotonic()
            if moment - self._asked_at >= _FRESH_SECONDS:
                self._said = self._bank.ready()
                self._asked_at = self._bank.clock.monotonic()
            return self._said


def install(app: Flask, bank: Bank) -> None:
    """Give the application its memory of the last answer."""
    app.extensions["readiness"] = Readiness(bank)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer 200 as long as the process answers at all."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 if the bank can read, write and sign; 503 otherwise."""
    if not cast("Readiness", current_app.extensions["readiness"]).now():
        raise Unavailable("web.not-ready")
    return {"status": "ready"}
