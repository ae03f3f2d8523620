"""The door between pages and accounts: who comes in, proves it again, and leaves.

Each function takes the bank and plain values and knows nothing of requests. Passwords
are hashed and checked between units of work, never inside one, and every attempt is
counted before its password is looked at.
"""

from contextlib import suppress
from datetime import date

from audit.work import Work
from pds.accounts import (
    attempts,
    factors,
    logins,
    passkeys,
    passwords,
    service,
    sessions,
)
from pds.accounts.service import Account, SignUp
from pds.accounts.sessions import Session
from pds.bank.bank import Bank
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden, Unavailable


def sign_up(
    bank: Bank,
    *,
    login: str,
    password: str,
    name: str,
    birth_date: date | None,
    language: str,
) -> str:
    """Create a person's account and return the token of its first session.

    Raises:
        Invalid: an `accounts.…` code says which part breaks which rule.
        Conflict: `accounts.login-taken`.
    """
    passwords.check_acceptable(password, login)
    wish = SignUp(
        login=login,
        password_hash=passwords.hash_password(password, bank.ids),
        name=name,
        birth_date=birth_date,
        language=language,
        youngest=bank.settings.youngest,
    )
    pepper = bank.secret(logins.PEPPER)

    def act(work: Work) -> str:
        return sessions.open_session(work, service.sign_up(work, pepper, wish))

    return bank.unit_of_work(act)


def log_in(bank: Bank, login: str, password: str) -> tuple[str, Account] | None:
    """Open a session for the right password: its token and account.

    None says no to an unknown login, a wrong password, a locked login, a closed
    account and one that needs its passkey alike, after the same work.
    """
    pepper = bank.secret(logins.PEPPER)
    index = logins.index(pepper, login)
    with bank.read() as snap:
        account = service.find_by_login(snap, pepper, login)
        is_enough = account is None or _password_is_enough(snap, account)
    is_right = _is_right(bank, index, account, password)
    if not is_right or not is_enough or account is None:
        return None
    found, renewed = account, _renewed(bank, account, password)

    def act(work: Work) -> str:
        attempts.forget(work, index)
        if renewed is not None:
            service.set_password_hash(
                work, found.account_id, found.password_hash, renewed
            )
        return sessions.open_session(work, found.account_id)

    try:
        return bank.unit_of_work(act), found
    except (Conflict, Forbidden):
        # The password changed or the account closed while it was being checked.
        return None


def log_in_again(bank: Bank, session: Session, password: str) -> str | None:
    """Prove again who is there: the token from now on, or None for a wrong password.

    None as well if the account needs its passkey.
    Attempts count as at the login, so a stolen session does not help to guess.
    """
    with bank.read() as snap:
        account = service.get(snap, session.account_id)
        index = service.login_index(snap, session.account_id)
        is_enough = _password_is_enough(snap, account)
    if not _is_right(bank, index, account, password) or not is_enough:
        return None

    def act(work: Work) -> str:
        attempts.forget(work, index)
        return sessions.reauthenticate(work, session)

    try:
        return bank.unit_of_work(act)
    except Conflict:
        return None


def find(bank: Bank, token: str) -> Session | None:
    """Return the session of a token if it is alive, and note that it is in use."""
    with bank.read() as snap:
        found = sessions.find(snap, token)
        is_due = found is not None and found.needs_touch(snap.now)
    if found is not None and is_due:
        used = found
        # A store that takes no writes must not turn readers away.
        with suppress(Unavailable):
            bank.unit_of_work(lambda work: sessions.touch(work, used))
    return found


def close(bank: Bank, session: Session) -> None:
    """Close a session; twice is no error."""
    bank.unit_of_work(lambda work: sessions.close(work, session))


def ways(bank: Bank, session: Session) -> tuple[bool, bool]:
    """Say whether a session's holder can confirm by passkey, and by password."""
    with bank.read() as snap:
        kept = passkeys.count(snap, session.account_id)
    return kept > 0, factors.password_is_enough(session.role, kept)


def _password_is_enough(snap: Snapshot, account: Account) -> bool:
    kept = passkeys.count(snap, account.account_id)
    return factors.password_is_enough(account.role, kept)


def _is_right(bank: Bank, index: bytes, account: Account | None, password: str) -> bool:
    is_admitted = bank.unit_of_work(lambda work: attempts.admit(work, index))
    is_usable = is_admitted and account is not None and account.is_active
    # The hash is checked even if the answer is no already, so that all take as long.
    encoded = account.password_hash if is_usable and account is not None else None
    return passwords.check(encoded, password)


def _renewed(bank: Bank, account: Account, password: str) -> str | None:
    if not passwords.needs_rehash(account.password_hash):
        return None
    return passwords.hash_password(password, bank.ids)
