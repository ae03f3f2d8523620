import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from providers.formats import receipt, sensitive
from providers.formats.reading import read
from providers.formats.schema import Schema
from providers.payload import Number
from providers.records import Outcome
from tests.providers.conftest import NOW

GOOD = {
    "schema": "receipt/1",
    "receipt_type": "sale",
    "detail_level": "itemized",
    "issued_at": "2026-06-01T18:30:00+09:00",
    "receipt_number": "0042",
    "seller": {"name": "株式会社さくら", "invoice_reg_no": "T8000020130001"},
    "currency": "JPY",
    "lines": [
        {
            "line_no": 1,
            "kind": "item",
            "description": "牛乳",
            "gtin": "4987107609229",
            "quantity": "2",
            "unit_price": "216",
            "net": "432",
            "price_includes_tax": True,
            "tax_category": "AA",
            "tax_rate": "8",
        },
        {
            "line_no": 2,
            "kind": "item",
            "description": "電池",
            "quantity": "1",
            "unit_price": "660",
            "discount": "110",
            "net": "550",
            "price_includes_tax": True,
            "tax_category": "S",
            "tax_rate": "10",
        },
    ],
    "tax_breakdown": [
        {
            "tax_category": "AA",
            "tax_rate": "8",
            "taxable_amount": "432",
            "tax_amount": "32",
            "includes_tax": True,
        },
        {
            "tax_category": "S",
            "tax_rate": "10",
            "taxable_amount": "550",
            "tax_amount": "50",
            "includes_tax": True,
        },
    ],
    "totals": {"line_total": "982", "total": "982", "change": "18"},
    "payments": [{"method": "cash", "amount": "1000"}],
}


def changed(*path_and_value, base=GOOD):
    """Return a copy with one place changed; `...` takes the member away."""
    *path, value = path_and_value
    copied = copy.deepcopy(base)
    place = copied
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copied


def one(value):
    (item,) = read(json.dumps(value).encode(), "application/json", now=NOW)
    return item


def codes(value):
    return [issue.code for issue in one(value).issues]


def test_a_good_receipt_has_no_issue():
    item = one(GOOD)

    (record,) = item.records
    assert item.issues == ()
    assert record.category == "purchase.receipt"
    assert record.sensitivity == "general"
    assert record.first_day == 20_605
    assert record.header["qualified_invoice"] == "simplified"
    assert (record.header["value"], record.header["unit"]) == ("982", "JPY")
    assert record.header["lines"] == 2
    assert json.loads(record.payload) == GOOD


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("seller", ...), ("RCP-S10", "seller")),
        (("seller", "name", ...), ("RCP-S10", "seller.name")),
        (("issued_at", ...), ("RCP-S10", "issued_at")),
        (("currency", ...), ("RCP-S10", "currency")),
        (("totals", "total", ...), ("RCP-S10", "totals.total")),
        (("lines", []), ("RCP-S10", "lines")),
        (("totals", "total", 982), ("RCP-S11", "totals.total")),
        (("totals", "total", "1e3"), ("RCP-S11", "totals.total")),
        (("totals", "total", "982.5"), ("RCP-S11", "totals.total")),
        (("payments", 0, "amount", "1.5"), ("RCP-S11", "payments[0].amount")),
        (("lines", {}), ("RCP-S11", "lines")),
        (("issued_at", "2026-02-30"), ("RCP-S11", "issued_at")),
        (("issued_at", "2026-06-01\n"), ("RCP-S11", "issued_at")),
        (("currency", "XXX"), ("RCP-S12", "currency")),
        (("lines", 0, "tax_category", "Z"), ("RCP-S12", "lines[0].tax_category")),
        (("lines", 0, "unit", "Q"), ("RCP-S12", "lines[0].unit")),
        (("schema", "receipt/2"), ("RCP-S12", "schema")),
        (("memo", "x"), ("RCP-S20", "memo")),
        (("lines", 0, "memo", "x"), ("RCP-S20", "lines[0].memo")),
        (("totals", "total", "983"), ("RCP-A03", "totals.total")),
        (("tax_breakdown", 0, "tax_amount", "34"), ("RCP-A04", "tax_breakdown[0]")),
        (("tax_breakdown", 0, "tax_amount", "-32"), ("RCP-A04", "tax_breakdown[0]")),
        (
            ("tax_breakdown", 0, "tax_rate", ...),
            ("RCP-S10", "tax_breakdown[0].tax_rate"),
        ),
        (("tax_breakdown", 0, "tax_category", "E"), ("RCP-A04", "tax_breakdown[0]")),
        (("seller", "invoice_reg_no", "T123"), ("RCP-N01", "seller.invoice_reg_no")),
        (("receipt_type", "return"), ("RCP-R01", "totals.total")),
        (("issued_at", "2027-06-01"), ("PHR-V11", "issued_at")),
        (
            ("lines", 0, "category", [{"scheme": "gpc", "code": "50202201"}]),
            ("RCP-T02", "lines[0]"),
        ),
    ],
)
def test_an_error_rejects_and_says_where(change, expected):
    item = one(changed(*change))

    assert expected in {(issue.code, issue.path) for issue in item.issues}
    assert item.outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("lines", 0, "net", "440"), "RCP-A01"),
        (("totals", "line_total", "900"), "RCP-A02"),
        (("payments", 0, "amount", "999"), "RCP-A05"),
        (("lines", 0, "net", "430"), "RCP-A06"),
        (("issued_at", "2018-06-01"), "RCP-T01"),
        (("lines", 0, "tax_rate", ...), "RCP-T04"),
        (("seller", "invoice_reg_no", "T1234567890123"), "RCP-N02"),
        (("lines", 0, "gtin", "1234567890121"), "RCP-G01"),
        (("lines", 0, "gtin", "2012345678903"), "RCP-G02"),
        (("issued_at", "2026-06-01T18:30:00"), "PHR-V12"),
    ],
)
def test_a_smaller_fault_is_stored_with_its_flag(change, expected):
    item = one(changed(*change))

    assert expected in {issue.code for issue in item.issues}
    (record,) = item.records
    assert expected in {issue["code"] for issue in record.header["issues"]}


