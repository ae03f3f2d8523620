import base64
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jsonschema
import pytest
import structlog

from audit.canonical import canonical
from audit.receipt_check import parse_header, verify_receipt
from consent.oauth.opaque import encode
from consent.oauth.tokens import TokenKind
from consent.terms import AccessMode
from pds.core import logging as app_logging
from pds.core.clock import tokyo_day
from pds.disclosure.tally import tally_entry
from pds.keys.classes import KeyClass
from tests.disclosure.world import PATH, RECEIPT, SECRET_WORD, STEPS, WEIGHT
from tests.oauth.jose import Signer


@pytest.fixture
def document(world):
    return world.app.test_client().get("/api/v1/openapi.json").json


def check_shape(document, name, value):
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": document["components"],
    }
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.FormatChecker()
    ).validate(value)


def receipt_of(world, response):
    return verify_receipt(
        parse_header(response.headers["Infobank-Receipt"]),
        [world.bank.signer.vkey],
        body=response.data,
    )


def test_a_page_has_the_documented_shape_and_a_receipt(world, document):
    party = world.consented(records=3)

    answer = party.get()

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    check_shape(document, "RecordPage", answer.json)
    assert len(answer.json["records"]) == 3
    assert b'"value":7.00' in answer.data
    assert b"back" not in answer.data
    digest = base64.b64encode(hashlib.sha256(answer.data).digest()).decode()
    assert answer.headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["DPoP-Nonce"]
    proved = receipt_of(world, answer)
    [entry] = party.history()
    assert proved.leaf == entry.entry.leaf
    assert proved.opened.keys() == {
        "pairwise_sub",
        "consent_id",
        "request_id",
        "n",
        "body_sha256",
    }
    assert proved.opened["pairwise_sub"] == answer.json["subject"]
    assert proved.opened["consent_id"] == str(party.consent_id)
    assert proved.opened["n"] == "3"


def test_a_page_without_records_is_a_page(world, document):
    party = world.consented(owner=world.person(0))

    answer = party.get()

    check_shape(document, "RecordPage", answer.json)
    assert (answer.json["records"], answer.json["next"]) == ([], None)
    assert party.seen() == [("disclosure:released", "", 0)]


def test_pages_one_after_another_equal_the_whole(world):
    party = world.consented(records=40)
    world.deposit(party.owner, 12, STEPS, days_ago=1)
    whole = party.get(query={"limit": 1000}).json["records"]
    pages, cursor = [], None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        answer = party.get(query=query)
        receipt_of(world, answer)
        pages += answer.json["records"]
        cursor = answer.json["next"]
        if cursor is None:
            break

    assert len(whole) == 52
    assert pages == whole
    days = [record["last_day"] for record in whole]
    assert days == sorted(days, reverse=True)
    assert len({record["id"] for record in whole}) == 52


def test_what_the_consent_does_not_name_never_goes(world):
    party = world.consented(records=2)
    world.deposit(party.owner, 3, RECEIPT)
    world.deposit(party.owner, 2, WEIGHT, days_ago=700)

    records = party.get().json["records"]

    assert [record["category"] for record in records] == [WEIGHT] * 2


def test_filters_narrow_within_the_consent(world):
    party = world.consented(records=3)
    world.deposit(party.owner, 4, STEPS, days_ago=30)
    recent = (world.clock.now() - timedelta(days=10)).date().isoformat()
    old = (world.clock.now() - timedelta(days=20)).date().isoformat()

    def count(**query):
        return len(party.get(query=query).json["records"])

    assert count(category=STEPS) == 4
    assert count(category="health.vital") == 3
    assert count(category=[STEPS, WEIGHT, STEPS]) == 7
    assert count(**{"from": recent}) == 3
    assert count(until=old) == 4
    assert count(**{"from": "2999-01-01"}) == 0


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"category": RECEIPT}, "consent.category-outside"),
        ({"category": "health"}, "consent.category-outside"),
        ({"category": "no.such"}, "consent.category-outside"),
        ({"category": ""}, "consent.category-outside"),
        ({"category": "健康\x00"}, "consent.category-outside"),
        ({"from": "2001-01-01"}, "consent.window-outside"),
        ({"from": "2026-11-02", "until": "2026-11-01"}, "consent.window-outside"),
    ],
)
def test_a_filter_outside_the_consent_is_refused_and_recorded(
    world, document, query, reason
):
    party = world.consented()

    answer = party.get(query=query)

    assert answer.status_code == 403
    check_shape(document, "Problem", answer.json)
    assert answer.json["reasons"] == [reason]
    assert party.seen() == [("disclosure:denied", reason, 1)]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "ten"},
        {"limit": ["1", "2"]},
        {"from": "2026-13-01"},
        {"until": "20260101"},
        {"page": "2"},
        {"cursor": "!"},
        {"cursor": "AAAA"},
        {"cursor": "é"},
    ],
)
def test_a_malformed_question_is_told_and_nothing_is_recorded(world, document, query):
    party = world.consented()

    answer = party.get(query=query)

    assert answer.status_code == 422
    check_shape(document, "Problem", answer.json)
    assert answer.json["code"].startswith("disclosure.")
    assert party.history() == []


