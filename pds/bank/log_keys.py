"""The log's keys when the bank starts: made once, never in place of lost ones."""

from audit.signer import (
    KEY_FILE,
    LogSigner,
    create_key,
    create_second_key,
    load_signer,
)
from pds.core.ids import Ids
from pds.core.settings import Settings


def open_signer(
    settings: Settings, ids: Ids, *, is_new: bool, published: str | None
) -> LogSigner:
    """Return the signer of the log.

    Args:
        settings: of the installation.
        ids: where secrets come from.
        is_new: whether the database was never opened before.
        published: the newest published checkpoint.

    Raises:
        KeyFileError: a key is missing, malformed, or open to group or others.
    """
    folder = settings.key_dir
    if is_new and not (folder / KEY_FILE).exists():
        create_key(folder, ids.secret(32))
    if settings.log_ml_dsa:
        create_second_key(folder, ids.secret(32), published)
    return load_signer(folder, settings.log_origin, ml_dsa=settings.log_ml_dsa)
