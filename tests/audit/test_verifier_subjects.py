"""Disclosed handle keys and opened details, checked against an export."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import export, store
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import read_head
from audit.leaf import EventType
from audit.recorder import K_SUB_LABEL
from audit.sequencer import append
from audit.signer import LogSigner
from audit.subject import Cursor, page
from audit.verifier.__main__ import main
from audit.verifier.openings import parse_opening
from audit.verifier.subjects import parse_handle_keys
from pds.core.ids import BANK
from pds.keys.classes import KeyClass

SIGNER = LogSigner("log.infobank.example/1", bytes(range(32)))


@pytest.fixture
def exported(work, tmp_path):
    for _ in range(4):
        work.log.record(Entry(type=EventType.LOG_TALLY, detail={"object": "x"}))
    drafts = work.log.drafts
    batch = append(work.connection, read_head(work.connection), drafts, 1)
    note = LogSigner(SIGNER.verifier.name, bytes(range(32))).sign(5, batch.head.root())
    store.publish(work.connection, 5, note, work.now)
    export.export(work.connection, tmp_path / "export", SIGNER.vkey)
    return tmp_path / "export"


@pytest.fixture
def k_sub(keys, exported):
    return keys.active(None, BANK, KeyClass.AUDIT).data_key.derive(K_SUB_LABEL, 32)


@pytest.fixture
def run(exported, tmp_path, capsys):
    def start(text, *options):
        file = tmp_path / "file"
        file.write_text(text)
        status = main([str(exported), "--vkey", SIGNER.vkey, *options, str(file)])
        return status, capsys.readouterr().out

    return start


def test_a_subject_whose_entries_are_all_there_is_told_so(run, k_sub):
    line = json.dumps({"gen": 1, "k_sub": k_sub.hex(), "n": 5})

    for text in (line, f"# the bank\n\n1 {k_sub.hex()} 5\n"):
        status, said = run(text, "--census", "--subject")
        assert status == 0
        assert "each of their 5 entries is there once" in said
        assert "census: every entry is one of theirs" in said


def test_a_suppressed_entry_is_missed(run, k_sub):
    status, said = run(f"1 {k_sub.hex()} 6", "--subject")

    assert status == 1
    assert "Entry 5 of 6 of the subject's generation 1 is missing" in said


def test_an_entry_beyond_the_count_is_named(run, k_sub):
    status, said = run(f"1 {k_sub.hex()} 3", "--subject")

    assert status == 1
    assert "entry 3: It is the subject's, beyond the 3" in said


def test_an_entry_of_nobody_is_named_by_the_census(run):
    other = f"1 {'00' * 32} 0"

    assert run(other, "--subject")[0] == 0
    status, said = run(other, "--census", "--subject")
    assert (status, "entry 0: It is no subject's" in said) == (1, True)


def test_what_was_entered_after_the_file_was_made_is_not_beyond_it(run, k_sub):
    key = f"1 {k_sub.hex()} 3"

    assert run(f'{{"destroyed":0,"size":3}}\n{key}', "--census", "--subject")[0] == 0
    status, said = run(f'{{"destroyed":0,"size":4}}\n{key}', "--subject")
    assert (status, "entry 3: It is the subject's" in said) == (1, True)


def test_an_export_that_is_older_than_the_file_lacks_its_entries(run, k_sub):
    status, said = run(f'{{"destroyed":0,"size":6}}\n1 {k_sub.hex()} 6', "--subject")

    assert status == 1
    assert "a log of 6 entries, and this one has 5" in said


@pytest.mark.parametrize(("destroyed", "status"), [(4, 1), (5, 3), (6, 1)])
def test_a_census_knows_the_number_of_destroyed_entries(run, destroyed, status):
    text = f'{{"destroyed":{destroyed},"size":5}}\n1 {"00" * 32} 0'

    found, said = run(text, "--census", "--subject")

    assert found == status
    assert ("whose they are cannot be told" in said) == (status == 3)


def test_a_file_of_one_person_beside_that_of_everybody_counts_nothing_twice(
    run, k_sub, tmp_path
):
    everybody = tmp_path / "everybody"
    everybody.write_text(f'{{"destroyed":2,"size":5}}\n1 {k_sub.hex()} 0\n')
    hers = f'{{"destroyed":2,"size":5}}\n1 {"00" * 32} 0'
    same = run(hers, "--census", "--subject", str(everybody), "--subject")
    assert same[0] == 1
    assert "beyond the 0" in same[1]

    everybody.write_text(f'{{"destroyed":5,"size":5}}\n1 {"11" * 32} 0\n')
    status, said = run(hers, "--census", "--subject", str(everybody), "--subject")
    assert (status, "of 5 entries that their keys" in said) == (3, True)


NOTHING = "00" * 32


@pytest.mark.parametrize(
    ("destroyed", "gens", "status"),
    [
        (0, [1], 0),
        (0, [1, 2, 3], 0),
        (0, [2, 1, 1], 0),
        (0, [1, 3], 3),
        (0, [2, 3], 3),
        (0, [1, 2, 2], 3),
        (9, [2, 3], 0),
        (9, [2, 4], 3),
        (9, [2, 4, 4], 0),
    ],
)
def test_a_file_that_leaves_a_generation_out_is_not_complete(
    run, destroyed, gens, status
):
    lines = [f"{gen} {NOTHING} 0" for gen in gens]
    told = [f'{{"destroyed":{destroyed},"size":5}}', *lines]

    found, said = run("\n".join(told), "--subject")

    assert found == status
    assert ("not in the file of handle keys" in said) == (status == 3)
    # Without the bank's word on it, somebody discloses what they like.
    assert run("\n".join(lines), "--subject")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"destroyed":0,"size":5}\n{"destroyed":0,"size":5}',
        '{"destroyed":-1,"size":5}',
        '{"destroyed":0,"size":true}',
        '{"destroyed":0}',
        "1 00 5",
        "1 x 5",
        "x",
        "{}",
        "[]",
        "{",
        "1 " + "0" * 64,
        json.dumps({"gen": 1, "k_sub": 3, "n": 5}),
        json.dumps({"gen": True, "k_sub": "0" * 64, "n": 5}),
        f"1 {'0' * 64} {2**60}",
    ],
)
def test_a_malformed_file_of_handle_keys_is_refused(run, text):
    assert run(text, "--subject")[0] == 1


def opened(work, keys, index, *names):
    own = page(
        SimpleNamespace(connection=work.connection), keys, BANK, after=Cursor(1, index)
    )
    found = own.entries[0]
    detail = found.detail
    shown = {name: [detail.salt(name).hex(), detail.fields[name]] for name in names}
    return {
        "index": found.index,
        "leaf": found.leaf,
        "m": json.loads(detail.m()),
        "open": shown,
        "opening": detail.opening.hex(),
    }


def test_an_opening_is_checked_against_the_entry(run, work, keys):
    shown = opened(work, keys, 2, "object", "i")

    status, said = run(json.dumps(shown), "--opening")
    assert status == 0
    assert "opening: entry 2 commits to what was opened" in said
    assert "object: x" in said


def test_an_opening_of_something_else_is_refused(run, work, keys):
    shown = opened(work, keys, 2, "object", "i")
    salt = shown["open"]["object"][0]

    for wrong in (
        {"index": 1},
        {"index": 99},
        {"index": -1},
        {"leaf": {**shown["leaf"], "t": 2}},
        {"leaf": 3},
        {"open": {"object": [salt, "y"]}},
        {"open": {"actor": [salt, "x"]}},
        {"opening": "00" * 32},
        {"m": {}},
        {"other": 1},
    ):
        assert run(json.dumps({**shown, **wrong}), "--opening")[0] == 1, wrong


@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_any_bytes_raise_one_error(data):
    with pytest.raises(VerificationError):
        parse_opening(data)
    with pytest.raises(VerificationError):
        parse_handle_keys(data.decode(errors="replace"))


def test_a_file_that_cannot_be_read_is_incomplete(exported, tmp_path, capsys):
    gone = str(tmp_path / "gone")

    for name in ("--subject", "--opening", "--checkpoint", "--receipt"):
        assert main([str(exported), name, gone]) == 3
    assert main([str(exported), "--census", "--subject", gone]) == 3
    for usage in (
        ["x", "--census"],
        ["--vkey", "v", "--receipt", "r", "--subject", "s"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(usage)
        assert stopped.value.code == 2
