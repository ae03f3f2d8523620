"""The door for passkeys: log in, confirm, register, remove.

Each ceremony is two requests: options with a challenge, then the answer. Answers are
checked between units of work; the challenge is spent in the one that acts on it, and
an answer that is no good spends it too.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

import structlog

from audit.work import Work
from pds.accounts import (
    authenticators,
    ceremonies,
    changes,
    factors,
    passkeys,
    service,
    sessions,
)
from pds.accounts.authenticators import RelyingParty, Shown
from pds.accounts.ceremonies import CeremonyKind
from pds.accounts.changes import AccountChange
from pds.accounts.passkeys import Passkey
from pds.accounts.roles import Role
from pds.accounts.sessions import Session
from pds.bank.bank import Bank
from pds.core.errors import BankError, Invalid

Answer = Mapping[str, Any]
T = TypeVar("T")

LONGEST_ANSWER: Final = 16_384
"""Bytes of an answer; real ones have about two thousand."""

_log = structlog.get_logger("infobank.security")


def ask_log_in(bank: Bank, binding: bytes) -> dict[str, Any]:
    """Return the options of a login by whatever passkey the browser holds."""
    challenge = _challenge(bank, CeremonyKind.LOG_IN, binding)
    return authenticators.authentication_options(party(bank), challenge=challenge)


def log_in(bank: Bank, binding: bytes, answer: Answer) -> str:
    """Open a session for a good answer; return its token.

    Raises:
        Invalid: `passkey.refused`, for an unknown passkey too.
        Conflict: `passkey.challenge` or `passkey.counter`.
        Forbidden: `accounts.closed`.
    """

    def enter(work: Work, found: Passkey) -> str:
        return sessions.open_session(
            work, found.account_id, amr=found.amr, acr=sessions.TWO_FACTORS
        )

    return _shown(bank, CeremonyKind.LOG_IN, binding, answer, enter)


def ask_confirm(bank: Bank, session: Session) -> dict[str, Any]:
    """Return the options by which the holder of a session proves to be there."""
    with bank.read() as snap:
        kept = passkeys.of_account(snap, session.account_id)
    if not kept:
        raise Invalid("passkey.none", "The account has no passkey.")
    return authenticators.authentication_options(
        party(bank),
        challenge=_challenge(bank, CeremonyKind.CONFIRM, session.token_hash),
        known=[each.known for each in kept],
    )


def confirm(bank: Bank, session: Session, answer: Answer) -> str:
    """Renew a session for a good answer; return its new token.

    Raises:
        Invalid: `passkey.refused`, for a passkey of another account too.
        Conflict: `passkey.challenge`, `passkey.counter` or `accounts.session-ended`.
    """

    def renew(work: Work, found: Passkey) -> str:
        if found.account_id != session.account_id:
            raise Invalid("passkey.refused", "The passkey is of another account.")
        return sessions.reauthenticate(
            work, session, amr=found.amr, acr=sessions.TWO_FACTORS
        )

    binding = session.token_hash
    return _shown(bank, CeremonyKind.CONFIRM, binding, answer, renew)


def ask_register(bank: Bank, session: Session) -> dict[str, Any]:
    """Return the options for a new passkey of a session's account."""
    pepper = bank.secret(passkeys.PEPPER)
    with bank.read() as snap:
        kept = passkeys.of_account(snap, session.account_id)
        name = service.profile(snap, bank.keys, session.account_id).name
    return authenticators.registration_options(
        party(bank),
        handle=passkeys.handle(pepper, session.account_id),
        name=name,
        challenge=_challenge(bank, CeremonyKind.REGISTER, session.token_hash),
        known=[each.known for each in kept],
    )


