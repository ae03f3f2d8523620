from collections.abc import Iterator
from pathlib import Path

import pytest

from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Wrapped, key_file
from pds.crypto.providers.file import FileKeyProvider
from pds.crypto.wrap import WrapPlace
from tests.crypto.conformance import Custody, ProviderConformance

PLACE = WrapPlace(b"o" * 16, 16, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


class KeyFiles(Custody):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, *, may_create: bool = False) -> FileKeyProvider:
        return start(self._folder, may_create=may_create)

    def lose(self, version: int) -> None:
        (self._folder / f"kek-{version}.key").unlink()


class TestFile(ProviderConformance):
    @pytest.fixture
    def custody(self, folder: Path) -> KeyFiles:
        return KeyFiles(folder)


def start(folder: Path, *, may_create: bool = False) -> FileKeyProvider:
    data = folder.parent / "data"
    return FileKeyProvider(folder, data_dir=data, may_create=may_create)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_first_start_makes_one_key_and_later_starts_use_it(folder: Path) -> None:
    first = start(folder, may_create=True)
    wrapped = first.wrap(PLACE, b"s" * 32)
    again = start(folder)
    assert again.unwrap(PLACE, wrapped) == b"s" * 32
    assert [p.name for p in folder.iterdir()] == ["kek-1.key"]
    assert mode(folder) == 0o700
    assert mode(folder / "kek-1.key") == 0o400
    assert start(folder, may_create=True).unwrap(PLACE, wrapped) == b"s" * 32


def test_a_missing_key_is_never_replaced(folder: Path) -> None:
    with pytest.raises(KeyProviderError, match="does not exist"):
        start(folder)
    start(folder, may_create=True)
    (folder / "kek-1.key").unlink()
    with pytest.raises(KeyProviderError, match="put the key file back"):
        start(folder)
    assert list(folder.iterdir()) == []


def test_a_folder_inside_the_data_folder_is_refused(tmp_path: Path) -> None:
    for inside in (tmp_path, tmp_path / "keys", tmp_path / "a" / "b"):
        with pytest.raises(KeyProviderError, match="inside the data folder"):
            FileKeyProvider(inside, data_dir=tmp_path, may_create=True)
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    with pytest.raises(KeyProviderError, match="inside the data folder"):
        FileKeyProvider(link / "keys", data_dir=tmp_path, may_create=True)


@pytest.mark.parametrize("loose", [0o600, 0o440, 0o404, 0o644])
def test_a_loose_key_file_is_refused(folder: Path, loose: int) -> None:
    start(folder, may_create=True)
    (folder / "kek-1.key").chmod(loose)
    with pytest.raises(KeyProviderError, match=r"kek-1\.key has loose .* 0400"):
        start(folder)


def test_a_loose_key_folder_is_refused(folder: Path) -> None:
    start(folder, may_create=True)
    folder.chmod(0o750)
    with pytest.raises(KeyProviderError, match="0700"):
        start(folder)


def test_somebody_elses_key_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(folder, may_create=True)
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    if folder.stat().st_uid == 0:
        assert start(folder).current_version == 1
    else:
        with pytest.raises(KeyProviderError, match="another account"):
            start(folder)


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=\n", b"!" * 44, b"A" * 300])
def test_a_damaged_key_file_is_refused(folder: Path, content: bytes) -> None:
    start(folder, may_create=True)
    path = folder / "kek-1.key"
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(0o400)
    with pytest.raises(KeyProviderError, match="does not hold 32 bytes"):
        start(folder)


def test_a_linked_key_file_is_refused(folder: Path) -> None:
    start(folder, may_create=True)
    (folder / "kek-1.key").rename(folder / "elsewhere")
    (folder / "kek-1.key").symlink_to(folder / "elsewhere")
    with pytest.raises(KeyProviderError, match="cannot be read"):
        start(folder)


