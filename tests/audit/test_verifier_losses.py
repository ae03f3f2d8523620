"""A log that went on after a loss: what binds it, what it admits, what it may not."""

import json

import pytest

from audit.canonical import canonical, parse_canonical
from audit.commitment import detail_commitment, field_commitment
from audit.merkle import leaf_hash, root
from audit.proof import TlogProof, format_proof
from audit.signer import LogSigner
from audit.verifier.__main__ import main
from tests import reference
from tests.audit.test_verifier_rules import SEED, VKEY, leaf, write

OLD = "log.infobank.example/0"
OLDER = "log.infobank.example/00"
KEPT, LOST_END, SIZE = 5, 8, 9
SALT = bytes(range(32))
OLD_SIGNER = LogSigner(OLD, SEED)


def shown(raw, index, fields):
    """Return the leaf with a commitment to fields, and what opens it."""
    m = {name: field_commitment(SALT, name, text) for name, text in fields.items()}
    named = {name: each.hex() for name, each in m.items()}
    plain = parse_canonical(raw)
    com = detail_commitment(SALT, plain["id"], canonical(named)).hex()
    opening = {
        "index": index,
        "leaf": {**plain, "com": com},
        "m": named,
        "open": {name: [SALT.hex(), text] for name, text in fields.items()},
        "opening": SALT.hex(),
    }
    return canonical(opening["leaf"]), opening


def before(size=LOST_END):
    """The entries of the old log."""
    return [leaf(n if n < KEPT else 100 + n) for n in range(size)]


def signed(size, signer=OLD_SIGNER):
    return signer.sign(size, root(map(leaf_hash, before(size))))


def loss(**changes):
    return {
        "checkpoint": signed(KEPT),
        "lost": [KEPT, LOST_END],
        "origin": OLD,
        "root": root(map(leaf_hash, before())).hex(),
        "size": LOST_END,
        **changes,
    }


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def build(folder, said=None, at=KEPT):
    """Write the export of a log of which the first five entries were kept."""
    entries = [leaf(n) for n in range(SIZE)]
    fields = {"object": canonical(said or loss()).decode(), "reasons": "test"}
    raw, opening = shown(leaf(at, typ="log:continued"), at, fields)
    entries[at] = raw
    write(folder, entries)
    put(folder, f"earlier/continued/{at}.json", json.dumps(opening))
    put(folder, "earlier/vkeys", OLD_SIGNER.vkey + "\n")
    for size in (3, KEPT):
        put(folder, f"earlier/checkpoints/{size}", signed(size))
    return entries


def receipt(index, size):
    """Return a receipt of the old log."""
    entries = before(size)
    raw, opening = shown(entries[index], index, {"n": "1"})
    if index >= KEPT:
        entries[index] = raw
    proof = tuple(reference.path(index, entries))
    note = LogSigner(OLD, SEED).sign(size, reference.root(entries))
    extra = canonical(
        {name: opening[name] for name in ("leaf", "m", "open", "opening")}
    )
    return format_proof(TlogProof(index, proof, note, extra))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "export"


@pytest.fixture
def run(folder, capsys):
    def start(*arguments):
        status = main([str(folder), "--vkey", VKEY, *map(str, arguments)])
        return status, capsys.readouterr().out

    return start


def test_a_loss_is_told_and_what_was_kept_is_bound(folder, run):
    build(folder)

    status, said = run()

    assert status == 0
    assert f"5 entries of {OLD} are kept, 3 entries are lost" in said


def test_a_kept_entry_that_was_changed_after_the_loss_is_found(folder, run):
    entries = build(folder)
    changed = [*entries[:4], leaf(4, n=10), *entries[5:]]
    write(folder.with_name("forged"), changed)
    for each in ("tile", "checkpoint", "checkpoints"):
        (folder / each).rename(folder.with_name(f"true-{each}"))
        (folder.with_name("forged") / each).rename(folder / each)

    status, said = run()

    assert status == 1
    assert "entry 3" in said
    assert "signed at size 5" in said


def test_an_earlier_checkpoint_must_be_signed(folder, run):
    build(folder)
    forged = signed(3).replace("\n3\n", "\n4\n")
    put(folder, "earlier/checkpoints/4", forged)

    assert run()[0] == 1
    put(folder, "earlier/checkpoints/4", signed(3))
    status, said = run()
    assert (status, "earlier/checkpoints/4 is of another size" in said) == (1, True)


def test_a_key_that_is_not_the_logs_signs_nothing(folder, run):
    build(folder)
    other = LogSigner(OLD, bytes(32))
    put(folder, "earlier/vkeys", other.vkey)
    put(folder, "earlier/checkpoints/3", other.sign(3, bytes(32)))

    status, said = run()

    assert (status, "is not the log's" in said) == (1, True)


def test_a_former_key_may_be_named_by_the_policy(folder, run, tmp_path, capsys):
    other = LogSigner(OLD, bytes(32))
    build(folder, loss(checkpoint=signed(KEPT, other)))
    put(folder, "earlier/vkeys", other.vkey)
    for size in (3, KEPT):
        put(folder, f"earlier/checkpoints/{size}", signed(size, other))
    (tmp_path / "policy").write_text(f"log {VKEY}\nlog {other.vkey}\n")

    assert main([str(folder), "--policy", str(tmp_path / "policy")]) == 0
    capsys.readouterr()
    status, said = run()
    assert (status, "is not the log's" in said) == (1, True)


