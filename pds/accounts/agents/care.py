"""Persons too young to decide alone: nothing is kept for them without a guardian."""

from pds.accounts import service
from pds.accounts.agents import links
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Forbidden
from pds.core.ids import OwnerId
from pds.keys.keyring import Keyring


def needs_guardian(snap: Snapshot, keys: Keyring, owner: OwnerId) -> bool:
    """Say whether a person is too young and has no statutory agent now.

    What has no account here, such as the bank's own subjects, needs nobody.
    """
    day = service.adult_from(snap, keys, owner)
    if day is None or snap.now.astimezone(TOKYO).date() >= day:
        return False
    return not links.has_guardian(snap, owner)


def require_guardian(snap: Snapshot, keys: Keyring, owner: OwnerId) -> None:
    """Refuse what a person too young does without a statutory agent.

    Raises:
        Forbidden: `accounts.guardian-needed`.
    """
    if needs_guardian(snap, keys, owner):
        raise Forbidden("accounts.guardian-needed", "A guardian is needed first.")
