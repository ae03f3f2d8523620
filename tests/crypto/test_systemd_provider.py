import base64
import os
from pathlib import Path

import pytest

from pds.crypto.errors import KeyProviderError
from pds.crypto.providers.file import FileKeyProvider
from pds.crypto.providers.systemd import SystemdKeyProvider
from tests.crypto.conformance import PLACE, SECRET, Custody, ProviderConformance


class Unit(Custody):
    """A unit whose operator writes the credentials, and restarts it to change them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(mode=0o700)

    def write(self, name: str, content: bytes | None = None) -> None:
        content = base64.b64encode(os.urandom(32)) if content is None else content
        path = self._folder / name
        path.write_bytes(content)
        path.chmod(0o440)

    def open(self, *, may_create: bool = False) -> SystemdKeyProvider:
        if may_create:
            for name in ("kek-1.key", "login-pepper.key", "cursor.key"):
                self.write(name)
        return SystemdKeyProvider(self._folder)

    def add(self) -> int:
        version = self.open().current_version + 1
        self.write(f"kek-{version}.key")
        return version

    def destroy(self, version: int) -> None:
        (self._folder / f"kek-{version}.key").unlink()

    def lose(self, version: int) -> None:
        self.destroy(version)


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path / "credentials")


class TestSystemd(ProviderConformance):
    @pytest.fixture
    def custody(self, unit: Unit) -> Unit:
        return unit


def test_key_files_are_credentials_as_they_are(unit: Unit, tmp_path: Path) -> None:
    files = FileKeyProvider(
        tmp_path / "keys", data_dir=tmp_path / "data", may_create=True
    )
    pepper = files.named_secret("login-pepper", may_create=True)
    wrapped = files.wrap(PLACE, SECRET)
    for path in (tmp_path / "keys").iterdir():
        unit.write(path.name, path.read_bytes())
    moved = unit.open()
    assert moved.unwrap(PLACE, wrapped) == SECRET
    assert moved.named_secret("login-pepper", may_create=False) == pepper


def test_what_the_operator_does_is_said(unit: Unit) -> None:
    provider = unit.open(may_create=True)
    unit.add()
    with pytest.raises(KeyProviderError, match=r"add the credential kek-3\.key"):
        unit.open().add_version()
    provider.refresh()
    with pytest.raises(KeyProviderError, match=r"take the credential kek-1\.key out"):
        provider.destroy_version(1)
    with pytest.raises(KeyProviderError, match=r"no credential nowhere\.key"):
        provider.named_secret("nowhere", may_create=True)


def test_credentials_that_are_missing_open_or_damaged_refuse_the_start(
    unit: Unit, tmp_path: Path
) -> None:
    folder = tmp_path / "credentials"
    with pytest.raises(KeyProviderError, match="no key-encryption key"):
        unit.open()
    with pytest.raises(KeyProviderError, match="no folder of credentials"):
        SystemdKeyProvider(tmp_path / "nowhere")
    unit.write("kek-1.key", b"short")
    with pytest.raises(KeyProviderError, match="does not hold 32 bytes"):
        unit.open()
    unit.write("kek-1.key")
    (folder / "kek-1.key").chmod(0o444)
    with pytest.raises(KeyProviderError, match=r"kek-1\.key has loose permissions"):
        unit.open()
    (folder / "kek-1.key").chmod(0o400)
    provider = unit.open()
    folder.chmod(0o755)
    with pytest.raises(KeyProviderError, match="The credentials folder has loose"):
        unit.open()
    folder.chmod(0o700)
    folder.rename(tmp_path / "away")
    with pytest.raises(KeyProviderError, match="cannot be read"):
        provider.wrap(PLACE, SECRET)
