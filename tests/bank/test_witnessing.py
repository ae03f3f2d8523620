"""The bank shows its checkpoints to witnesses, and lives when they fail."""

import json
import socket
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from sqlalchemy import create_engine, text

from audit import cosignatures, export, store
from audit.checkpoint import open_checkpoint
from audit.cosigner import Cosigner
from audit.entry import Entry
from audit.leaf import EventType
from audit.note import split_note
from audit.verifier.__main__ import main as verify
from audit.witness.keys import open_folder
from audit.witness.server import WitnessServer
from audit.witness.witness import Witness
from pds.bank.chores import outside_chores
from pds.bank.inspection.inspector import inspect
from pds.bank.witnessing import ask_witnesses, numbers
from tests import publishing
from tests.append_only import refuses_change
from tests.fakes import START

NAME = "auditor.example/w"
ENTRY = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})


@contextmanager
def served(server):
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def a_witness(folder, bank, name=NAME):
    state, cosigners = open_folder(folder, name)
    witness = Witness([bank.signer.verifier], cosigners, state, bank.clock)
    with served(WitnessServer(("127.0.0.1", 0), witness)) as address:
        yield address, cosigners[0].vkey
    state.close()


def answering(status, body):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    return HTTPServer(("127.0.0.1", 0), Handler)


def asking(bank, tmp_path, *witnesses):
    """Give the bank a policy; each witness is (name, vkey, address)."""
    policy = tmp_path / "policy"
    lines = [f"witness {name} {vkey} {url}" for name, vkey, url in witnesses]
    quorum = f"group g all {' '.join(each[0] for each in witnesses)}\nquorum g"
    policy.write_text("\n".join([f"log {bank.signer.vkey}", *lines, quorum, ""]))
    bank.settings = replace(bank.settings, witness_policy=policy)
    return policy


def grow(bank, clock, times=1):
    """Add entries and wait until the newest of them is published."""
    for _ in range(times):
        clock.seconds += 2
        bank.unit_of_work(lambda work: work.log.record(ENTRY))
    publishing.published(bank, clock)


def published(bank):
    with bank.read() as view:
        return store.latest_checkpoint(view.connection)


def kept(bank):
    with bank.read() as view:
        return [
            (size, [each.name for each in lines])
            for size, lines in cosignatures.every(view.connection)
        ]


def test_each_turn_has_the_newest_checkpoint_cosigned_once(bank, clock, tmp_path):
    with a_witness(tmp_path / "w", bank) as (address, vkey):
        asking(bank, tmp_path, ("auditor", vkey, address + "/"))
        grow(bank, clock)
        sizes = []
        for _ in range(3):
            grow(bank, clock, 3)
            outside_chores()[0].act(bank)
            outside_chores()[0].act(bank)
            sizes.append(published(bank).size)

        assert kept(bank) == [(size, [NAME]) for size in sizes]
        assert not bank.witness_failures
        with bank.read() as view:
            newest = cosignatures.newest(view.connection)[0]
        note = published(bank).note + newest.line
        _, opened = open_checkpoint(note, [bank.signer.vkey, vkey])
        assert len(opened.signatures) == 2
        assert newest.at == START
        assert numbers(bank) == {
            "cosigned_entries": {"auditor": sizes[-1]},
            "last_cosigned_timestamp_seconds": {"auditor": START.timestamp()},
            "last_failure_timestamp_seconds": {},
        }


def test_a_witness_that_knows_another_size_is_asked_from_there(bank, clock, tmp_path):
    grow(bank, clock, 2)
    with a_witness(tmp_path / "w", bank) as (address, vkey):
        asking(bank, tmp_path, ("auditor", vkey, address))
        ask_witnesses(bank)
        first = published(bank).size
        # The same witness under another name in the policy: to the bank it is new.
        grow(bank, clock, 3)
        with a_witness(tmp_path / "v", bank, "other.example") as (url, other):
            asking(bank, tmp_path, ("auditor", vkey, address), ("o", other, url))
            ask_witnesses(bank)
            forget(bank)
            grow(bank, clock, 2)
            ask_witnesses(bank)

        assert first
        assert not bank.witness_failures
        last = published(bank).size
        assert kept(bank)[-1] == (last, [NAME, "other.example"])


