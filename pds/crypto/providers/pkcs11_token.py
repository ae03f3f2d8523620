"""One PKCS#11 token: its objects by label, one session, one call at a time.

A session dies with its token, with a logout elsewhere in this process and with a fork.
It is then opened again once; whatever fails twice is a KeyProviderError.
"""

import os
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11 import exceptions as said

from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers.key_file import check_holder

T = TypeVar("T")

_GONE = (
    said.DeviceError,
    said.DeviceMemory,
    said.DeviceRemoved,
    said.KeyHandleInvalid,
    said.ObjectHandleInvalid,
    said.SessionClosed,
    said.SessionHandleInvalid,
    said.TokenNotPresent,
    said.UserNotLoggedIn,
)
_TAG_BITS = 128
_BITS = 256


class Token:
    """A token that this process has logged in to.

    Args:
        module: library of the token's maker.
        label: of the token.
        pin_file: file with the user's PIN, in one line.

    Raises:
        KeyProviderError: there is no such token, or it does not take the PIN.
    """

    def __init__(self, module: Path, label: str, pin_file: Path) -> None:
        self._module = module
        self._label = label
        self._pin_file = pin_file
        self._lock = RLock()
        self._process = os.getpid()
        self._session: Any = None
        self._keys: dict[str, Any] = {}
        self._run(lambda _session: None)

    def key_labels(self) -> list[str]:
        """Return the labels of all AES keys of the token."""
        wanted = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
        }
        return self._run(
            lambda session: [str(key.label) for key in session.get_objects(wanted)]
        )

    def can_leave(self, label: str) -> bool:
        """Say whether the token would hand a key out."""

        def answered(_session: Any) -> bool:
            key = self._key(label)
            return bool(key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE])

        return self._run(answered)

    def encrypt(self, label: str, nonce: bytes, aad: bytes, text: bytes) -> bytes:
        """Return AES-256-GCM of a text under a key of the token."""
        return self._run(
            lambda _session: bytes(self._key(label).encrypt(text, **_gcm(nonce, aad)))
        )

    def decrypt(self, label: str, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
        """Return the text; raises EnvelopeError whatever the token dislikes in it."""

        def decrypted(_session: Any) -> bytes:
            try:
                return bytes(self._key(label).decrypt(sealed, **_gcm(nonce, aad)))
            except _GONE:
                raise
            except said.PKCS11Error:
                # Tokens have no common error for what does not decrypt.
                raise EnvelopeError from None

        return self._run(decrypted)

    def make_key(self, label: str) -> None:
        """Have the token make an AES key that never leaves it."""
        template = {
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.MODIFIABLE: False,
        }
        self._write(
            lambda session: session.generate_key(
                KeyType.AES,
                _BITS,
                label=label,
                id=os.urandom(16),
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template=template,
            )
        )

    def destroy_key(self, label: str) -> None:
        """Have the token destroy every key of a label."""
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label}
        self._write(
            lambda session: [key.destroy() for key in session.get_objects(wanted)]
        )
        self._keys.pop(label, None)

    def data(self, label: str) -> list[bytes]:
        """Return the values of the private data objects of a label."""
        wanted = {Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: label}
        return self._run(
            lambda session: [
                bytes(found[Attribute.VALUE]) for found in session.get_objects(wanted)
            ]
        )

    def make_data(self, label: str, value: bytes) -> None:
        """Store a private data object."""
        self._write(
            lambda session: session.create_object(
                {
                    Attribute.CLASS: ObjectClass.DATA,
                    Attribute.APPLICATION: "infobank",
                    Attribute.LABEL: label,
                    Attribute.VALUE: value,
                    Attribute.TOKEN: True,
                    Attribute.PRIVATE: True,
                }
            )
        )

    def _key(self, label: str) -> Any:
        if label not in self._keys:
            self._keys[label] = self._found(label)
        return self._keys[label]

    def _found(self, label: str) -> Any:
        try:
            return self._session.get_key(
                object_class=ObjectClass.SECRET_KEY, label=label
            )
        except said.MultipleObjectsReturned:
            raise KeyProviderError(
                f"The token {self._label} holds two keys of one label; destroy the one"
                " that opens nothing."
            ) from None

    def _write(self, act: Callable[[Any], object]) -> None:
        def written(session: Any) -> None:
            # Logged in is the process, not the session.
            with session.token.open(rw=True) as writing:
                act(writing)

        self._run(written)

    def _run(self, act: Callable[[Any], T]) -> T:
        with self._lock:
            try:
                return self._tried(act)
            except _GONE:
                self._close()
            try:
                return self._tried(act)
            except _GONE as error:
                raise KeyProviderError(
                    f"The token {self._label} does not answer ({type(error).__name__})."
                ) from None

    def _tried(self, act: Callable[[Any], T]) -> T:
        session = self._opened()
        try:
            return act(session)
        except _GONE:
            raise
        except said.PKCS11Error as error:
            raise KeyProviderError(
                f"The token {self._label} refuses a request ({type(error).__name__})."
            ) from None

    def _opened(self) -> Any:
        if self._process != os.getpid():
            # A child has to begin anew (PKCS #11 3.0, section 5.4).
            self._close()
            pkcs11.lib(str(self._module)).reinitialize()
            self._process = os.getpid()
        if self._session is None:
            self._session = self._login()
        return self._session

    def _login(self) -> Any:
        pin = _pin(self._pin_file)
        try:
            token = pkcs11.lib(str(self._module)).get_token(token_label=self._label)
            try:
                return token.open(user_pin=pin)
            except said.UserAlreadyLoggedIn:
                return token.open()
        except (said.PKCS11Error, OSError) as error:
            raise KeyProviderError(
                f"The token {self._label} cannot be opened ({type(error).__name__});"
                " see INFOBANK_PKCS11_MODULE, _TOKEN and _PIN_FILE."
            ) from None

    def _close(self) -> None:
        self._session = None
        self._keys = {}


def _gcm(nonce: bytes, aad: bytes) -> dict[str, Any]:
    return {
        "mechanism": Mechanism.AES_GCM,
        "mechanism_param": GCMParams(nonce, aad, _TAG_BITS),
    }


def _pin(path: Path) -> str:
    try:
        check_holder(path.stat(), loose=0o027, what="The PIN's file", want="0400")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyProviderError("INFOBANK_PKCS11_PIN_FILE cannot be read.") from None
