"""The key provider that the settings name."""

from pds.core.key_settings import PKCS11, SYSTEMD, TRANSIT
from pds.core.settings import Settings
from pds.crypto.providers import KeyProvider
from pds.crypto.providers.file import FileKeyProvider
from pds.crypto.providers.systemd import SystemdKeyProvider


def open_key_provider(settings: Settings, *, may_create: bool) -> KeyProvider:
    """Open the keys of this installation.

    Args:
        settings: which provider, and how to reach it.
        may_create: whether a first key may be made (the database has none yet).

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """
    if settings.keys.key_provider == SYSTEMD:
        return _systemd(settings)
    return FileKeyProvider(
        settings.key_dir, data_dir=settings.data_dir, may_create=may_create
    )


def _systemd(settings: Settings) -> KeyProvider:
    folder = settings.keys.credentials_dir
    if folder is None:
        raise AssertionError("The settings were checked.")
    return SystemdKeyProvider(folder)
