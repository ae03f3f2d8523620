"""The key that a stored row names.

A row is only as good as whoever could write to the table: one that names a category
that is none, or a key that never was, has been changed, and says no more than one whose
bytes were. A key that was destroyed is another matter, and says so.
"""

from sqlalchemy import Connection

from pds.core.errors import Invalid
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.crypto.envelope import Sealer
from pds.crypto.errors import EnvelopeError
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey

_NEVER_WAS = "keys.none"


def key_of(
    keys: Keyring,
    connection: Connection,
    owner: OwnerId,
    key_class: int,
    generation: int,
) -> OpenKey:
    """Return the key of a row.

    Raises:
        EnvelopeError: there never was such a key.
        KeyUnavailable: it is destroyed.
    """
    try:
        return keys.open(connection, owner, key_class, generation)
    except KeyUnavailable as error:
        if error.code == _NEVER_WAS:
            raise EnvelopeError from None
        raise


def sealer_of(
    keys: Keyring,
    connection: Connection,
    owner: OwnerId,
    category: str,
    generation: int,
) -> Sealer:
    """Return what opens the records of a category; raises as `key_of` does."""
    try:
        key_class = categories.get(category).key_class
    except Invalid:
        raise EnvelopeError from None
    return key_of(keys, connection, owner, key_class, generation).sealer
