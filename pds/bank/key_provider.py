"""The key provider that the settings name."""

from pathlib import Path

from pds.core.key_settings import FILE, PKCS11, SYSTEMD, KeySettings
from pds.core.settings import Settings
from pds.crypto.errors import KeyProviderError
from pds.crypto.providers import KeyProvider
from pds.crypto.providers.file import FileKeyProvider
from pds.crypto.providers.key_file import check_folder
from pds.crypto.providers.key_server import KeyServer
from pds.crypto.providers.systemd import SystemdKeyProvider
from pds.crypto.providers.transit import TransitKeyProvider


def open_key_provider(settings: Settings, *, may_create: bool) -> KeyProvider:
    """Open the keys of this installation.

    Args:
        settings: which provider, and how to reach it.
        may_create: whether a first key may be made (the database has none yet).

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """
    keys = settings.keys
    if keys.key_provider == FILE:
        return FileKeyProvider(
            settings.key_dir, data_dir=settings.data_dir, may_create=may_create
        )
    # No key lies there then, but the high-water mark of the log.
    check_folder(settings.key_dir, may_create=may_create)
    if keys.key_provider == SYSTEMD:
        return SystemdKeyProvider(_given(keys.credentials_dir))
    if keys.key_provider == PKCS11:
        return _pkcs11(keys, may_create=may_create)
    return _transit(keys, may_create=may_create)


def _pkcs11(keys: KeySettings, *, may_create: bool) -> KeyProvider:
    try:
        # The binding is an extra: nobody needs it who has no token.
        from pds.crypto.providers.pkcs11 import (  # noqa: PLC0415 - see above
            Pkcs11KeyProvider,
        )
        from pds.crypto.providers.pkcs11_token import (  # noqa: PLC0415 - see above
            Token,
        )
    except ImportError:
        raise KeyProviderError(
            "INFOBANK_KEY_PROVIDER=pkcs11 needs the package python-pkcs11; install"
            " infobank[pkcs11]."
        ) from None
    token = Token(
        _given(keys.pkcs11_module), keys.pkcs11_token, _given(keys.pkcs11_pin_file)
    )
    return Pkcs11KeyProvider(token, may_create=may_create)


def _transit(keys: KeySettings, *, may_create: bool) -> KeyProvider:
    server = KeyServer(
        keys.transit_url,
        _given(keys.transit_token_file),
        namespace=keys.transit_namespace,
        certificate=keys.transit_certificate,
    )
    return TransitKeyProvider(
        server,
        mount=keys.transit_mount,
        key=keys.transit_key,
        secrets=keys.transit_secrets,
        may_create=may_create,
    )


def _given(path: Path | None) -> Path:
    if path is None:
        raise AssertionError("The settings were checked.")
    return path