def forget(bank):
    """Let the bank lose its memory of the newest cosignatures."""
    engine = create_engine(bank.settings.database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER log_cosignature_no_delete"))
        else:
            connection.execute(text("ALTER TABLE log_cosignature DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM log_cosignature"))
    engine.dispose()


def test_no_witness_stops_the_bank_or_another_witness(bank, clock, tmp_path):
    grow(bank, clock, 2)
    stranger = Cosigner("s.example", bytes(32))
    other = stranger.cosign(split_note(published(bank).note)[0], 1).encode()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with (
        a_witness(tmp_path / "w", bank) as (address, vkey),
        served(answering(500, b"")) as broken,
        served(answering(422, b"")) as refusing,
        served(answering(302, b"")) as moved,
        served(answering(200, b"nonsense\n")) as silly,
        served(answering(200, other)) as wrong,
        served(answering(200, bytes(1 << 17))) as large,
        served(answering(409, b"999999\n")) as ahead,
        served(answering(409, b"1\n")) as undecided,
        served(answering(409, b"\xff")) as garbled,
    ):
        bad = [dead, broken, refusing, moved, silly, wrong, large, ahead]
        bad += [undecided, garbled, "file:///etc"]
        keys = [Cosigner(f"b{i}", bytes([i]) * 32).vkey for i in range(len(bad))]
        entries = [(f"b{i}", keys[i], url) for i, url in enumerate(bad)]
        asking(bank, tmp_path, *entries, ("good", vkey, address))

        ask_witnesses(bank)

    assert set(bank.witness_failures) == {name for name, _, _ in entries}
    assert kept(bank) == [(published(bank).size, [NAME])]
    failed = numbers(bank)["last_failure_timestamp_seconds"]
    assert failed["b0"] == bank.clock.now().timestamp()
    grow(bank, clock)


def test_without_a_policy_or_witness_addresses_nobody_is_asked(bank, tmp_path):
    ask_witnesses(bank)
    policy = tmp_path / "policy"
    vkey = Cosigner("x", bytes(32)).vkey
    policy.write_text(f"log {bank.signer.vkey}\nwitness x {vkey}\nquorum none\n")
    bank.settings = replace(bank.settings, witness_policy=policy)
    ask_witnesses(bank)

    assert kept(bank) == []


def test_cosignatures_cannot_be_changed(bank, clock, tmp_path):
    grow(bank, clock)
    with a_witness(tmp_path / "w", bank) as (address, vkey):
        asking(bank, tmp_path, ("auditor", vkey, address))
        ask_witnesses(bank)
    refuses_change(
        bank.settings.database_url,
        "log_cosignature",
        change="UPDATE log_cosignature SET line = ''",
        again="size, name, key_id, '', 0",
    )
    assert len(kept(bank)) == 1


def test_an_export_holds_them_and_the_cosigned_note_meets_the_quorum(
    bank, clock, tmp_path, capsys
):
    grow(bank, clock, 2)
    folder = tmp_path / "export"
    with a_witness(tmp_path / "w", bank) as (address, vkey):
        policy = asking(bank, tmp_path, ("auditor", vkey, address))
        ask_witnesses(bank)
    with bank.read() as view:
        size = export.export(view.connection, folder, bank.signer.vkey).size
    lines = (folder / "cosignatures" / str(size)).read_text()
    note = folder / "checkpoint"
    note.write_text((folder / "checkpoints" / str(size)).read_text() + lines)

    assert verify([str(folder), "--policy", str(policy)]) == 0, capsys.readouterr()


def findings(bank, clock):
    return {each.name: each for each in inspect(bank.settings, clock)}


def test_the_doctor_says_how_each_witness_stands(bank, clock, tmp_path):
    assert "none is asked" in findings(bank, clock)["log.witnesses"].said
    grow(bank, clock)
    with a_witness(tmp_path / "w", bank) as (address, vkey):
        policy = asking(bank, tmp_path, ("auditor", vkey, address))
        assert "cosigned 0 of" in findings(bank, clock)["witness.auditor"].said
        clock.moment = clock.moment.replace(hour=clock.moment.hour + 2)
        assert not findings(bank, clock)["witness.auditor"].is_good
        ask_witnesses(bank)
        assert "cosigned all" in findings(bank, clock)["witness.auditor"].said
    policy.write_text("nonsense")
    assert not findings(bank, clock)["log.witnesses"].is_good
    assert json.dumps([each.said for each in findings(bank, clock).values()])
