"""Before a bank opens: its keys are those of the database, and its log has begun."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from audit import known_time, person, store
from audit.head import create_head, read_head
from audit.pseudonyms import SECRET, Pseudonyms
from audit.signer import LogSigner
from audit.work import Work
from pds.bank import kek_acts, schema
from pds.bank.erasing_again import erase_again
from pds.bank.errors import translated
from pds.bank.key_provider import open_key_provider
from pds.bank.log_keys import open_signer
from pds.core.errors import NotFound
from pds.core.ids import BANK, Ids
from pds.core.settings import Settings
from pds.crypto.providers import KeyProvider
from pds.keys import checks, versions


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a bank, opened.

    Attributes:
        provider: holds the key-encryption keys.
        pseudonyms: names persons for auditors.
        signer: signs the log's checkpoints.
    """

    provider: KeyProvider
    pseudonyms: Pseudonyms
    signer: LogSigner


def open_keys(settings: Settings, engine: Engine, ids: Ids) -> Keys:
    """Open the keys; make them only for a database that was never opened before.

    Raises:
        KeyProviderError: a key is missing or cannot be used.
        Unavailable: the database cannot be read, or is of another schema.
    """
    try:
        with engine.connect() as connection:
            schema.check_current(connection)
            is_new = checks.may_create(connection)
            is_named = checks.is_noted(connection, SECRET)
            latest = store.latest_checkpoint(connection)
            connection.rollback()
    except DBAPIError as error:
        raise translated(error) from None
    provider = open_key_provider(settings, may_create=is_new)
    secret = provider.named_secret(SECRET, may_create=not is_named)
    note = None if latest is None else latest.note
    signer = open_signer(settings, provider, ids, is_new=is_new, published=note)
    return Keys(provider, Pseudonyms(secret), signer)


def begin(work: Work, settings: Settings, provider: KeyProvider) -> None:
    """Check the keys; begin the log of a new database; erase again what came back.

    Raises:
        KeyProviderError: a key is not the one of this database.
        Unavailable: `erasure.ledger`; the ledger cannot be read.
    """
    days = settings.keys
    epochs = versions.epochs(days.erasure_days, days.backup_days)
    kek_acts.check(work, provider, epochs)
    checks.named_secret(work.connection, provider, SECRET, now=work.now)
    try:
        read_head(work.connection)
    except NotFound:
        create_head(work.connection, settings.log_origin)
        known_time.begin(work)
        person.open_subject(work, BANK)
    erase_again(work, settings)
