"""The engine alone, and the gate before a disclosure against a mere token lookup.

The gate is what step one of a disclosure does: a snapshot, the token, every fact, every
rule. The lookup is the least that any resource server does: a snapshot and the token.
"""

from collections.abc import Callable

from consent.engine import Deny, decide
from consent.facts import DisclosureRequest
from pds.bank.bank import Bank
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import medians
from pds.disclosure.call import Call
from pds.disclosure.decision import decide_call, find_token
from pds.disclosure.question import Question

_TIMES = 200
_QUESTION = Question()


def measure(bank: Bank, call: Call, *, rounds: int) -> list[Figure]:
    """Return `engine_decisions_per_s` and `gate_over_token_lookup`.

    Args:
        bank: the bank that is asked.
        call: a call whose token lets everything through.
        rounds: how often each is measured, in turns.
    """
    acts = [_engine(bank, call), _gate(bank, call), _lookup(bank, call)]
    engine_s, gate_s, lookup_s = medians(acts, rounds)
    against = f"lookup {lookup_s / _TIMES * 1e6:.0f} µs"
    return [
        Figure("engine_decisions_per_s", _TIMES / engine_s, "1/s"),
        Figure(
            "gate_over_token_lookup",
            gate_s / _TIMES * 1e6,
            "µs",
            against,
            gate_s / lookup_s,
        ),
    ]


def _engine(bank: Bank, call: Call) -> Callable[[], object]:
    with bank.read() as snap:
        decided = decide_call(snap, bank.basis, call, _QUESTION)
    request = DisclosureRequest(recipient_id=decided.token.recipient_id)
    facts, at = decided.facts, decided.at
    if isinstance(decide(request, facts, at), Deny):
        raise TypeError("The world that is measured permits every fetch.")

    def run() -> None:
        for _ in range(_TIMES):
            decide(request, facts, at)

    return run


def _gate(bank: Bank, call: Call) -> Callable[[], object]:
    def run() -> None:
        for _ in range(_TIMES):
            with bank.read() as snap:
                decide_call(snap, bank.basis, call, _QUESTION)

    return run


def _lookup(bank: Bank, call: Call) -> Callable[[], object]:
    def run() -> None:
        for _ in range(_TIMES):
            with bank.read() as snap:
                find_token(snap, call)

    return run
