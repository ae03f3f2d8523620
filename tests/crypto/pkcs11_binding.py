"""A token in memory behind the names of python-pkcs11 that the product uses.

`make e2e` runs the same tests on a real token (SoftHSM 2). This one shows what no
software token does on demand: a device that goes away, a refused mechanism.
"""

import enum
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Attribute = enum.Enum(
    "Attribute",
    "CLASS KEY_TYPE LABEL VALUE APPLICATION TOKEN PRIVATE SENSITIVE EXTRACTABLE"
    " MODIFIABLE ID",
)
ObjectClass = enum.Enum("ObjectClass", "SECRET_KEY DATA")
KeyType = enum.Enum("KeyType", "AES DES3")
Mechanism = enum.Enum("Mechanism", "AES_GCM")
MechanismFlag = enum.Flag("MechanismFlag", "ENCRYPT DECRYPT")


class PKCS11Error(RuntimeError):
    pass


_NAMES = (
    "DeviceError DeviceMemory DeviceRemoved GeneralError KeyHandleInvalid"
    " MechanismInvalid MultipleObjectsReturned NoSuchKey NoSuchToken"
    " ObjectHandleInvalid PinIncorrect SessionClosed SessionHandleInvalid"
    " TokenNotPresent TokenWriteProtected UserAlreadyLoggedIn UserNotLoggedIn"
)
ERRORS = {name: type(name, (PKCS11Error,), {}) for name in _NAMES.split()}


class GCMParams:
    def __init__(self, nonce: bytes, aad: bytes, tag_bits: int) -> None:
        assert tag_bits == 128
        self.nonce, self.aad = nonce, aad


class Stored:
    """An object of the token."""

    def __init__(self, owner: "MemoryToken", attributes: dict[Any, Any]) -> None:
        self._owner = owner
        self.attributes = attributes

    @property
    def label(self) -> str:
        return str(self.attributes[Attribute.LABEL])

    def __getitem__(self, name: Any) -> Any:
        return self.attributes[name]

    def encrypt(self, text: bytes, *, mechanism: Any, mechanism_param: Any) -> bytes:
        self._owner.used(self, mechanism)
        cipher = AESGCM(self.attributes[Attribute.VALUE])
        sealed = cipher.encrypt(mechanism_param.nonce, text, mechanism_param.aad)
        return sealed[: self._owner.cut]

    def decrypt(self, sealed: bytes, *, mechanism: Any, mechanism_param: Any) -> bytes:
        self._owner.used(self, mechanism)
        cipher = AESGCM(self.attributes[Attribute.VALUE])
        try:
            return cipher.decrypt(mechanism_param.nonce, sealed, mechanism_param.aad)
        except InvalidTag:
            raise ERRORS["GeneralError"] from None

    def destroy(self) -> None:
        self._owner.objects.remove(self)


class Session:
    def __init__(self, token: "MemoryToken") -> None:
        self.token = token

    def get_objects(self, wanted: dict[Any, Any]) -> Iterator[Stored]:
        self.token.fail()
        found = list(self.token.objects)
        return (o for o in found if wanted.items() <= o.attributes.items())

    def get_key(self, *, object_class: Any, label: str) -> Stored:
        wanted = {Attribute.CLASS: object_class, Attribute.LABEL: label}
        found = list(self.get_objects(wanted))
        if len(found) != 1:
            raise ERRORS["MultipleObjectsReturned" if found else "NoSuchKey"]
        return found[0]

    def generate_key(self, kind: Any, bits: int, **given: Any) -> None:
        assert given["store"]
        assert bits == 256
        self.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: kind,
                Attribute.LABEL: given["label"],
                Attribute.VALUE: os.urandom(32),
                **given["template"],
            }
        )

    def create_object(self, attributes: dict[Any, Any]) -> None:
        self.token.fail()
        self.token.objects.append(Stored(self.token, attributes))


class MemoryToken:
    """One token, and what goes wrong with it.

    Attributes:
        objects: what it holds.
        failures: errors that the next calls end with.
        cut: how much of what it encrypts it gives out.
        logins: how often somebody logged in.
    """

    def __init__(self) -> None:
        self.objects: list[Stored] = []
        self.failures: list[str] = []
        self.cut: int | None = None
        self.pin = "5678"
        self.is_logged_in = False
        self.logins = 0
        self.began = 0

    def fail(self) -> None:
        if self.failures:
            raise ERRORS[self.failures.pop(0)]

    def used(self, key: Stored, mechanism: Any) -> None:
        assert mechanism is Mechanism.AES_GCM
        self.fail()
        if key not in self.objects:
            raise ERRORS["ObjectHandleInvalid"]

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        yield Session(self)

    def open(self, *, user_pin: str | None = None, rw: bool = False) -> Any:
        if rw:
            return self._writing()
        if user_pin is not None:
            if user_pin != self.pin:
                raise ERRORS["PinIncorrect"]
            if self.is_logged_in:
                raise ERRORS["UserAlreadyLoggedIn"]
            self.is_logged_in = True
            self.logins += 1
        return Session(self)

    # What a library of the token's maker does.

    def get_token(self, *, token_label: str) -> "MemoryToken":
        if token_label != "bank":
            raise ERRORS["NoSuchToken"]
        return self

    def reinitialize(self) -> None:
        self.is_logged_in = False
        self.began += 1


def install(monkeypatch: pytest.MonkeyPatch, token: MemoryToken) -> None:
    """Let `import pkcs11` give this binding, and let nothing keep another one."""
    binding, exceptions = ModuleType("pkcs11"), ModuleType("pkcs11.exceptions")
    exceptions.PKCS11Error = PKCS11Error  # type: ignore[attr-defined]
    for name, error in ERRORS.items():
        setattr(exceptions, name, error)
    names = (Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass)
    for each in names:
        setattr(binding, each.__name__, each)
    binding.exceptions = exceptions  # type: ignore[attr-defined]
    binding.lib = lambda _so: token  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pkcs11", binding)
    monkeypatch.setitem(sys.modules, "pkcs11.exceptions", exceptions)
    for name in ("pkcs11", "pkcs11_token"):
        monkeypatch.delitem(sys.modules, f"pds.crypto.providers.{name}", raising=False)
