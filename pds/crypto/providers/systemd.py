"""Credentials that systemd decrypted for this service alone.

A unit names them with `LoadCredentialEncrypted=kek-1.key:…`; systemd opens them with
the TPM or the host's key into memory that is never swapped, and takes them away when
the unit stops. Their names and their content are those of key files. They are read
only: a version comes and goes by the unit's configuration and a restart.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from pds.crypto.errors import KeyProviderError
from pds.crypto.providers import Capabilities, key_file
from pds.crypto.providers.local import LocalKeyProvider
from pds.crypto.providers.naming import check_name, kek_name, kek_version

_LOOSE = 0o027
"""systemd gives a service's own account its files by an access list, which shows in
the mode as the group's right to read."""


class SystemdKeyProvider(LocalKeyProvider):
    """KEKs and named secrets in the credentials of a unit.

    Args:
        credentials_dir: the folder that systemd made, `$CREDENTIALS_DIRECTORY`.

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """

    kind = "systemd"
    capabilities = Capabilities(
        adds_versions=False, destroys_versions=False, is_remote=False
    )

    def __init__(self, credentials_dir: Path) -> None:
        super().__init__()
        self._dir = credentials_dir
        if not self._dir.is_dir():
            raise KeyProviderError(
                "There is no folder of credentials; systemd makes it for a unit with"
                " LoadCredentialEncrypted=."
            )
        key_file.check_holder(
            self._dir.stat(), loose=_LOOSE, what="The credentials folder", want="0500"
        )
        self.refresh()

    def add_version(self) -> NoReturn:
        """Refuse: configuration adds versions.

        Raises:
            KeyProviderError: with what the operator does instead.
        """
        raise KeyProviderError(
            "Versions come by configuration: add the credential"
            f" {kek_name(self.current_version + 1)} to the unit and restart it."
        )

    def destroy_version(self, version: int) -> NoReturn:
        """Refuse: configuration takes versions away.

        Raises:
            KeyProviderError: with what the operator does instead.
        """
        if version >= self.current_version:
            raise KeyProviderError(
                "Only a version older than the current one can be destroyed."
            )
        raise KeyProviderError(
            f"Versions go by configuration: take the credential {kek_name(version)} out"
            " of the unit, delete its file and every copy, and restart the unit."
        )

    def named_secret(self, name: str, *, may_create: bool) -> bytes:  # noqa: ARG002 - none is ever made
        """Return the 32 bytes of a credential such as `login-pepper.key`.

        Raises:
            KeyProviderError: the unit has no such credential; none is ever made.
        """
        return self._read(f"{check_name(name)}.key")

    def _listed(self) -> Iterable[int]:
        try:
            names = [path.name for path in self._dir.iterdir()]
        except OSError:
            raise KeyProviderError("The credentials cannot be read.") from None
        return [version for version in map(kek_version, names) if version is not None]

    def _read_kek(self, version: int) -> bytes:
        return self._read(kek_name(version))

    def _read(self, name: str) -> bytes:
        path = self._dir / name
        if not path.exists():
            raise KeyProviderError(
                f"The unit has no credential {name}; make it as docs/operations.md"
                " says and add it with LoadCredentialEncrypted=."
            )
        return key_file.read(path, loose=_LOOSE)
