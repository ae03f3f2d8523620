"""The log's keys when the bank starts: made once, never in place of lost ones.

Key files are the log's own business (`audit.signer`). Every other provider keeps the
seeds as secrets with the names of those files, so that they have one home with the
rest.
"""

from audit.signer import (
    KEY_FILE,
    SECOND_KEY_FILE,
    LogSigner,
    create_key,
    create_second_key,
    is_completed,
)
from audit.signer import load_signer as load_from_files
from pds.bank.key_provider import open_key_provider
from pds.core.ids import Ids
from pds.core.key_settings import FILE
from pds.core.settings import Settings
from pds.crypto.providers import KeyProvider


def open_signer(
    settings: Settings,
    provider: KeyProvider,
    ids: Ids,
    *,
    is_new: bool,
    published: str | None,
) -> LogSigner:
    """Return the signer of the log.

    Args:
        settings: of the installation.
        provider: keeps the log's keys, unless they are files.
        ids: where secrets come from.
        is_new: whether the database was never opened before.
        published: the newest published checkpoint.

    Raises:
        KeyFileError: a key is missing, malformed, or open to group or others.
        KeyProviderError: the provider has no such key, or does not answer.
    """
    if provider.kind == FILE:
        _create_files(settings, ids, is_new=is_new, published=published)
    else:
        provider.named_secret(_name(KEY_FILE), may_create=is_new)
        if settings.log_ml_dsa:
            never_signed = published is None or not is_completed(published)
            provider.named_secret(_name(SECOND_KEY_FILE), may_create=never_signed)
    return load_signer(settings, provider)


def load_signer(
    settings: Settings, provider: KeyProvider | None = None, origin: str | None = None
) -> LogSigner:
    """Read the log's keys and make none.

    Args:
        settings: of the installation.
        provider: keeps the log's keys, unless they are files; opened if None.
        origin: name of an earlier log, whose second key is not asked for; the log of
            the settings with all its keys if None.

    Raises:
        KeyFileError: a key is missing, malformed, or open to group or others.
        KeyProviderError: the provider has no such key, or does not answer.
    """
    with_second = settings.log_ml_dsa and origin is None
    name = settings.log_origin if origin is None else origin
    if settings.keys.key_provider == FILE:
        return load_from_files(settings.key_dir, name, ml_dsa=with_second)
    provider = provider or open_key_provider(settings, may_create=False)
    first = provider.named_secret(_name(KEY_FILE), may_create=False)
    if not with_second:
        return LogSigner(name, first)
    second = provider.named_secret(_name(SECOND_KEY_FILE), may_create=False)
    return LogSigner(name, first, second)


def _create_files(
    settings: Settings, ids: Ids, *, is_new: bool, published: str | None
) -> None:
    folder = settings.key_dir
    if is_new and not (folder / KEY_FILE).exists():
        create_key(folder, ids.secret(32))
    if settings.log_ml_dsa:
        create_second_key(folder, ids.secret(32), published)


def _name(file: str) -> str:
    return file.removesuffix(".key")
