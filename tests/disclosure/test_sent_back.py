"""A recipient sends its receipts back over the API, honestly and otherwise."""

import base64
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from audit import store, subject
from audit.canonical import parse_canonical
from audit.proof import TlogProof, format_proof, parse
from audit.receipt_check import parse_header
from audit.signer import load_signer
from consent.oauth import clients
from consent.oauth.clients import ClientState
from pds.core.ids import BANK
from pds.oversight.tables import sent_receipt
from pds.web.oauth.backchannel import MAX_BODY
from pds.web.oauth.client_assertion import ASSERTION_TYPE
from tests.append_only import refuses_change
from tests.disclosure.forger import Forger
from tests.oauth.jose import Signer

PATH = "/api/v1/receipts"
_NUMBER = itertools.count(1)


@pytest.fixture
def party(lone):
    return lone.consented()


def assertion(party, *, signer=None, **changes):
    now = int(party.world.clock.now().timestamp())
    client_id = party.organisation.client_id
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": party.world.bank.settings.issuer,
        "jti": f"receipts-{next(_NUMBER)}",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return (signer or party.world.signer).sign({"kid": "one"}, claims)


def named(party, **changes):
    return {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": changes.pop("text", None) or assertion(party, **changes),
    }


def send(party, receipts, **changes):
    body = {**named(party, **changes), "receipts": receipts}
    return party.world.app.test_client().post(PATH, json=body)


def results(party, receipts, **changes):
    answer = send(party, receipts, **changes)
    assert answer.status_code == 200, answer.json
    return [tuple(each.values()) for each in answer.json["results"]]


def fetched(party):
    answer = party.get()
    assert answer.status_code == 200
    return {"receipt": answer.headers["Infobank-Receipt"]}


def changed(item, **members):
    """Return a receipt whose leaf says something else."""
    proof = parse(parse_header(item["receipt"]))
    extra = parse_canonical(proof.extra)
    extra["leaf"].update(members)
    text = json.dumps(extra, separators=(",", ":"), sort_keys=True).encode()
    forged = TlogProof(proof.index, proof.hashes, proof.checkpoint, text)
    return {"receipt": base64.b64encode(format_proof(forged)).decode()}


def rows(party):
    with party.world.bank.read() as snap:
        query = select(sent_receipt).order_by(sent_receipt.c.no)
        return snap.connection.execute(query).all()


def logged(party):
    """Return the actions of the bank's entries about receipts."""
    bank = party.world.bank
    with bank.read() as snap:
        page = subject.page(snap, bank.keys, BANK, limit=100)
    found = [each.detail.fields.get("reasons", "") for each in reversed(page.entries)]
    return [each for each in found if each.startswith("receipt.")]


def test_receipts_of_pages_and_streams_are_accepted_once(party):
    last = json.loads(party.stream().data.splitlines()[-1])
    both = [fetched(party), {"receipt": last["receipt"], "n": last["count"]}]

    assert results(party, both) == [("accepted",), ("accepted",)]
    assert results(party, [*both, both[0]]) == [("known",)] * 3
    kept = rows(party)
    assert [(each.finding, each.envelope) for each in kept] == [("", None)] * 2
    assert logged(party) == []


def test_a_receipt_twice_in_one_request_is_kept_once(party):
    item = fetched(party)

    assert results(party, [item, item]) == [("accepted",), ("known",)]
    assert len(rows(party)) == 1


