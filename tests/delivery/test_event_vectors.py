"""The fixed vectors of docs/formats/events.md; they never change within version 1."""

import json
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from pds.bank import callbacks
from pds.bank.callbacks import CallbackFailed
from pds.bank.posting import Answer
from pds.crypto.statement import StatementKey, open_statement

VECTORS = Path(__file__).parents[1] / "vectors" / "events" / "event.json"
READ = json.loads(VECTORS.read_text(encoding="utf-8"))
ROW = SimpleNamespace(
    outbox_id=UUID(READ["outbox_id"]),
    put_at=datetime.fromisoformat(READ["put_at"]),
    recipient_id=None,
)


def acknowledged(kind, body):
    answer = Answer(200, body.encode(), kind)
    callbacks.require_acknowledged(None, READ["issuer"], READ["client_id"], ROW, answer)


def test_an_event_is_written_byte_for_byte():
    key = StatementKey(bytes.fromhex(READ["seed"]))
    assert key.public == READ["public"]
    signed = callbacks.event(
        key, READ["issuer"], READ["client_id"], ROW, READ["content"]
    )
    assert signed == READ["event"]
    claims = json.loads(open_statement(signed, callbacks.TYP, READ["public"]))
    assert claims == READ["content"] | {
        "aud": READ["client_id"],
        "iat": int(ROW.put_at.timestamp()),
        "iss": READ["issuer"],
        "jti": READ["outbox_id"],
    }


def test_an_acknowledgement_names_the_message():
    acknowledged("application/json", json.dumps(READ["acknowledgement"]))


@pytest.mark.parametrize("case", READ["refused"], ids=lambda case: case["why"])
def test_anything_else_acknowledges_nothing(case):
    with pytest.raises(CallbackFailed, match="not-acknowledged"):
        acknowledged(case["kind"], case["body"])
