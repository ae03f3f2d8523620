from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, create_engine, select, update
from sqlalchemy.exc import IntegrityError

from pds.core.clock import SystemClock
from pds.core.database import metadata
from pds.core.ids import OwnerId, RandomIds
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import KeyProvider
from pds.crypto.providers.file import FileKeyProvider
from pds.keys.checks import check_provider, may_create, named_secret
from pds.keys.classes import KeyClass, KeyState, is_known
from pds.keys.errors import KeyHeld, KeyUnavailable
from pds.keys.keyring import BLOCK, HARD_LIMIT, ROTATE_AT, Keyring
from pds.keys.tables import kek_check, owner_key, owner_key_wrap

NOW = datetime(2026, 4, 1, tzinfo=UTC)
TARO = OwnerId(UUID(int=1))
HANAKO = OwnerId(UUID(int=2))
OBJECT = bytes(16)
FAMILY = 16


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        metadata.create_all(opened, tables=[owner_key, owner_key_wrap, kek_check])
        yield opened
    engine.dispose()


@pytest.fixture
def provider(tmp_path: Path) -> FileKeyProvider:
    return open_provider(tmp_path / "keys", new=True)


def open_provider(folder: Path, *, new: bool = False) -> FileKeyProvider:
    data = folder.parent / "data"
    return FileKeyProvider(folder, data_dir=data, may_create=new)


def make_ring(provider: KeyProvider, cache_size: int = 100) -> Keyring:
    return Keyring(provider, RandomIds(SystemClock()), cache_size=cache_size)


@pytest.fixture
def ring(provider: FileKeyProvider) -> Keyring:
    return make_ring(provider)


def reserved(connection: Connection) -> int:
    found: int = connection.execute(select(owner_key.c.enc_reserved)).scalar_one()
    return found


def test_what_one_process_seals_another_opens(
    connection: Connection, ring: Keyring, provider: FileKeyProvider
) -> None:
    until = NOW + timedelta(days=365)
    made = ring.create(connection, TARO, FAMILY, now=NOW, destroy_after=until)
    envelope = ring.seal(connection, made, UUID(int=9), 1, b"sys.raw", b"text")
    other = make_ring(provider)
    key = other.open(connection, TARO, FAMILY, made.generation)
    assert other.unseal(key, envelope, UUID(int=9), 1, b"sys.raw") == b"text"
    assert key.destroy_after == until
    assert key.data_key.commitment == made.data_key.commitment
    assert other.active(connection, TARO, FAMILY).generation == 1
    # The second opening comes from the cache and is the very same object.
    again = other.open(connection, TARO, FAMILY, 1)
    assert again.data_key is key.data_key


def test_a_new_generation_leaves_the_old_one_for_reading(
    connection: Connection, ring: Keyring
) -> None:
    first = ring.create(connection, TARO, FAMILY, now=NOW)
    envelope = ring.seal(connection, first, OBJECT, 1, b"x", b"text")
    second = ring.create(connection, TARO, FAMILY, now=NOW)
    assert (first.generation, second.generation) == (1, 2)
    assert ring.active(connection, TARO, FAMILY).generation == 2
    old = ring.open(connection, TARO, FAMILY, 1)
    assert ring.unseal(old, envelope, OBJECT, 1, b"x") == b"text"
    with pytest.raises(EnvelopeError):
        ring.unseal(second, envelope, OBJECT, 1, b"x")
    fresh = make_ring(ring._provider)
    old = fresh.open(connection, TARO, FAMILY, 1)
    with pytest.raises(KeyUnavailable, match="no more"):
        fresh.seal(connection, old, OBJECT, 1, b"x", b"text")


def test_each_consent_keeps_its_own_active_generation(
    connection: Connection, ring: Keyring
) -> None:
    first = ring.create(connection, TARO, KeyClass.CONSENT, now=NOW)
    ring.create(connection, TARO, KeyClass.CONSENT, now=NOW)
    key = ring.open(connection, TARO, KeyClass.CONSENT, first.generation)
    envelope = ring.seal(connection, key, OBJECT, 2, b"sys.consent", b"later event")
    assert ring.unseal(key, envelope, OBJECT, 2, b"sys.consent") == b"later event"


def test_the_database_holds_one_active_generation(
    connection: Connection, ring: Keyring
) -> None:
    ring.create(connection, TARO, FAMILY, now=NOW)
    ring.create(connection, TARO, FAMILY, now=NOW)
    with pytest.raises(IntegrityError):
        connection.execute(update(owner_key).values(state=KeyState.ACTIVE))


