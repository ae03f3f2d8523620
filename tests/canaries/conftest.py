"""Places where a value could be left in clear, each of them watched."""

import io
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import structlog

from pds.core import logging as application_log
from tests.web.conftest import _hashing_is_cheap

__all__ = ["_hashing_is_cheap"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of all temporary files; none is deleted, so that all can be read."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))

    opened: list[IO[bytes]] = []

    def named(name: str, mode: str = "w+b", *_words: object, **_o: object) -> IO[bytes]:
        return Path(name).open(mode.replace("r", "w"))

    def kept(*words: object, **options: object) -> object:
        name = str(place / f"unnamed-{len(opened)}")
        opened.append(named(name, *words, **options))
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", kept)
    monkeypatch.setattr(
        tempfile.TemporaryDirectory, "_rmtree", classmethod(lambda *_words, **_o: None)
    )
    yield place
    for each in opened:
        each.close()


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """All that the application and its libraries write to their log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    # Not by force: pytest's own handlers stay where they are.
    for each in handlers:
        root.removeHandler(each)
    application_log.configure(stream)
    yield stream
    for each in root.handlers[:]:
        root.removeHandler(each)
    for each in handlers:
        root.addHandler(each)
    root.setLevel(level)
    structlog.reset_defaults()