@pytest.mark.parametrize("name", ["continued", "vkeys"])
def test_what_is_missing_is_said(folder, run, name):
    build(folder)
    (folder / "earlier" / name).rename(folder.with_name("away"))
    # Without its keys the rest of the folder is signed by nobody.
    status, said = run()

    assert status == (3 if name == "continued" else 1)
    assert "continued/5.json" in said or "No known key" in said


def test_without_the_folder_the_loss_is_still_told(folder, run):
    build(folder)
    (folder / "earlier").rename(folder.with_name("away"))

    status, said = run()
    assert (status, "Entry 5 says" in said) == (3, True)
    opening = folder.with_name("away") / "continued/5.json"
    assert run("--opening", opening)[0] == 1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"lost": [4, 8]}, "stands elsewhere"),
        ({"lost": [5, 9]}, "stands elsewhere"),
        ({"size": 6, "lost": [5, 6]}, "admits a log of 6 entries; 8"),
        ({"root": "00" * 32}, "names another root"),
        ({"origin": "log.infobank.example/1"}, "went on elsewhere"),
        ({"checkpoint": signed(6)}, "from a checkpoint beyond it"),
        ({"checkpoint": signed(5).replace("—", "-")}, "signature"),
        ({"root": "xy"}, "not hexadecimal"),
        ({"size": "8"}, "does not name the log"),
        ({"more": 1}, "does not name the log"),
    ],
)
def test_an_entry_that_tells_of_a_loss_must_be_true(folder, run, changes, complaint):
    build(folder, loss(**changes))
    put(folder, "earlier/checkpoints/8", signed(8))

    status, said = run()

    assert status == 1
    assert "entry 5: " in said
    assert complaint in said


def test_a_log_cannot_be_continued_twice(folder, run):
    entries = build(folder)
    fields = {"object": canonical(loss(lost=[7, 8])).decode(), "reasons": "test"}
    raw, opening = shown(leaf(7, typ="log:continued"), 7, fields)
    told = (folder / "earlier").rename(folder.with_name("earlier"))
    write(folder, [*entries[:7], raw, *entries[8:]])
    told.rename(folder / "earlier")
    put(folder, "earlier/continued/7.json", json.dumps(opening))

    status, said = run()

    assert status == 1
    assert "entry 7: It continues a log that went on elsewhere" in said


def test_a_statement_of_an_entry_that_is_not_there_excuses_nothing(folder, run):
    build(folder)
    _raw, opening = shown(leaf(6, typ="log:continued"), 6, {"reasons": "test"})
    put(folder, "earlier/continued/6.json", json.dumps(opening))
    assert run()[0] == 1

    said = canonical(loss(lost=[6, 8], origin=OLDER, checkpoint="")).decode()
    _raw, opening = shown(leaf(6, typ="log:continued"), 6, {"object": said})
    put(folder, "earlier/continued/6.json", json.dumps(opening))
    status, said = run()
    assert status == 1
    assert "entry 6: The opening shows another entry here" in said

    put(folder, "earlier/continued/7.json", json.dumps(opening))
    assert "7.json is of another entry" in run()[1]


def test_a_census_that_is_not_whole_hides_no_unspoken_loss(folder, run, tmp_path):
    write(folder, [leaf(n) for n in range(SIZE)])
    put(folder, "earlier/vkeys", OLD_SIGNER.vkey + "\n")
    put(folder, "earlier/checkpoints/3", signed(3))
    subjects = tmp_path / "subjects"
    subjects.write_text(f'{{"destroyed":{SIZE},"size":{SIZE}}}\n')

    status, said = run("--census", "--subject", subjects)

    assert status == 1
    assert "no entry says that the log goes on" in said


def test_earlier_checkpoints_without_a_word_of_a_loss_are_refused(folder, run):
    write(folder, before(SIZE))
    put(folder, "earlier/vkeys", OLD_SIGNER.vkey)
    put(folder, "earlier/checkpoints/5", signed(KEPT))

    status, said = run()

    assert (status, "no entry says" in said) == (1, True)


def test_checkpoints_of_the_lost_part_are_named(folder, run, tmp_path):
    build(folder)
    put(folder, "earlier/checkpoints/7", signed(7))
    status, said = run()
    assert (status, f"{OLD} had signed 7 entries" in said) == (0, True)

    (tmp_path / "kept").write_text(signed(4))
    assert run("--checkpoint", tmp_path / "kept")[0] == 0
    (tmp_path / "kept").write_text(signed(6))
    status, said = run("--checkpoint", tmp_path / "kept")
    assert status == 3
    assert f"Signed by {OLD}: its 6 entries cannot be compared; from entry 5" in said
    (tmp_path / "kept").write_text(LogSigner(OLD, SEED).sign(4, bytes(32)))
    assert run("--checkpoint", tmp_path / "kept")[0] == 1
    (tmp_path / "kept").write_text(LogSigner(OLD, SEED).sign(9, bytes(32)))
    assert run("--checkpoint", tmp_path / "kept")[0] == 1


def test_old_receipts_verify_against_the_former_key(folder, run, tmp_path):
    build(folder)
    file = tmp_path / "receipt"

    file.write_bytes(receipt(6, 7))
    status, said = run("--receipt", file)
    assert status == 3
    assert "receipt: entry 6" in said
    assert "entry 6 cannot be compared; from entry 5 on" in said
    # A tree that was never kept, of an entry that was: the entry is compared.
    file.write_bytes(receipt(6, 7).replace(b"\nindex 6", b"\nindex 5"))
    assert run("--receipt", file)[0] == 1


def test_time_stamps_of_before_are_read_too(folder, run):
    build(folder)
    put(folder, "earlier/timestamps/3.tsr", "nothing")

    status, said = run()

    assert (status, "earlier/timestamps/3.tsr: " in said) == (1, True)