def test_no_number_is_expected_before_the_invoice_system():
    early = changed("issued_at", "2022-06-01")
    early = changed("seller", "invoice_reg_no", ..., base=early)

    assert codes(early) == ["RCP-N03"]
    assert one(early).records[0].header["qualified_invoice"] == "unknown"
    assert codes(changed("seller", "invoice_reg_no", ...)) == []


def test_a_wrong_gtin_becomes_the_shop_s_own_code():
    wrong = changed("lines", 0, "gtin", "1234567890121")

    line = json.loads(one(wrong).records[0].payload)["lines"][0]
    assert (line["sku"], "gtin" in line) == ("1234567890121", False)

    both = changed("lines", 0, "sku", "A1", base=wrong)
    line = json.loads(one(both).records[0].payload)["lines"][0]
    assert line["sku"] == "A1"
    assert line["category"] == [{"scheme": "merchant", "code": "1234567890121"}]


@pytest.mark.parametrize(
    ("amount", "rate", "tax", "is_lawful"),
    [
        ("1080", "8", "80", True),
        ("999", "10", "90", True),
        ("999", "10", "91", True),
        ("999", "10", "92", False),
        ("999", "10", "89", False),
        ("-999", "10", "-91", True),
        ("0", "10", "0", True),
    ],
)
def test_tax_may_be_rounded_either_way(amount, rate, tax, is_lawful):
    value = {
        **GOOD,
        "detail_level": "total_only",
        "lines": [],
        "payments": [],
        "totals": {"total": amount},
        "tax_breakdown": [
            {
                "tax_category": "S",
                "tax_rate": rate,
                "taxable_amount": amount,
                "tax_amount": tax,
                "includes_tax": True,
            }
        ],
    }

    assert ("RCP-A04" in codes(value)) is not is_lawful


def test_decimals_follow_the_currency():
    dollars = {
        **GOOD,
        "currency": "USD",
        "detail_level": "total_only",
        "lines": [],
        "tax_breakdown": [],
        "payments": [],
        "totals": {"total": "9.99"},
    }

    assert codes(dollars) == []
    assert one(dollars).records[0].header["qualified_invoice"] == "unknown"
    assert codes({**dollars, "totals": {"total": "9.999"}}) == ["RCP-S11"]


def test_the_buyer_is_removed_and_makes_a_full_invoice():
    (record,) = one({**GOOD, "buyer_name": "山田太郎"}).records

    assert "山田太郎".encode() not in record.payload
    assert record.header["replaced"] == {"buyer_name": "山田太郎"}
    assert record.header["qualified_invoice"] == "full"


def test_details_of_staff_and_card_are_dropped():
    value = {**GOOD, "cashier": "鈴木"}
    value = changed("payments", 0, "approval_code", "991", base=value)

    item = one(value)

    assert [issue.code for issue in item.issues] == ["RCP-P01"]
    assert json.loads(item.records[0].payload) == GOOD


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("payments", 0, "card_number", "4111111111111111"), "INT-N02"),
        (("payments", 0, "brand", "4111 1111 1111 1111"), "INT-N02"),
        (("lines", 0, "description", "個人番号 123456789018"), "INT-N01"),
    ],
)
def test_prohibited_numbers_are_refused(change, code):
    item = one(changed(*change))

    assert [issue.code for issue in item.issues] == [code]
    assert item.holds_prohibited


@pytest.mark.parametrize(
    "change",
    [
        ("payments", 0, "brand", "4111111111111112"),
        ("receipt_number", "123456789018"),
        ("lines", 0, "sku", "4111111111111111"),
    ],
)
def test_other_numbers_are_no_reason(change):
    assert one(changed(*change)).records


