"""Keys that are unwrapped elsewhere are forgotten soon."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, create_engine

from pds.core.clock import SystemClock
from pds.core.database import metadata
from pds.core.ids import OwnerId, RandomIds
from pds.crypto.errors import KeyProviderError
from pds.crypto.providers import Capabilities, Wrapped
from pds.crypto.providers.file import FileKeyProvider
from pds.crypto.wrap import WrapPlace
from pds.keys.keyring import REMEMBERED, Keyring
from pds.keys.tables import kek_check, owner_key, owner_key_wrap

OWNER = OwnerId(UUID(int=1))
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Counting(FileKeyProvider):
    """Counts what is unwrapped, and can be out of reach."""

    unwrapped = 0
    is_silent = False

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        if self.is_silent:
            raise KeyProviderError("The key server does not answer.")
        self.unwrapped += 1
        return super().unwrap(place, wrapped)


class Remote(Counting):
    capabilities = Capabilities(
        adds_versions=True, destroys_versions=True, is_remote=True
    )


class Moments:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        metadata.create_all(opened, tables=[kek_check, owner_key, owner_key_wrap])
        yield opened
    engine.dispose()


def ring_of(
    kind: type[Counting], folder: Path, moments: Moments
) -> tuple[Keyring, Counting]:
    provider = kind(folder / "keys", data_dir=folder / "data", may_create=True)
    return Keyring(provider, RandomIds(SystemClock()), monotonic=moments), provider


def test_a_remote_key_stays_open_for_a_minute(
    connection: Connection, tmp_path: Path
) -> None:
    moments = Moments()
    ring, provider = ring_of(Remote, tmp_path, moments)
    ring.create(connection, OWNER, 16, now=NOW)
    for _ in range(3):
        ring.open(connection, OWNER, 16, 1)
        moments.seconds += (REMEMBERED - 1) / 2
    assert provider.unwrapped == 1
    moments.seconds += 1
    ring.open(connection, OWNER, 16, 1)
    assert provider.unwrapped == 2


def test_use_does_not_make_it_last_longer(
    connection: Connection, tmp_path: Path
) -> None:
    moments = Moments()
    ring, provider = ring_of(Remote, tmp_path, moments)
    ring.create(connection, OWNER, 16, now=NOW)
    ring.open(connection, OWNER, 16, 1)
    provider.is_silent = True
    moments.seconds += REMEMBERED - 1
    ring.open(connection, OWNER, 16, 1)
    moments.seconds += 1
    with pytest.raises(KeyProviderError, match="does not answer"):
        ring.open(connection, OWNER, 16, 1)


def test_a_local_key_stays_open(connection: Connection, tmp_path: Path) -> None:
    moments = Moments()
    ring, provider = ring_of(Counting, tmp_path, moments)
    ring.create(connection, OWNER, 16, now=NOW)
    ring.open(connection, OWNER, 16, 1)
    moments.seconds += 10 * REMEMBERED
    ring.open(connection, OWNER, 16, 1)
    assert provider.unwrapped == 1