def register(
    bank: Bank, session: Session, answer: Answer, label: str
) -> tuple[str, bool]:
    """Keep a new passkey and renew the session by it.

    Returns:
        The session's token from now on, and whether it is the first passkey.

    Raises:
        Invalid: `passkey.refused`.
        Conflict: `passkey.challenge`, `passkey.known`, `passkey.too-many` or
            `accounts.session-ended`.
    """
    binding = session.token_hash
    try:
        challenge = authenticators.challenge_in(answer)
        made = authenticators.check_registration(party(bank), answer, challenge)
    except Invalid as error:
        _turn_away(bank, CeremonyKind.REGISTER, binding, error)
    methods = ("swk" if made.backup_eligible else "hwk", "mfa", "user")

    def act(work: Work) -> tuple[str, bool]:
        ceremonies.spend(work, CeremonyKind.REGISTER, binding, challenge)
        is_first = passkeys.add(work, session.account_id, made, label) == 1
        changes.note(work, session.account_id, AccountChange.PASSKEY_ADDED)
        if is_first and session.role is not Role.PERSON:
            sessions.close_others(work, session)
        token = sessions.reauthenticate(
            work, session, amr=methods, acr=sessions.TWO_FACTORS
        )
        return token, is_first

    return bank.unit_of_work(act)


def remove(bank: Bank, session: Session, reference: str) -> None:
    """Remove a passkey, and close every other session, which it may have opened.

    Raises:
        NotFound: `passkey.unknown`.
        Conflict: `passkey.last`.
    """
    may_be_last = factors.may_go_without(session.role, is_local=bank.settings.is_local)

    def act(work: Work) -> None:
        passkeys.remove(work, session.account_id, reference, may_be_last=may_be_last)
        changes.note(work, session.account_id, AccountChange.PASSKEY_REMOVED)
        sessions.close_others(work, session)

    bank.unit_of_work(act)


def party(bank: Bank) -> RelyingParty:
    """Return who we are to an authenticator."""
    return RelyingParty.of(bank.settings.issuer, bank.settings.operator_name)


def _challenge(bank: Bank, kind: CeremonyKind, binding: bytes) -> bytes:
    return bank.unit_of_work(lambda work: ceremonies.issue(work, kind, binding))


def _shown(
    bank: Bank,
    kind: CeremonyKind,
    binding: bytes,
    answer: Answer,
    then: Callable[[Work, Passkey], T],
) -> T:
    """Check that a passkey was shown, and act on it in the unit of work."""
    try:
        challenge = authenticators.challenge_in(answer)
        found, shown = _checked(bank, answer, challenge)
    except Invalid as error:
        _turn_away(bank, kind, binding, error)

    def act(work: Work) -> T:
        ceremonies.spend(work, kind, binding, challenge)
        passkeys.use(work, found, shown)
        return then(work, found)

    try:
        return bank.unit_of_work(act)
    except BankError as error:
        if error.code == "passkey.counter":
            _suspect(bank, found)
        _turn_away(bank, kind, binding, error)


def _checked(bank: Bank, answer: Answer, challenge: bytes) -> tuple[Passkey, Shown]:
    credential_id, named = authenticators.credential_in(answer)
    with bank.read() as snap:
        found = passkeys.find(snap, credential_id)
    if found is None:
        raise Invalid("passkey.refused", "Nobody has this passkey.")
    own = passkeys.handle(bank.secret(passkeys.PEPPER), found.account_id)
    if named is not None and named != own:
        raise Invalid("passkey.refused", "The passkey names another account.")
    key = found.public_key
    return found, authenticators.check_authentication(
        party(bank), answer, challenge, key
    )


def _turn_away(
    bank: Bank, kind: CeremonyKind, binding: bytes, error: BankError
) -> NoReturn:
    bank.unit_of_work(lambda work: ceremonies.discard(work, kind, binding))
    raise error


def _suspect(bank: Bank, found: Passkey) -> None:
    _log.warning("passkey counter went back")
    kind = AccountChange.PASSKEY_SUSPECT
    bank.unit_of_work(lambda work: changes.note(work, found.account_id, kind))