MEDICINE = {"line_no": 3, "kind": "item", "description": "第2類医薬品 鎮痛", "net": "0"}


def test_sensitive_lines_become_a_second_record():
    item = one({**GOOD, "lines": [*GOOD["lines"], MEDICINE]})

    ordinary, moved = item.records
    assert [issue.code for issue in item.issues] == ["RCP-T04", "RCP-L01"]
    assert (ordinary.category, moved.category) == (
        "purchase.receipt",
        "purchase.sensitive",
    )
    assert moved.sensitivity == "special-care"
    assert "医薬品".encode() not in ordinary.payload
    assert json.loads(moved.payload)["lines"] == [MEDICINE]
    assert json.loads(ordinary.payload)["is_partial"] is True
    assert ordinary.dedupe != moved.dedupe


@pytest.mark.parametrize(
    "line",
    [
        {"category": [{"scheme": "jicfs", "code": "220101"}]},
        {"category": [{"scheme": "unspsc", "code": "51142000"}]},
        {"category": [{"scheme": "merchant", "name": "コンドーム"}]},
        {"description": "Condoms 12 pcs"},
        {"description": "お守り"},
        {"description": "ＡＳＰＩＲＩＮ"},
    ],
)
def test_codes_and_words_make_a_line_sensitive(line):
    assert sensitive.is_sensitive(line)


@pytest.mark.parametrize(
    "line",
    [
        {"description": "牛乳", "category": [{"scheme": "jicfs", "code": "110101"}]},
        {"description": "Secondom", "category": [{"scheme": "merchant"}]},
        {},
    ],
)
def test_other_lines_are_ordinary(line):
    assert not sensitive.is_sensitive(line)


@pytest.mark.parametrize(
    "value",
    [
        changed("seller", "name", "さくら調剤薬局"),
        changed("seller", "industry", "宗教法人"),
        {**GOOD, "lines": [MEDICINE]},
    ],
)
def test_a_receipt_may_be_sensitive_as_a_whole(value):
    (record,) = one(value).records

    assert record.category == "purchase.sensitive"


VALIDATOR = Draft202012Validator(receipt.SCHEMA._document)
SCALARS = st.sampled_from(
    ["", "x", "1", "-1.50", "01", "1e3", "T", "2026-06-01", 0, 1, -1, True, None]
)
ANY = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.dictionaries(
        st.sampled_from(["net", "kind", "total", "x"]), SCALARS, max_size=2
    )
)
PLACES = [
    *((name,) for name in (*receipt.SCHEMA._document["properties"], "unknown")),
    *(("seller", name) for name in ("name", "gln", "postal_code", "prefecture", "x")),
    *(("lines", 0, name) for name in ("kind", "net", "gtin", "line_no", "tax_rate")),
    *(("totals", name) for name in ("total", "paid", "x")),
    *(("payments", 0, name) for name in ("method", "last4", "amount")),
]


@settings(max_examples=300)
@given(st.sampled_from(PLACES), ANY)
def test_our_reader_of_schemas_agrees_with_a_known_one(place, value):
    candidate = changed(*place, value)

    ours = not list(receipt.SCHEMA.breaches(candidate))

    assert ours == VALIDATOR.is_valid(candidate)


@settings(max_examples=200)
@given(st.sampled_from(PLACES), ANY)
def test_any_receipt_gives_records_or_issues(place, value):
    item = one(changed(*place, value))

    assert item.records or item.issues


def test_the_published_schema_is_a_schema():
    Draft202012Validator.check_schema(receipt.SCHEMA._document)


def test_a_schema_with_unknown_rules_is_refused():
    with pytest.raises(ValueError, match="oneOf"):
        Schema({"properties": {"a": {"items": {"oneOf": []}}}})


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ({"minLength": 2}, "ab", "a"),
        ({"maxLength": 2}, "ab", "abc"),
        ({"minimum": 2, "type": "integer"}, 2, 1),
        ({"maximum": 2}, 2, 3),
        ({"minItems": 1}, [1], []),
        ({"maxItems": 1}, [1], [1, 2]),
        ({"type": "boolean"}, True, 1),
        ({"type": "integer"}, 1, True),
        ({"type": "integer"}, Number("12345678901234567890"), Number("1.5")),
        ({"pattern": "^a$"}, "a", "a\n"),
        ({"items": {"const": 1}}, [1, 1], [1, 2]),
    ],
)
def test_each_rule_of_a_schema(rules, good, bad):
    schema = Schema(rules)

    assert list(schema.breaches(good)) == []
    assert list(schema.breaches(bad)) != []


def test_a_surrogate_is_rejected_with_its_item():
    data = b'{"schema":"receipt/1","receipt_type":"\\ud800"}'

    (item,) = read(data, "", now=NOW)

    assert [issue.code for issue in item.issues] == ["PHR-S13"]
