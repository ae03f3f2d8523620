"""The witness: what it cosigns, what it refuses, and that it never forgets."""

import http.client
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import open_checkpoint, parse
from audit.cosigner import Cosigner
from audit.errors import VerificationError
from audit.merkle import EMPTY_ROOT
from audit.note import SignatureType, open_note, parse_vkey, split_note
from audit.signer import LogSigner
from audit.witness import server as server_module
from audit.witness import state as state_module
from audit.witness.decision import Refusal, Refused, Seen, check_growth
from audit.witness.keys import open_folder
from audit.witness.request import MAX_BODY, read_submission, write_submission
from audit.witness.server import WitnessServer
from audit.witness.witness import Witness
from pds.cli.main import cli
from tests.audit.trees import ORIGIN, SEED, VKEY, History
from tests.fakes import START, FrozenClock

ROOT = Path(__file__).parents[2]
HONEST = History()
FORKED = History("lie", fork=3)
NAME = "witness.example/w1"


@contextmanager
def opened(folder, name=NAME):
    state, cosigners = open_folder(folder, name)
    witness = Witness([VKEY], cosigners, state, FrozenClock())
    witness.vkey = cosigners[0].verifier
    try:
        yield witness
    finally:
        state.close()


@pytest.fixture
def witness(tmp_path):
    with opened(tmp_path / "witness") as witness:
        yield witness


def refusal(witness, body):
    with pytest.raises(Refused) as caught:
        witness.add_checkpoint(body)
    return caught.value


def times(witness, history, size, answer):
    opened = open_note(history.note(size) + answer, [witness.vkey])
    return [each.time for each in opened.signatures]


def test_a_growing_log_is_cosigned_with_the_time(witness):
    for old, size in ((0, 0), (0, 1), (1, 1), (1, 6), (6, 8), (8, 13)):
        answer = witness.add_checkpoint(HONEST.body(old, size))

        assert times(witness, HONEST, size, answer) == [int(START.timestamp())]


def test_another_old_size_is_answered_with_the_right_one(witness):
    assert refusal(witness, HONEST.body(3, 5)).seen_size == 0
    witness.add_checkpoint(HONEST.body(0, 5))

    refused = refusal(witness, HONEST.body(0, 7))

    assert (refused.refusal, refused.seen_size) == (Refusal.CONFLICT, 5)


def test_a_log_that_was_rolled_back_is_refused(witness):
    witness.add_checkpoint(HONEST.body(0, 9))

    assert refusal(witness, HONEST.body(9, 5)).refusal is Refusal.MALFORMED
    assert refusal(witness, HONEST.body(5, 5)).refusal is Refusal.CONFLICT
    assert parse(split_note(witness.checkpoint(HASH))[0]).size == 9


@pytest.mark.parametrize(("old", "size"), [(5, 5), (5, 8), (5, 6)])
def test_another_history_is_refused_and_kept_as_evidence(witness, old, size):
    witness.add_checkpoint(HONEST.body(0, 5))

    refused = refusal(witness, FORKED.body(old, size))
    kind = Refusal.CONFLICT if old == size else Refusal.INCONSISTENT
    assert (refused.refusal, refused.seen_size) == (kind, None)
    assert witness._state.refused(ORIGIN) == [FORKED.note(size)]
    answer = witness.add_checkpoint(HONEST.body(5, 8))
    assert times(witness, HONEST, 8, answer)


def test_proofs_that_prove_nothing_are_refused(witness):
    note = HONEST.note(4)
    wrong_empty = LogSigner(ORIGIN, SEED).sign(0, bytes(32))

    from_zero = write_submission(0, [bytes(32)], note)
    assert refusal(witness, from_zero).refusal is Refusal.INCONSISTENT
    body = write_submission(0, [], wrong_empty)
    assert refusal(witness, body).refusal is Refusal.INCONSISTENT
    witness.add_checkpoint(HONEST.body(0, 4))
    for proof in ([], [bytes(32)]):
        body = write_submission(4, proof, HONEST.note(6))
        assert refusal(witness, body).refusal is Refusal.INCONSISTENT
    body = write_submission(4, [bytes(32)], note)
    assert refusal(witness, body).refusal is Refusal.INCONSISTENT


