"""The PKCS#11 provider on a token in memory; `make e2e` has a real one."""

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import KeyProvider
from tests.crypto import pkcs11_binding as binding
from tests.crypto.conformance import PLACE, SECRET, Custody, ProviderConformance


class Hsm(Custody):
    def __init__(self, pin: Path) -> None:
        self.token = binding.MemoryToken()
        self.pin = pin
        self.label = "bank"

    def open(self, *, may_create: bool = False) -> KeyProvider:
        module = importlib.import_module("pds.crypto.providers.pkcs11")
        token = module.Token(Path("/lib/module.so"), self.label, self.pin)
        provider: KeyProvider = module.Pkcs11KeyProvider(token, may_create=may_create)
        return provider

    def lose(self, version: int) -> None:
        [key] = [
            each
            for each in self.token.objects
            if each.label == f"infobank-kek-{version}"
        ]
        key.destroy()


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hsm:
    pin = tmp_path / "pin"
    pin.write_text("5678\n")
    pin.chmod(0o400)
    made = Hsm(pin)
    binding.install(monkeypatch, made.token)
    return made


class TestPkcs11(ProviderConformance):
    @pytest.fixture
    def custody(self, hsm: Hsm) -> Hsm:
        return hsm


def test_a_missing_key_is_never_replaced(hsm: Hsm) -> None:
    with pytest.raises(KeyProviderError, match="no key infobank-kek"):
        hsm.open()
    assert not hsm.token.objects


def test_a_key_that_could_leave_the_token_is_refused(hsm: Hsm) -> None:
    hsm.open(may_create=True)
    [key] = hsm.token.objects
    for name, wrong in (
        (binding.Attribute.EXTRACTABLE, True),
        (binding.Attribute.SENSITIVE, False),
    ):
        right = key.attributes[name]
        key.attributes[name] = wrong
        with pytest.raises(KeyProviderError, match="would hand out infobank-kek-1"):
            hsm.open()
        key.attributes[name] = right
    assert hsm.open().versions == {1}


def test_two_keys_of_one_version_are_refused(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    [key] = hsm.token.objects
    hsm.token.objects.append(binding.Stored(hsm.token, key.attributes))
    for act in (hsm.open, lambda: provider.wrap(PLACE, SECRET)):
        with pytest.raises(KeyProviderError, match="2 keys infobank-kek-1"):
            act()
    hsm.token.failures = ["ObjectHandleInvalid"]
    with pytest.raises(KeyProviderError, match="two keys of one label"):
        provider.unwrap(PLACE, wrapped)


def test_keys_of_others_in_the_token_are_left_alone(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    [key] = hsm.token.objects
    for label in ("infobank-kek-0", "infobank-kek-x", "other-kek-9"):
        attributes = {**key.attributes, binding.Attribute.LABEL: label}
        hsm.token.objects.append(binding.Stored(hsm.token, attributes))
    provider.refresh()
    assert provider.versions == {1}


def test_a_token_that_comes_back_is_logged_in_to_again(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    hsm.token.failures = ["SessionHandleInvalid"]
    hsm.token.is_logged_in = False
    assert provider.unwrap(PLACE, wrapped) == SECRET
    assert hsm.token.logins == 2


@pytest.mark.parametrize("failure", ["DeviceRemoved", "TokenNotPresent"])
def test_a_token_that_stays_away_fails_closed(hsm: Hsm, failure: str) -> None:
    provider = hsm.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    for act in (
        lambda: provider.unwrap(PLACE, wrapped),
        lambda: provider.wrap(PLACE, SECRET),
        provider.add_version,
        lambda: provider.named_secret("cursor", may_create=True),
    ):
        hsm.token.failures = [failure] * 2
        with pytest.raises(KeyProviderError, match=rf"not answer \({failure}"):
            act()


def test_a_token_without_the_mechanism_says_so(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    provider.refresh()
    module: Any = importlib.import_module("pds.crypto.providers.pkcs11")
    token = module.Token(Path("/lib/module.so"), "bank", hsm.pin)
    hsm.token.failures = ["MechanismInvalid"]
    with pytest.raises(KeyProviderError, match=r"request \(MechanismInvalid"):
        token.encrypt("infobank-kek-1", bytes(12), b"", SECRET)
    hsm.token.cut = 40
    with pytest.raises(KeyProviderError, match="as agreed"):
        provider.wrap(PLACE, SECRET)
    hsm.token.failures = ["TokenWriteProtected"]
    with pytest.raises(KeyProviderError, match="TokenWriteProtected"):
        provider.named_secret("cursor", may_create=True)


def test_a_key_that_another_process_destroys_opens_nothing(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    old = provider.wrap(PLACE, SECRET)
    provider.unwrap(PLACE, old)
    hsm.open().add_version()
    hsm.open().destroy_version(1)
    with pytest.raises(EnvelopeError):
        provider.unwrap(PLACE, old)


def test_a_child_begins_anew(hsm: Hsm, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = hsm.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    pid = os.getpid()
    monkeypatch.setattr("os.getpid", lambda: pid + 1)
    assert provider.unwrap(PLACE, wrapped) == SECRET
    assert (hsm.token.began, hsm.token.logins) == (1, 2)


def test_a_wrong_token_or_pin_refuses_the_start(hsm: Hsm) -> None:
    hsm.label = "other"
    with pytest.raises(KeyProviderError, match=r"cannot be opened \(NoSuchToken\)"):
        hsm.open(may_create=True)
    hsm.label, hsm.token.pin = "bank", "0000"
    with pytest.raises(KeyProviderError, match=r"cannot be opened \(PinIncorrect\)"):
        hsm.open(may_create=True)
    hsm.pin.chmod(0o644)
    with pytest.raises(KeyProviderError, match="The PIN's file has loose permissions"):
        hsm.open(may_create=True)
    hsm.pin.unlink()
    with pytest.raises(KeyProviderError, match="PIN_FILE cannot be read"):
        hsm.open(may_create=True)


def test_two_secrets_of_one_name_are_none(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    provider.named_secret("cursor", may_create=True)
    secret = hsm.token.objects[-1]
    hsm.token.objects.append(binding.Stored(hsm.token, secret.attributes))
    with pytest.raises(KeyProviderError, match="2 data objects infobank-cursor"):
        provider.named_secret("cursor", may_create=True)
