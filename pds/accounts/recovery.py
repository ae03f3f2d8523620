"""Recovery codes: ten of them, each opens the account once.

A code has 80 random bits, so a keyed hash is enough to keep it.
"""

import hmac
from typing import Final

from sqlalchemy import delete, func, insert, select, update

from audit.work import Work
from pds.accounts import codes as codes_of_people
from pds.accounts.tables import recovery_code
from pds.core.database import Snapshot
from pds.core.ids import AccountId, Ids

PEPPER: Final = "recovery-codes"
"""Name of the secret that keys the hashes."""
COUNT: Final = 10


def make(ids: Ids) -> tuple[str, ...]:
    """Return ten new codes as they are printed: four groups of four."""
    return tuple(codes_of_people.make(ids) for _ in range(COUNT))


def replace(
    work: Work, pepper: bytes, account_id: AccountId, codes: tuple[str, ...]
) -> None:
    """Keep new codes; the old ones open nothing any more."""
    work.connection.execute(
        delete(recovery_code).where(recovery_code.c.account_id == account_id)
    )
    work.connection.execute(
        insert(recovery_code),
        [
            {
                "code_hash": _hash(pepper, account_id, code),
                "account_id": account_id,
                "created_at": work.now,
            }
            for code in codes
        ],
    )


def use(work: Work, pepper: bytes, account_id: AccountId, code: str) -> bool:
    """Use a code up; of several at once exactly one succeeds."""
    done = work.connection.execute(
        update(recovery_code)
        .where(
            recovery_code.c.code_hash == _hash(pepper, account_id, code),
            recovery_code.c.account_id == account_id,
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=work.now)
    )
    return bool(done.rowcount)


def left(snap: Snapshot, account_id: AccountId) -> int:
    """Return how many codes of an account are unused."""
    counted = (
        select(func.count())
        .select_from(recovery_code)
        .where(
            recovery_code.c.account_id == account_id, recovery_code.c.used_at.is_(None)
        )
    )
    return int(snap.connection.execute(counted).scalar_one())


def _hash(pepper: bytes, account_id: AccountId, code: str) -> bytes:
    octets = codes_of_people.normal(code).encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, account_id.bytes + octets, "sha256")
