"""A stop under load loses nothing that was acknowledged and tears no answer."""

import http.client
import json
import signal
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from audit import store
from audit.canonical import canonical
from audit.head import read_head
from audit.highwater import read_mark
from audit.receipt_check import parse_header, verify_receipt
from pds.bank.bank import open_bank
from pds.core.clock import SystemClock
from pds.core.settings import Settings
from pds.vault.tables import vault_import
from tests.ops.load import Answers, Load
from tests.ops.serving import found_world, run_cli, serving


@contextmanager
def opened(environment):
    bank = open_bank(Settings.from_environment(environment), SystemClock())
    try:
        with bank.read() as view:
            yield bank, view.connection
    finally:
        bank.close()


def check_durable(environment, answers: Answers) -> None:
    """Everything that a client was told stands in the database and in the log."""
    with opened(environment) as (bank, connection):
        size = read_head(connection).size
        for value in answers.receipts:
            shown = verify_receipt(parse_header(value), [bank.signer.vkey])
            assert shown.index < size
            assert store.leaf_at(connection, shown.index).leaf == canonical(shown.leaf)
        imports = connection.scalar(select(func.count()).select_from(vault_import))
        assert imports >= answers.deposits
    assert run_cli(environment, "audit", "verify").returncode == 0


@pytest.mark.parametrize(
    ("database_url", "by"),
    [
        ("sqlite", signal.SIGTERM),
        ("postgres", signal.SIGTERM),
        ("sqlite", signal.SIGINT),
    ],
    indirect=["database_url"],
)
def test_a_stop_under_load_is_orderly(environment, tmp_path: Path, by):
    found = found_world(environment)
    key_dir = Path(environment["INFOBANK_KEY_DIR"])

    with serving(environment, tmp_path / "server.log") as server:
        load = Load(found)
        load.start()
        code = server.stop(by)
        answers = load.finish()

    assert code == 0, server.log.read_text()[-3000:]
    assert answers.faults == []
    mark = read_mark(key_dir)
    with opened(environment) as (_bank, connection):
        head = read_head(connection)
        published = store.latest_checkpoint(connection)
    assert mark is not None
    assert published is not None
    assert (mark.size, published.size) == (head.size, head.size)
    check_durable(environment, answers)
    with serving(environment, tmp_path / "again.log") as again:
        assert again.stop() == 0


def test_a_sudden_death_under_load_leaves_a_whole_log(environment, tmp_path: Path):
    found = found_world(environment)

    with serving(environment, tmp_path / "server.log") as server:
        load = Load(found)
        load.start()
        server.kill()
        answers = load.finish()

    check_durable(environment, answers)
    with serving(environment, tmp_path / "again.log") as again:
        assert again.stop() == 0
    check_durable(environment, answers)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_inside_at_the_stop_is_served(environment, tmp_path: Path):
    """The door closes first; a request whose body is under way is still answered."""
    port = int(environment["INFOBANK_PORT"])
    body = b"grant_type=client_credentials"
    head = (
        f"POST /oauth/token HTTP/1.1\r\nHost: localhost:{port}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with serving(environment, tmp_path / "server.log") as server:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as half:
            half.sendall(head.encode())
            # The application is reading the body once it asks for it.
            assert b" 100 " in half.recv(1000)
            half.sendall(body[:7])

            server.process.send_signal(signal.SIGTERM)
            wait_until_closed(port)
            half.sendall(body[7:])
            answer = http.client.HTTPResponse(half)
            answer.begin()
            said = json.loads(answer.read())

        assert server.process.wait(60) == 0
    assert answer.status in {400, 401}
    assert said["error"]


def wait_until_closed(port: int) -> None:
    clock = SystemClock()
    until = clock.monotonic() + 30
    while clock.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return
    raise AssertionError("The door stays open.")
