"""Admitting auditors for a time, and changing that time; both are in the log."""

from datetime import datetime

from audit.work import Work
from consent.policy import record_policy
from pds.accounts import access, service
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.core.errors import Invalid
from pds.core.ids import AccountId


def admit(work: Work, pepper: bytes, wish: SignUp, *, actor: str) -> AccountId:
    """Make an auditor's account that ends by itself (guidelines, section 17).

    Raises:
        Invalid: `accounts.role`, or what `service.sign_up` finds wrong.
        Conflict: `accounts.login-taken`.
    """
    if wish.role is not Role.AUDITOR:
        raise Invalid("accounts.role", "This admits auditors only.")
    account_id = service.sign_up(work, pepper, wish)
    record_policy(work, "auditor.admitted", actor=actor, about=str(account_id))
    return account_id


def set_end(work: Work, account_id: AccountId, until: datetime, *, actor: str) -> None:
    """Give an auditor more or less time; a past moment ends it at once.

    Raises:
        NotFound: `accounts.unknown`; there is no such account of an auditor.
        Invalid: `accounts.access-until`; more than a year away.
    """
    access.set_end(work, account_id, until)
    record_policy(work, "auditor.end-set", actor=actor, about=str(account_id))
