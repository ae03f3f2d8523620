import base64
import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.integration import Outcome
from consent.facts import (
    BoardFacts,
    BoardSubjectKind,
    CertificateFacts,
    Facts,
    PersonFacts,
)
from pds.core.errors import Invalid
from pds.disclosure.body import Heading, iso_day, items, page
from pds.disclosure.cursor import (
    FETCH_LIFETIME,
    Continuation,
    open_cursor,
    seal_cursor,
)
from pds.disclosure.naming import naming_label, record_names
from pds.disclosure.question import MOST_RECORDS, Question, parse
from pds.disclosure.recording import receipt_of
from pds.disclosure.validity import holds_until
from pds.vault.records import Cursor, OpenRecord

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
KEY = b"k" * 32
GRANT = UUID(int=1)
ASKED = b"question"
DAYS = st.integers(-(2**31), 2**31 - 1)
PLACES = st.builds(Cursor, DAYS, DAYS, st.binary(min_size=16, max_size=16))
IDS = st.lists(st.binary(min_size=16, max_size=16), unique=True, min_size=1)
KEYS = st.binary(min_size=32, max_size=32)


class TestQuestion:
    def test_nothing_asks_for_everything(self):
        assert parse({}) == Question()

    def test_every_parameter_is_read(self):
        found = parse(
            {
                "category": ["a", "b"],
                "from": ["2026-01-02"],
                "until": ["2026-03-04"],
                "limit": ["1000"],
                "cursor": ["x"],
            }
        )

        assert found == Question(
            categories=("a", "b"),
            first_day=date(2026, 1, 2),
            last_day=date(2026, 3, 4),
            limit=1000,
            cursor="x",
        )

    @given(st.integers(1, MOST_RECORDS))
    def test_limits_within_bounds_are_read(self, limit):
        assert parse({"limit": [str(limit)]}).limit == limit

    @given(st.dates())
    def test_days_are_read_as_written(self, day):
        assert parse({"from": [day.isoformat()]}).first_day == day

    @given(
        st.dictionaries(
            st.sampled_from(["category", "from", "until", "limit", "cursor", "x"]),
            st.lists(st.text(max_size=12), max_size=3),
        )
    )
    def test_any_parameters_are_a_question_or_invalid(self, values):
        with suppress(Invalid):
            found = parse(values)
            assert 1 <= found.limit <= MOST_RECORDS
            assert len(found.digest()) == 8

    @pytest.mark.parametrize("text", ["٣", "1٣", " 1", "+1", "01", "1.0", ""])
    def test_a_limit_is_plain_digits(self, text):
        with pytest.raises(Invalid, match="limit"):
            parse({"limit": [text]})

    @pytest.mark.parametrize("text", ["2026-W01-1", "２０２６-01-01", "2026-02-30", ""])
    def test_a_day_is_year_month_day(self, text):
        with pytest.raises(Invalid, match="day"):
            parse({"until": [text]})

    def test_the_digest_names_the_filters_and_not_the_page(self):
        base = Question(categories=("a", "b"))

        assert Question(categories=("b", "a"), limit=7).digest() == base.digest()
        assert Question(categories=("a",)).digest() != base.digest()
        day = date(2026, 1, 1)
        assert Question(first_day=day).digest() != Question(last_day=day).digest()


class TestCursor:
    @given(PLACES, st.integers(0, int(FETCH_LIFETIME.total_seconds())))
    def test_a_cursor_comes_back(self, place, age):
        going = Continuation(place, NOW)
        text = seal_cursor(KEY, GRANT, ASKED, going)

        now = NOW + timedelta(seconds=age)
        assert open_cursor(KEY, GRANT, ASKED, text, now) == going

    @given(PLACES, st.integers(0, 560), st.integers(1, 255))
    def test_a_changed_cursor_is_refused(self, place, at, change):
        text = seal_cursor(KEY, GRANT, ASKED, Continuation(place, NOW))
        raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        raw[at % len(raw)] ^= change
        changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")

        with pytest.raises(Invalid):
            open_cursor(KEY, GRANT, ASKED, changed, NOW)

    @given(st.text(max_size=120))
    def test_any_text_is_refused(self, text):
        with pytest.raises(Invalid):
            open_cursor(KEY, GRANT, ASKED, text, NOW)

    @pytest.mark.parametrize(
        ("key", "grant", "asked", "late"),
        [
            (b"x" * 32, GRANT, ASKED, 0),
            (KEY, UUID(int=2), ASKED, 0),
            (KEY, GRANT, b"whatelse", 0),
            (KEY, GRANT, ASKED, 3601),
        ],
    )
    def test_a_cursor_of_something_else_is_refused(self, key, grant, asked, late):
        place = Cursor(1, 2, b"r" * 16)
        text = seal_cursor(KEY, GRANT, ASKED, Continuation(place, NOW))

        with pytest.raises(Invalid):
            open_cursor(key, grant, asked, text, NOW + timedelta(seconds=late))


