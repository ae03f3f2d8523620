"""Who holds the bank's key-encryption keys (KEKs).

One protocol, several providers. A provider knows versions, wraps and unwraps; it knows
no database. Versions only grow; a wrap stores the version that made it, and the highest
version wraps. Another process, or the administrator of a key server, may add a version
at any time: nobody relies on a number that was read a while ago.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pds.crypto.wrap import WrapPlace


class Wrapped(NamedTuple):
    """A wrapped key and what is needed to open it."""

    alg: int
    kek_version: int
    blob: bytes


class Capabilities(NamedTuple):
    """What a provider can do besides wrapping and unwrapping.

    Attributes:
        adds_versions: whether `add_version` works; else configuration adds them.
        destroys_versions: whether `destroy_version` works; else the operator does it.
        is_remote: whether each call leaves this process, so that opened keys are worth
            remembering, and may be remembered for no more than 60 seconds.
    """

    adds_versions: bool
    destroys_versions: bool
    is_remote: bool


class KeyProvider(Protocol):
    """Wraps data keys and keeps the service's few other long-lived secrets.

    Whatever keeps a provider from answering (no file, no token, a sealed or silent key
    server) is a KeyProviderError; a wrap that does not open is an EnvelopeError.
    """

    @property
    def kind(self) -> str:
        """Which provider it is: `file`, `systemd`, `pkcs11` or `transit`."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    @property
    def current_version(self) -> int:
        """Version of the KEK that wraps: the highest, as far as is known."""
        ...

    @property
    def versions(self) -> frozenset[int]:
        """Versions that can still unwrap, as far as is known."""
        ...

    def refresh(self) -> None:
        """Look which versions others have added or destroyed.

        `wrap`, `rewrap_many`, `add_version` and `destroy_version` do so themselves, and
        `unwrap` when it meets a version that it does not know.
        """
        ...

    def wrap(self, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under the version that is current at this moment."""
        ...

    def wrap_by(self, version: int, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under one version, for its known value and for nothing else.

        Raises:
            EnvelopeError: the version is gone, or may not wrap any more.
        """
        ...

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        """Return the 32 bytes; raises EnvelopeError if they do not open."""
        ...

    def rewrap_many(self, items: Sequence[tuple[WrapPlace, Wrapped]]) -> list[Wrapped]:
        """Return the same secrets wrapped for the same places by the current version.

        Raises:
            EnvelopeError: one of them does not open; nothing is returned then.
        """
        ...

    def add_version(self) -> int:
        """Make a KEK, make it the current one and return its version.

        Raises:
            KeyProviderError: versions of this provider come by configuration.
        """
        ...

    def destroy_version(self, version: int) -> None:
        """Destroy a KEK for good: what it alone can open is lost everywhere.

        A wrap that is being stored while this runs is lost too: whoever orders it first
        makes sure that no transaction is left that wrapped under the version. Doing it
        twice is no error, and finishes what a crash left half done.

        Raises:
            KeyProviderError: the version is the current one or never was, or the
                operator has to do it.
        """
        ...

    def named_secret(self, name: str, *, may_create: bool) -> bytes:
        """Return 32 bytes kept under a name; raises KeyProviderError if missing."""
        ...
