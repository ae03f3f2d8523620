"""Codes by which another bank may send a person's archive, once (H-05).

The person asks for one here, freshly logged in, naming the bank that is to send; and
gives it to that bank. A code is 32 random bytes, kept as SHA-256, lives an hour and
works once. Who guesses or steals one can deposit data for the person, signed by that
very bank, and read nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, or_, select, update

from audit.work import Work
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import BankError, Conflict, Kind
from pds.core.ids import OwnerId
from pds.crypto.tokens import TOKEN_SIZE, hash_of_text, token_hash, token_text
from pds.intake.tables import transfer_code
from providers import partners

LASTS: Final = timedelta(hours=1)
_c = transfer_code.c


class CodeRefused(BankError):  # noqa: N818 - reads as the state that it names
    """The code opens nothing."""

    kind = Kind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Transfer:
    """A code that may be used now.

    Attributes:
        issuer: address of the bank that may send.
        code_hash: SHA-256 of the code.
    """

    owner: OwnerId
    issuer: str
    code_hash: bytes
    expires_at: datetime


def make(work: Work, owner: OwnerId, issuer: str) -> str:
    """Return a new code; the person's earlier ones end.

    Raises:
        NotFound: `partner.unknown`; no such bank is believed here.
    """
    require_in_use(work, owner)
    partners.get(work, issuer)
    secret = work.ids.secret(TOKEN_SIZE)
    # Swept on the way, so that nobody has to.
    work.connection.execute(
        delete(transfer_code).where(
            or_(_c.owner_id == owner, _c.expires_at <= work.now)
        )
    )
    work.connection.execute(
        insert(transfer_code).values(
            code_hash=token_hash(secret),
            owner_id=owner,
            issuer=issuer,
            made_at=work.now,
            expires_at=work.now + LASTS,
        )
    )
    return token_text(secret)


def find(snap: Snapshot, text: str) -> Transfer:
    """Return what a code is for.

    Raises:
        CodeRefused: `transfer.code`; unknown, used or too old, all alike.
    """
    key = hash_of_text(text)
    row = None
    if key is not None:
        row = snap.connection.execute(
            select(transfer_code).where(
                _c.code_hash == key, _c.used_at.is_(None), _c.expires_at > snap.now
            )
        ).first()
    if row is None:
        raise CodeRefused("transfer.code", "The code is unknown, used or too old.")
    return Transfer(
        OwnerId(row.owner_id), row.issuer, bytes(row.code_hash), row.expires_at
    )


def spend(work: Work, text: str) -> None:
    """Use a code up.

    Raises:
        Conflict: `transfer.code-used`; somebody was faster.
    """
    done = work.connection.execute(
        update(transfer_code)
        .where(
            _c.code_hash == hash_of_text(text),
            _c.used_at.is_(None),
            _c.expires_at > work.now,
        )
        .values(used_at=work.now)
    )
    if not done.rowcount:
        raise Conflict("transfer.code-used", "The code was used already.")


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's codes, for erasure."""
    work.connection.execute(delete(transfer_code).where(_c.owner_id == owner))
