"""Cursors of cohorts: fixed bytes, computed a second way, and nothing else is read."""

import base64
import hashlib
import hmac
import json
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pds.core.clock import from_millis
from pds.core.errors import Invalid
from pds.disclosure.cohorts.cursors import (
    PartPlace,
    Sweep,
    open_part,
    open_since,
    open_sweep,
    seal_part,
    seal_since,
    seal_sweep,
)
from pds.vault.records import Cursor

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/disclosure/cohort-cursors.json").read_text()
)
KEY = bytes.fromhex(VECTORS["key"])
OFFER, CONSENT = UUID(VECTORS["offer_id"]), UUID(VECTORS["consent_id"])
NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


def sealed(label, bound, fields):
    """Write a cursor as the format says, by nothing of the product."""
    message = b"ib1/cohort/" + label + b"\0" + bound.bytes + fields
    mac = hmac.new(KEY, message, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(fields + mac).decode().rstrip("=")


def moment(millis):
    return None if millis is None else from_millis(millis)


@pytest.mark.parametrize("case", VECTORS["sweep"])
def test_sweeps(case):
    sweep_id, consent = UUID(case["sweep_id"]), UUID(case["consent"])
    name, since = bytes.fromhex(case["name"]), case["since"]
    fields = b"\x01" + sweep_id.bytes + struct.pack(">q", case["began_at"])
    fields += struct.pack(">q", -1 if since is None else since) + name + consent.bytes
    assert case["text"] == sealed(b"sweep", OFFER, fields)

    made = Sweep(sweep_id, moment(case["began_at"]), moment(since), (name, consent))
    assert seal_sweep(KEY, OFFER, made) == case["text"]
    assert open_sweep(KEY, OFFER, case["text"], NOW) == made


@pytest.mark.parametrize("case", VECTORS["since"])
def test_since(case):
    fields = b"\x01" + struct.pack(">q", case["began_at"])
    assert case["text"] == sealed(b"since", OFFER, fields)
    began_at = moment(case["began_at"])
    assert seal_since(KEY, OFFER, began_at) == case["text"]
    assert open_since(KEY, OFFER, case["text"], NOW) == began_at


@pytest.mark.parametrize("case", VECTORS["part"])
def test_parts(case):
    record, question = map(bytes.fromhex, (case["record_id"], case["question"]))
    fields = b"\x01" + struct.pack(">qq", case["began_at"], case["since"])
    fields += struct.pack(">ii", case["last_day"], case["order"]) + record + question
    assert case["text"] == sealed(b"part", CONSENT, fields)
    place = Cursor(case["last_day"], case["order"], record)
    made = PartPlace(place, moment(case["began_at"]), moment(case["since"]))
    assert seal_part(KEY, CONSENT, question, made) == case["text"]
    assert open_part(KEY, CONSENT, question, case["text"], NOW) == made


SWEEP = VECTORS["sweep"][1]["text"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "AA",
        "é",
        SWEEP[:-2],
        SWEEP + "AA",
        "B" + SWEEP[1:],
        VECTORS["since"][0]["text"],
        VECTORS["part"][0]["text"],
    ],
)
def test_what_was_not_made_for_this_is_refused(text):
    with pytest.raises(Invalid):
        open_sweep(KEY, OFFER, text, NOW)


def test_a_cursor_is_of_one_offer_one_key_and_some_hours():
    for key, offer, now in (
        (bytes(32), OFFER, NOW),
        (KEY, CONSENT, NOW),
        (KEY, OFFER, NOW + timedelta(hours=6)),
    ):
        with pytest.raises(Invalid):
            open_sweep(key, offer, SWEEP, now)
    text = VECTORS["part"][0]["text"]
    for question, now in ((b"x" * 8, NOW), (bytes(range(8)), NOW + timedelta(hours=6))):
        with pytest.raises(Invalid):
            open_part(KEY, CONSENT, question, text, now)
    with pytest.raises(Invalid):
        open_since(KEY, OFFER, VECTORS["since"][0]["text"], NOW + timedelta(days=401))
