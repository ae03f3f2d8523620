"""Erasure of an account: what opened it goes, an empty row stays in its place.

The row stays, without profile, login or password, so that no new account can have the
same id and so that what is kept by law does not point at nothing.
"""

from typing import Final

from sqlalchemy import delete, select, update

from audit.work import Work
from pds.accounts import looks, mail_addresses, message_wishes, messages
from pds.accounts.roles import State
from pds.accounts.tables import (
    account,
    account_change,
    account_login,
    login_failure,
    passkey,
    recovery_code,
    session,
)
from pds.core.ids import AccountId, OwnerId

_ROWS: Final = (session, passkey, recovery_code, account_change, account_login)


def forget(work: Work, account_id: AccountId) -> None:
    """Delete everything that opens an account or tells of its holder."""
    logins = select(account_login.c.login_index).where(
        account_login.c.account_id == account_id
    )
    work.connection.execute(
        delete(login_failure).where(login_failure.c.login_index.in_(logins))
    )
    for table in _ROWS:
        work.connection.execute(delete(table).where(table.c.account_id == account_id))
    owner = OwnerId(account_id)
    looks.forget(work, owner)
    messages.forget(work, owner)
    message_wishes.forget(work, owner)
    mail_addresses.remove(work, owner)
    work.connection.execute(
        update(account)
        .where(account.c.account_id == account_id)
        .values(
            state=State.ERASED,
            password_hash="",
            profile=b"",
            language="ja",
            closed_at=work.now,
        )
    )
