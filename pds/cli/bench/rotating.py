"""Wrapping all keys anew by a new version of the key-encryption key.

The whole is what `infobank keys rewrap` does: read a thousand wraps, open and wrap and
check each, store them, record it, commit, sign. The keys' part of it, without the
database, is measured beside it.
"""

import statistics
from functools import partial

from audit.work import Work
from pds.bank import key_rotation
from pds.bank.bank import Bank
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import seconds
from pds.core.ids import OwnerId
from pds.keys import rewrapping, versions
from pds.keys.rewrapping import Wrap

_FAMILY = 16
_AT_ONCE = 1_000


def measure(bank: Bank, *, keys: int, rounds: int) -> list[Figure]:
    """Return `rewrap_keys_per_s` and `rewrap_crypto_keys_per_s`."""
    for _ in range(0, keys, _AT_ONCE):
        bank.unit_of_work(partial(_make, min(keys, _AT_ONCE)))
    whole, crypto = [], []
    for _ in range(rounds):
        key_rotation.rotate(bank, actor="bench")
        found = _older(bank)
        crypto.append(seconds(partial(rewrapping.rewrapped, bank.provider, found)))
        taken = seconds(partial(key_rotation.rewrap, bank, actor="bench"))
        whole.append(taken / _count(bank) * len(found))
    alone = len(found) / statistics.median(crypto)
    rate = len(found) / statistics.median(whole)
    return [
        Figure("rewrap_crypto_keys_per_s", alone, "/s"),
        Figure(
            "rewrap_keys_per_s", rate, "/s", f"keys alone {alone:,.0f}/s", rate / alone
        ),
    ]


def _make(count: int, work: Work) -> None:
    for _ in range(count):
        owner = OwnerId(work.ids.new())
        work.keys.create(work.connection, owner, _FAMILY, now=work.now)


def _older(bank: Bank) -> list[Wrap]:
    with bank.read() as view:
        current = versions.history(view.connection)[-1].version
        return rewrapping.older(view, current, None)


def _count(bank: Bank) -> int:
    with bank.read() as view:
        return sum(versions.wraps(view.connection).values())
