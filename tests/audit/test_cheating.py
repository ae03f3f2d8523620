"""Whoever holds the database and every key, against one who kept a receipt.

Each cheat is played on the real database of a bank: the guards are dropped, rows are
changed, and, where the cheat is thorough, the tree is built anew and signed with the
bank's own key and the high-water mark is replaced.
"""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, text, update

from audit import export, guards, handle_index, receipt, store, subject
from audit.canonical import canonical
from audit.entry import Entry
from audit.head import Head, read_head
from audit.highwater import Mark, write_mark
from audit.leaf import EventType
from audit.merkle import Frontier, leaf_hash
from audit.signer import load_signer
from audit.tables import log_head, log_leaf, log_node
from audit.verifier.__main__ import main as verify
from pds.bank.bank import Bank, open_bank
from pds.core.clock import to_millis
from pds.core.errors import BankError
from pds.core.ids import BANK
from pds.core.settings import Settings
from tests.fakes import FrozenClock

COUNT = 40
HELD = 25
"""Index of the entry whose receipt was kept."""

Leaves = list[bytes]
Cheat = Callable[[Leaves], Leaves]


class Victim:
    """A closed bank, and what somebody outside kept of it."""

    def __init__(
        self, bank: Bank, settings: Settings, clock: FrozenClock, folder: Path
    ) -> None:
        self.settings, self.clock, self.folder = settings, clock, folder
        self.vkey = bank.signer.vkey
        self.receipt = folder / "receipt"
        for index in range(1, COUNT):
            held = recorded(bank)
            if index == HELD:
                self.receipt.write_bytes(held)
        self.checkpoint = folder / "checkpoint"
        self.checkpoint.write_text(bank.checkpoint())
        bank.close()

    def change(self, act: Callable[[Connection], None]) -> None:
        """Change the database behind the bank's back."""
        engine = create_engine(self.settings.database_url)
        with engine.begin() as connection:
            for statement in guards.statements(connection.dialect.name, up=False):
                # Their functions stay: other tables are guarded by them as well.
                if statement.startswith("DROP TRIGGER"):
                    connection.execute(text(statement))
            act(connection)
        engine.dispose()

    def rewrite(self, cheat: Cheat) -> None:
        """Change the leaves, then repair all that could show it, signed and marked."""

        def act(connection: Connection) -> None:
            stored = store.leaves(connection, 0, 10 * COUNT)
            head = rebuild(connection, cheat([each.leaf for each in stored]))
            folder = self.settings.key_dir
            signer = load_signer(folder, head.origin)
            note = signer.sign(head.size, head.root())
            store.publish(connection, head.size, note, self.clock.now())
            write_mark(folder, Mark(head.origin, head.size, head.root()))

        self.change(act)

    def verified(self, capsys: pytest.CaptureFixture[str], *held: str) -> tuple:
        """Export the log as the bank would, and let the verifier judge it."""
        folder = self.folder / f"log-{len(list(self.folder.iterdir()))}"
        engine = create_engine(self.settings.database_url)
        with engine.connect() as connection:
            export.export(connection, folder, self.vkey)
        engine.dispose()
        status = verify([str(folder), "--vkey", self.vkey, *held])
        return status, capsys.readouterr().out


def recorded(bank: Bank) -> bytes:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    done = bank.recorded(lambda work: work.log.record(entry))
    assert done.integration is not None
    proof = done.integration.proof(done.result)
    return receipt.build(done.result, done.integration.checkpoint, proof, ["i"])


def rebuild(connection: Connection, leaves: Leaves) -> Head:
    """Make the tables what an honest writer of these leaves would have made them."""
    old = read_head(connection)
    handles = handle_index.growing(connection)
    for table in ("log_leaf", "log_node", handles.name, "log_checkpoint"):
        connection.execute(text(f"DELETE FROM {table}"))
    tree = Frontier()
    for index, leaf in enumerate(leaves):
        said = json.loads(leaf)
        hashed = leaf_hash(leaf)
        raw_id = bytes.fromhex(said["id"].replace("-", ""))
        row = {"idx": index, "id": raw_id, "leaf": leaf, "leaf_hash": hashed}
        connection.execute(insert(log_leaf).values(row))
        sub = {"sub": bytes.fromhex(said["sub"]), "idx": index}
        connection.execute(insert(handles).values(sub))
        for level, number, node in tree.append(hashed):
            place = {"level": level, "idx": number, "hash": node}
            connection.execute(insert(log_node).values(place))
    last_t = json.loads(leaves[-1])["t"]
    values = {"size": tree.size, "frontier": b"".join(tree.hashes), "last_t": last_t}
    connection.execute(update(log_head).values(values))
    return Head(tree.size, tuple(tree.hashes), last_t, old.origin)


def edited(leaf: bytes, **changes: object) -> bytes:
    return canonical({**json.loads(leaf), **changes})


def edit(leaves: Leaves) -> Leaves:
    return [*leaves[:9], edited(leaves[9], com="0" * 64), *leaves[10:]]