def test_missing_and_unknown_keys_are_refused(
    connection: Connection, ring: Keyring
) -> None:
    with pytest.raises(KeyUnavailable):
        ring.active(connection, TARO, FAMILY)
    with pytest.raises(KeyUnavailable):
        ring.open(connection, TARO, FAMILY, 1)
    for number in (0, 6, 15, 256):
        assert not is_known(number)
        with pytest.raises(ValueError, match="class"):
            ring.create(connection, TARO, number, now=NOW)


def test_a_destroyed_key_is_refused_by_a_process_that_has_it_open(
    connection: Connection, ring: Keyring, provider: FileKeyProvider
) -> None:
    made = ring.create(connection, TARO, FAMILY, now=NOW)
    warm = make_ring(provider)
    warm.open(connection, TARO, FAMILY, 1)
    ring.destroy(connection, TARO, FAMILY, made.generation)
    ring.destroy(connection, TARO, FAMILY, made.generation)
    for keys in (warm, ring):
        with pytest.raises(KeyUnavailable, match="destroyed"):
            keys.open(connection, TARO, FAMILY, 1)
        with pytest.raises(KeyUnavailable):
            keys.active(connection, TARO, FAMILY)
        with pytest.raises(KeyUnavailable, match="destroyed"):
            keys.ensure(connection, TARO, FAMILY, now=NOW)
    assert connection.execute(select(owner_key_wrap)).all() == []
    left = connection.execute(select(owner_key)).one()
    assert left.commitment == made.data_key.commitment


def test_a_hold_forbids_destruction(connection: Connection, ring: Keyring) -> None:
    ring.create(connection, TARO, FAMILY, now=NOW)
    connection.execute(update(owner_key).values(hold=1))
    with pytest.raises(KeyHeld):
        ring.destroy(connection, TARO, FAMILY, 1)
    assert ring.open(connection, TARO, FAMILY, 1).generation == 1


def test_a_wrap_moved_to_another_owner_does_not_open(
    connection: Connection, ring: Keyring, provider: FileKeyProvider
) -> None:
    ring.create(connection, TARO, FAMILY, now=NOW)
    ring.create(connection, HANAKO, FAMILY, now=NOW)
    stolen = connection.execute(
        select(owner_key_wrap.c.wrapped).where(owner_key_wrap.c.owner_id == TARO)
    ).scalar_one()
    connection.execute(
        update(owner_key_wrap)
        .where(owner_key_wrap.c.owner_id == HANAKO)
        .values(wrapped=stolen)
    )
    for keys in (ring, make_ring(provider)):
        with pytest.raises(EnvelopeError):
            keys.open(connection, HANAKO, FAMILY, 1)


def test_a_key_that_is_not_the_committed_one_does_not_open(
    connection: Connection, ring: Keyring, provider: FileKeyProvider
) -> None:
    ring.create(connection, TARO, FAMILY, now=NOW)
    connection.execute(update(owner_key).values(commitment=bytes(32)))
    with pytest.raises(EnvelopeError):
        make_ring(provider).open(connection, TARO, FAMILY, 1)


def test_encryptions_are_reserved_in_blocks_before_use(
    connection: Connection, ring: Keyring
) -> None:
    key = ring.ensure(connection, TARO, FAMILY, now=NOW)
    assert reserved(connection) == 0
    for _ in range(3):
        ring.seal(connection, key, OBJECT, 1, b"x", b"")
    assert reserved(connection) == BLOCK
    ring._counters._left[(TARO.bytes, FAMILY, 1)] = (BLOCK, 0)
    ring.seal(connection, key, OBJECT, 1, b"x", b"")
    assert reserved(connection) == 2 * BLOCK


def test_a_reservation_that_was_rolled_back_is_made_again(
    connection: Connection, ring: Keyring
) -> None:
    key = ring.ensure(connection, TARO, FAMILY, now=NOW)
    connection.commit()
    ring.seal(connection, key, OBJECT, 1, b"x", b"")
    connection.rollback()
    assert reserved(connection) == 0
    key = ring.ensure(connection, TARO, FAMILY, now=NOW)
    ring.seal(connection, key, OBJECT, 1, b"x", b"")
    # Twice: some of the first may have been used.
    assert reserved(connection) == 2 * BLOCK


