"""The disclosure transaction: decide, record and commit, then release.

Steps of a page, each with its failure:
1. On a read snapshot: find the token, load the facts, decide, select, open, minimise,
   serialise, hash the body, prepare the log entry. Unknown token: 401, nothing logged.
   A denial by the engine goes to 4.
2. In one transaction: hold the person, find the token again, compare all fences and the
   lapse of every fact with *now*, spend the proof, count the fetch, record the entry.
   A changed fence goes back to 1 (three times, then 503); a proof spent before is 401.
3. Once the leaf is durable in a signed tree, build the receipt and release, within five
   seconds of the commit; later the answer is 503 and a completion says "not released".
4. A denial is recorded in a transaction of its own, by which the proof is spent too.

What an attacker would send: a proof again (spent in the transaction that records), a
token of another key (the thumbprint is compared), a cursor of another grant (sealed to
the grant), a fetch racing a withdrawal (the fence), the same fetch in parallel (the
person's row is held while counting).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar
from uuid import UUID

T = TypeVar("T")

RELEASE_WITHIN = timedelta(seconds=5)
_TRIES = 3
