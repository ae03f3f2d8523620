"""The whole disclosing transaction, 64 at once, without HTTP.

Answers are decided, opened and serialised beforehand; measured are the check again, the
spent proof, the sealed detail, the leaf, the commit, the signature and the receipt.
"""

import json
import statistics
from collections.abc import Callable, Sequence
from time import perf_counter

from consent.oauth import lifetimes, opaque, replay
from pds.bank.bank import Bank
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import percentile, together
from pds.cli.bench.world import Caller
from pds.disclosure.call import Call
from pds.disclosure.question import Question
from pds.disclosure.service import Ready

ROUNDS = 3
_WARM = 2


def measure(
    bank: Bank, callers: Sequence[Caller], thumbprint: bytes, *, each: int = 40
) -> list[Figure]:
    """Return disclosures per second and the 99th percentile of their latency.

    Args:
        bank: the bank that the callers may ask.
        callers: one thread each.
        thumbprint: of the key that their tokens are bound to.
        each: disclosures of each caller in a round.
    """
    questions = [_second_page(bank, caller, thumbprint) for caller in callers]
    pairs = list(zip(callers, questions, strict=True))
    _round(bank, pairs, thumbprint, min(_WARM, each))
    rounds = [_round(bank, pairs, thumbprint, each) for _ in range(ROUNDS)]
    rate = statistics.median(rate for rate, _taken in rounds)
    latencies = [seconds for _rate, taken in rounds for seconds in taken]
    name = f"disclosures_per_s_{len(callers)}"
    return [
        Figure(name, rate, "1/s"),
        Figure(f"{name}_p99", percentile(latencies, 0.99) * 1e3, "ms"),
    ]


def _second_page(bank: Bank, caller: Caller, thumbprint: bytes) -> Question:
    """Begin a fetch and return the question that goes on with it.

    Further pages of a fetch are as much work as the first, and no daily limit ends
    the measurement.
    """
    call = new_call(bank, caller, thumbprint)
    ready = _prepare(bank, call, Question(limit=1))
    bank.disclosure.release(call, ready)
    return Question(limit=1, cursor=json.loads(ready.body)["next"])


def _prepare(bank: Bank, call: Call, question: Question) -> Ready:
    found = bank.disclosure.prepare(call, question)
    if not isinstance(found, Ready):
        raise TypeError("The world that is measured permits every fetch.")
    return found


def new_call(bank: Bank, caller: Caller, thumbprint: bytes) -> Call:
    """Return a call with a proof of its own, as the resource endpoint makes it."""
    digest = opaque.digest(caller.token)
    if digest is None:
        raise ValueError("A token of ours has a digest.")
    jti, over_at = bank.ids.secret(16).hex(), bank.clock.now() + lifetimes.PROOF_AGE
    return Call(
        token_hash=digest,
        thumbprint=thumbprint,
        proof=replay.proof_mark(thumbprint, jti, over_at),
        request_id=bank.ids.new(),
        address="127.0.0.1",
    )


def _round(
    bank: Bank, pairs: Sequence[tuple[Caller, Question]], thumbprint: bytes, each: int
) -> tuple[float, list[float]]:
    """Return disclosures per second, and the seconds of each."""
    scripts = [
        _script(bank, caller, question, thumbprint, each) for caller, question in pairs
    ]
    seconds = together([run for run, _taken in scripts])
    latencies = [one for _run, taken in scripts for one in taken]
    return len(latencies) / seconds, latencies


def _script(
    bank: Bank, caller: Caller, question: Question, thumbprint: bytes, count: int
) -> tuple[Callable[[], None], list[float]]:
    calls = [new_call(bank, caller, thumbprint) for _ in range(count)]
    ready = [(call, _prepare(bank, call, question)) for call in calls]
    taken: list[float] = []

    def run() -> None:
        for call, answer in ready:
            began = perf_counter()
            bank.disclosure.release(call, answer)
            taken.append(perf_counter() - began)

    return run, taken
