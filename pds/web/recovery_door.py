"""The door for recovery codes and new passwords.

A code replaces what was lost: of a person the password, of everybody else the passkey,
who give their password as well.
"""

from uuid import UUID

from audit.work import Work
from pds.accounts import (
    attempts,
    changes,
    logins,
    passwords,
    recovery,
    service,
    sessions,
)
from pds.accounts.changes import AccountChange
from pds.accounts.roles import Role
from pds.accounts.sessions import Session
from pds.bank.bank import Bank
from pds.core.errors import Forbidden, Invalid
from pds.core.ids import AccountId

_CODE = ("otp",)
_CODE_AND_PASSWORD = ("pwd", "otp", "mfa")
_NOBODY = AccountId(UUID(int=0))


def log_in(bank: Bank, login: str, password: str, code: str) -> str | None:
    """Open a session for a code; its token, or None whatever is wrong.

    Attempts are counted with those of the password. A code is looked for in every
    case, so that the time of an answer tells neither logins nor passwords.
    """
    pepper = bank.secret(logins.PEPPER)
    index = logins.index(pepper, login)
    is_admitted = bank.unit_of_work(lambda work: attempts.admit(work, index))
    with bank.read() as snap:
        account = service.find_by_login(snap, pepper, login)
    is_person = account is not None and account.role is Role.PERSON
    # The hash is checked in every case, so that all answers take as long.
    is_right = passwords.check(account.password_hash if account else None, password)
    is_usable = is_admitted and (is_right or is_person)
    who = account.account_id if account is not None and is_usable else _NOBODY
    return _use(bank, index, who, code, with_password=is_right)


def _use(
    bank: Bank, index: bytes, who: AccountId, code: str, *, with_password: bool
) -> str | None:
    pepper = bank.secret(recovery.PEPPER)

    def act(work: Work) -> str | None:
        if not recovery.use(work, pepper, who, code):
            return None
        attempts.forget(work, index)
        changes.note(work, who, AccountChange.CODE_USED)
        return sessions.open_session(
            work,
            who,
            amr=_CODE_AND_PASSWORD if with_password else _CODE,
            acr=sessions.TWO_FACTORS if with_password else sessions.ONE_FACTOR,
        )

    try:
        return bank.unit_of_work(act)
    except Forbidden:
        # The account is closed.
        return None


def make_codes(bank: Bank, session: Session) -> tuple[str, ...]:
    """Make new recovery codes; the old ones open nothing any more."""
    pepper = bank.secret(recovery.PEPPER)
    codes = recovery.make(bank.ids)

    def act(work: Work) -> None:
        recovery.replace(work, pepper, session.account_id, codes)
        changes.note(work, session.account_id, AccountChange.CODES_MADE)

    bank.unit_of_work(act)
    return codes


def change_password(bank: Bank, session: Session, password: str) -> None:
    """Put a new password in place; every other session of the account is closed.

    Raises:
        Invalid: an `accounts.password-…` code.
        Conflict: `accounts.password-changed`: somebody else was faster.
    """
    pepper = bank.secret(logins.PEPPER)
    with bank.read() as snap:
        old = service.get(snap, session.account_id).password_hash
        index = service.login_index(snap, session.account_id)
    passwords.check_acceptable(password, "")
    if logins.index(pepper, password) == index:
        raise Invalid("accounts.password-login", "The password is the login.")
    new = passwords.hash_password(password, bank.ids)

    def act(work: Work) -> None:
        service.set_password_hash(work, session.account_id, old, new)
        changes.note(work, session.account_id, AccountChange.PASSWORD_CHANGED)
        sessions.close_others(work, session)

    bank.unit_of_work(act)


def close_session(bank: Bank, session: Session, reference: str) -> None:
    """Close one session of the account; one that ended meanwhile is no error."""
    with bank.read() as snap:
        alive = sessions.of_account(snap, session.account_id)
    found = next((each for each in alive if each.reference == reference), None)
    if found is not None:
        ending = found
        bank.unit_of_work(lambda work: _closed(work, ending))


def close_others(bank: Bank, session: Session) -> None:
    """Close every session of the account but this one."""

    def act(work: Work) -> None:
        if sessions.close_others(work, session):
            changes.note(work, session.account_id, AccountChange.SESSIONS_CLOSED)

    bank.unit_of_work(act)


def _closed(work: Work, found: Session) -> None:
    sessions.close(work, found)
    changes.note(work, found.account_id, AccountChange.SESSIONS_CLOSED)
