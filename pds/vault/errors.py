"""What the vault refuses."""

from pds.core.errors import Invalid, NotFound


class VaultInvalid(Invalid):
    """A draft or cursor breaks a rule of the vault."""


class VaultNotFound(NotFound):
    """The owner has no such record, import or original."""
