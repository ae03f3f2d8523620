"""The PKCS#11 provider on SoftHSM 2, through the real binding; and a whole service."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest

from pds.bank.bank import open_bank
from pds.core.clock import SystemClock
from pds.core.settings import Settings
from pds.crypto.errors import KeyProviderError
from pds.crypto.providers.pkcs11 import Pkcs11KeyProvider
from pds.crypto.providers.pkcs11_token import Token
from tests.crypto.conformance import PLACE, SECRET, Custody, ProviderConformance
from tests.e2e import softhsm

PIN = "48151623"


class Hsm(Custody):
    """A token of its own for each test."""

    def __init__(self, folder: Path) -> None:
        self.label = f"bank-{secrets.token_hex(4)}"
        self.pin = folder / "pin"
        self.pin.write_text(PIN)
        self.pin.chmod(0o400)
        softhsm.make_token(self.label, PIN)
        # A library lists the tokens that there were when it began.
        pkcs11.lib(str(softhsm.module())).reinitialize()

    def open(self, *, may_create: bool = False) -> Pkcs11KeyProvider:
        token = Token(softhsm.module(), self.label, self.pin)
        return Pkcs11KeyProvider(token, may_create=may_create)

    def lose(self, version: int) -> None:
        with self.session() as session:
            session.get_key(label=f"infobank-kek-{version}").destroy()

    def session(self) -> pkcs11.Session:
        token = pkcs11.lib(str(softhsm.module())).get_token(token_label=self.label)
        return token.open(rw=True)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A store of tokens; the library reads where it is when it is first loaded."""
    with softhsm.store(tmp_path_factory.mktemp("softhsm")):
        yield


@pytest.fixture
def hsm(tokens: None, tmp_path: Path) -> Hsm:
    return Hsm(tmp_path)


class TestPkcs11OnSoftHsm(ProviderConformance):
    @pytest.fixture
    def custody(self, hsm: Hsm) -> Hsm:
        return hsm


def test_no_key_leaves_the_token(hsm: Hsm) -> None:
    hsm.open(may_create=True)
    with hsm.session() as session:
        [key] = session.get_objects({})
        assert key[pkcs11.Attribute.NEVER_EXTRACTABLE]
        assert key[pkcs11.Attribute.ALWAYS_SENSITIVE]
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_a_key_that_could_leave_is_refused(hsm: Hsm) -> None:
    hsm.open(may_create=True)
    with hsm.session() as session:
        session.generate_key(
            pkcs11.KeyType.AES,
            256,
            label="infobank-kek-2",
            store=True,
            template={pkcs11.Attribute.EXTRACTABLE: True},
        )
    with pytest.raises(KeyProviderError, match="would hand out infobank-kek-2"):
        hsm.open()


def test_a_child_process_opens_what_its_parent_wrapped(hsm: Hsm) -> None:
    provider = hsm.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    child = os.fork()
    if child == 0:
        os._exit(0 if provider.unwrap(PLACE, wrapped) == SECRET else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert provider.unwrap(PLACE, wrapped) == SECRET


def test_a_wrong_pin_refuses_the_start(hsm: Hsm) -> None:
    hsm.pin.chmod(0o600)
    hsm.pin.write_text("wrong")
    with pytest.raises(KeyProviderError, match="PinIncorrect"):
        hsm.open(may_create=True)


def test_a_bank_keeps_every_key_in_the_token(hsm: Hsm, tmp_path: Path) -> None:
    environment = {
        "INFOBANK_DATA_DIR": str(tmp_path / "data"),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
        "INFOBANK_KEY_PROVIDER": "pkcs11",
        "INFOBANK_PKCS11_MODULE": str(softhsm.module()),
        "INFOBANK_PKCS11_TOKEN": hsm.label,
        "INFOBANK_PKCS11_PIN_FILE": str(hsm.pin),
    }
    command = [str(Path(sys.executable).with_name("infobank"))]
    whole = {**os.environ, **environment}
    subprocess.run([*command, "db", "upgrade"], env=whole, check=True)
    settings = Settings.from_environment(environment)
    bank = open_bank(settings, SystemClock())
    pepper, vkey = bank.secret("login-pepper"), bank.signer.vkey
    bank.close()
    again = open_bank(settings, SystemClock())
    assert (again.secret("login-pepper"), again.signer.vkey) == (pepper, vkey)
    again.close()
    assert not list((tmp_path / "keys").glob("*.key"))
    told = subprocess.run(
        [*command, "doctor"], env=whole, check=False, capture_output=True, text=True
    )
    assert "✗" not in told.stdout, told.stdout
    assert "the keys are with pkcs11" in told.stdout