def test_another_tree_of_the_size_is_evidence_whatever_it_claims_to_continue(witness):
    witness.add_checkpoint(HONEST.body(0, 5))

    refused = refusal(witness, FORKED.body(0, 5))
    assert (refused.refusal, refused.seen_size) == (Refusal.CONFLICT, 5)
    assert refusal(witness, FORKED.body(0, 6)).seen_size == 5
    assert witness._state.refused(ORIGIN) == [FORKED.note(5)]


def test_two_trees_of_one_size_are_kept_as_a_pair_that_needs_no_other_proof(witness):
    witness.add_checkpoint(HONEST.body(0, 5))
    refusal(witness, FORKED.body(0, 5))
    witness.add_checkpoint(HONEST.body(5, 8))

    ((refused, cosigned),) = witness._state.forks(ORIGIN)
    one, other = (open_checkpoint(each, [VKEY])[0] for each in (refused, cosigned))
    assert (one.size, other.size) == (5, 5)
    assert one.root != other.root


def test_a_true_checkpoint_with_a_false_proof_shows_nothing_against_the_log(witness):
    witness.add_checkpoint(HONEST.body(0, 5))
    false = write_submission(5, [bytes(32)], HONEST.note(8))
    refusal(witness, false)
    assert witness._state.refused(ORIGIN) == [HONEST.note(8)]

    witness.add_checkpoint(HONEST.body(5, 8))
    assert witness._state.refused(ORIGIN) == []
    refusal(witness, write_submission(8, [bytes(32)], HONEST.note(8)))
    assert witness._state.refused(ORIGIN) == []
    assert witness._state.forks(ORIGIN) == []


def test_nobody_can_fill_the_memory_of_what_was_refused(witness, monkeypatch):
    monkeypatch.setattr(state_module, "_MOST_REFUSED", 2)
    witness.add_checkpoint(HONEST.body(0, 5))
    for size in (6, 7, 8):
        refusal(witness, write_submission(5, [bytes(32)], HONEST.note(size)))

    refusal(witness, FORKED.body(5, 9))

    assert witness._state.refused(ORIGIN) == [HONEST.note(8), FORKED.note(9)]


def test_unknown_logs_and_false_signatures_are_refused(witness):
    other_key = History(seed=bytes(32))
    other_log = History(origin="other.example")
    note = HONEST.note(2)
    flipped = note[:-4] + ("A" if note[-4] != "A" else "B") + note[-3:]

    assert refusal(witness, other_key.body(0, 2)).refusal is Refusal.UNSIGNED
    assert refusal(witness, other_log.body(0, 2)).refusal is Refusal.UNKNOWN_LOG
    body = write_submission(0, [], flipped)
    assert refusal(witness, body).refusal is Refusal.UNSIGNED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n" + HONEST.note(1).encode(),
        b"old -1\n\n" + HONEST.note(1).encode(),
        b"new 0\n\n" + HONEST.note(1).encode(),
        b"old 0\nAAAA\n\n" + HONEST.note(1).encode(),
        b"old 0\n\nlog.example/1\n1\n",
        b"old 0\n\nlog.example/1\n01\nAAAA\n\n\xe2\x80\x94 a AAAA\n",
        b"\xff",
        write_submission(0, [bytes(32)] * 64, HONEST.note(1)),
        bytes(MAX_BODY + 1),
    ],
)
def test_malformed_requests_are_refused(witness, body):
    assert refusal(witness, body).refusal is Refusal.MALFORMED


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_whatever_bytes_come_the_reader_has_one_error(body):
    for data in (body, b"old 0\n" + body, HONEST.body(0, 3) + body):
        try:
            read = read_submission(data)
        except VerificationError:
            continue
        assert read.old_size >= 0


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_only_a_tree_that_continues_the_last_one_is_accepted(seen, old, size):
    submission = read_submission(HONEST.body(old, size))
    root = parse(split_note(HONEST.note(seen))[0]).root
    try:
        check_growth(submission, Seen(seen, root))
    except Refused:
        assert old != seen or old > size
    else:
        assert old == seen <= size


def test_two_roots_of_one_size_are_never_cosigned(tmp_path):
    # Two witnesses on one folder stand for two processes.
    folder = tmp_path / "witness"
    with opened(folder) as one, opened(folder) as two:
        attempts = [
            (each, history, 0, size)
            for each in (one, two)
            for size in (4, 5, 6)
            for history in (HONEST, History("a"), History("b"), FORKED)
        ] * 3

        def submit(attempt):
            witness, history, old, size = attempt
            try:
                witness.add_checkpoint(history.body(old, size))
            except Refused:
                return None
            return size, history.note(size)

        with ThreadPoolExecutor(16) as pool:
            signed = {each for each in pool.map(submit, attempts) if each}
        kept = one.checkpoint(HASH)

    assert len(signed) == 1
    assert kept.startswith(split_note(signed.pop()[1])[0])


