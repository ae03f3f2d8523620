"""The bank has its checkpoints time-stamped, and lives when that fails."""

import json
import socket
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from audit import export, store, timestamps
from audit.entry import Entry
from audit.leaf import EventType
from audit.timestamps import Timestamp
from audit.verifier.__main__ import main as verify
from pds.bank import posting
from pds.bank.chores import outside_chores
from pds.bank.housekeeping import Housekeeping
from pds.bank.inspection.inspector import inspect
from pds.bank.timestamping import TimestampFailed, ask_for_time, numbers, stamp
from pds.core.errors import Unavailable
from tests import publishing
from tests.append_only import refuses_change
from tests.authorities import REPLY, OpenSSL, authority, needs_openssl

pytestmark = needs_openssl

ENTRY = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def openssl(tmp_path_factory):
    return OpenSSL(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture(autouse=True)
def now(clock):
    """OpenSSL knows no other time than the machine's."""
    clock.moment = datetime.now(UTC)


def grow(bank, clock, times=2):
    for _ in range(times):
        clock.seconds += 2
        bank.unit_of_work(lambda work: work.log.record(ENTRY))
    return publishing.published(bank, clock).size


def published(bank):
    with bank.read() as view:
        return store.latest_checkpoint(view.connection)


def kept(bank):
    with bank.read() as view:
        return list(timestamps.every(view.connection))


def asking(bank, url, openssl, every=86_400):
    bank.settings = replace(
        bank.settings,
        timestamp_url=url,
        timestamp_certificate=openssl.root,
        timestamp_every=every,
    )


class Honest:
    """Answers as it should, and counts."""

    def __init__(self, openssl):
        self.asked = 0
        self.openssl = openssl

    def __call__(self, query):
        self.asked += 1
        return 200, REPLY, self.openssl.stamp(query)


@pytest.fixture
def honest(openssl):
    return Honest(openssl)


def turn(bank):
    outside_chores()[1].act(bank)


def put(bank, size, at):
    """Keep a time stamp as if an authority had given it."""
    one = Timestamp(size, at, "CN=time", b"")
    bank.unit_of_work(lambda work: timestamps.keep(work.connection, one))


def test_a_stamp_is_got_at_once_and_then_when_it_is_time(bank, clock, openssl, honest):
    with authority(honest) as url:
        asking(bank, url, openssl)
        size = grow(bank, clock)
        turn(bank)
        turn(bank)
        grow(bank, clock)
        turn(bank)

        assert (honest.asked, [each.size for each in kept(bank)]) == (1, [size])
        assert kept(bank)[0].authority == "CN=time"
        assert abs(kept(bank)[0].at - clock.now()) < timedelta(minutes=1)
        # Nothing stamped is a day old yet; with another setting it is.
        asking(bank, url, openssl, every=0)
        clock.moment = datetime.now(UTC)
        turn(bank)
        assert [each.size for each in kept(bank)] == [size, published(bank).size]
        # And nothing is asked about a checkpoint that has its stamp.
        turn(bank)
        assert honest.asked == 2
    assert bank.time_failures.failures == 0


def test_a_stamp_is_due_to_the_second(bank, clock, openssl, honest):
    with authority(honest) as url:
        asking(bank, url, openssl)
        put(bank, grow(bank, clock), clock.now() - DAY + timedelta(seconds=1))
        grow(bank, clock)
        turn(bank)
        assert honest.asked == 0
        clock.advance(timedelta(seconds=1))
        turn(bank)
    assert honest.asked == 1


def test_nobody_is_asked_unless_configured(bank, clock):
    grow(bank, clock)
    ask_for_time(bank)

    assert (kept(bank), numbers(bank)) == ([], {})
    with pytest.raises(TimestampFailed, match="INFOBANK_TIMESTAMP_URL"):
        stamp(bank)


def hostile(openssl, stranger):
    """Every answer that must not be believed."""

    def of_other(query):
        # The same nonce over another digest.
        return openssl.stamp(query.replace(query[26:58], bytes(32)))

    def of_other_nonce(query):
        at = query.rindex(b"\x02\x08" if b"\x02\x08" in query else b"\x02\x09")
        return openssl.stamp(query[: at + 4] + bytes([1] * 5) + query[at + 9 :])

    def cut(query):
        return openssl.stamp(query)[:-1]

    sound = openssl.stamp
    return {
        "imprint": lambda q: (200, REPLY, of_other(q)),
        "nonce": lambda q: (200, REPLY, of_other_nonce(q)),
        "stranger": lambda q: (200, REPLY, stranger.stamp(q)),
        "purpose": lambda q: (200, REPLY, openssl.signed_by("signs", q)),
        "rejected": lambda q: (200, REPLY, openssl.stamp(q, "strict")),
        "cut": lambda q: (200, REPLY, cut(q)),
        "longer": lambda q: (200, REPLY, sound(q) + b"\x00"),
        "empty": lambda _q: (200, REPLY, b""),
        "html": lambda _q: (200, "text/html", b"<p>Welcome</p>"),
        "kind": lambda q: (200, "application/octet-stream", sound(q)),
        "status": lambda q: (500, REPLY, sound(q)),
        "moved": lambda q: (302, REPLY, sound(q), ("Location", "/elsewhere")),
        "huge": lambda _q: (200, REPLY, bytes(1 << 17)),
    }


def test_no_answer_stops_the_bank_or_is_believed(bank, clock, openssl, tmp_path):
    size = grow(bank, clock)
    answers = hostile(openssl, OpenSSL(tmp_path / "stranger"))
    for name, answer in answers.items():
        with authority(answer) as url, capture_logs() as logs:
            asking(bank, url, openssl)
            ask_for_time(bank)
        assert bank.time_failures.last_at == clock.now(), name
        assert [each["event"] for each in logs] == ["time stamp failed"], name
        assert "Welcome" not in json.dumps(logs)
        clock.advance(timedelta(hours=1))
        clock.moment = datetime.now(UTC)
        bank.time_failures.succeeded()

    assert bank.time_failures.failures == len(answers)
    assert kept(bank) == []
    assert grow(bank, clock) > size


def test_an_authority_that_is_gone_or_silent_is_left_alone(
    bank, clock, openssl, monkeypatch
):
    monkeypatch.setattr(posting, "_SECONDS", 0.1)
    grow(bank, clock)
    over = Event()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://localhost:{closed.getsockname()[1]}/"

    def silent(_query):
        over.wait(30)
        return 500, REPLY, b""

    asking(bank, dead, openssl)
    with pytest.raises(TimestampFailed, match="no answer"):
        stamp(bank)
    with authority(silent) as url:
        asking(bank, url, openssl)
        try:
            with pytest.raises(TimestampFailed, match="no answer"):
                stamp(bank)
        finally:
            over.set()
    assert kept(bank) == []


@contextmanager
def dripping(start, piece):
    """Answer with a start and then piece by piece, each well within a timeout."""
    over = Event()

    def serve(listening):
        with suppress(OSError), listening.accept()[0] as connection:
            connection.sendall(start)
            for _ in range(3_000):
                if over.wait(0.01):
                    return
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"http://localhost:{listening.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 65000\r\n\r\n", b"x"),
        (b"", b"x"),
    ],
)
def test_an_answer_that_never_ends_is_ended(
    bank, clock, openssl, monkeypatch, start, piece
):
    monkeypatch.setattr(posting, "_DEADLINE", 0.2)
    grow(bank, clock)
    with dripping(start, piece) as url:
        asking(bank, url, openssl)
        with pytest.raises(TimestampFailed, match="TimeoutError"):
            stamp(bank)
    assert kept(bank) == []


