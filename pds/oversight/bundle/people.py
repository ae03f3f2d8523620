"""Who works with the bank's data and what auditors asked: ids only."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import func, select

from pds.accounts.roles import Role
from pds.accounts.tables import account, passkey
from pds.core.database import Snapshot
from pds.oversight.bundle.files import Files
from pds.oversight.bundle.period import Period
from pds.oversight.bundle.registers import written
from pds.oversight.tables import unmasking

_STAFF: Final = (Role.OPERATOR, Role.BOARD, Role.AUDITOR)


def write(snap: Snapshot, period: Period, files: Files) -> None:
    """Write accounts of staff, board and auditors, and every unmasking of the period.

    Args:
        snap: one consistent state.
        period: when unmaskings were asked for.
        files: where to.
    """
    files.put_lines("accounts.ndjson", _accounts(snap))
    files.put_lines("unmaskings.ndjson", _unmaskings(snap, period))


def _accounts(snap: Snapshot) -> Iterator[dict[str, Any]]:
    its_keys = (
        select(func.count())
        .where(passkey.c.account_id == account.c.account_id)
        .scalar_subquery()
    )
    query = (
        select(
            account.c.account_id,
            account.c.role,
            account.c.state,
            account.c.created_at,
            account.c.closed_at,
            account.c.access_until,
            its_keys.label("passkeys"),
        )
        .where(account.c.role.in_(_STAFF))
        .order_by(account.c.account_id)
    )
    rows: Iterable[Any] = snap.connection.execute(query).mappings()
    return map(written, rows)


def _unmaskings(snap: Snapshot, period: Period) -> Iterator[dict[str, Any]]:
    asked_at = unmasking.c.asked_at
    query = select(unmasking).order_by(asked_at, unmasking.c.request_id)
    rows: Iterable[Any] = snap.connection.execute(
        period.narrowed(query, asked_at)
    ).mappings()
    for row in rows:
        shown = written(row)
        # Neither the person nor a pseudonym: no entry tells the person of this look.
        del shown["owner_id"]
        yield shown