class TestNaming:
    @given(KEYS, IDS)
    def test_names_are_stable_and_apart(self, key, ids):
        names = record_names(key, ids)

        assert names == record_names(key, ids)
        assert [record_names(key, [one])[0] for one in ids] == names
        assert len(set(names)) == len(ids)
        assert all(len(name) == 32 for name in names)
        assert not {one.hex().encode() for one in ids} & set(names)

    @given(KEYS, KEYS, IDS)
    def test_two_recipients_share_no_names(self, one, two, ids):
        shared = set(record_names(one, ids)) & set(record_names(two, ids))
        assert (one == two) == bool(shared)

    def test_no_ids_have_no_names(self):
        assert record_names(KEY, []) == []

    def test_each_recipient_has_its_label(self):
        assert naming_label("a") == b"ib1/record-name/a"


def record(n, payload):
    row = (bytes([n]) * 16, 1, 1, n, n + 1, 1, b"s" * 16, b"", 0, "health.lab", 1)
    return OpenRecord(row, b'{"withheld":"back"}', payload)


HEADING = Heading(
    subject="s",
    consent_id="c",
    consent_version=2,
    purpose="health.advice",
    form="copy",
    detail="record",
    retention_days=90,
)


class TestBody:
    @given(st.integers(-700_000, 2_900_000))
    def test_days_are_written_as_dates(self, day):
        assert date.fromisoformat(iso_day(day)) - date(1970, 1, 1) == timedelta(day)

    @given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5))))
    def test_payloads_go_as_they_were_stored(self, payloads):
        stored = [
            json.dumps(payload, ensure_ascii=True).encode() for payload in payloads
        ]
        records = [record(n % 200, each) for n, each in enumerate(stored)]
        names = [b"%032x" % n for n in range(len(records))]

        body = page(HEADING, items(records, names), None)

        read = json.loads(body)
        assert read["next"] is None
        assert [each["payload"] for each in read["records"]] == payloads
        assert [each["id"].encode() for each in read["records"]] == names
        assert all(each in body for each in stored)
        assert b"withheld" not in body
        lines = items(records, names, b"\n").splitlines()
        assert [json.loads(line) for line in lines] == read["records"]

    def test_number_text_is_kept(self):
        body = items([record(1, b'{"value":7.00}')], [b"0" * 32])

        assert b'"payload":{"value":7.00}}' in body
        assert json.loads(body)["last_day"] == "1970-01-03"

    def test_the_heading_stands_once_above(self):
        read = json.loads(page(HEADING, b"", "cursor"))

        assert read["next"] == "cursor"
        assert read["records"] == []
        assert (read["v"], read["consent_version"]) == (1, 2)


def test_a_permit_holds_until_its_first_end():
    agent_until = NOW + timedelta(days=3)
    undecided = BoardFacts(kind=BoardSubjectKind.RECIPIENT, version=1)
    certificates = tuple(
        CertificateFacts(kind="isms", valid_until=NOW + timedelta(days=days))
        for days in (1, 5)
    )
    person = PersonFacts(adult_from=None, agent_until=agent_until)

    assert holds_until(Facts(person=person, board=(undecided,))) == agent_until
    both = Facts(person=person, certificates=certificates)
    assert holds_until(both) == agent_until
    assert holds_until(Facts(certificates=certificates)) == NOW + timedelta(days=5)


def test_an_act_without_a_leaf_has_no_receipt():
    with pytest.raises(ValueError, match="receipt"):
        receipt_of(Outcome(None, None), None)


def test_facts_without_an_end_are_no_permit():
    with pytest.raises(ValueError, match="empty"):
        holds_until(Facts())