def test_over_https_the_machine_is_who_it_should_be(
    bank, clock, openssl, honest, tmp_path, monkeypatch
):
    grow(bank, clock)
    stranger = OpenSSL(tmp_path / "stranger")
    with authority(honest, stranger) as url:
        asking(bank, url, openssl)
        monkeypatch.setenv("SSL_CERT_FILE", str(openssl.root))
        with pytest.raises(TimestampFailed, match="no answer"):
            stamp(bank)
        assert honest.asked == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(stranger.root))
        assert stamp(bank).size == published(bank).size


def test_after_failures_it_is_asked_less_and_less_often(bank, clock, openssl):
    asked = []

    def broken(query):
        asked.append(clock.now())
        return 503, "text/plain", b""

    grow(bank, clock)
    start = clock.now()
    with authority(broken) as url:
        asking(bank, url, openssl)
        for _ in range(4 * 60):
            turn(bank)
            clock.advance(timedelta(minutes=1))

    minutes = [(each - start) // timedelta(minutes=1) for each in asked]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert numbers(bank) == {"failures": 9}


def test_a_success_ends_the_patience(bank, clock, openssl, honest):
    grow(bank, clock)
    clock.moment -= timedelta(minutes=1)
    with authority(lambda _query: (503, "text/plain", b"")) as url:
        asking(bank, url, openssl)
        ask_for_time(bank)
    clock.moment = datetime.now(UTC)
    with authority(honest) as url:
        asking(bank, url, openssl, every=0)
        turn(bank)
        grow(bank, clock)
        clock.moment = datetime.now(UTC)
        turn(bank)
    assert (honest.asked, bank.time_failures.failures) == (2, 1)


def test_a_store_that_fails_is_a_failure_like_others(bank, clock, openssl, monkeypatch):
    grow(bank, clock)
    asking(bank, "http://localhost:9/", openssl)

    def fails():
        raise Unavailable("store.unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(bank, "read", fails)
        Housekeeping(bank, outside_chores()).turn()
    assert bank.time_failures.failures == 1


def test_a_clock_that_is_far_from_ours_is_not_believed(bank, clock, openssl, honest):
    grow(bank, clock)
    for away in (timedelta(minutes=1), -timedelta(minutes=1)):
        clock.moment = datetime.now(UTC) + away
        with authority(honest) as url:
            asking(bank, url, openssl)
            with pytest.raises(TimestampFailed, match="half a minute"):
                stamp(bank)
    assert kept(bank) == []


def test_a_stamp_that_would_go_back_is_not_kept(bank, clock, openssl, honest):
    put(bank, grow(bank, clock), clock.now() + timedelta(minutes=1))
    grow(bank, clock)
    with authority(honest) as url:
        asking(bank, url, openssl)
        with pytest.raises(TimestampFailed, match="earlier"):
            stamp(bank)
    assert len(kept(bank)) == 1


def test_two_processes_that_ask_at_once_keep_one(bank, clock):
    size = grow(bank, clock)
    put(bank, size, clock.now())
    put(bank, size, clock.now() + timedelta(seconds=1))

    assert [each.at for each in kept(bank)] == [kept(bank)[0].at]


def test_time_stamps_cannot_be_changed(bank, clock):
    put(bank, grow(bank, clock), clock.now())
    refuses_change(
        bank.settings.database_url,
        "log_timestamp",
        change="UPDATE log_timestamp SET at = 0",
        again="size, 0, authority, response",
    )
    assert len(kept(bank)) == 1


def test_an_export_proves_the_time_without_the_bank(
    bank, clock, openssl, honest, tmp_path, capsys
):
    with authority(honest) as url:
        asking(bank, url, openssl, every=0)
        for _ in range(2):
            grow(bank, clock)
            clock.moment = datetime.now(UTC)
            turn(bank)
    grow(bank, clock)
    folder, policy = tmp_path / "export", tmp_path / "policy"
    with bank.read() as view:
        export.export(view.connection, folder, bank.signer.vkey)
    for each in kept(bank):
        assert (folder / f"timestamps/{each.size}.tsr").read_bytes() == each.response
    policy.write_text(f"log {bank.signer.vkey}\ntimestamp required\n")
    asked = [str(folder), "--policy", str(policy)]
    root = ["--tsa-certificate", str(openssl.root)]
    stranger = OpenSSL(tmp_path / "stranger").root

    assert verify([*asked, *root]) == 0, capsys.readouterr()
    assert "existed at" in capsys.readouterr().out
    assert verify(asked) == 3
    assert verify([*asked, "--tsa-certificate", str(stranger)]) == 1
    for each in kept(bank):
        (folder / f"timestamps/{each.size}.tsr").unlink()
    (folder / "timestamps").rmdir()
    assert verify([*asked, *root]) == 3


def findings(bank, clock):
    return {each.name: each for each in inspect(bank.settings, clock)}


def test_the_doctor_says_when_time_is_overdue(bank, clock, openssl, tmp_path):
    assert "no authority is asked" in findings(bank, clock)["log.time"].said
    asking(bank, "http://localhost:9/", openssl)
    size = grow(bank, clock)
    assert findings(bank, clock)["log.authority"].is_good
    assert "no time stamp" in findings(bank, clock)["log.time"].said
    assert findings(bank, clock)["log.time"].is_good
    clock.advance(timedelta(hours=2))
    assert not findings(bank, clock)["log.time"].is_good
    put(bank, size, clock.now())
    grow(bank, clock)
    clock.advance(DAY)
    found = findings(bank, clock)["log.time"]
    assert (found.is_good, f"{size} entries existed" in found.said) == (True, True)
    clock.advance(timedelta(hours=2))
    assert not findings(bank, clock)["log.time"].is_good
    (tmp_path / "root.pem").write_text("nonsense")
    bank.settings = replace(bank.settings, timestamp_certificate=tmp_path / "root.pem")
    assert not findings(bank, clock)["log.authority"].is_good
    with pytest.raises(TimestampFailed, match=r"root\.pem"):
        stamp(bank)