def test_a_cursor_belongs_to_its_grant_its_filters_and_its_hour(world):
    party = world.consented(records=5)
    other = world.consented(owner=party.owner, organisation=party.organisation)
    cursor = party.get(query={"limit": 2}).json["next"]
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[20] ^= 1
    tampered = base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def code(which, text, **query):
        answer = which.get(query={"cursor": text, **query})
        return answer.json.get("code", answer.status_code)

    assert code(party, cursor) == 200
    assert code(other, cursor) == "disclosure.cursor"
    assert code(party, tampered) == "disclosure.cursor"
    assert code(party, cursor, category=WEIGHT) == "disclosure.cursor"
    world.clock.advance(timedelta(minutes=59))
    party.token = party.new_token()
    assert code(party, cursor) == 200
    world.clock.advance(timedelta(minutes=1, seconds=1))
    assert code(party, cursor) == "disclosure.cursor"


def test_tokens_that_are_none_are_challenged_alike(world, document):
    party = world.consented()
    refresh = party.new_token(TokenKind.REFRESH)
    foreign = Signer()
    tries = {
        "unknown": party.get(token=encode(b"x" * 32)),
        "malformed": party.get(token="x"),
        "refresh": party.get(token=refresh),
        "foreign key": party.get(proof=party.proof(signer=foreign)),
    }
    world.clock.advance(timedelta(seconds=301))
    tries["expired"] = party.get()

    for name, answer in tries.items():
        assert answer.status_code == 401, name
        check_shape(document, "Problem", answer.json)
        assert answer.json["code"] == "oauth.invalid-token", name
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert party.history() == []


def test_no_token_at_all_is_challenged_without_an_error(world):
    answer = world.app.test_client().get(PATH)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("DPoP algs=")
    assert "error=" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"htu": "https://elsewhere.example" + PATH}, "invalid_dpop_proof"),
        ({"htm": "POST"}, "invalid_dpop_proof"),
        ({"ath": encode(b"x" * 32)}, "invalid_dpop_proof"),
        ({"ath": None}, "invalid_dpop_proof"),
        ({"nonce": "old"}, "use_dpop_nonce"),
        ({"nonce": None}, "use_dpop_nonce"),
        ({"iat": 1}, "invalid_dpop_proof"),
    ],
)
def test_a_wrong_proof_gets_a_challenge_and_a_nonce(world, changes, error):
    party = world.consented()

    answer = party.get(proof=party.proof(**changes))

    assert answer.status_code == 401
    assert f'error="{error}"' in answer.headers["WWW-Authenticate"]
    assert answer.headers["DPoP-Nonce"]
    assert party.history() == []


def test_a_replayed_proof_releases_nothing(world):
    party = world.consented()
    proof = party.proof()

    assert party.get(proof=proof).status_code == 200
    again = party.get(proof=proof)

    assert again.status_code == 401
    assert 'error="invalid_dpop_proof"' in again.headers["WWW-Authenticate"]
    assert len(party.history()) == 1


def test_ten_at_once_with_one_proof_release_once(world):
    party = world.consented()
    proof = party.proof()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: party.get(proof=proof), range(10)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    assert party.seen() == [("disclosure:released", "", 3)]


def test_head_is_no_way_to_fetch(world):
    party = world.consented()
    headers = {"Authorization": f"DPoP {party.token}", "DPoP": party.proof(htm="HEAD")}

    answer = world.app.test_client().head(PATH, headers=headers)

    assert answer.status_code == 405
    assert party.history() == []


def test_after_a_withdrawal_the_next_fetch_is_refused_and_seen(world, document):
    party = world.consented()
    assert party.get().status_code == 200
    party.withdraw()

    answer = party.get()

    assert answer.status_code == 401
    check_shape(document, "Problem", answer.json)
    assert answer.json["reasons"] == [
        "consent.withdrawn",
        "grant.revoked",
        "token.revoked",
    ]
    assert answer.json["detail"].startswith("The person withdrew the consent.")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert SECRET_WORD not in answer.text
    released, denied = party.seen()
    assert released == ("disclosure:released", "", 3)
    assert denied[0] == "disclosure:denied"
    assert denied[1].split() == answer.json["reasons"]


def test_a_destroyed_consent_key_denies_without_telling_why(world):
    party = world.consented()

    def destroy(work):
        keys = work.keys
        key = keys.active(work.connection, party.owner, KeyClass.CONSENT)
        keys.destroy(work.connection, party.owner, KeyClass.CONSENT, key.generation)

    world.do(destroy)
    answer = party.get()

    assert answer.status_code == 403
    assert not any(code.startswith("key.") for code in answer.json["reasons"])
    assert "destroyed" not in answer.text
    assert "消去され" not in answer.text
    [(kind, reasons, _)] = party.seen()
    assert kind == "disclosure:denied"
    assert "key.consent-destroyed" in reasons