def test_receipts_come_as_a_form_too(party):
    form = {**named(party), "receipts": json.dumps([fetched(party)])}

    answer = party.world.app.test_client().post(PATH, data=form)

    assert answer.json == {"results": [{"status": "accepted"}]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_receipts_can_be_sent_after_the_withdrawal(party):
    item = fetched(party)
    party.withdraw()
    assert party.get().status_code == 401

    assert results(party, [item]) == [("accepted",)]


def test_what_does_not_hold_is_kept_and_logged_once(party):
    honest = fetched(party)
    forged = changed(honest, id=str(party.world.bank.ids.new()))
    differs = {**honest, "body_sha256": "00" * 32, "n": 4}
    noise = [7, None, {}, {"receipt": 1}, {"receipt": "%%"}, {"receipt": "QUJD"}]

    found = results(party, [honest, forged, differs, *noise])

    assert found == [
        ("accepted",),
        ("finding", "forged"),
        ("finding", "differs"),
        *[("finding", "unreadable")] * 5,
        ("finding", "forged"),
    ]
    wanted = [f"receipt.{each[1]}" for each in found[1:]]
    assert logged(party) == wanted
    assert results(party, [forged, *noise]) == [
        ("known", "forged"),
        *[("known", "unreadable")] * 5,
        ("known", "forged"),
    ]
    assert logged(party) == wanted


def test_nothing_that_was_sent_stands_open_in_the_table(party):
    item = {**fetched(party), "n": 4}
    results(party, [item])
    kept = rows(party)[0]

    assert item["receipt"].strip(":").encode() not in kept.envelope
    assert (kept.finding, kept.idx) == ("differs", None)


def test_a_release_in_whose_place_the_log_has_another_is_a_finding(party):
    item = fetched(party)
    leaf = parse_canonical(parse(parse_header(item["receipt"])).extra)["leaf"]
    other = str(party.world.bank.ids.new()).encode()
    forger = Forger(party.world.bank)
    forger.rebuild(
        [each.leaf.replace(leaf["id"].encode(), other) for each in forger.leaves()]
    )

    assert results(party, [item]) == [("finding", "not-in-log")]


def test_a_receipt_of_another_recipient_is_refused_whether_it_holds_or_not(party):
    other = party.world.consented(organisation=party.world.organisation())
    real = fetched(other)
    made_up = changed(real, id=str(party.world.bank.ids.new()))

    assert results(party, [real, made_up]) == [("refused",)] * 2
    assert rows(party) == []
    assert logged(party) == []
    assert results(other, [real]) == [("accepted",)]


def test_an_entry_that_is_no_disclosure_is_refused(party):
    item = changed(fetched(party), typ="consent:event")

    assert results(party, [item]) == [("refused",)]


def test_a_client_assertion_counts_once(party):
    item, text = fetched(party), assertion(party)
    assert results(party, [item], text=text) == [("accepted",)]

    again = send(party, [changed(item, t=1)], text=text)

    assert (again.status_code, again.json["code"]) == (401, "oauth.invalid-client")
    assert len(rows(party)) == 1


def test_only_the_client_itself_may_send(party):
    item, stranger = fetched(party), Signer()
    answers = [
        send(party, [item], signer=stranger),
        send(party, [item], aud="https://elsewhere.example"),
        send(party, [item], exp=1),
        send(party, [item], text="a.b.c"),
        send(party, [item], text="\udcff"),
        send(party, [item], sub="nobody"),
    ]

    assert {each.status_code for each in answers} <= {400, 401}
    assert rows(party) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{",
        b"[" * 60_000,
        b'{"receipts":' + b"[" * 60_000,
        b'{"receipts":[],"receipts":[]}',
        b'{"client_assertion":7}',
        b'{"receipts":[1e999999999],"client_id":"\\ud800"}',
        b'{"receipts":' + b"9" * 60_000 + b"}",
    ],
)
def test_malformed_bytes_are_refused(party, body):
    client = party.world.app.test_client()
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/x"):
        answer = client.post(PATH, data=body, content_type=kind)
        assert answer.status_code in (400, 401, 422)
        assert answer.content_type == "application/problem+json"
    assert rows(party) == []


@pytest.mark.parametrize("receipts", [[], {}, "x", None, [1] * 33])
def test_a_request_holds_one_to_thirty_two_receipts(party, receipts):
    assert send(party, receipts).status_code == 422
    assert rows(party) == []


@pytest.mark.parametrize("kind", ["application/json", urlencode({"a": 1})])
def test_an_oversized_body_is_refused_before_it_is_read(party, kind):
    body = b"x" * (MAX_BODY + 1)

    answer = party.world.app.test_client().post(PATH, data=body, content_type=kind)

    assert answer.status_code == 413


def test_a_body_without_a_length_ends_at_the_limit(party):
    body = BytesIO(b" " * (MAX_BODY + 1))
    unlimited = {"wsgi.input": body, "wsgi.input_terminated": True}

    answer = party.world.app.test_client().post(
        PATH,
        content_type="application/json",
        environ_overrides={**unlimited, "CONTENT_LENGTH": ""},
    )

    assert answer.status_code == 413


def test_two_who_send_one_receipt_at_once_keep_it_once(party):
    honest = fetched(party)
    forged = changed(honest, t=1)
    requests = [named(party) for _ in range(6)]

    def one(who):
        body = {**who, "receipts": [honest, forged]}
        answer = party.world.app.test_client().post(PATH, json=body)
        assert answer.status_code == 200
        return [each["status"] for each in answer.json["results"]]

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(one, requests))

    assert sorted(each[0] for each in found) == ["accepted", *["known"] * 5]
    assert sorted(each[1] for each in found) == ["finding", *["known"] * 5]
    assert len(rows(party)) == 2
    assert logged(party) == ["receipt.forged"]


def test_what_was_kept_is_never_changed(party):
    results(party, [fetched(party)])

    refuses_change(
        party.world.bank.settings.database_url,
        "sent_receipt",
        change="UPDATE sent_receipt SET finding = 'forged'",
        again="no, recipient_id, digest, at, idx, 'forged', envelope",
    )


def test_a_suspended_client_cannot_send(party):
    item = fetched(party)
    party.world.do(
        lambda work: clients.set_state(
            work, party.organisation.client_id, ClientState.SUSPENDED
        )
    )

    assert send(party, [item]).status_code == 401


def test_an_old_assertion_is_refused(party):
    text = assertion(party)
    party.world.clock.advance(timedelta(minutes=11))

    assert send(party, [fetched(party.world.consented())], text=text).status_code == 401


def test_a_receipt_from_before_the_log_went_on_under_another_name_holds(party):
    """The key stays; a name counts only if this log published under it."""
    bank, item = party.world.bank, fetched(party)
    proof = parse(parse_header(item["receipt"]))
    size = int(proof.checkpoint.split("\n")[1])
    earlier = load_signer(bank.settings.key_dir, "earlier.example/log", ml_dsa=False)
    with bank.read() as snap:
        note = earlier.sign(size, store.root_at(snap.connection, size))
    receipt = format_proof(TlogProof(proof.index, proof.hashes, note, proof.extra))
    old = {"receipt": base64.b64encode(receipt).decode()}
    assert results(party, [old]) == [("finding", "forged")]

    bank.unit_of_work(
        lambda work: store.publish(work.connection, size + 1_000, note, work.now)
    )

    assert results(party, [old]) == [("accepted",)]
