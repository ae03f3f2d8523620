import hashlib
import json
from datetime import timedelta

import pytest

from audit.merkle import leaf_hash, root
from audit.note import decode_base64
from audit.receipt_check import verify_receipt
from pds.core.errors import Unavailable
from pds.disclosure.question import Question
from tests.disclosure.world import SECRET_WORD


def parts(body):
    *lines, last = body.splitlines(keepends=True)
    return lines, json.loads(last)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("pds.disclosure.stream.MOST_RECORDS", 4)


def test_a_stream_carries_everything_and_its_proof(world, small_chunks):
    party = world.consented(records=10)
    whole = party.get(query={"limit": 1000}).json

    answer = party.stream()

    assert answer.content_type == "application/x-ndjson"
    assert answer.headers["Cache-Control"] == "no-store"
    lines, last = parts(answer.data)
    heading, *records = map(json.loads, lines)
    assert records == whole["records"]
    assert heading.items() <= whole.items()
    assert last["count"] == 10
    assert last["outcome"] == "completed"
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    assert last["sha256"] == digest
    proved = verify_receipt(
        decode_base64(last["receipt"]),
        [world.bank.signer.vkey],
        body=b"".join(lines),
    )
    assert proved.opened["n"] == "10"
    completed, intent = party.history()[:2]
    assert completed.entry.leaf["ref"] == intent.entry.leaf["id"]
    assert proved.leaf == completed.entry.leaf
    assert intent.entry.detail.fields["decided_at"] == world.clock.now().isoformat()
    with world.bank.read() as snap:
        found = world.bank.vault.page(
            snap, party.owner, categories=["health.vital.weight"], limit=100
        )
    listed = [leaf_hash(r.record_id + r.version.to_bytes(8)) for r in found.records]
    wanted = completed.entry.detail.fields["record_list_root"]
    assert root(listed).hex() == wanted


def test_a_stream_without_records_completes(world):
    party = world.consented(owner=world.person(0))

    lines, last = parts(party.stream().data)

    assert len(lines) == 1
    assert (last["count"], last["outcome"]) == (0, "completed")


def test_a_stream_takes_no_cursor(world):
    answer = world.consented().stream(query={"cursor": "x"})

    assert answer.status_code == 422


def test_a_withdrawn_consent_opens_no_stream(world):
    party = world.consented()
    party.withdraw()

    answer = party.stream()

    assert answer.status_code == 401
    [(kind, reasons, _)] = party.seen()
    assert kind == "disclosure:denied"
    assert reasons.startswith("consent.withdrawn")


def test_a_withdrawal_ends_a_stream_at_the_next_chunk(world, small_chunks):
    party = world.consented(records=10)
    answer = party.stream(buffered=False)
    pieces = iter(answer.response)
    body = next(pieces) + next(pieces)

    party.withdraw()
    body += b"".join(pieces)

    lines, last = parts(body)
    assert (len(lines), last["count"], last["outcome"]) == (5, 4, "stopped")
    assert party.seen() == [
        ("disclosure:released", "", None),
        ("disclosure:completed", "stopped", 4),
    ]


def test_a_token_that_runs_out_ends_a_stream(world, small_chunks):
    party = world.consented(records=10)
    answer = party.stream(buffered=False)
    pieces = iter(answer.response)
    body = next(pieces) + next(pieces)

    world.clock.advance(timedelta(seconds=301))
    body += b"".join(pieces)

    assert parts(body)[1]["outcome"] == "stopped"


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_an_interrupted_stream_is_recorded(world, small_chunks, chunks):
    party = world.consented(records=10)
    answer = party.stream(buffered=False)
    pieces = iter(answer.response)
    for _ in range(chunks):
        next(pieces)

    answer.close()

    count = max(chunks - 1, 0) * 4
    assert party.seen() == [
        ("disclosure:released", "", None),
        ("disclosure:completed", "interrupted", count),
    ]


def test_a_store_that_fails_between_chunks_is_recorded(
    world, small_chunks, monkeypatch
):
    party = world.consented(records=10)
    lines = world.bank.stream.open(party.call(), Question())
    next(lines)
    next(lines)

    def failing(*_args):
        raise Unavailable("store.unavailable", "gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.bank.selector), "read", failing)
        with pytest.raises(Unavailable):
            next(lines)

    assert party.seen()[1] == ("disclosure:completed", "interrupted", 4)


def test_a_store_that_stays_away_leaves_an_intent_alone(
    world, small_chunks, monkeypatch
):
    party = world.consented(records=10)
    lines = world.bank.stream.open(party.call(), Question())
    next(lines)

    def failing(*_args, **_options):
        raise Unavailable("store.unavailable", "gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.bank), "recorded", failing)
        lines.close()

    assert party.seen() == [("disclosure:released", "", None)]


def test_a_stream_counts_as_one_fetch(world):
    party = world.consented(max_per_day=1)

    assert party.stream().status_code == 200
    refused = party.stream()

    assert refused.status_code == 429
    assert SECRET_WORD not in refused.text
