"""Known-value checks: the service refuses to start with keys that are not its own.

Each KEK version has a wrapped known value in the database, each named secret a hash.
A key or secret is made only while the database has no such row.
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import Connection, insert, select

from pds.core.ids import BANK
from pds.crypto.datakey import hkdf_expand
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import KeyProvider, Wrapped
from pds.crypto.wrap import WrapPlace
from pds.keys.tables import kek_check
from pds.keys.versions import history, is_needed, used_versions

KNOWN_VALUE = sha256(b"ib1/kek-check").digest()
_PLACE = WrapPlace(BANK.bytes, 0, 0)
_KEK = "kek"
_ALG_SECRET = _ALG_NONE = 0
"""Of a named secret's hash, and of a version that may wrap no value to be known by."""


def may_create(connection: Connection) -> bool:
    """Say whether the database is so new that a first key may be made for it."""
    found = connection.execute(select(kek_check.c.version).limit(1)).first()
    return found is None


def check_provider(
    connection: Connection, provider: KeyProvider, *, now: datetime
) -> None:
    """Test every KEK version, and note each that the provider shows and that is new.

    Those that never were the current one here count too: whatever has no row has no
    end, and keys may lie under it in some copy.

    Raises:
        KeyProviderError: the newest version that was noted, or one that any wrap is
            of, is missing, or a noted one is another key.
    """
    _check_versions(connection, provider)
    _check_used(connection, provider)
    for version in unnoted(connection, provider.versions):
        made = _known_value(provider, version)
        _note(connection, _KEK, version, made.alg, made.blob, now)


def verify(connection: Connection, provider: KeyProvider) -> int:
    """Test every KEK version and every named secret; write nothing, return how many.

    Raises:
        KeyProviderError: one is missing or is not the one of this database.
    """
    versions = _check_versions(connection, provider)
    _check_used(connection, provider)
    rows = connection.execute(
        select(kek_check.c.name, kek_check.c.value).where(kek_check.c.name != _KEK)
    ).all()
    for name, value in rows:
        _compare(name, provider.named_secret(name, may_create=False), value)
    return len(versions) + len(rows)


def unnoted(connection: Connection, shown: Collection[int]) -> list[int]:
    """Return those of a provider's KEK versions that have no row here, ascending."""
    return sorted(set(shown) - {each.version for each in history(connection)})


def is_another(connection: Connection, provider: KeyProvider, version: int) -> bool:
    """Say whether a version that is there is another key than was noted as it."""
    row = connection.execute(
        select(kek_check.c.alg, kek_check.c.value).where(
            kek_check.c.name == _KEK, kek_check.c.version == version
        )
    ).one()
    if row.alg == _ALG_NONE:
        return False
    return not _opens(provider, Wrapped(row.alg, version, row.value))


def named_secret(
    connection: Connection, provider: KeyProvider, name: str, *, now: datetime
) -> bytes:
    """Return the 32 bytes kept under a name, and make them once per database.

    Raises:
        KeyProviderError: the secret is missing or is not the one of this database.
    """
    noted = _noted_secret(connection, name)
    secret = provider.named_secret(name, may_create=noted is None)
    if noted is None:
        _note(connection, name, 1, _ALG_SECRET, _fingerprint(name, secret), now)
    else:
        _compare(name, secret, noted)
    return secret


def is_noted(connection: Connection, name: str) -> bool:
    """Say whether the database knows a secret of this name, so that it may be lost."""
    return _noted_secret(connection, name) is not None


def _noted_secret(connection: Connection, name: str) -> bytes | None:
    query = select(kek_check.c.value).where(kek_check.c.name == name)
    return connection.execute(query).scalar()


def _fingerprint(name: str, secret: bytes) -> bytes:
    return hkdf_expand(secret, b"ib1/secret-check/" + name.encode(), 32)


def _compare(name: str, secret: bytes, noted: bytes) -> None:
    if not compare_digest(noted, _fingerprint(name, secret)):
        raise KeyProviderError(
            f"The secret {name} is not the one that this database was written with."
        )


def _check_versions(
    connection: Connection, provider: KeyProvider
) -> dict[int, Wrapped]:
    noted = _noted(connection)
    for version, wrapped in noted.items():
        if version in provider.versions or _is_needed(connection, noted, version):
            _check_version(provider, version, wrapped)
    return noted


def _is_needed(connection: Connection, noted: dict[int, Wrapped], version: int) -> bool:
    """Say whether this database cannot do without a version.

    A backup of between a rewrapping and the end of the old version knows that version
    as one that is there, and has nothing under it. It outlives the version.
    """
    return version == max(noted) or is_needed(connection, version)


def _noted(connection: Connection) -> dict[int, Wrapped]:
    rows = connection.execute(
        select(kek_check.c.version, kek_check.c.alg, kek_check.c.value).where(
            # A retiring version may be gone, and nothing is wrapped by it.
            kek_check.c.name == _KEK,
            kek_check.c.retiring_at.is_(None),
            kek_check.c.alg != _ALG_NONE,
        )
    )
    return {row.version: Wrapped(row.alg, row.version, row.value) for row in rows}


def _known_value(provider: KeyProvider, version: int) -> Wrapped:
    try:
        return provider.wrap_by(version, _PLACE, KNOWN_VALUE)
    except EnvelopeError:
        # It only decrypts any more. Its row is what gives it an end.
        return Wrapped(_ALG_NONE, version, b"")


def _check_used(connection: Connection, provider: KeyProvider) -> None:
    for version in used_versions(connection):
        if version not in provider.versions:
            raise KeyProviderError(
                f"Version {version} of the key-encryption key is missing, and keys are"
                " wrapped by it; put it back."
            )


def _check_version(provider: KeyProvider, version: int, wrapped: Wrapped) -> None:
    if version not in provider.versions:
        raise KeyProviderError(
            f"Version {version} of the key-encryption key is missing; put it back. If"
            " its epoch is over and it was destroyed, this database is an old copy that"
            " nothing opens any more."
        )
    if not _opens(provider, wrapped):
        raise KeyProviderError(
            f"Version {version} of the key-encryption key is not the one that this"
            " database was written with."
        )


def _opens(provider: KeyProvider, wrapped: Wrapped) -> bool:
    try:
        found = provider.unwrap(_PLACE, wrapped)
    except EnvelopeError:
        return False
    return compare_digest(found, KNOWN_VALUE)


def _note(
    connection: Connection,
    name: str,
    version: int,
    alg: int,
    value: bytes,
    now: datetime,
) -> None:
    connection.execute(
        insert(kek_check).values(
            name=name, version=version, alg=alg, value=value, created_at=now
        )
    )
