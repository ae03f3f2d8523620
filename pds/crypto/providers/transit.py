"""A key server: the transit engine of HashiCorp Vault or OpenBao, over HTTP.

The KEK never leaves the server. It is a *derived* key: the place of a wrap is the
context from which the server derives the key that wraps, so a wrap opens nowhere else,
and `rewrap` moves many to the newest version without showing their secrets to anybody.
The server's `vault:v3:` is kept as the version of the wrap, the rest as its bytes.
Named secrets lie in a key-value engine (version 2) of the same server.

What goes wrong: a silent or failing server, a sealed one, an expired token, a key that
is not what it must be. Each is a KeyProviderError at once or after a few seconds, never
a guess and never a hang; only "this does not decrypt" is an EnvelopeError.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from pds.crypto.datakey import KEY_SIZE
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Capabilities, Wrapped
from pds.crypto.providers import transit_wire as wire
from pds.crypto.providers.key_server import KeyServer, RefusedError
from pds.crypto.providers.naming import check_name
from pds.crypto.wrap import WrapPlace

_BATCH = 1000
"""Wraps in one request; a server takes 32 MiB, of which this is a hundredth."""
_EXISTS = "check-and-set"


class TransitKeyProvider:
    """KEKs in a transit engine, named secrets in a key-value engine.

    Args:
        server: the key server.
        mount: where the transit engine is mounted.
        key: name of the key in it.
        secrets: mount and folder of the key-value engine.
        may_create: whether a first key may be made (the database has none yet).

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """

    kind = "transit"
    capabilities = Capabilities(
        adds_versions=True, destroys_versions=True, is_remote=True
    )

    def __init__(
        self,
        server: KeyServer,
        *,
        mount: str,
        key: str,
        secrets: str,
        may_create: bool,
    ) -> None:
        self._server = server
        self._mount = mount
        self._key = key
        self._kv, _, self._folder = secrets.strip("/").partition("/")
        self._versions: frozenset[int] = frozenset()
        if may_create and self._server.get(self._path("keys")) is None:
            # Doing it twice at once makes one key: the second call changes nothing.
            self._server.post(self._path("keys"), {"type": wire.TYPE, "derived": True})
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
        """Ask which versions there are, and whether the key is still what it must be.

        Raises:
            KeyProviderError: there is no such key, or it is not safe to wrap with.
        """
        self._read_key()

    def wrap(self, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under the version that is current on the server now."""
        answer = self._server.post(
            self._path("encrypt"),
            {"plaintext": wire.encoded(secret), "context": wire.context(place)},
        )
        wrapped = wire.wrapped_from(answer.get("ciphertext"))
        self._notice(wrapped.kek_version)
        return wrapped

    def wrap_by(self, version: int, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under one version; the server may let it only decrypt.

        Raises:
            EnvelopeError: the version is gone, or may not wrap any more.
        """
        asked = {
            "plaintext": wire.encoded(secret),
            "context": wire.context(place),
            "key_version": version,
        }
        try:
            answer = self._server.post(self._path("encrypt"), asked)
        except RefusedError:
            raise EnvelopeError from None
        return wire.wrapped_from(answer.get("ciphertext"))

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        """Return the 32 bytes; raises EnvelopeError if they do not open."""
        wire.check_wrap(wrapped)
        self._notice(wrapped.kek_version)
        try:
            answer = self._server.post(self._path("decrypt"), wire.item(place, wrapped))
        except RefusedError as refused:
            raise wire.why(refused) from None
        return wire.secret_from(answer.get("plaintext"))

    def rewrap_many(self, items: Sequence[tuple[WrapPlace, Wrapped]]) -> list[Wrapped]:
        """Return the same secrets wrapped by the current version, without seeing them.

        Raises:
            EnvelopeError: one of them does not open; nothing is returned then.
        """
        for _place, wrapped in items:
            wire.check_wrap(wrapped)
        done: list[Wrapped] = []
        for start in range(0, len(items), _BATCH):
            done += self._rewrap(items[start : start + _BATCH])
        for version in {wrapped.kek_version for wrapped in done}:
            self._notice(version)
        return done

    def add_version(self) -> int:
        """Have the server make a version and return its number."""
        self._server.post(f"{self._path('keys')}/rotate", {})
        self.refresh()
        return self.current_version

    def destroy_version(self, version: int) -> None:
        """Have the server delete this version; it only deletes from below.

        Raises:
            KeyProviderError: the version is the current one or never was, or an older
                one is still there.
        """
        found = self._read_key()
        if version >= self.current_version:
            raise KeyProviderError(
                "Only a version older than the current one can be destroyed."
            )
        older = [each for each in self._versions if each < version]
        if older:
            raise KeyProviderError(
                "The key server deletes from below: first destroy version"
                f" {min(older)}."
            )
        if version >= found.get("min_available_version", 0):
            self._trim(max(version + 1, min(self._versions)))

    def _trim(self, least: int) -> None:
        keys = self._path("keys")
        self._server.post(
            f"{keys}/config",
            {"min_decryption_version": least, "min_encryption_version": least},
        )
        self._server.post(f"{keys}/trim", {"min_available_version": least})
        self.refresh()

    def named_secret(self, name: str, *, may_create: bool) -> bytes:
        """Return the 32 bytes kept in the key-value engine under a name.

        Raises:
            KeyProviderError: there is no such secret and none must be made.
        """
        path = f"{self._kv}/data/{self._folder}/{check_name(name)}"
        found = self._server.get(path)
        if found is None and may_create:
            self._create_secret(path)
            found = self._server.get(path)
        if found is None:
            raise KeyProviderError(f"The key server has no secret {name}; put it back.")
        content = found.get("data")
        return wire.secret_from(dict(content or {}).get("value"))

    def _read_key(self) -> Mapping[str, Any]:
        found = self._server.get(self._path("keys"))
        if found is None:
            raise KeyProviderError(
                f"The key server has no transit key {self._key}; the database was"
                " written under one, or INFOBANK_TRANSIT_KEY names another."
            )
        wire.check_key(found)
        self._versions = wire.usable_versions(found)
        return found

    def _notice(self, version: int) -> None:
        """Ask anew when a version turns up that was not there before."""
        if version not in self._versions:
            self.refresh()

    def _create_secret(self, path: str) -> None:
        body = {
            "options": {"cas": 0},
            "data": {"value": wire.encoded(os.urandom(KEY_SIZE))},
        }
        try:
            self._server.post(path, body)
        except RefusedError as refused:
            if _EXISTS not in refused.said:
                raise
            # Another process was first; its secret is the secret.

    def _rewrap(self, items: Sequence[tuple[WrapPlace, Wrapped]]) -> list[Wrapped]:
        batch = [wire.item(place, wrapped) for place, wrapped in items]
        try:
            answer = self._server.post(self._path("rewrap"), {"batch_input": batch})
        except RefusedError as refused:
            raise wire.why(refused) from None
        return wire.rewrapped(answer, len(items))

    def _path(self, act: str) -> str:
        return f"{self._mount}/{act}/{self._key}"
