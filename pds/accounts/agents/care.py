"""Persons too young to decide alone: nothing is kept for them without a guardian."""

from pds.accounts import service
from pds.accounts.agents import links
from pds.accounts.roles import Role
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Forbidden, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.keys.keyring import Keyring


def needs_guardian(snap: Snapshot, keys: Keyring, owner: OwnerId) -> bool:
    """Say whether a person is too young, or of unknown age, and has no guardian now.

    No account of a person is made without a day of birth; whose day cannot be read is
    not taken for an adult. What has no account here, such as the bank's own subjects,
    needs nobody.
    """
    day = service.adult_from(snap, keys, owner)
    if day is None:
        return _is_person(snap, owner) and not links.has_guardian(snap, owner)
    is_young = snap.now.astimezone(TOKYO).date() < day
    return is_young and not links.has_guardian(snap, owner)


def _is_person(snap: Snapshot, owner: OwnerId) -> bool:
    try:
        return service.get(snap, AccountId(owner)).role is Role.PERSON
    except NotFound:
        return False


def require_guardian(snap: Snapshot, keys: Keyring, owner: OwnerId) -> None:
    """Refuse what a person too young does without a statutory agent.

    Raises:
        Forbidden: `accounts.guardian-needed`.
    """
    if needs_guardian(snap, keys, owner):
        raise Forbidden("accounts.guardian-needed", "A guardian is needed first.")
