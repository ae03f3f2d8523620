"""The log's second key: each published checkpoint is signed with ML-DSA-44 besides."""

import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from audit import store
from audit.checkpoint import open_checkpoint
from audit.entry import Entry
from audit.errors import VerificationError
from audit.leaf import EventType
from audit.note import SignatureType, open_note, parse_vkey
from audit.signer import (
    SECOND_KEY_FILE,
    KeyFileError,
    LogSigner,
    create_second_key,
    load_signer,
)
from audit.verifier.__main__ import main as verify
from pds.bank.bank import Bank, open_bank
from pds.cli.audit import write
from pds.cli.witness import log_key
from pds.core.settings import Settings
from tests.fakes import FrozenClock

ENTRY = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
ORIGIN = "log.example/1"
SIGNER = LogSigner(ORIGIN, bytes(32), bytes(range(32)))


@pytest.fixture
def second(settings: Settings) -> Settings:
    return replace(settings, log_ml_dsa=True)


def published(bank: Bank) -> str:
    with bank.read() as view:
        latest = store.latest_checkpoint(view.connection)
    assert latest is not None
    return latest.note


def act(bank: Bank) -> str:
    """Record something; return the checkpoint that its receipt would carry."""
    outcome = bank.recorded(lambda work: work.log.record(ENTRY))
    assert outcome.integration is not None
    return outcome.integration.checkpoint


def test_only_what_is_published_has_the_second_line(
    second: Settings, clock: FrozenClock
) -> None:
    with closing(open_bank(second, clock)) as bank:
        vkey, vkey_2 = bank.signer.vkeys.split("\n")
        receipts = act(bank)
        note = None
    with closing(open_bank(second, clock)) as bank:
        note = published(bank)

    assert receipts.count("\n— ") == 1
    assert note.count("\n— ") == 2
    for keys in ([vkey], [vkey_2], [vkey, vkey_2]):
        checkpoint, opened = open_checkpoint(note, keys)
        assert checkpoint.origin == second.log_origin
        assert [each.key.encode() for each in opened.signatures] == keys
    assert parse_vkey(vkey_2).type is SignatureType.ML_DSA_44
    assert parse_vkey(vkey_2).name == second.log_origin
    (stated,) = (each.time for each in open_note(note, [vkey_2]).signatures)
    assert stated == int(clock.now().timestamp())


def test_the_key_stays_and_is_never_made_again(
    second: Settings, clock: FrozenClock
) -> None:
    file = second.key_dir / SECOND_KEY_FILE
    with closing(open_bank(second, clock)) as bank:
        vkeys = bank.signer.vkeys
        act(bank)
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    with closing(open_bank(second, clock)) as bank:
        assert bank.signer.vkeys == vkeys

    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(KeyFileError, match="signed before"):
        open_bank(second, clock)
    assert not file.exists()
    file.write_bytes(kept)
    with pytest.raises(KeyFileError, match="open to others"):
        open_bank(second, clock)


def test_a_log_may_begin_and_end_with_it(
    settings: Settings, second: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    for index, each in enumerate((settings, second, settings)):
        with closing(open_bank(each, clock)) as bank:
            act(bank)
        with closing(open_bank(each, clock)) as bank:
            write(bank, tmp_path / str(index))

            assert published(bank).count("\n— ") == 1 + each.log_ml_dsa
        keys = (tmp_path / str(index) / "vkey").read_text().splitlines()
        assert len(keys) == 1 + each.log_ml_dsa
        assert verify([str(tmp_path / str(index))]) == 0


def test_a_policy_may_ask_for_it(
    settings: Settings, second: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    with closing(open_bank(settings, clock)) as bank:
        act(bank)
    with closing(open_bank(settings, clock)) as bank:
        write(bank, tmp_path / "without")
    with closing(open_bank(second, clock)) as bank:
        act(bank)
    with closing(open_bank(second, clock)) as bank:
        vkey, vkey_2 = bank.signer.vkeys.split("\n")
        write(bank, tmp_path / "with")
    policy = tmp_path / "policy"

    policy.write_text(f"log {vkey}\nwitness second {vkey_2}\nquorum second\n")
    asked = ["--policy", str(policy)]
    assert verify([str(tmp_path / "with"), *asked]) == 0
    assert verify([str(tmp_path / "without"), *asked]) == 1
    # An older reader has the first key only, and a future one perhaps the second.
    assert verify([str(tmp_path / "with"), "--vkey", vkey]) == 0
    forged = tmp_path / "with/checkpoint"
    forged.write_text(wrong(forged.read_text()))
    assert verify([str(tmp_path / "with"), *asked]) == 1
    assert verify([str(tmp_path / "with"), "--vkey", vkey]) == 0


def wrong(note: str) -> str:
    """Change one character within the last signature."""
    place = len(note) - 100
    return note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]


@pytest.mark.parametrize(
    "forge",
    [
        wrong,
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace(ORIGIN, "log.example/2"),
    ],
)
def test_a_forged_second_line_rejects_the_note(forge: Callable[[str], str]) -> None:
    vkey_2 = SIGNER.vkeys.split("\n")[1]
    note = SIGNER.complete(SIGNER.sign(7, bytes(32)), FrozenClock().now())
    open_note(note, [vkey_2])

    with pytest.raises(VerificationError):
        open_note(forge(note), [vkey_2])


def test_without_a_second_key_a_note_stays_as_it_is() -> None:
    plain = LogSigner(ORIGIN, bytes(32))
    note = plain.sign(7, bytes(32))

    assert plain.complete(note, FrozenClock().now()) == note
    assert plain.vkeys == plain.vkey == SIGNER.vkey
    with pytest.raises(KeyFileError, match="255"):
        LogSigner("a" * 256, bytes(32), bytes(32))


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    starting = [
        Thread(target=create_second_key, args=(tmp_path, bytes([n]) * 32, None))
        for n in range(8)
    ]
    for each in starting:
        each.start()
    for each in starting:
        each.join()

    assert [each.name for each in tmp_path.iterdir()] == [SECOND_KEY_FILE]
    (tmp_path / "log-ed25519.key").write_bytes(
        (tmp_path / SECOND_KEY_FILE).read_bytes()
    )
    (tmp_path / "log-ed25519.key").chmod(0o400)
    assert len(load_signer(tmp_path, ORIGIN, ml_dsa=True).vkeys.split()) == 2


def test_a_note_without_it_does_not_stop_the_making_of_a_key(tmp_path: Path) -> None:
    create_second_key(tmp_path, bytes(32), SIGNER.sign(7, bytes(32)))
    made = (tmp_path / SECOND_KEY_FILE).read_bytes()
    create_second_key(tmp_path, bytes([1]) * 32, None)

    assert (tmp_path / SECOND_KEY_FILE).read_bytes() == made


def test_a_witness_takes_the_key_that_is_on_every_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "vkey").write_text(SIGNER.vkeys + "\n")

    assert log_key(tmp_path / "vkey") == SIGNER.verifier
