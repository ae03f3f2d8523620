"""Accounts: sign up, find, read the profile, renew a password, close."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert, select, update

from audit import person
from audit.work import Work
from pds.accounts import access, age_policy, logins, sessions
from pds.accounts.meeting import insertion
from pds.accounts.profile import (
    LABEL,
    Profile,
    check_birth_date,
    check_name,
    comes_of_age,
    turns,
)
from pds.accounts.roles import Role, State
from pds.accounts.tables import account, account_login
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId, RecipientId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

LANGUAGES: Final = ("ja", "en")
_FIRST_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class SignUp:
    """A wish for an account; the password is hashed and found acceptable already.

    Attributes:
        login: the login as typed.
        password_hash: what `passwords.hash_password` returned.
        name: how to address the holder.
        birth_date: day of birth; required for persons only.
        language: `ja` or `en`.
        role: what the account is for.
        recipient_id: the organisation; for recipients only, and required there.
        youngest: age from which the operator admits persons.
        access_until: end of the account; for auditors only, who get a usual time
            where nothing is said.
    """

    login: str
    password_hash: str
    name: str
    birth_date: date | None = None
    language: str = "ja"
    role: Role = Role.PERSON
    recipient_id: RecipientId | None = None
    access_until: datetime | None = None
    youngest: int = age_policy.FULL_AGE


@dataclass(frozen=True, slots=True)
class Account:
    """An account without its profile."""

    account_id: AccountId
    role: Role
    state: State
    recipient_id: RecipientId | None
    password_hash: str
    language: str
    created_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.state is State.ACTIVE

    @property
    def is_erased(self) -> bool:
        """Whether nothing but an empty row is left of it."""
        return self.state is State.ERASED

    @property
    def owner(self) -> OwnerId | None:
        """The person whose account this is; None for every other role."""
        return OwnerId(self.account_id) if self.role is Role.PERSON else None


_COLUMNS = (
    account.c.account_id,
    account.c.role,
    account.c.state,
    account.c.recipient_id,
    account.c.password_hash,
    account.c.language,
    account.c.created_at,
)


def sign_up(work: Work, pepper: bytes, wish: SignUp) -> AccountId:
    """Create an account, its keys and the beginning of its log.

    Raises:
        Invalid: `accounts.login-shape`, `accounts.name`, `accounts.birth-date`,
            `accounts.under-age`, `accounts.language`, `accounts.recipient` or
            `accounts.access-until`.
        Conflict: `accounts.login-taken`.
    """
    _check(wish, work.now)
    index = logins.index(pepper, wish.login)
    account_id = AccountId(work.ids.new())
    owner = OwnerId(account_id)
    _insert(work, account_id, wish)
    _take_login(work, index, account_id)
    if wish.role is Role.PERSON:
        work.keys.create(work.connection, owner, KeyClass.INDEX, now=work.now)
    person.open_subject(work, owner)
    return account_id


def find_by_login(snap: Snapshot, pepper: bytes, login: str) -> Account | None:
    """Return the account of a login, closed ones too, or None."""
    wanted = account_login.c.login_index == logins.index(pepper, login)
    joined = select(*_COLUMNS).join_from(account_login, account).where(wanted)
    row = snap.connection.execute(joined).first()
    return None if row is None else _account(row)


def login_index(snap: Snapshot, account_id: AccountId) -> bytes:
    """Return the index of an account's login, under which attempts are counted.

    Raises:
        NotFound: `accounts.unknown`.
    """
    wanted = select(account_login.c.login_index).where(
        account_login.c.account_id == account_id
    )
    found = snap.connection.execute(wanted).scalar()
    if found is None:
        raise NotFound("accounts.unknown", "There is no such account.")
    return bytes(found)


def get(snap: Snapshot, account_id: AccountId) -> Account:
    """Return an account.

    Raises:
        NotFound: `accounts.unknown`.
    """
    wanted = select(*_COLUMNS).where(account.c.account_id == account_id)
    row = snap.connection.execute(wanted).first()
    if row is None:
        raise NotFound("accounts.unknown", "There is no such account.")
    return _account(row)


def profile(snap: Snapshot, keys: Keyring, account_id: AccountId) -> Profile:
    """Return the opened profile of an account.

    Raises:
        NotFound: `accounts.unknown`.
        KeyUnavailable: the account's key is destroyed.
    """
    row = snap.connection.execute(
        select(
            account.c.profile, account.c.profile_generation, account.c.profile_version
        ).where(account.c.account_id == account_id)
    ).first()
    if row is None:
        raise NotFound("accounts.unknown", "There is no such account.")
    owner = OwnerId(account_id)
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.profile_generation)
    return Profile.decode(
        keys.unseal(key, row.profile, account_id, row.profile_version, LABEL)
    )


def adult_from(snap: Snapshot, keys: Keyring, owner: OwnerId) -> date | None:
    """Return the day on which a person decides alone, by the rule of today.

    None if it is unknown: no such person, or the profile's key is destroyed. Whoever
    decides treats that as a reason against.
    """
    born = _birth_date(snap, keys, owner)
    if born is None:
        return None
    today = snap.now.astimezone(TOKYO).date()
    return turns(born, age_policy.rule(today).decides_from)


def majority(snap: Snapshot, keys: Keyring, owner: OwnerId) -> date | None:
    """Return the day on which a person is of full age by law; None if it is unknown."""
    born = _birth_date(snap, keys, owner)
    return None if born is None else comes_of_age(born)


def set_password_hash(work: Work, account_id: AccountId, old: str, new: str) -> None:
    """Put a new hash in place of the one that was checked.

    Used for a new password and for the same one under a newer profile. Sessions stay;
    after a new password the caller closes them with `sessions.close_all`.

    Raises:
        Conflict: `accounts.password-changed`: somebody else was faster.
    """
    done = work.connection.execute(
        update(account)
        .where(account.c.account_id == account_id, account.c.password_hash == old)
        .values(password_hash=new)
    )
    if not done.rowcount:
        raise Conflict("accounts.password-changed", "The password changed meanwhile.")


def close(work: Work, account_id: AccountId) -> None:
    """Close an account and every session of it; twice is no error.

    Raises:
        NotFound: `accounts.unknown`.
    """
    get(work, account_id)
    work.connection.execute(
        update(account)
        .where(account.c.account_id == account_id, account.c.state == State.ACTIVE)
        .values(state=State.CLOSED, closed_at=work.now)
    )
    sessions.close_all(work, account_id)


def _birth_date(snap: Snapshot, keys: Keyring, owner: OwnerId) -> date | None:
    try:
        return profile(snap, keys, AccountId(owner)).birth_date
    except (NotFound, KeyUnavailable):
        return None


def _check(wish: SignUp, now: datetime) -> None:
    logins.check_acceptable(wish.login)
    check_name(wish.name)
    if wish.language not in LANGUAGES:
        raise Invalid("accounts.language", "The language is ja or en.")
    if (wish.role is Role.RECIPIENT) != (wish.recipient_id is not None):
        raise Invalid("accounts.recipient", "A recipient's account names it.")
    if wish.role is Role.PERSON:
        check_birth_date(wish.birth_date, now, wish.youngest)
    elif wish.birth_date is not None:
        raise Invalid("accounts.birth-date", "Only persons give a day of birth.")


def _insert(work: Work, account_id: AccountId, wish: SignUp) -> None:
    found = Profile(wish.name.strip(), wish.birth_date)
    connection = work.connection
    key = work.keys.create(
        connection, OwnerId(account_id), KeyClass.ACCOUNT, now=work.now
    )
    sealed = work.keys.seal(
        connection, key, account_id, _FIRST_VERSION, LABEL, found.encode()
    )
    connection.execute(
        insert(account).values(
            account_id=account_id,
            role=wish.role,
            state=State.ACTIVE,
            recipient_id=wish.recipient_id,
            password_hash=wish.password_hash,
            profile=sealed,
            profile_generation=key.generation,
            profile_version=_FIRST_VERSION,
            language=wish.language,
            created_at=work.now,
            access_until=access.end(wish.role, wish.access_until, work.now),
        )
    )


def _take_login(work: Work, index: bytes, account_id: AccountId) -> None:
    taken = work.connection.execute(
        insertion(work.connection, account_login)
        .values(login_index=index, account_id=account_id)
        .on_conflict_do_nothing(index_elements=["login_index"])
        .returning(account_login.c.account_id)
    ).first()
    if taken is None:
        raise Conflict("accounts.login-taken", "The login is taken.")


def _account(row: Any) -> Account:
    return Account(
        account_id=AccountId(row.account_id),
        role=Role(row.role),
        state=State(row.state),
        recipient_id=row.recipient_id,
        password_hash=row.password_hash,
        language=row.language,
        created_at=row.created_at,
    )