def test_the_highest_version_wraps_and_older_ones_still_unwrap(folder: Path) -> None:
    old = start(folder, may_create=True).wrap(PLACE, b"s" * 32)
    made = start(folder.parent / "more", may_create=True)
    assert made.versions == {1}
    (folder.parent / "more" / "kek-1.key").rename(folder / "kek-12.key")
    provider = start(folder)
    assert provider.versions == {1, 12}
    assert provider.current_version == 12
    assert provider.wrap(PLACE, b"s" * 32).kek_version == 12
    assert provider.unwrap(PLACE, old) == b"s" * 32


def test_unknown_versions_and_algorithms_do_not_open(folder: Path) -> None:
    provider = start(folder, may_create=True)
    wrapped = provider.wrap(PLACE, b"s" * 32)
    for bad in (wrapped._replace(kek_version=2), wrapped._replace(alg=2)):
        with pytest.raises(EnvelopeError):
            provider.unwrap(PLACE, Wrapped(*bad))


def test_named_secrets_are_made_once_and_only_when_allowed(folder: Path) -> None:
    provider = start(folder, may_create=True)
    with pytest.raises(KeyProviderError, match="missing"):
        provider.named_secret("login-pepper", may_create=False)
    secret = provider.named_secret("login-pepper", may_create=True)
    assert len(secret) == 32
    assert provider.named_secret("login-pepper", may_create=True) == secret
    assert provider.named_secret("login-pepper", may_create=False) == secret
    assert mode(folder / "login-pepper.key") == 0o400
    with pytest.raises(ValueError, match="lower-case"):
        provider.named_secret("../x", may_create=True)


def test_two_first_starts_at_once_agree(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(folder, may_create=True)
    wrapped = first.wrap(PLACE, b"s" * 32)
    real = FileKeyProvider._kek_files
    answers: Iterator[dict[int, Path]] = iter([{}])

    def late(self: FileKeyProvider) -> dict[int, Path]:
        return next(answers, None) or real(self)

    # The second process looked before the first had written.
    monkeypatch.setattr(FileKeyProvider, "_kek_files", late)
    assert start(folder, may_create=True).unwrap(PLACE, wrapped) == b"s" * 32
    assert len(list(folder.iterdir())) == 1


def test_a_destroyed_key_file_is_overwritten_with_every_copy_a_crash_left(
    folder: Path,
) -> None:
    provider = start(folder, may_create=True)
    provider.add_version()
    old = folder / "kek-1.key"
    left = folder / ".kek-1.key.4711.abcdef01"
    left.hardlink_to(old)
    with old.open("rb") as still_open:
        provider.destroy_version(1)
        assert set(still_open.read()) == {0}
    assert [path.name for path in folder.iterdir()] == ["kek-2.key"]
    # A crash after the name was taken away: the same call ends it.
    half = folder / ".kek-1.key.destroyed"
    half.write_bytes(b"key")
    provider.destroy_version(1)
    assert not half.exists()


def test_one_that_another_process_destroys_at_once_is_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = start(folder, may_create=True)
    provider.add_version()
    real = key_file._overwrite

    def late(path: Path) -> None:
        path.unlink()
        real(path)

    monkeypatch.setattr(key_file, "_overwrite", late)
    provider.destroy_version(1)
    assert [path.name for path in folder.iterdir()] == ["kek-2.key"]


def test_a_folder_that_vanishes_while_serving_wraps_nothing(folder: Path) -> None:
    provider = start(folder, may_create=True)
    wrapped = provider.wrap(PLACE, b"s" * 32)
    (folder / "kek-1.key").rename(folder / "away")
    with pytest.raises(KeyProviderError, match="put it back"):
        provider.wrap(PLACE, b"s" * 32)
    assert provider.unwrap(PLACE, wrapped) == b"s" * 32
    folder.rename(folder.parent / "elsewhere")
    with pytest.raises(KeyProviderError, match="cannot be read"):
        provider.wrap(PLACE, b"s" * 32)
