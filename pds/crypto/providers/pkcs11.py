"""A hardware security module or smart card, reached by PKCS#11.

The KEKs are AES keys that the token made and never hands out; it computes AES-256-GCM
itself, with our nonce and additional data, so that its wraps are those of algorithm 1.
A version is the number in a key's label `infobank-kek-<version>`; named secrets are
private data objects `infobank-<name>`. Labels need not be unique in a token: two keys
of one version are refused, because each would open what the other does not.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence

from pds.crypto.datakey import KEY_SIZE
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Capabilities, Wrapped
from pds.crypto.providers.naming import check_name
from pds.crypto.providers.pkcs11_token import Token
from pds.crypto.wrap import ALG_AES_GCM, WRAP_SIZE, WrapPlace, place_aad

_KEK = "infobank-kek-"
_LABEL = re.compile(_KEK + r"([1-9][0-9]{0,8})")
_NONCE = 12


class Pkcs11KeyProvider:
    """KEKs and named secrets in a token.

    Args:
        token: the token.
        may_create: whether a first key may be made (the database has none yet).

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """

    kind = "pkcs11"
    capabilities = Capabilities(
        adds_versions=True, destroys_versions=True, is_remote=True
    )

    def __init__(self, token: Token, *, may_create: bool) -> None:
        self._token = token
        self._versions: frozenset[int] = frozenset()
        if may_create and not self._listed():
            self._token.make_key(_label(1))
        self.refresh()

    @property
    def current_version(self) -> int:
        """Version of the KEK that wraps: the highest, as far as is known."""
        return max(self._versions)

    @property
    def versions(self) -> frozenset[int]:
        """Versions that can still unwrap, as far as is known."""
        return self._versions

    def refresh(self) -> None:
        """Look which keys the token holds.

        Raises:
            KeyProviderError: there is none, one is there twice, or one could be taken
                out of the token.
        """
        listed = self._listed()
        if not listed:
            raise KeyProviderError(
                "The token holds no key infobank-kek-…, but the database was written"
                " under one; see INFOBANK_PKCS11_TOKEN."
            )
        for version, count in listed.items():
            if count > 1:
                raise KeyProviderError(
                    f"The token holds {count} keys {_label(version)}; destroy those"
                    " that open nothing."
                )
        for version in listed.keys() - self._versions:
            if self._token.can_leave(_label(version)):
                raise KeyProviderError(
                    f"The token would hand out {_label(version)}; it must be sensitive"
                    " and not extractable."
                )
        self._versions = frozenset(listed)

    def wrap(self, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under the current version."""
        self.refresh()
        return self._wrap(self.current_version, place, secret)

    def wrap_by(self, version: int, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under one version; raises EnvelopeError if it is gone."""
        if version not in self._versions:
            raise EnvelopeError
        return self._wrap(version, place, secret)

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        """Return the 32 bytes; raises EnvelopeError if they do not open."""
        version, blob = wrapped.kek_version, wrapped.blob
        if wrapped.alg != ALG_AES_GCM or len(blob) != WRAP_SIZE:
            raise EnvelopeError
        if version not in self._versions:
            self.refresh()
        if version not in self._versions:
            raise EnvelopeError
        aad = place_aad(version, place)
        return self._token.decrypt(_label(version), blob[:_NONCE], aad, blob[_NONCE:])

    def rewrap_many(self, items: Sequence[tuple[WrapPlace, Wrapped]]) -> list[Wrapped]:
        """Return the same secrets wrapped for the same places by the current version.

        Raises:
            EnvelopeError: one of them does not open; nothing is returned then.
        """
        self.refresh()
        return [
            self._wrap(self.current_version, place, self.unwrap(place, wrapped))
            for place, wrapped in items
        ]

    def add_version(self) -> int:
        """Have the token make a key and return its version.

        Only one process may do so at a time, since a token keeps two keys of one label.
        """
        self.refresh()
        version = self.current_version + 1
        self._token.make_key(_label(version))
        self.refresh()
        return version

    def destroy_version(self, version: int) -> None:
        """Have the token destroy a key.

        Raises:
            KeyProviderError: the version is the current one or never was.
        """
        self.refresh()
        if version >= self.current_version:
            raise KeyProviderError(
                "Only a version older than the current one can be destroyed."
            )
        self._token.destroy_key(_label(version))
        self.refresh()

    def named_secret(self, name: str, *, may_create: bool) -> bytes:
        """Return the 32 bytes of a private data object.

        Raises:
            KeyProviderError: there is none and none must be made, or there are two.
        """
        label = f"infobank-{check_name(name)}"
        if may_create and not self._token.data(label):
            self._token.make_data(label, os.urandom(KEY_SIZE))
        found = self._token.data(label)
        if len(found) != 1 or len(found[0]) != KEY_SIZE:
            raise KeyProviderError(
                f"The token holds {len(found)} data objects {label} where one of 32"
                " bytes is needed."
            )
        return found[0]

    def _listed(self) -> Counter[int]:
        found = filter(None, map(_LABEL.fullmatch, self._token.key_labels()))
        return Counter(int(match[1]) for match in found)

    def _wrap(self, version: int, place: WrapPlace, secret: bytes) -> Wrapped:
        nonce = os.urandom(_NONCE)
        aad = place_aad(version, place)
        sealed = self._token.encrypt(_label(version), nonce, aad, secret)
        if len(sealed) != WRAP_SIZE - _NONCE:
            raise KeyProviderError("The token does not compute AES-256-GCM as agreed.")
        return Wrapped(ALG_AES_GCM, version, nonce + sealed)


def _label(version: int) -> str:
    return f"{_KEK}{version}"