def test_a_much_used_key_gives_way_to_a_new_generation(
    connection: Connection, ring: Keyring
) -> None:
    until = NOW + timedelta(days=1)
    ring.create(connection, TARO, FAMILY, now=NOW, destroy_after=until)
    assert ring.ensure(connection, TARO, FAMILY, now=NOW).generation == 1
    connection.execute(update(owner_key).values(enc_reserved=ROTATE_AT))
    rotated = ring.ensure(connection, TARO, FAMILY, now=NOW)
    assert rotated.generation == 2
    assert rotated.destroy_after == until


def test_a_retired_key_gives_way_at_its_next_use(
    connection: Connection, ring: Keyring
) -> None:
    until = NOW + timedelta(days=1)
    ring.create(connection, TARO, FAMILY, now=NOW, destroy_after=until)
    ring.retire(connection, TARO, FAMILY)
    made = ring.ensure(connection, TARO, FAMILY, now=NOW)
    assert (made.generation, made.destroy_after) == (2, until)
    ring.retire(connection, TARO, FAMILY)
    ring.destroy(connection, TARO, FAMILY, 2)
    with pytest.raises(KeyUnavailable, match="destroyed"):
        ring.ensure(connection, TARO, FAMILY, now=NOW)


def test_no_key_seals_beyond_its_limit(connection: Connection, ring: Keyring) -> None:
    key = ring.create(connection, TARO, FAMILY, now=NOW)
    connection.execute(update(owner_key).values(enc_reserved=HARD_LIMIT - BLOCK + 1))
    with pytest.raises(KeyUnavailable, match="no more"):
        ring.seal(connection, key, OBJECT, 1, b"x", b"")


def test_a_small_cache_forgets_and_still_works(
    connection: Connection, provider: FileKeyProvider
) -> None:
    ring = make_ring(provider, cache_size=1)
    envelopes = {}
    for owner in (TARO, HANAKO):
        key = ring.create(connection, owner, FAMILY, now=NOW)
        envelopes[owner] = ring.seal(connection, key, OBJECT, 1, b"x", owner.bytes)
    for owner in (TARO, HANAKO, TARO):
        key = ring.active(connection, owner, FAMILY)
        assert ring.unseal(key, envelopes[owner], OBJECT, 1, b"x") == owner.bytes
        ring.seal(connection, key, OBJECT, 2, b"x", b"")


def test_a_start_with_the_right_key_passes(
    connection: Connection, provider: FileKeyProvider, tmp_path: Path
) -> None:
    assert may_create(connection)
    check_provider(connection, provider, now=NOW)
    assert not may_create(connection)
    check_provider(connection, open_provider(tmp_path / "keys"), now=NOW)
    assert len(connection.execute(select(kek_check)).all()) == 1


def test_a_start_with_another_key_is_refused(
    connection: Connection, provider: FileKeyProvider, tmp_path: Path
) -> None:
    check_provider(connection, provider, now=NOW)
    other = open_provider(tmp_path / "other", new=True)
    with pytest.raises(KeyProviderError, match="not the one"):
        check_provider(connection, other, now=NOW)
    (tmp_path / "other" / "kek-1.key").rename(tmp_path / "other" / "kek-2.key")
    with pytest.raises(KeyProviderError, match=r"Version 1 .* missing"):
        check_provider(connection, open_provider(tmp_path / "other"), now=NOW)


def test_a_new_version_is_noted_beside_the_old_one(
    connection: Connection, provider: FileKeyProvider, tmp_path: Path
) -> None:
    check_provider(connection, provider, now=NOW)
    open_provider(tmp_path / "other", new=True)
    (tmp_path / "other" / "kek-1.key").rename(tmp_path / "keys" / "kek-2.key")
    check_provider(connection, open_provider(tmp_path / "keys"), now=NOW)
    versions = connection.execute(select(kek_check.c.version)).scalars().all()
    assert sorted(versions) == [1, 2]


def test_named_secrets_belong_to_their_database(
    connection: Connection, provider: FileKeyProvider, tmp_path: Path
) -> None:
    secret = named_secret(connection, provider, "login-pepper", now=NOW)
    assert named_secret(connection, provider, "login-pepper", now=NOW) == secret
    path = tmp_path / "keys" / "login-pepper.key"
    path.unlink()
    with pytest.raises(KeyProviderError, match="missing"):
        named_secret(connection, provider, "login-pepper", now=NOW)
    provider.named_secret("login-pepper", may_create=True)
    with pytest.raises(KeyProviderError, match="not the one"):
        named_secret(connection, provider, "login-pepper", now=NOW)
