import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.formats.reading import Options, read

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample files, which are not ours and not in this repository."""
    default = Path(__file__).parents[3] / "shared" / "samples"
    folder = Path(os.environ.get("INFOBANK_SAMPLES", default))
    if not folder.is_dir():
        pytest.skip(f"No sample files: set INFOBANK_SAMPLES ({folder} is missing).")
    return folder


@pytest.fixture
def read_items():
    """Read a file whole."""

    def read_all(data: bytes, media_type: str = "", *, drop=(), options=None):
        chosen = options or Options(drop_unknown_members=frozenset(drop))
        return list(read(data, media_type, now=NOW, options=chosen))

    return read_all
