"""Who still gets in by password alone, and who has to have a passkey (S-03)."""

from pds.accounts.roles import Role
from pds.accounts.sessions import ONE_FACTOR, Session


def password_is_enough(role: Role, passkeys: int) -> bool:
    """Say whether a password alone logs in and confirms.

    It always does for persons, who must never be locked out of their own data; for
    everybody else as long as there is no passkey.
    """
    return role is Role.PERSON or passkeys == 0


def must_enrol(session: Session, *, is_local: bool) -> bool:
    """Say whether a session reaches only the page that registers a passkey.

    Args:
        session: whoever came in.
        is_local: whether the issuer is localhost, where a trial may go on without.
    """
    return (
        session.role is not Role.PERSON and session.acr == ONE_FACTOR and not is_local
    )


def may_go_without(role: Role, *, is_local: bool) -> bool:
    """Say whether the last passkey of an account may be removed."""
    return role is Role.PERSON or is_local
