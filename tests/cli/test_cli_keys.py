"""`infobank keys`, run as an operator would."""

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from audit.work import Work
from pds.bank.bank import open_bank
from pds.cli.keys import keys_group
from pds.core.clock import SystemClock
from pds.core.errors import Conflict
from pds.core.settings import Settings
from pds.keys.keyring import ROTATE_AT
from pds.keys.tables import owner_key, owner_key_wrap
from tests.bank.test_key_rotation import make_keys
from tests.prepared import CopyOf

Run = Callable[..., Result]


@pytest.fixture
def run(copy_of: CopyOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    values = {
        "INFOBANK_DATA_DIR": str(tmp_path / "data"),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment(values)
    with (
        copy_of("sqlite", tmp_path, None),
        closing(open_bank(settings, SystemClock())) as bank,
    ):
        make_keys(bank, 3)

        def use(work: Work) -> None:
            is_data = owner_key.c["class"] == 16
            work.connection.execute(
                update(owner_key).where(is_data).values(enc_reserved=ROTATE_AT - 1)
            )

        bank.unit_of_work(use)

    def invoke(*words: str, answer: str = "") -> Result:
        return CliRunner().invoke(keys_group, words, input=answer)

    return invoke


def test_a_rotation_from_beginning_to_end(run: Run, tmp_path: Path) -> None:
    assert "version 1: current, 4 keys, 0 days old" in run("status").output
    assert run("rotate").output.startswith("Version 2 is current.")
    early = run("retire", "1", "--yes")
    assert isinstance(early.exception, Conflict)
    done = run("rewrap")
    assert done.exit_code == 0
    assert "4 keys were wrapped anew." in done.output
    assert run("retire", "1", answer="n\n").exit_code == 1
    key = tmp_path / "keys" / "kek-1.key"
    copy = key.read_bytes()
    assert "is destroyed" in run("retire", "1", answer="y\n").output
    assert not key.exists()
    key.write_bytes(copy)
    key.chmod(0o400)
    assert "version 1: destroyed and THERE AGAIN" in run("status").output
    assert "is destroyed" in run("retire", "1", answer="y\n").output
    assert not key.exists()
    said = run("status").output
    assert "version 1: destroyed, 0 keys" in said
    assert "version 2: current, 4 keys" in said
    assert re.search(r"provider: file; next version due \d{4}-\d\d-\d\d\n", said)
    assert "data keys, active: 3" in said
    assert "3 near their limit" in said


def test_a_key_that_does_not_open_is_told(run: Run, tmp_path: Path) -> None:
    run("rotate")
    settings = Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(tmp_path / "data"),
            "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
        }
    )

    def damage(work: Work) -> None:
        is_data = owner_key_wrap.c["class"] == 16
        work.connection.execute(
            update(owner_key_wrap).where(is_data).values(wrapped=bytes(60))
        )

    with closing(open_bank(settings, SystemClock())) as bank:
        bank.unit_of_work(damage)
    done = run("rewrap")
    assert done.exit_code == 1
    assert "1 keys were wrapped anew." in done.output
    assert "3 wraps do not open" in done.output
    assert "version 1: old, 3 keys" in run("status").output
