"""What a copy of the database that was put back must do to its keys.

How often a key was used after the copy was taken is unknown (SP 800-38D, 8.3), and so
is which subject handles were given out. So no generation of before seals again.
"""

from sqlalchemy import Connection, case, update

from pds.keys.classes import KeyClass, KeyState
from pds.keys.keyring import ROTATE_AT
from pds.keys.tables import owner_key


def end_generations(connection: Connection) -> None:
    """Let each owner's next use of a key open a new generation.

    Audit keys only decrypt from now on, since handles are derived from them; the
    others count as much used. Index keys seal nothing, and what is derived from them
    has to be what it was, or no record would be recognised any more.
    """
    is_active = owner_key.c.state == KeyState.ACTIVE
    is_audit = owner_key.c["class"] == KeyClass.AUDIT
    connection.execute(
        update(owner_key).where(is_active, is_audit).values(state=KeyState.DECRYPT_ONLY)
    )
    reserved = owner_key.c.enc_reserved
    connection.execute(
        update(owner_key)
        .where(is_active, ~is_audit, owner_key.c["class"] != KeyClass.INDEX)
        .values(enc_reserved=case((reserved < ROTATE_AT, ROTATE_AT), else_=reserved))
    )
