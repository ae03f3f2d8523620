"""Cheating: every way to change an exported log is caught and its place is named."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from audit import export, receipt, store
from audit.canonical import canonical
from audit.checkpoint import Checkpoint, format_text
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import read_head
from audit.leaf import EventType
from audit.merkle import Frontier, leaf_hash, node_hash
from audit.note import SignatureType, VerifierKey, cosigned_message, signature_line
from audit.proof import format_proof, parse
from audit.sequencer import append
from audit.signer import LogSigner
from audit.tiles import decode_entries, encode_entries, tile_path, tiles
from audit.verifier.__main__ import main

ROOT = Path(__file__).parents[2]
ORIGIN = "log.infobank.example/1"
SEED = bytes(range(32))
VKEY = LogSigner(ORIGIN, SEED).vkey
T = 1_790_000_000_000
SIZES = (1, 100, 256, 300, 530)


def put(work, count, now):
    head = read_head(work.connection)
    start = len(work.log.drafts)
    for _ in range(count):
        work.log.record(Entry(type=EventType.LOG_TALLY))
    return append(work.connection, head, work.log.drafts[start:], now)


def build(work, folder):
    """An export of 530 entries with five published checkpoints, and a receipt."""
    signer = LogSigner(ORIGIN, SEED)
    append(work.connection, read_head(work.connection), work.log.drafts, T)
    note = signer.sign(1, read_head(work.connection).root())
    store.publish(work.connection, 1, note, work.now)
    for before, size in pairwise(SIZES):
        batch = put(work, size - before, T + size)
        note = signer.sign(size, batch.head.root())
        store.publish(work.connection, size, note, work.now)
    last = work.log.recorded[-1]
    folder.mkdir()
    built = receipt.build(last, note, batch.prove(last.index), ["owner", "i"])
    (folder / "receipt").write_bytes(built)
    export.export(work.connection, folder / "export", signer.vkey)


@pytest.fixture
def exported(work, tmp_path, tmp_path_factory):
    """A fresh copy of the export; it is built once for all tests."""
    built = tmp_path_factory.getbasetemp() / "log-export"
    if not built.exists():
        build(work, built)
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path / "export"


def run(capsys, *arguments):
    status = main([str(each) for each in arguments])
    return status, capsys.readouterr().out


def all_entries(folder, size=SIZES[-1]):
    return [
        entry
        for number, width in tiles(size)
        for entry in decode_entries(
            (folder / tile_path("entries", number, width)).read_bytes(), width
        )
    ]


def rewrite(folder, entries, *, hashes=False):
    """Replace the entries, and, as a thorough cheat would, the stored tree."""
    shutil.rmtree(folder / "tile" / "entries")
    for number, width in tiles(len(entries)):
        path = folder / tile_path("entries", number, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_entries(entries[number * 256 : number * 256 + width]))
    if hashes:
        shutil.rmtree(folder / "tile" / "0")
        for number, width in tiles(len(entries)):
            path = folder / tile_path("0", number, width)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = entries[number * 256 : number * 256 + width]
            path.write_bytes(b"".join(map(leaf_hash, part)))


def resign(folder, entries, seed):
    frontier = Frontier()
    for entry in entries:
        frontier.append(leaf_hash(entry))
    note = LogSigner(ORIGIN, seed).sign(frontier.size, frontier.root())
    (folder / "checkpoint").write_text(note)
    shutil.rmtree(folder / "checkpoints")


def edited(entry, **changes):
    return canonical({**json.loads(entry), **changes})


def test_an_honest_export_holds(exported, tmp_path, capsys):
    status, said = run(capsys, exported, "--vkey", VKEY)

    assert status == 0
    assert "530 entries" in said
    assert "5 published" in said
    assert run(capsys, exported, "--receipt", tmp_path / "receipt")[0] == 0


def test_it_runs_with_the_standard_library_alone(exported):
    command = [sys.executable, "-I", "-S", "-c"]
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r});"
        "from audit.verifier.__main__ import main;"
        f"status = main([{str(exported)!r}]);"
        "assert not any(m.startswith(('pds', 'sqlalchemy', 'cryptography'))"
        " for m in sys.modules);"
        "sys.exit(status)"
    )

    done = subprocess.run([*command, program], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"export's own" in done.stdout


@pytest.mark.parametrize("hashes", [False, True])
@pytest.mark.parametrize("at", [0, 99, 100, 255, 256, 529])
def test_an_edited_entry_is_named(exported, capsys, at, hashes):
    entries = all_entries(exported)
    entries[at] = edited(entries[at], rcp="someone-else")
    rewrite(exported, entries, hashes=hashes)

    status, said = run(capsys, exported)

    assert status == 1
    # With the stored tree rewritten too, only the signed sizes around it are left.
    known = at if not hashes else max(size for size in (0, *SIZES) if size <= at)
    assert f"entry {known}:" in said


def insert(entries):
    extra = edited(entries[150], id="01990000-0000-7000-8000-0000000000ff")
    return [*entries[:151], extra, *entries[151:]][: len(entries)]


CHANGES = {
    "insert": insert,
    "delete": lambda entries: [*entries[:151], *entries[152:], entries[-1]],
    "swap": lambda e: [*e[:151], e[152], e[151], *e[153:]],
    "repeat": lambda entries: [*entries[:151], entries[150], *entries[152:]],
    "spaces": lambda entries: [*entries[:151], entries[151] + b" ", *entries[152:]],
    "member": lambda e: [*e[:151], edited(e[151], name="Suzuki"), *e[152:]],
    "type": lambda e: [*e[:151], edited(e[151], typ="disclosure:sold"), *e[152:]],
    "back-dated": lambda e: [*e[:151], edited(e[151], t=T - 1), *e[152:]],
    "large": lambda e: [*e[:151], edited(e[151], rcp="x" * 5000), *e[152:]],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_other_changes_are_named_at_their_first_entry(exported, capsys, change):
    rewrite(exported, change(all_entries(exported)))

    status, said = run(capsys, exported)

    assert status == 1
    assert "entry 151:" in said


@pytest.mark.parametrize(
    "broken", ["repeat", "spaces", "member", "type", "back-dated", "large"]
)
def test_a_log_that_signed_bad_entries_is_convicted_by_its_own_key(
    exported, capsys, broken
):
    entries = CHANGES[broken](all_entries(exported))
    rewrite(exported, entries, hashes=True)
    resign(exported, entries, SEED)

    status, said = run(capsys, exported)

    assert status == 1
    assert "entry 151:" in said


def test_a_cut_tail_is_caught_by_any_later_checkpoint(exported, tmp_path, capsys):
    later = tmp_path / "later"
    later.write_text((exported / "checkpoint").read_text())
    entries = all_entries(exported)[:300]
    rewrite(exported, entries)
    (exported / "checkpoint").write_text((exported / "checkpoints/300").read_text())

    status, said = run(capsys, exported)
    assert (status, "entry 300:" in said) == (1, True)

    (exported / "checkpoints" / "530").unlink()
    trimmed = exported / tile_path("0", 1, 44)
    trimmed.parent.mkdir(exist_ok=True)
    trimmed.write_bytes(b"".join(map(leaf_hash, entries[256:])))
    above = (exported / tile_path("1", 0, 2)).read_bytes()
    (exported / tile_path("1", 0, 1)).write_bytes(above[:32])
    assert run(capsys, exported)[0] == 0
    assert run(capsys, exported, "--checkpoint", later)[0] == 1
    status, said = run(capsys, exported, "--receipt", tmp_path / "receipt")
    assert (status, "entry 300:" in said) == (1, True)


def test_history_rewritten_with_the_right_key_fails_against_a_held_receipt(
    exported, tmp_path, capsys
):
    entries = all_entries(exported)
    entries[7] = edited(entries[7], rcp="someone-else")
    rewrite(exported, entries, hashes=True)
    (exported / tile_path("1", 0, 2)).unlink()
    frontier, inner = Frontier(), []
    for entry in entries:
        inner += [h for lvl, _, h in frontier.append(leaf_hash(entry)) if lvl == 8]
    (exported / tile_path("1", 0, 2)).write_bytes(b"".join(inner))
    resign(exported, entries, SEED)

    assert run(capsys, exported, "--vkey", VKEY)[0] == 0
    assert run(capsys, exported, "--receipt", tmp_path / "receipt")[0] == 1


def test_a_head_signed_with_another_key_is_refused(exported, capsys):
    entries = all_entries(exported)
    resign(exported, entries, bytes(32))

    assert run(capsys, exported, "--vkey", VKEY)[0] == 1
    assert run(capsys, exported)[0] == 1


@pytest.mark.parametrize(
    "missing", ["checkpoint", "tile/entries", tile_path("0", 0), "vkey"]
)
def test_a_missing_file_is_incomplete(exported, capsys, missing):
    (exported / missing).rename(exported / "elsewhere")

    assert run(capsys, exported)[0] == 3


@pytest.mark.parametrize("instead", ["nothing", "folder", "pipe", "dead link"])
def test_a_tile_of_entries_that_is_taken_out_is_a_wrong_entry(
    exported, capsys, instead
):
    path = exported / tile_path("entries", 1)
    path.unlink()
    {
        "nothing": lambda: None,
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "dead link": lambda: path.symlink_to(exported / "none"),
    }[instead]()

    status, said = run(capsys, exported)
    assert (status, "entry 256: It was signed" in said) == (1, True)


def test_files_that_are_not_what_they_say_are_refused(exported, capsys):
    good = (exported / "checkpoints/300").read_bytes()
    for name, content in (
        ("checkpoints/299", good),
        ("checkpoints/x", good),
        ("checkpoints/300", b"\xff"),
        ("checkpoints/300", good.replace(b"300", b"301")),
        (tile_path("entries", 0), b"\x00"),
        (tile_path("entries", 2, 18), b""),
    ):
        path = exported / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
        assert run(capsys, exported)[0] == 1
        path.unlink() if before is None else path.write_bytes(before)
    (exported / "vkey").write_bytes(bytes(1 << 26))
    assert run(capsys, exported)[0] == 1
    assert run(capsys, exported, "--vkey", VKEY)[0] == 0


def cosigned(exported, seed, name):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    witness = VerifierKey(name, SignatureType.COSIGNATURE, public)
    path = exported / "checkpoint"
    text = path.read_text().partition("\n\n")[0] + "\n"
    blob = (1790000000).to_bytes(8, "big")
    blob += key.sign(cosigned_message(1790000000, text))
    path.write_text(path.read_text() + signature_line(witness, blob))
    return witness.encode()


def test_a_quorum_of_witnesses_is_demanded_by_policy(exported, tmp_path, capsys):
    one = cosigned(exported, b"1" * 32, "w1.example")
    two = VerifierKey("w2.example", SignatureType.COSIGNATURE, bytes(32)).encode()
    policy = tmp_path / "policy"
    base = f"# known keys\n\nlog {VKEY}\nwitness w1 {one}\nwitness w2 {two}\n"

    for rest, status in (
        ("quorum w1\n", 0),
        ("quorum w2\n", 1),
        ("group g any w1 w2\nquorum g\n", 0),
        ("group g all w1 w2\nquorum g\n", 1),
        ("group g 1 w1 w2\ngroup h 1 g\nquorum h\n", 0),
        ("quorum none\n", 0),
        ("", 1),
        ("group g 3 w1 w2\nquorum none\n", 1),
        ("group g 0 w1\nquorum none\n", 1),
        ("group g x w1\nquorum none\n", 1),
        ("group w1 1 w2\nquorum none\n", 1),
        ("group g 1 w3\nquorum none\n", 1),
        ("witness w1 x\nquorum none\n", 1),
        ("quorum w9\n", 1),
        ("quorum\n", 1),
        ("nonsense\nquorum none\n", 1),
        ("witness w3 w3.example+00000000+AgAA\nquorum none\n", 3),
        ("witness w3 w3.example\nquorum none\n", 1),
    ):
        policy.write_text(base + rest)
        assert run(capsys, exported, "--policy", policy)[0] == status, rest
    policy.write_text(f"witness w1 {one}\n")
    assert run(capsys, exported, "--policy", policy)[0] == 1


def test_an_empty_key_is_no_wish_for_the_export_s_own(exported, tmp_path, capsys):
    assert run(capsys, exported, "--vkey", "")[0] == 1
    assert run(capsys, "--vkey", "", "--receipt", tmp_path / "receipt")[0] == 1
    with pytest.raises(SystemExit, match="2"):
        main([str(exported), "--vkey", "", "--policy", "p"])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_without_streams_the_status_is_the_same(exported, monkeypatch, stream):
    monkeypatch.setattr(sys, stream, None)

    assert main([str(exported), "--vkey", VKEY, "--progress"]) == 0
    (exported / tile_path("entries", 1)).write_bytes(b"")
    assert main([str(exported), "--vkey", VKEY]) == 1


def test_a_receipt_alone_and_its_body(exported, tmp_path, capsys):
    path = tmp_path / "receipt"
    header = tmp_path / "header"
    header.write_text(receipt.header(path.read_bytes()) + "\n")
    body = tmp_path / "body"
    body.write_bytes(b"x")

    status, said = run(capsys, "--vkey", VKEY, "--receipt", path)
    assert status == 0
    assert f"owner: {UUID(int=0)}" in said
    assert run(capsys, "--vkey", VKEY, "--receipt", header)[0] == 0
    assert run(capsys, "--vkey", VKEY, "--receipt", path, "--body", body)[0] == 1
    assert run(capsys, "--vkey", VKEY, "--receipt", tmp_path / "none")[0] == 3


def test_two_receipts_of_two_histories_convict_the_log(exported, tmp_path, capsys):
    first, second = tmp_path / "receipt", tmp_path / "second"
    held = parse(first.read_bytes())
    # The same entry, at the end of another tree of 530 entries.
    path, computed = (
        [leaf_hash(b"x")] * len(held.hashes),
        leaf_hash(all_entries(exported)[-1]),
    )
    for each in path:
        computed = node_hash(each, computed)
    note = LogSigner(ORIGIN, SEED).sign(SIZES[-1], computed)
    second.write_bytes(format_proof(replace(held, hashes=tuple(path), checkpoint=note)))

    assert run(capsys, "--vkey", VKEY, "--receipt", second)[0] == 0
    both = ["--receipt", first, "--receipt", second]
    status, said = run(capsys, "--vkey", VKEY, *both)
    assert (status, "two different trees of 530" in said) == (1, True)
    assert run(capsys, exported, "--vkey", VKEY, *both)[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--receipt", "r"],
        ["x", "--vkey", "v", "--policy", "p"],
        ["x", "--body", "b"],
        ["--vkey", "v", "--receipt", "r", "--checkpoint", "c"],
        ["--nonsense"],
    ],
)
def test_wrong_usage(arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2


def test_another_logs_checkpoint_is_refused(exported, tmp_path, capsys):
    other = LogSigner("other.example/2", SEED)
    path = tmp_path / "other"
    path.write_text(other.sign(1, bytes(32)))
    policy = tmp_path / "policy"
    policy.write_text(f"log {VKEY}\nlog {other.vkey}\n")

    assert run(capsys, exported, "--policy", policy, "--checkpoint", path)[0] == 1


def test_an_export_needs_a_checkpoint_and_an_empty_folder(work, tmp_path):
    with pytest.raises(VerificationError, match="published"):
        export.export(work.connection, tmp_path / "a", VKEY)
    note = LogSigner(ORIGIN, SEED).sign(0, read_head(work.connection).root())
    store.publish(work.connection, 0, note, work.now)
    with pytest.raises(VerificationError, match="empty"):
        export.export(work.connection, tmp_path, VKEY)
    for tile in (
        lambda: export.entry_tile(work.connection, 0, 256),
        lambda: export.hash_tile(work.connection, 0, 0, 256),
    ):
        with pytest.raises(VerificationError):
            tile()


def test_an_empty_log_is_verified_too(work, tmp_path, capsys):
    note = LogSigner(ORIGIN, SEED).sign(0, read_head(work.connection).root())
    store.publish(work.connection, 0, note, work.now)
    export.export(work.connection, tmp_path / "empty", VKEY)

    assert run(capsys, tmp_path / "empty")[0] == 0
    wrong = Checkpoint(ORIGIN, 0, bytes(32))
    signer = LogSigner(ORIGIN, SEED)
    blob = signer._key.sign(format_text(wrong).encode())
    line = signature_line(signer.verifier, blob)
    (tmp_path / "empty" / "checkpoint").write_text(f"{format_text(wrong)}\n{line}")
    assert run(capsys, tmp_path / "empty")[0] == 1


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (1000, 5, "tile/0/x001/000.p/5"),
    ],
)
def test_tile_paths_are_those_of_the_specification(number, width, path):
    assert tile_path("0", number, width) == path
