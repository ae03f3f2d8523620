"""Who holds the bank's key-encryption keys (KEKs).

One protocol, several providers. A provider knows versions, wraps and unwraps; it knows
no database. Versions only grow; a wrap stores the version that made it.
"""

from typing import NamedTuple, Protocol

from pds.crypto.wrap import WrapPlace


class Wrapped(NamedTuple):
    """A wrapped key and what is needed to open it."""

    alg: int
    kek_version: int
    blob: bytes


class KeyProvider(Protocol):
    """Wraps data keys and keeps the service's few other long-lived secrets."""

    @property
    def current_version(self) -> int:
        """Version of the KEK that wraps now."""
        ...

    @property
    def versions(self) -> frozenset[int]:
        """Versions that can still unwrap."""
        ...

    def wrap(self, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under the current version."""
        ...

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        """Return the 32 bytes; raises EnvelopeError if they do not open."""
        ...

    def named_secret(self, name: str, *, may_create: bool) -> bytes:
        """Return 32 bytes kept under a name; raises KeyProviderError if missing."""
        ...
