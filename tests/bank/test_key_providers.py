"""A bank on each key provider; PKCS#11 has its own tests in `make e2e`."""

import base64
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import responses

from audit.leaf import EventType
from audit.recorder import Entry
from audit.signer import KEY_FILE, SECOND_KEY_FILE
from pds.bank.bank import Bank, open_bank
from pds.bank.chores import outside_chores
from pds.bank.inspection.inspector import inspect
from pds.bank.key_provider import open_key_provider
from pds.bank.log_keys import load_signer
from pds.core.errors import BankError
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.crypto.errors import KeyProviderError
from pds.keys import versions
from tests.crypto import pkcs11_binding as binding
from tests.crypto.transit_server import TOKEN, URL, TransitServer, TroubleError
from tests.fakes import FrozenClock

OWNER = OwnerId(UUID(int=7))
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def with_keys(settings: Settings, **changes: object) -> Settings:
    return replace(settings, keys=replace(settings.keys, **changes))


def write(bank: Bank) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    bank.unit_of_work(lambda work: work.log.record(entry))


def wrong(settings: Settings, clock: FrozenClock) -> dict[str, str]:
    every = inspect(settings, clock)
    return {each.name: each.said for each in every if not each.is_good}


@pytest.fixture
def unit(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a unit with the credentials that the manual names."""
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o500)
    names = ("kek-1.key", "login-pepper.key", "audit-pseudonym.key")
    for name in (*names, KEY_FILE, SECOND_KEY_FILE):
        (folder / name).write_bytes(base64.b64encode(os.urandom(32)))
        (folder / name).chmod(0o400)
    return with_keys(settings, key_provider="systemd", credentials_dir=folder)


@pytest.fixture
def key_server() -> Iterator[TransitServer]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield TransitServer(mocked)


@pytest.fixture
def remote(settings: Settings, tmp_path: Path, key_server: TransitServer) -> Settings:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o400)
    return with_keys(
        settings, key_provider="transit", transit_url=URL, transit_token_file=token
    )


@only_sqlite
def test_a_bank_on_credentials_writes_no_key(
    unit: Settings, clock: FrozenClock
) -> None:
    settings = replace(unit, log_ml_dsa=True)
    bank = open_bank(settings, clock)
    pepper, vkeys = bank.secret("login-pepper"), bank.signer.vkeys
    write(bank)
    bank.close()
    again = open_bank(settings, clock)
    assert again.secret("login-pepper") == pepper
    assert again.signer.vkeys == vkeys
    with pytest.raises(KeyProviderError, match=r"no credential cursor\.key"):
        again.secret("cursor")
    again.close()
    assert not list(settings.key_dir.glob("*.key"))
    assert not wrong(settings, clock).keys() - {"files.data", "clock"}
    assert load_signer(settings, origin="earlier.example").vkeys.count("\n") == 0


@only_sqlite
def test_a_key_file_left_behind_is_found(unit: Settings, clock: FrozenClock) -> None:
    open_bank(unit, clock).close()
    left = unit.key_dir / "kek-1.key"
    left.write_bytes(b"")
    left.chmod(0o400)
    assert "kek-1.key lies in the key folder" in wrong(unit, clock)["files.keys"]


@only_sqlite
def test_a_bank_on_a_key_server_writes_no_key(
    remote: Settings, clock: FrozenClock, key_server: TransitServer
) -> None:
    bank = open_bank(remote, clock)
    pepper, vkey = bank.secret("login-pepper"), bank.signer.vkey
    write(bank)
    bank.close()
    again = open_bank(remote, clock)
    assert (again.secret("login-pepper"), again.signer.vkey) == (pepper, vkey)
    again.close()
    assert not list(remote.key_dir.glob("*.key"))
    assert not wrong(remote, clock).keys() - {"files.data", "clock"}
    assert set(key_server.secrets) >= {
        "data/infobank/login-pepper",
        "data/infobank/log-ed25519",
    }


@only_sqlite
def test_a_sealed_key_server_refuses_the_start_and_writes(
    remote: Settings, clock: FrozenClock, key_server: TransitServer
) -> None:
    bank = open_bank(remote, clock)
    key_server.trouble = TroubleError(503, "Vault is sealed")
    with pytest.raises(KeyProviderError, match="sealed"):
        open_bank(remote, clock)
    bank.close()


def test_a_version_that_is_made_elsewhere_is_noted_while_serving(
    bank: Bank, clock: FrozenClock
) -> None:
    other = open_key_provider(bank.settings, may_create=False)
    assert other.add_version() == 2
    assert "does not know: 2" in wrong(bank.settings, clock)["keys.version"]
    [look] = [c for c in outside_chores() if c.name == "look at key versions"]
    for _ in range(2):
        look.act(bank)
    with bank.read() as view:
        assert [each.version for each in versions.history(view.connection)] == [1, 2]
    assert "keys.version" not in wrong(bank.settings, clock)
    said = {each.name: each.said for each in inspect(bank.settings, clock)}
    assert said["keys.version"].endswith("older keys are still under 1")


def test_a_version_that_wraps_use_is_not_done_without(
    bank: Bank, clock: FrozenClock
) -> None:
    open_key_provider(bank.settings, may_create=False).add_version()
    write(bank)
    bank.unit_of_work(
        lambda work: work.keys.create(work.connection, OWNER, 16, now=work.now)
    )
    bank.close()
    (bank.settings.key_dir / "kek-2.key").unlink()
    with pytest.raises(KeyProviderError, match="keys are wrapped by it"):
        open_bank(bank.settings, clock)
    assert "Version 2" in wrong(bank.settings, clock)["keys.known"]


@only_sqlite
def test_a_bank_on_a_token_writes_no_key(
    settings: Settings,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    binding.install(monkeypatch, binding.MemoryToken())
    pin = tmp_path / "pin"
    pin.write_text("5678")
    pin.chmod(0o400)
    token = with_keys(
        settings,
        key_provider="pkcs11",
        pkcs11_module=pin,
        pkcs11_token="bank",
        pkcs11_pin_file=pin,
    )
    bank = open_bank(token, clock)
    write(bank)
    bank.close()
    assert not list(settings.key_dir.glob("*.key"))
    assert not wrong(token, clock).keys() - {"files.data", "clock"}


@only_sqlite
def test_the_binding_is_asked_for_where_it_is_needed(
    settings: Settings,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("pkcs11", "pkcs11_token"):
        monkeypatch.setitem(sys.modules, f"pds.crypto.providers.{name}", None)
    pin = tmp_path / "pin"
    token = with_keys(
        settings, key_provider="pkcs11", pkcs11_module=pin, pkcs11_pin_file=pin
    )
    with pytest.raises(BankError, match=r"install infobank\[pkcs11\]"):
        open_bank(token, clock)
