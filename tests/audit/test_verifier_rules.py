"""Entries judged by the verifier: rules between entries, and folders of any bytes."""

import json
import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical
from audit.errors import VerificationError
from audit.leaf import parse_leaf, scan_leaf
from audit.merkle import leaf_hash, root
from audit.note import SignatureType, VerifierKey, cosigned_message, signature_line
from audit.signer import LogSigner
from audit.tiles import LEVELS, WIDTH, encode_entries, tile_path, tiles
from audit.verifier.__main__ import main

ORIGIN = "log.infobank.example/1"
SEED = bytes(range(32))
VKEY = LogSigner(ORIGIN, SEED).vkey
COUNT = 600
SIZES = (3, 256, 400, 512, COUNT)


def leaf(index, **changes):
    fields = {
        "com": "0" * 64,
        "id": f"01990000-0000-7000-8000-{index:012x}",
        "sub": f"{index:032x}",
        "t": 1_790_000_000_000 + index,
        "typ": "log:tally",
        "v": 1,
    }
    return canonical({**fields, **changes})


def write(folder, entries, sizes=None):
    """Write an export, signed by the log whatever the entries say."""
    shutil.rmtree(folder, ignore_errors=True)
    hashes = [leaf_hash(each) for each in entries]
    for number, width in tiles(len(entries)):
        start = number * WIDTH
        put(
            folder,
            tile_path("entries", number, width),
            encode_entries(entries[start : start + width]),
        )
    level, row = 0, hashes
    while row:
        for number, width in tiles(len(row)):
            part = row[number * WIDTH : number * WIDTH + width]
            put(folder, tile_path(str(level), number, width), b"".join(part))
        full = len(row) // WIDTH
        row = [root(row[n * WIDTH : (n + 1) * WIDTH]) for n in range(full)]
        level += 1
    signer = LogSigner(ORIGIN, SEED)
    for size in sizes or (len(entries),):
        note = signer.sign(size, root(hashes[:size])).encode()
        put(folder, f"checkpoints/{size}", note)
        put(folder, "checkpoint", note)
    put(folder, "vkey", VKEY.encode())


def put(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest") / "export"
    write(folder, [leaf(index) for index in range(COUNT)], SIZES)
    return folder


@pytest.fixture
def folder(honest, tmp_path):
    return shutil.copytree(honest, tmp_path / "export")


@pytest.fixture
def run(capsys):
    def start(*arguments):
        status = main([str(each) for each in arguments])
        return status, capsys.readouterr().out

    return start


def test_a_log_of_several_tiles_holds(folder, run):
    status, said = run(folder)

    assert status == 0
    assert "600 entries" in said
    assert LEVELS == 8


@pytest.mark.parametrize("at", [3, 255, 256, 300, 599])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "01990000-0000-7000-8000-000000000001"}, "id was used"),
        ({"sub": f"{1:032x}"}, "handle was used"),
        ({"t": 5}, "time is before"),
        ({"ref": "01990000-0000-7000-8000-0000000fffff"}, "refers to no earlier"),
        ({"ref": f"01990000-0000-7000-8000-{599:012x}"}, "refers to no earlier"),
        ({"typ": "log:other"}, "typ breaks"),
        ({"name": "x"}, "unknown member"),
    ],
)
def test_a_broken_rule_is_named_though_the_log_signed_it(
    tmp_path, run, at, changes, reason
):
    entries = [leaf(index) for index in range(COUNT)]
    entries[at] = leaf(at, **changes)
    write(tmp_path / "export", entries, SIZES)

    status, said = run(tmp_path / "export")

    assert status == 1
    assert f"entry {at}: " in said
    assert reason in said


def test_the_first_of_two_bad_entries_is_named(folder, run):
    entries = [leaf(index) for index in range(COUNT)]
    entries[260] = leaf(260, pur="other")
    entries[280] = leaf(280, sub=f"{1:032x}")
    put(folder, tile_path("entries", 1), encode_entries(entries[256:512]))

    assert "entry 260: " in run(folder)[1]


def test_an_entry_may_refer_to_an_earlier_one(tmp_path, run):
    entries = [leaf(index) for index in range(300)]
    entries[290] = leaf(290, ref=json.loads(entries[289])["id"])
    write(tmp_path / "export", entries)

    assert run(tmp_path / "export")[0] == 0


def test_a_log_that_continues_another_says_so(tmp_path, run):
    entries = [leaf(index) for index in range(5)]
    entries[0] = leaf(0, typ="log:continued")
    entries[4] = leaf(4, ref="01990000-0000-7000-8000-0000000fffff")
    write(tmp_path / "export", entries)

    status, said = run(tmp_path / "export")

    # Nothing opens the entry, so that what was lost cannot be told.
    assert status == 3
    assert "Entry 0 says that the log goes on here after a loss" in said
    assert "1 entries refer to entries of the lost log" in said


def cosign(folder, size, seed):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    key = Ed25519PrivateKey.from_private_bytes(seed)
    witness = VerifierKey(
        "w.example", SignatureType.COSIGNATURE, key.public_key().public_bytes_raw()
    )
    body = (folder / f"checkpoints/{size}").read_text().partition("\n\n")[0] + "\n"
    blob = (1790000000).to_bytes(8, "big") + key.sign(
        cosigned_message(1790000000, body)
    )
    put(folder, f"cosignatures/{size}", signature_line(witness, blob).encode())
    return witness.encode()


