"""Passkeys of accounts: kept, listed, used and removed."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from audit.work import Work
from pds.accounts.authenticators import Known, Made, Shown
from pds.accounts.tables import account, passkey
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import AccountId

PEPPER: Final = "passkey-handle"
"""Name of the secret that keys the user handles."""
MOST: Final = 20
"""Passkeys that one account may have."""
LONGEST_LABEL: Final = 60
SALT_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key that opens an account.

    Attributes:
        label: what its holder calls it.
        sign_count: the authenticator's counter at the last use; 0 if it has none.
        backup_eligible: whether its maker may copy it to other devices.
        backed_up: whether it was copied when it was last used.
        last_used_at: None as long as it was only made.
    """

    credential_id: bytes
    account_id: AccountId
    public_key: bytes
    sign_count: int
    label: str
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None

    @property
    def reference(self) -> str:
        """A name for lists and addresses."""
        return sha256(self.credential_id).hexdigest()[:32]

    @property
    def known(self) -> Known:
        """What an authenticator is reminded of."""
        return Known(self.credential_id, self.transports)

    @property
    def amr(self) -> tuple[str, ...]:
        """Methods of a login with it (RFC 8176, section 2)."""
        return ("swk" if self.backup_eligible else "hwk", "mfa", "user")


def handle(pepper: bytes, account_id: AccountId) -> bytes:
    """Return the 32 bytes that name an account to authenticators, and nobody."""
    return hmac.digest(pepper, account_id.bytes, "sha256")


def of_account(snap: Snapshot, account_id: AccountId) -> list[Passkey]:
    """Return the passkeys of an account, oldest first."""
    wanted = (
        select(passkey)
        .where(passkey.c.account_id == account_id)
        .order_by(passkey.c.created_at, passkey.c.credential_id)
    )
    return [_passkey(row) for row in snap.connection.execute(wanted)]


def count(snap: Snapshot, account_id: AccountId) -> int:
    """Return how many passkeys an account has."""
    mine = passkey.c.account_id == account_id
    counted = select(func.count()).select_from(passkey).where(mine)
    return int(snap.connection.execute(counted).scalar_one())


def find(snap: Snapshot, credential_id: bytes) -> Passkey | None:
    """Return the passkey with this id, whosever it is, or None."""
    wanted = select(passkey).where(passkey.c.credential_id == credential_id)
    row = snap.connection.execute(wanted).first()
    return None if row is None else _passkey(row)


def add(work: Work, account_id: AccountId, made: Made, label: str) -> int:
    """Keep a new passkey; return how many the account has now.

    Raises:
        Conflict: `passkey.known` (it is kept already) or `passkey.too-many`.
    """
    _lock(work, account_id)
    before = count(work, account_id)
    if before >= MOST:
        raise Conflict("passkey.too-many", "The account has enough passkeys.")
    if find(work, made.credential_id) is not None:
        raise Conflict("passkey.known", "The passkey is kept already.")
    try:
        work.connection.execute(
            insert(passkey).values(
                credential_id=made.credential_id,
                account_id=account_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                prf_capable=int(made.prf_capable),
                prf_salt=work.ids.secret(SALT_SIZE),
                created_at=work.now,
                label=label,
                transports=" ".join(made.transports),
                backup_eligible=int(made.backup_eligible),
                backed_up=int(made.backed_up),
            )
        )
    except IntegrityError:
        raise Conflict("passkey.known", "The passkey is kept already.") from None
    return before + 1


def use(work: Work, found: Passkey, shown: Shown) -> None:
    """Note a use; the counter may only grow, or be 0 for ever.

    Raises:
        Conflict: `passkey.counter`: it went back or stood still, so there may be a
            copy (Web Authentication Level 3, section 6.1.1); or it was removed.
    """
    kept = passkey.c.sign_count
    has_none = (kept == 0) if shown.sign_count == 0 else (kept < shown.sign_count)
    done = work.connection.execute(
        update(passkey)
        .where(passkey.c.credential_id == found.credential_id, has_none)
        .values(
            sign_count=shown.sign_count,
            backed_up=int(shown.backed_up),
            last_used_at=work.now,
        )
    )
    if not done.rowcount:
        raise Conflict("passkey.counter", "The counter of the passkey went back.")


def remove(
    work: Work, account_id: AccountId, reference: str, *, may_be_last: bool
) -> None:
    """Remove a passkey of an account.

    Raises:
        NotFound: `passkey.unknown`: the account has no such passkey.
        Conflict: `passkey.last`: it is the only one and has to stay.
    """
    _lock(work, account_id)
    kept = of_account(work, account_id)
    found = next((each for each in kept if each.reference == reference), None)
    if found is None:
        raise NotFound("passkey.unknown", "There is no such passkey.")
    if len(kept) == 1 and not may_be_last:
        raise Conflict("passkey.last", "The last passkey has to stay.")
    work.connection.execute(
        delete(passkey).where(passkey.c.credential_id == found.credential_id)
    )


def _lock(work: Work, account_id: AccountId) -> None:
    """Let one change at a time count and alter the passkeys of an account."""
    mine = account.c.account_id == account_id
    work.connection.execute(
        update(account).where(mine).values(language=account.c.language)
    )


def _passkey(row: Any) -> Passkey:
    return Passkey(
        credential_id=bytes(row.credential_id),
        account_id=AccountId(row.account_id),
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        label=row.label,
        transports=tuple(row.transports.split()),
        backup_eligible=bool(row.backup_eligible),
        backed_up=bool(row.backed_up),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