def test_the_newest_checkpoint_is_shown_with_both_signatures(witness):
    assert witness.checkpoint(HASH) is None
    note = HONEST.note(3)
    stranger = Cosigner("stranger.example", bytes(32)).cosign(split_note(note)[0], 1)
    answer = witness.add_checkpoint(write_submission(0, [], note + stranger))

    shown = witness.checkpoint(HASH)

    assert shown == note + answer
    assert witness.checkpoint(sha256(b"other").hexdigest()) is None
    checkpoint, opened = open_checkpoint(shown, [VKEY, witness.vkey])
    assert checkpoint.size == 3
    assert len(opened.signatures) == 2


def test_two_histories_to_two_witnesses_show_when_their_checkpoints_meet(tmp_path):
    with opened(tmp_path / "a", "a.example") as a, opened(tmp_path / "b") as b:
        a.add_checkpoint(HONEST.body(0, 7))
        b.add_checkpoint(FORKED.body(0, 7))
        keys = [VKEY, a.vkey, b.vkey]
        seen = [open_checkpoint(each.checkpoint(HASH), keys) for each in (a, b)]

        roots = {each.root for each, _note in seen}
        assert {each.size for each, _note in seen} == {7}
        # Both are signed by the log itself, so the log cannot deny either.
        assert all(VKEY in [s.key for s in note.signatures] for _, note in seen)
        assert len(roots) == 2
        # And when one auditor hands on what they saw, the other's witness refuses.
        handed_on = write_submission(7, [], a.checkpoint(HASH))
        assert refusal(b, handed_on).refusal is Refusal.CONFLICT


def test_the_folder_is_private_and_its_key_is_made_once(tmp_path):
    folder = tmp_path / "witness"
    with opened(folder) as witness:
        first = witness.vkey
    key = folder / "witness-ed25519.key"

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(key.stat().st_mode) == 0o400
    assert parse_vkey((folder / "vkey").read_text().strip()) == first
    with opened(folder) as witness:
        assert witness.vkey == first
    with pytest.raises(VerificationError, match="another name"):
        open_folder(folder, "other.example")


def test_a_second_line_of_ml_dsa_when_asked_for(tmp_path):
    folder = tmp_path / "witness"
    state, cosigners = open_folder(folder, NAME, ml_dsa=True)
    answer = Witness([VKEY], cosigners, state, FrozenClock()).add_checkpoint(
        HONEST.body(0, 3)
    )
    state.close()

    opened = open_note(HONEST.note(3) + answer, [each.verifier for each in cosigners])
    assert {each.key.type for each in opened.signatures} == {
        SignatureType.COSIGNATURE,
        SignatureType.ML_DSA_44,
    }
    assert {each.time for each in opened.signatures} == {int(START.timestamp())}
    assert stat.S_IMODE((folder / "witness-mldsa44.key").stat().st_mode) == 0o400


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "witness.db").unlink(), "lost its memory"),
        (lambda f: (f / "witness-ed25519.key").chmod(0o440), "open to others"),
        (lambda f: f.chmod(0o750), "open to others"),
        (lambda f: rewrite(f / "witness-ed25519.key"), "malformed"),
    ],
)
def test_a_witness_without_memory_or_with_a_loose_key_does_not_start(
    tmp_path, spoil, said
):
    folder = tmp_path / "witness"
    with opened(folder):
        pass
    spoil(folder)

    with pytest.raises(VerificationError, match=said):
        open_folder(folder, NAME)


def rewrite(path):
    path.chmod(0o600)
    path.write_text("?")


def test_a_cosigner_needs_a_name_and_a_cosigning_key():
    for name, kind in (
        ("a b", SignatureType.COSIGNATURE),
        ("a", SignatureType.ED25519),
    ):
        with pytest.raises(VerificationError):
            Cosigner(name, bytes(32), kind)


HASH = sha256(ORIGIN.encode()).hexdigest()


