import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.formats.detect import Limits
from providers.formats.reading import Options, read
from providers.issues import FileRefused
from providers.records import Item
from tests.providers.conftest import NOW

RESOURCE = {"resourceType": "Patient", "name": [{"text": "山田"}]}
TEXT = json.dumps(RESOURCE, ensure_ascii=False)


def outcome(data, media_type="", **more):
    """Return the code of a refusal, or the codes of each item."""
    try:
        items = list(read(data, media_type, now=NOW, **more))
    except FileRefused as refusal:
        return refusal.issue.code
    return [[issue.code for issue in item.issues] for item in items]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "PHR-F01"),
        (b" \n", "PHR-F01"),
        (b"\x00\x01", "PHR-F01"),
        (b"PK\x03\x04", "PHR-F01"),
        (b"a,b\n1,2", "PHR-F01"),
        (b'"a","b"\n"1","2"', "PHR-F01"),
        (TEXT.encode("cp932"), "PHR-F02"),
        (TEXT.encode("utf-16"), "PHR-F02"),
        (TEXT.encode("utf-16-le"), "PHR-F02"),
        (b'{"resourceType":"Patient"', "PHR-F02"),
        (b'{"resourceType":"Patient"}]', "PHR-F02"),
        (b'{"resourceType":NaN}', "PHR-F02"),
        (b'{"resourceType":"Patient","resourceType":"Patient"}', "PHR-F03"),
        (json.dumps(TEXT).encode(), "PHR-F03"),
        (b"[" * 100_000, "PHR-F03"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "PHR-F03"),
        (b'{"hello":"world"}', "PHR-F01"),
    ],
)
def test_a_bad_file_has_one_code(data, code):
    assert outcome(data) == code


@pytest.mark.parametrize("media_type", ["image/png", "application/pdf", "nonsense"])
def test_other_media_types_are_refused(media_type):
    assert outcome(TEXT.encode(), media_type) == "PHR-F01"


@pytest.mark.parametrize(
    "media_type",
    ["application/fhir+json; charset=utf-8", "Application/JSON", "text/plain", ""],
)
def test_known_media_types_are_taken(media_type):
    assert outcome(TEXT.encode(), media_type) == [[]]


def test_bytes_must_be_what_the_media_type_says():
    assert outcome(TEXT.encode(), "application/xml") == "PHR-F01"
    assert outcome(b"<a/>", "application/fhir+json") == "PHR-F01"


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert outcome(b"\xef\xbb\xbf" + TEXT.encode()) == [[]]
    assert outcome(b"\xef\xbb\xbf" + f"{TEXT}\n{TEXT}".encode()) == [[], []]


def test_limits_hold():
    options = Options(limits=Limits(max_bytes=1 << 20, max_items=3))

    assert outcome(b" " * (1 << 20) + b"{", options=options) == "PHR-F04"
    assert outcome(b"[1,2,3,4]", options=options) == "PHR-F04"
    assert outcome(f"{TEXT}\n".encode() * 4, options=options) == "PHR-F04"
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{}] * 4}
    assert outcome(json.dumps(bundle).encode(), options=options) == "PHR-F04"
    assert outcome(f"{TEXT}\n".encode() * 3, options=options) == [[], [], []]


def test_lines_may_end_in_any_way_and_be_empty():
    data = f"{TEXT}\r\n\n  \n{TEXT}\r\n".encode()

    assert outcome(data, "application/x-ndjson") == [[], []]


def test_lines_may_hold_receipts_and_bad_lines():
    lines = [TEXT, "{", '{"schema":"receipt/1"}', '{"a":1,"a":2}']

    found = outcome("\n".join(lines).encode() + b"\n{}")

    assert [codes[:1] for codes in found] == [
        [],
        ["PHR-F02"],
        ["RCP-S10"],
        ["PHR-F03"],
        ["PHR-S10"],
    ]


def test_a_first_line_that_is_bad_leaves_the_others():
    found = outcome(f'{{"a":1,}}\n{TEXT}'.encode())

    assert found == [["PHR-F02"], []]


def test_one_text_over_several_lines_is_no_ndjson():
    assert outcome(json.dumps(RESOURCE, indent=1).encode()) == [[]]
    assert outcome(b'{"resourceType":\n{}') == "PHR-F02"


@given(st.binary(max_size=60))
@example(b"\xef\xbb\xbf{")
@example(b'{}\n{"')
@example(b'"{"')
def test_any_bytes_are_read_or_refused(data):
    found = outcome(data)

    assert isinstance(found, str | list)


OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "valueString": "y",
}
GOOD = json.dumps([RESOURCE, OBSERVATION]).encode()


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_flipped_byte_is_read_or_refused(place, byte):
    data = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]

    assert isinstance(outcome(data), str | list)


def test_an_item_tells_what_became_of_it():
    assert Item(0, "", "x", is_context=True).outcome == "context"
    assert Item(0, "", "x").outcome == "rejected"
