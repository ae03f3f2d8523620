"""The witness itself: checks a submission, remembers it, cosigns it."""

from collections.abc import Sequence
from hashlib import sha256

from audit.cosigner import Cosigner
from audit.errors import VerificationError
from audit.note import VerifierKey, open_note, split_note
from audit.witness.decision import (
    Refusal,
    Refused,
    Seen,
    check_growth,
    check_signature,
)
from audit.witness.request import Submission, read_submission
from audit.witness.state import WitnessState
from pds.core.clock import Clock


class Witness:
    """Cosigns checkpoints of known logs, one history of each.

    Args:
        logs: verifier keys of the logs; the name of each is the log's origin.
        cosigners: its own keys.
        state: what it remembers.
        clock: the present moment.
    """

    def __init__(
        self,
        logs: Sequence[VerifierKey],
        cosigners: Sequence[Cosigner],
        state: WitnessState,
        clock: Clock,
    ) -> None:
        self._logs = logs
        self._cosigners = cosigners
        self._state = state
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> str:
        """Return cosignature lines; what they cover is on the disk before.

        Raises:
            Refused: with the answer that the protocol has for it.
        """
        try:
            submission = read_submission(body)
        except VerificationError:
            raise Refused(Refusal.MALFORMED) from None
        check_signature(submission, self._logs)
        time = self._seconds()
        return self._state.advance(
            submission.checkpoint,
            submission.note,
            time,
            lambda seen: self._cosign(submission, seen, time),
        )

    def checkpoint(self, origin_hash: str) -> str | None:
        """Return the newest cosigned checkpoint of the log with this hashed origin."""
        for origin in {each.name for each in self._logs}:
            if sha256(origin.encode()).hexdigest() == origin_hash:
                return self._state.note(origin)
        return None

    def _cosign(self, submission: Submission, seen: Seen, time: int) -> tuple[str, str]:
        check_growth(submission, seen)
        text, lines = split_note(submission.note)
        answer = "".join(each.cosign(text, time) for each in self._cosigners)
        kept = [each for each in dict.fromkeys(lines) if self._is_of_log(text, each)]
        return text + "\n" + "".join(f"{each}\n" for each in kept) + answer, answer

    def _is_of_log(self, text: str, line: str) -> bool:
        try:
            open_note(f"{text}\n{line}\n", self._logs)
        except VerificationError:
            return False
        return True

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())