def test_too_often_is_429_and_recorded(world, document):
    party = world.consented(max_per_day=2)

    codes = [party.get().status_code for _ in range(3)]
    answer = party.get()

    assert codes == [200, 200, 429]
    check_shape(document, "Problem", answer.json)
    assert answer.json["reasons"] == ["ceiling.too-often"]
    seconds = int(answer.headers["Retry-After"])
    assert 0 < seconds <= 24 * 3600
    just_before = timedelta(seconds=seconds - 1)
    assert tokyo_day(world.clock.now() + just_before) == tokyo_day(world.clock.now())
    assert party.seen()[2] == ("disclosure:denied", "ceiling.too-often", 1)
    world.clock.advance(timedelta(days=1))
    party.token = party.new_token()
    assert party.get().status_code == 200


def test_the_pages_of_a_fetch_count_once(world):
    party = world.consented(max_per_day=1, records=6)
    cursor = party.get(query={"limit": 2}).json["next"]

    second = party.get(query={"limit": 2, "cursor": cursor})

    assert second.status_code == 200
    assert party.get().status_code == 429


def test_limits_hold_under_parallel_load(world):
    party = world.consented(max_per_day=4)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: party.get(), range(10)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(200) == 4
    assert set(codes[4:]) <= {429, 503}
    assert sum(kind == "disclosure:released" for kind, *_ in party.seen()) == 4


def test_access_once_is_once(world):
    party = world.consented(mode=AccessMode.ONCE, records=4)
    first = party.get(query={"limit": 3})

    again = party.get()
    rest = party.get(query={"limit": 3, "cursor": first.json["next"]})

    assert (first.status_code, again.status_code, rest.status_code) == (200, 403, 200)
    assert again.json["reasons"] == ["ceiling.used-up"]


def test_history_and_log_agree_entry_for_entry(world):
    before = len(world.leaves())
    party = world.consented(max_per_day=5)
    other = world.consented()
    for _ in range(3):
        party.get()
        other.get()
    party.get(query={"category": "no.such"})
    party.stream()

    leaves = world.leaves()[before:]
    logged = [leaf["id"] for leaf in leaves if leaf["typ"].startswith("disclosure:")]
    happened = {
        each.entry.leaf["id"]: each.entry.leaf
        for one in (party, other)
        for each in one.history()
    }
    assert sorted(logged) == sorted(happened)
    released = [leaf for leaf in leaves if leaf["typ"] == "disclosure:released"]
    assert len(released) == 7
    assert all(happened[leaf["id"]] == leaf for leaf in released)


def test_no_personal_data_in_leaves_logs_or_errors(world):
    lines = io.StringIO()
    before = len(world.leaves())
    app_logging.configure(lines)
    try:
        party = world.consented()
        page = party.get()
        bad = [
            party.get(query={"category": "no.such"}),
            party.get(query={"limit": "x"}),
            party.get(token="x"),
        ]
        party.withdraw()
        bad.append(party.get())
    finally:
        structlog.reset_defaults()

    public = [canonical(leaf).decode() for leaf in world.leaves()[before:]]
    texts = [*public, lines.getvalue(), *(answer.text for answer in bad)]
    hidden = [SECRET_WORD, party.owner.hex, str(party.owner), page.json["subject"]]
    hidden += [party.token, str(party.consent_id), str(party.grant.grant_id)]
    assert SECRET_WORD in page.text
    for text in texts:
        assert not [word for word in hidden if word in text]
    assert '"code": "disclosure.limit"' in lines.getvalue()


def test_two_recipients_know_the_same_records_by_other_names(world):
    first = world.consented(records=5)
    second = world.consented(owner=first.owner, organisation=world.organisation())

    def known(party):
        answer = party.get().json
        return answer["subject"], [each["id"] for each in answer["records"]]

    one, two = known(first), known(second)
    assert known(first) == one
    assert one[0] != two[0]
    assert not set(one[1]) & set(two[1])


def test_calls_turned_away_at_the_door_are_tallied(world):
    party = world.consented()
    world.bank.refusals.take()
    party.get(token=encode(b"x" * 32))
    party.get(proof=party.proof(htm="POST"))
    party.get(proof=party.proof(nonce=None))
    proof = party.proof()
    party.get(proof=proof)
    party.get(proof=proof)

    counts = world.bank.refusals.take()
    world.do(lambda work: work.log.record(tally_entry(counts)))

    assert counts.total() == 4
    assert all(code.startswith("oauth.") for code in counts)
    assert world.bank.refusals.take() == {}
    leaf = world.leaves()[-1]
    assert (leaf["typ"], leaf["n"]) == ("log:tally", 10)