def remove(leaves: Leaves) -> Leaves:
    return leaves[:9] + leaves[10:]


def reorder(leaves: Leaves) -> Leaves:
    return [*leaves[:9], leaves[10], leaves[9], *leaves[11:]]


def insert_one(leaves: Leaves) -> Leaves:
    forged = edited(leaves[9], id="019a0000-0000-7000-8000-000000000000", sub="0" * 32)
    return [*leaves[:9], forged, *leaves[9:]]


def cut(leaves: Leaves) -> Leaves:
    return leaves[: HELD - 5]


CHEATS = [edit, remove, reorder, insert_one, cut]


@pytest.fixture
def victim(
    bank: Bank, settings: Settings, clock: FrozenClock, tmp_path: Path
) -> Victim:
    folder = tmp_path / "outside"
    folder.mkdir()
    return Victim(bank, settings, clock, folder)


def test_what_nobody_touched_is_believed(
    victim: Victim, capsys: pytest.CaptureFixture[str]
) -> None:
    held = ("--receipt", str(victim.receipt), "--checkpoint", str(victim.checkpoint))

    assert victim.verified(capsys, *held)[0] == 0


@pytest.mark.parametrize("cheat", CHEATS)
@pytest.mark.parametrize("kept", ["receipt", "checkpoint"])
def test_a_history_rewritten_with_every_key_fails_against_one_kept_proof(
    victim: Victim, capsys: pytest.CaptureFixture[str], cheat: Cheat, kept: str
) -> None:
    victim.rewrite(cheat)

    # The bank itself starts, and without a proof from outside nothing can be seen.
    open_bank(victim.settings, victim.clock).close()
    assert victim.verified(capsys)[0] == 0
    status, said = victim.verified(capsys, f"--{kept}", str(getattr(victim, kept)))

    assert status == 1
    assert "entry" in said.lower() or "entries" in said


def test_a_tail_cut_off_with_its_head_repaired_does_not_start(victim: Victim) -> None:
    """The mark lies beside the keys; whoever has only the database cannot move it."""

    def act(connection: Connection) -> None:
        stored = store.leaves(connection, 0, HELD)
        rebuild(connection, [each.leaf for each in stored])

    victim.change(act)

    with pytest.raises(BankError) as caught:
        open_bank(victim.settings, victim.clock)
    assert caught.value.code == "log.shorter"


def test_an_edit_without_the_logs_key_names_its_place(
    victim: Victim, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(connection: Connection) -> None:
        leaf = store.leaf_at(connection, 9).leaf
        changed = update(log_leaf).where(log_leaf.c.idx == 9)
        connection.execute(changed.values(leaf=edited(leaf, com="0" * 64)))

    victim.change(act)
    status, said = victim.verified(capsys)

    assert status == 1
    assert "9" in said


def test_a_back_dated_entry_is_convicted_by_its_own_time(
    victim: Victim, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even signed with the right key and with nothing kept outside."""

    def back_date(leaves: Leaves) -> Leaves:
        t = to_millis(victim.clock.now()) - 86_400_000
        return [*leaves[:30], edited(leaves[30], t=t), *leaves[31:]]

    victim.rewrite(back_date)
    status, said = victim.verified(capsys)

    assert status == 1
    assert "30" in said
    assert "time" in said


def test_a_suppressed_entry_of_one_person_is_missed_by_the_person(
    victim: Victim,
) -> None:
    victim.rewrite(lambda leaves: leaves[:9] + leaves[10:])

    with closing(open_bank(victim.settings, victim.clock)) as bank, bank.read() as view:
        assert subject.missing(view, bank.keys, BANK) == [(1, 9)]


def test_a_suppressed_last_entry_is_missed_too(victim: Victim) -> None:
    """Its sealed detail and the count of the person's state still tell of it."""
    victim.rewrite(lambda leaves: leaves[:-1])

    with closing(open_bank(victim.settings, victim.clock)) as bank, bank.read() as view:
        assert subject.missing(view, bank.keys, BANK) == [(1, COUNT - 1)]


def test_an_entry_hidden_behind_the_counter_is_found_by_the_probe(
    victim: Victim,
) -> None:
    def act(connection: Connection) -> None:
        connection.execute(text("UPDATE person_state SET n = n - 1"))

    victim.change(act)

    with closing(open_bank(victim.settings, victim.clock)) as bank, bank.read() as view:
        assert subject.missing(view, bank.keys, BANK) == [(1, COUNT - 1)]


def test_an_older_database_with_its_mark_fails_against_a_later_checkpoint(
    victim: Victim, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both put back together: only who holds something newer can see it."""
    victim.rewrite(lambda leaves: leaves[:10])

    open_bank(victim.settings, victim.clock).close()
    status, said = victim.verified(capsys, "--checkpoint", str(victim.checkpoint))

    assert status == 1
    assert "10" in said
    assert str(COUNT) in said