def test_cosignatures_collected_later_make_the_quorum(folder, tmp_path, run):
    witness = cosign(folder, COUNT, b"1" * 32)
    policy = tmp_path / "policy"
    policy.write_text(f"log {VKEY}\nwitness w {witness}\nquorum w\n")

    status, said = run(folder, "--policy", policy)
    assert status == 0
    assert "a quorum has signed the first 600 entries" in said

    (folder / "cosignatures/600").unlink()
    assert run(folder, "--policy", policy)[0] == 1

    cosign(folder, 400, b"1" * 32)
    status, said = run(folder, "--policy", policy)
    assert status == 3
    assert "the first 400 of 600 entries" in said

    forged = (folder / "cosignatures/400").read_bytes()
    put(folder, "cosignatures/512", forged)
    status, said = run(folder, "--policy", policy)
    assert (status, "checkpoints/512" in said) == (1, True)


def test_a_cosignature_of_an_absent_checkpoint_is_told(folder, run):
    put(folder, "cosignatures/77", b"")

    status, said = run(folder)

    assert (status, "cosignatures/77" in said) == (3, True)


def test_what_is_wrong_outweighs_what_is_missing(folder, run):
    (folder / tile_path("0", 0)).unlink()
    assert run(folder)[0] == 3
    put(folder, tile_path("entries", 1), encode_entries([leaf(0)] * WIDTH))
    assert run(folder)[0] == 1


FILES = (
    "checkpoint",
    "checkpoints/400",
    tile_path("entries", 1),
    tile_path("0", 1),
    tile_path("1", 0, 2),
    "vkey",
)


def as_folder(path):
    path.unlink()
    path.mkdir()


def as_pipe(path):
    path.unlink()
    os.mkfifo(path)


def as_loop(path):
    path.unlink()
    path.symlink_to(path)


def as_device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def as_huge(path):
    with path.open("wb") as file:
        file.truncate(1 << 30)


SPOILT = {
    "empty": lambda path: path.write_bytes(b""),
    "missing": lambda path: path.unlink(),
    "folder": as_folder,
    "pipe": as_pipe,
    "loop": as_loop,
    "device": as_device,
    "huge": as_huge,
    "latin": lambda path: path.write_bytes(b"\xe9\xff"),
    "half": lambda path: path.write_bytes(path.read_bytes()[: -len(path.name) * 3]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\x00\x01x"),
    "zeros": lambda path: path.write_bytes(bytes(5000)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_file_ends_in_a_sentence(folder, run, name, spoil):
    spoil(folder / name)
    put(folder, "cosignatures/400", b"")

    status, said = run(folder)

    assert status in {1, 3}
    assert said.splitlines()[-1].startswith(("FAILED: ", "INCOMPLETE: "))


def test_a_folder_that_is_a_file_ends_in_a_sentence(folder, run):
    for name in ("checkpoints", "tile"):
        shutil.rmtree(folder / name)
        (folder / name).write_text("x")
        assert run(folder)[0] == 3
    assert run(folder / "vkey")[0] == 3
    assert run(folder / "none")[0] == 3


@pytest.mark.parametrize("name", [".DS_Store", "._530", "Thumbs.db", "desktop.ini"])
def test_what_a_desktop_leaves_in_folders_accuses_nobody(folder, run, name):
    for under in ("checkpoints", "cosignatures", "timestamps", "earlier", "tile"):
        put(folder, f"{under}/{name}", b"\x00\xff")

    assert run(folder)[0] == 0


def test_a_truncated_tile_names_the_first_entry_that_is_not_there(folder, run):
    path = folder / tile_path("entries", 1)
    path.write_bytes(path.read_bytes()[: -(len(leaf(511)) + 5)])

    assert "entry 510: The entry tile is cut off here." in run(folder)[1]


@given(st.binary(max_size=200))
def test_any_bytes_as_a_leaf_raise_one_error(data):
    with pytest.raises(VerificationError):
        scan_leaf(data)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "cats": st.lists(
                st.sampled_from(["a", "b", "c/d"]), min_size=1, max_size=3
            ),
            "ref": st.uuids().map(str),
            "n": st.sampled_from([0, 1, 10, 2]),
            "rcp": st.sampled_from(["x", "", "é", "a.b"]),
            "t": st.integers(-1, 2**53 - 1),
            "typ": st.sampled_from(["disclosure:released", "subject:opened", "other"]),
        },
    )
)
def test_the_quick_reading_judges_as_the_slow_one(changes):
    data = leaf(1, **changes)
    try:
        slow = parse_leaf(data)
    except VerificationError as error:
        with pytest.raises(VerificationError, match=str(error)):
            scan_leaf(data)
    else:
        leaf_id, t, sub, kind, ref = scan_leaf(data)
        assert (leaf_id.decode(), t) == (slow["id"], slow["t"])
        assert (sub.decode(), kind.decode()) == (slow["sub"], slow["typ"])
        assert (None if ref is None else ref.decode()) == slow.get("ref")
