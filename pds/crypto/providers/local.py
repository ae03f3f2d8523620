"""KEKs in this process: what every provider shares that hands out the keys themselves.

Wraps are of algorithm 1. The cipher objects are kept, the raw bytes are not.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Wrapped
from pds.crypto.wrap import ALG_AES_GCM, WrapPlace, unwrap, wrap


class LocalKeyProvider(ABC):
    """Wraps and unwraps with KEKs that a subclass lists and reads."""

    def __init__(self) -> None:
        self._keks: dict[int, AESGCM] = {}

    @abstractmethod
    def _listed(self) -> Iterable[int]:
        """Return the versions there are now."""

    @abstractmethod
    def _read_kek(self, version: int) -> bytes:
        """Return the 32 bytes of a version; raises KeyProviderError."""

    @property
    def current_version(self) -> int:
        """Version of the KEK that wraps now: the highest."""
        return max(self._keks)

    @property
    def versions(self) -> frozenset[int]:
        """Versions that can still unwrap."""
        return frozenset(self._keks)

    def refresh(self) -> None:
        """Look which versions others have added or destroyed.

        Raises:
            KeyProviderError: a key cannot be read, or there is none.
        """
        listed = set(self._listed())
        if not listed:
            raise KeyProviderError("There is no key-encryption key; put it back.")
        if listed == self._keks.keys():
            return
        known = self._keks
        # Replaced as a whole, since other threads read it at any time.
        self._keks = {
            version: known.get(version) or AESGCM(self._read_kek(version))
            for version in sorted(listed)
        }

    def wrap(self, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under the current version."""
        self.refresh()
        keks = self._keks
        return self._wrap(keks, max(keks), place, secret)

    def wrap_by(self, version: int, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under one version; raises EnvelopeError if it is gone."""
        keks = self._keks
        if version not in keks:
            raise EnvelopeError
        return self._wrap(keks, version, place, secret)

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        """Return the 32 bytes; raises EnvelopeError if they do not open."""
        if wrapped.kek_version not in self._keks:
            self.refresh()
        kek = self._keks.get(wrapped.kek_version)
        if kek is None or wrapped.alg != ALG_AES_GCM:
            raise EnvelopeError
        return unwrap(kek, wrapped.kek_version, place, wrapped.blob)

    def rewrap_many(self, items: Sequence[tuple[WrapPlace, Wrapped]]) -> list[Wrapped]:
        """Return the same secrets wrapped for the same places by the current version.

        Raises:
            EnvelopeError: one of them does not open; nothing is returned then.
        """
        self.refresh()
        # Taken once, since other threads replace it as a whole.
        keks = self._keks
        return [
            self._wrap(keks, max(keks), place, self.unwrap(place, wrapped))
            for place, wrapped in items
        ]

    @staticmethod
    def _wrap(
        keks: Mapping[int, AESGCM], version: int, place: WrapPlace, secret: bytes
    ) -> Wrapped:
        return Wrapped(
            ALG_AES_GCM, version, wrap(keks[version], version, place, secret)
        )
