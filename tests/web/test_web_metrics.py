"""`/metrics`: who may read, what is counted, and that every label is a closed list."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from audit import cosignatures, timestamps
from audit.cosigner import Cosigner
from audit.entry import Entry
from audit.leaf import EventType
from consent.reasons import Reason
from pds.bank.chores import chores
from pds.bank.housekeeping import Housekeeping
from pds.core.environment import SettingsError
from pds.core.errors import Unavailable
from pds.core.settings import Settings
from pds.disclosure.call import Refused
from pds.web import metrics
from pds.web.api import answers
from pds.web.app import create_app

TOKEN = "a1" * 20


def samples(app: Flask, **values) -> dict[tuple[str, frozenset], float]:
    answer = app.test_client().get("/metrics", **values)
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(found, name, **labels):
    return found[name, frozenset(labels.items())]


def test_answers_are_counted_by_template_method_and_class(app):
    client = app.test_client()
    client.get("/healthz")
    client.get("/healthz")
    client.get("/no/such/place/hanako")
    client.open("/healthz", method="BREW")

    found = samples(app)

    total = "infobank_http_requests_total"
    once = {"endpoint": "health.alive", "method": "GET", "status": "2xx"}
    assert value(found, total, **once) == 2
    lost = {"endpoint": "unknown", "method": "GET", "status": "4xx"}
    assert value(found, total, **lost) == 1
    assert value(found, total, endpoint="unknown", method="other", status="4xx") == 1
    name = "infobank_http_request_seconds_count"
    assert value(found, name, endpoint="health.alive") == 2


def test_the_log_and_its_writer_are_measured(app, bank):
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    before = samples(app)
    for _ in range(3):
        bank.unit_of_work(lambda work: work.log.record(entry))

    found = samples(app)

    grown = value(found, "infobank_log_entries") - value(before, "infobank_log_entries")
    assert grown == 3
    assert value(found, "infobank_log_batch_leaves_sum") >= 3
    assert value(found, "infobank_log_batch_seconds_count") >= 1
    assert value(found, "infobank_log_pending") == 0
    assert value(found, "infobank_writer_waiting") == 0
    newest = bank.clock.now().timestamp()
    assert value(found, "infobank_log_last_entry_timestamp_seconds") == newest
    assert value(found, "infobank_up") == 1


def test_each_chore_says_when_it_last_went_well(app, bank, monkeypatch):
    every = chores()
    failing = every[0].name
    monkeypatch.setattr(every[0], "act", lambda _bank: 1 / 0)

    Housekeeping(bank, every).turn()

    found = samples(app)
    name = "infobank_chore_last_success_timestamp_seconds"
    done = {dict(labels)["chore"] for each, labels in found if each == name}
    assert done == {each.name for each in every} - {failing}
    assert value(found, "infobank_chore_failures_total", chore=failing) == 1


def test_disclosures_are_counted_by_outcome_and_reason(app):
    meters = app.extensions["meters"]
    client = app.test_client()
    client.get("/api/v1/records")
    bank = app.extensions["bank"]
    for status, reasons in [(200, ()), (503, ()), (403, (Reason.BOARD_MISSING,))]:
        with app.test_request_context("/api/v1/records"):
            if reasons:
                answers.refused(Refused(reasons), "https://bank.example")
            metrics._observe(meters, bank, status)

    found = samples(app)

    name = "infobank_disclosures_total"
    assert {each: value(found, name, outcome=each) for each in metrics.OUTCOMES} == {
        "released": 1,
        "denied": 1,
        "turned-away": 1,
        "failed": 1,
    }
    assert value(found, "infobank_denials_total", reason="board.missing") == 1


def test_every_label_is_a_word_of_a_closed_list(app, person, consent, bank):
    """Nothing that a person typed, is called, or has can become a label."""
    person.get("/home")
    person.get(f"/consents/{consent}")
    Housekeeping(bank, chores()).turn()
    allowed = {
        "endpoint": {*app.view_functions, "unknown"},
        "method": {*metrics.METHODS, "other"},
        "status": {"1xx", "2xx", "3xx", "4xx", "5xx"},
        "outcome": set(metrics.OUTCOMES),
        "reason": {each.value for each in Reason},
        "chore": {each.name for each in chores()},
    }

    for name, labels in samples(app):
        for label, word in labels:
            if label not in {"le", "version"}:
                assert word in allowed[label], (name, label)


def test_a_bank_that_cannot_be_read_still_says_so(app, bank, monkeypatch):
    def fails():
        raise Unavailable("store.unavailable")

    monkeypatch.setattr(bank, "read", fails)

    assert value(samples(app), "infobank_up") == 0


@pytest.mark.parametrize(
    "values",
    [
        {"headers": {"X-Forwarded-For": "192.0.2.1"}},
        {"headers": {"Forwarded": "for=192.0.2.1"}},
        {"headers": {"Via": "1.1 proxy"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"Host": "evil.example"}},
        {"headers": {"Host": "evil.example:8000"}},
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
        {"environ_base": {"REMOTE_ADDR": ""}},
    ],
)
def test_others_find_nothing_here(app, values):
    answer = app.test_client().get("/metrics", **values)

    assert answer.status_code == 404
    assert "infobank_" not in answer.text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_may_read_without_a_token(app, address):
    assert samples(app, environ_base={"REMOTE_ADDR": address})


def test_with_a_token_only_the_token_counts(bank):
    real = bank.settings
    bank.settings = replace(real, metrics_token=TOKEN)
    app = create_app(bank)
    shown = {"Authorization": f"Bearer {TOKEN}"}
    afar = {"REMOTE_ADDR": "192.0.2.1"}

    assert samples(app, headers=shown, environ_base=afar)
    for wrong in ({}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}1"}):
        assert app.test_client().get("/metrics", headers=wrong).status_code == 404
    assert TOKEN not in repr(bank.settings)
    bank.settings = real


@pytest.mark.parametrize("token", ["short", "a" * 31, "with space " * 4])
def test_a_weak_token_stops_the_start(token):
    with pytest.raises(SettingsError, match="INFOBANK_METRICS_TOKEN") as caught:
        Settings.from_environment({"INFOBANK_METRICS_TOKEN": token})

    assert token not in str(caught.value)


def test_each_witness_of_the_policy_is_measured_by_its_name(app, bank, tmp_path):
    witness = Cosigner("witness.example", bytes(32))
    policy = tmp_path / "policy"
    line = f"witness auditor {witness.vkey} http://127.0.0.1:9"
    policy.write_text(f"log {bank.signer.vkey}\n{line}\nquorum auditor\n")
    real, bank.settings = bank.settings, replace(bank.settings, witness_policy=policy)
    bank.unit_of_work(
        lambda work: cosignatures.keep(
            work.connection, 7, witness.verifier, "line\n", work.now
        )
    )
    bank.witness_failures["auditor"] = bank.clock.now()

    found = samples(app)
    policy.unlink()
    without = samples(app)

    bank.settings = real
    now = bank.clock.now().timestamp()
    for name, expected in (
        ("cosigned_entries", 7),
        ("last_cosigned_timestamp_seconds", now),
        ("last_failure_timestamp_seconds", now),
    ):
        assert value(found, f"infobank_witness_{name}", witness="auditor") == expected
    assert not [name for name, _ in without if name.startswith("infobank_witness")]
    assert value(without, "infobank_up") == 1


def test_time_stamps_are_measured_where_an_authority_is_asked(app, bank):
    real = bank.settings
    without = samples(app)
    bank.settings = replace(real, timestamp_url="http://localhost:9/")
    bank.time_failures.failed(bank.clock.now())
    none_yet = samples(app)
    at = bank.clock.now() - timedelta(hours=2)
    stamp = timestamps.Timestamp(3, at, "CN=time", b"")
    bank.unit_of_work(lambda work: timestamps.keep(work.connection, stamp))

    found = samples(app)

    bank.settings = real
    name = "infobank_timestamp"
    assert not [each for each, _ in without if each.startswith(name)]
    assert value(none_yet, f"{name}_failures_total") == 1
    assert (f"{name}_age_seconds", frozenset()) not in none_yet
    assert value(found, f"{name}_age_seconds") == 2 * 60 * 60
    assert value(found, f"{name}_stamped_entries") == 3
