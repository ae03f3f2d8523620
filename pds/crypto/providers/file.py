"""Key files in a folder of their own.

The folder is never inside the data folder: whoever copies the data must not copy the
keys with it. Files are created only when the caller says that the database is new, and
for a new version; otherwise a lost key would be silently replaced and nothing would
open any more.
"""

from collections.abc import Iterable
from pathlib import Path

from pds.crypto.errors import KeyProviderError
from pds.crypto.providers import Capabilities, key_file
from pds.crypto.providers.local import LocalKeyProvider
from pds.crypto.providers.naming import check_name, kek_name, kek_version


class FileKeyProvider(LocalKeyProvider):
    """KEKs and named secrets in files.

    Args:
        key_dir: the folder of the key files.
        data_dir: the folder of the data, only to refuse keys that lie in it.
        may_create: whether a first key may be made (the database has none yet).

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """

    kind = "file"
    capabilities = Capabilities(
        adds_versions=True, destroys_versions=True, is_remote=False
    )

    def __init__(self, key_dir: Path, *, data_dir: Path, may_create: bool) -> None:
        super().__init__()
        self._dir = key_dir.resolve()
        if self._dir.is_relative_to(data_dir.resolve()):
            raise KeyProviderError(
                "The key folder lies inside the data folder; choose one elsewhere."
            )
        key_file.check_folder(self._dir, may_create=may_create)
        self._begin(may_create=may_create)
        self.refresh()

    def add_version(self) -> int:
        """Write the key file of the next version and return its number.

        Two processes that do so at once add one version.
        """
        self.refresh()
        version = self.current_version + 1
        key_file.create(self._path(version))
        self.refresh()
        return version

    def destroy_version(self, version: int) -> None:
        """Overwrite and delete the key file of a version.

        Raises:
            KeyProviderError: the version is the current one or never was.
        """
        self.refresh()
        if version >= self.current_version:
            raise KeyProviderError(
                "Only a version older than the current one can be destroyed."
            )
        key_file.destroy(self._path(version))
        self.refresh()

    def named_secret(self, name: str, *, may_create: bool) -> bytes:
        """Return the 32 bytes kept under a name such as `login-pepper`.

        Raises:
            KeyProviderError: if the file is missing and must not be made, or unsafe.
        """
        path = self._dir / f"{check_name(name)}.key"
        if may_create and not path.exists():
            key_file.create(path)
        return key_file.read(path)

    def _begin(self, *, may_create: bool) -> None:
        found = self._kek_files()
        if not found and may_create:
            key_file.create(self._path(1))
        elif not found:
            raise KeyProviderError(
                "The key folder holds no kek-*.key, but the database was written"
                " under one; put the key file back."
            )

    def _listed(self) -> Iterable[int]:
        return self._kek_files()

    def _read_kek(self, version: int) -> bytes:
        return key_file.read(self._path(version))

    def _path(self, version: int) -> Path:
        return self._dir / kek_name(version)

    def _kek_files(self) -> dict[int, Path]:
        try:
            paths = list(self._dir.iterdir())
        except OSError:
            raise KeyProviderError("The key folder cannot be read.") from None
        found = {kek_version(path.name): path for path in paths}
        return {number: path for number, path in found.items() if number is not None}