@pytest.fixture
def port(witness):
    server = WitnessServer(("127.0.0.1", 0), witness)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port, method, path, body=None, **headers):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(line):
        line.request(method, path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


def test_over_http_every_answer_of_the_protocol(port, witness):
    where = "/add-checkpoint"
    status, _, lines = ask(port, "POST", where, HONEST.body(0, 5))
    assert status == 200
    assert times(witness, HONEST, 5, lines)
    conflict = ask(port, "POST", where, HONEST.body(0, 6))
    assert conflict == (409, "text/x.tlog.size", "5\n")
    # A client takes the type as the wish that it ask again from that size.
    fork = ask(port, "POST", where, FORKED.body(5, 5))
    assert fork == (409, "text/plain; charset=utf-8", "Conflict\n")
    for body, expected in (
        (FORKED.body(5, 6), 422),
        (HONEST.body(6, 5), 400),
        (b"?", 400),
        (History(seed=bytes(32)).body(5, 6), 403),
        (History(origin="x.example").body(0, 6), 404),
    ):
        assert ask(port, "POST", where, body)[0] == expected
    assert ask(port, "POST", "/other", HONEST.body(5, 6))[0] == 404
    assert ask(port, "PUT", where, b"")[0] == 501
    assert ask(port, "GET", "/")[0] == 404
    assert ask(port, "GET", f"/{'0' * 64}/checkpoint")[0] == 404
    status, _, note = ask(port, "GET", f"/{HASH}/checkpoint")
    assert (status, note) == (200, HONEST.note(5) + lines)


def test_a_connection_is_kept_for_the_next_request(port):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for old, size in ((0, 2), (2, 3)):
        line.request("POST", "/add-checkpoint", HONEST.body(old, size))
        answer = line.getresponse()
        assert answer.read()
        assert answer.status == 200
    line.close()


def test_bodies_without_length_or_too_large_are_not_read(port):
    where = "/add-checkpoint"
    for length, expected in (
        (str(MAX_BODY + 1), 413),
        ("9" * 5000, 413),
        ("-1", 411),
        ("x", 411),
    ):
        found = ask(port, "POST", where, b"", **{"Content-Length": length})
        assert found[0] == expected
    # The body stays unsent: a server that answers first would cut a sender off.
    assert ask(port, "POST", where, **{"Transfer-Encoding": "chunked"})[0] == 411


def test_more_connections_than_places_are_turned_away(witness, monkeypatch):
    monkeypatch.setattr(server_module, "_MOST_AT_ONCE", 0)
    server = WitnessServer(("127.0.0.1", 0), witness)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(server.server_address[1], "GET", "/")
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_connection_that_trickles_is_cut(witness):
    server = WitnessServer(("127.0.0.1", 0), witness, longest=0.05)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with socket.create_connection(server.server_address) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 200000\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(1000):
                if select.select([line], [], [], 0.01)[0]:
                    break
                line.send(b"x")
        assert is_cut(line)
    server.shutdown()
    thread.join()
    server.server_close()


def is_cut(line):
    line.settimeout(0)
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True
    except BlockingIOError:
        return False


COMMAND = "from pds.cli.main import main; main()"


@contextmanager
def command(folder, log):
    words = ["audit", "witness", "--log", str(log), "--state", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words, "--port", "0", "--name", NAME],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        vkey = process.stdout.readline().strip()
        port = int(process.stdout.readline().rpartition(":")[2])
        yield process, vkey, port
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()


def test_the_command_needs_no_bank_and_survives_being_killed(tmp_path):
    log = tmp_path / "vkey"
    log.write_text(VKEY.encode() + "\n")
    folder = tmp_path / "witness"
    with command(folder, log) as (process, vkey, port):
        assert ask(port, "POST", "/add-checkpoint", HONEST.body(0, 5))[0] == 200
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    with command(folder, log) as (process, again, port):
        assert again == vkey
        assert ask(port, "POST", "/add-checkpoint", FORKED.body(0, 5))[0] == 409
        assert ask(port, "POST", "/add-checkpoint", FORKED.body(5, 6))[0] == 422
        assert ask(port, "POST", "/add-checkpoint", HONEST.body(5, 6))[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_the_command_refuses_what_is_not_a_verifier_key(tmp_path):
    log = tmp_path / "vkey"
    log.write_text("nonsense")

    words = ["audit", "witness", "--log", str(log), "--state", str(tmp_path / "w")]
    found = CliRunner().invoke(cli, words)

    assert found.exit_code == 1
    assert "malformed" in found.output


def test_an_empty_tree_has_the_root_of_nothing():
    assert parse(split_note(HONEST.note(0))[0]).root == EMPTY_ROOT
