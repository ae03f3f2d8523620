from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from pds.core.clock import SystemClock
from pds.core.database import metadata
from pds.core.ids import OwnerId, RandomIds
from pds.crypto.errors import EnvelopeError
from pds.crypto.providers.file import FileKeyProvider
from pds.keys.keyring import Keyring
from pds.keys.tables import kek_check, owner_key, owner_key_wrap


class ShortProvider(FileKeyProvider):
    """A provider that gives back less than a key."""

    def unwrap(self, *_: object) -> bytes:
        return b"short"


def test_a_provider_that_gives_back_no_key_opens_nothing(tmp_path: Path) -> None:
    provider = ShortProvider(
        tmp_path / "keys", data_dir=tmp_path / "data", may_create=True
    )
    engine = create_engine("sqlite://")
    ring = Keyring(provider, RandomIds(SystemClock()))
    owner = OwnerId(UUID(int=1))
    with engine.connect() as connection:
        metadata.create_all(connection, tables=[kek_check, owner_key, owner_key_wrap])
        ring.create(connection, owner, 16, now=datetime(2026, 1, 1, tzinfo=UTC))
        with pytest.raises(EnvelopeError):
            ring.open(connection, owner, 16, 1)
    engine.dispose()
