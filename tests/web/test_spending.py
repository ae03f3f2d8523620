"""Spending: the parts of each month come to the sum of the printed totals."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pds.web.portal import spending
from providers.formats.spent import APART, OTHER, divide

amounts = st.integers(-99999, 99999).map(str)
lines = st.fixed_dictionaries(
    {"kind": st.sampled_from(["item", "discount", "charge", "tax"]), "net": amounts},
    optional={
        "category": st.lists(
            st.fixed_dictionaries(
                {"scheme": st.just("merchant")},
                optional={"name": st.sampled_from(["食品", "日用雑貨", "\0"])},
            ),
            max_size=2,
        ),
        "tax_category": st.sampled_from(["S", "AA"]),
        "tax_rate": st.sampled_from(["8", "10"]),
        "price_includes_tax": st.booleans(),
    },
)
receipts = st.fixed_dictionaries(
    {
        "currency": st.sampled_from(["JPY", "USD"]),
        "totals": st.fixed_dictionaries(
            {"total": amounts | st.sampled_from(["10.25", "0", "-5"])}
        ),
    },
    optional={
        "lines": st.lists(lines, max_size=6),
        "is_partial": st.booleans(),
        "tax_breakdown": st.lists(
            st.fixed_dictionaries(
                {
                    "tax_category": st.sampled_from(["S", "AA"]),
                    "tax_rate": st.sampled_from(["8", "10"]),
                    "taxable_amount": amounts,
                    "tax_amount": amounts,
                    "includes_tax": st.booleans(),
                }
            ),
            max_size=3,
        ),
    },
)


@given(st.lists(st.tuples(receipts, st.integers(20000, 20400)), max_size=12))
def test_parts_come_to_the_totals_by_receipt_month_and_kind(found):
    spent = [divide(r, day, is_apart=False) for r, day in found]

    for each in spent:
        assert sum(each.parts.values(), Decimal(0)) == each.total
    for currency, months in spending.by_month(spent).items():
        total = sum((e.total for e in spent if e.currency == currency), Decimal(0))
        assert sum((m.total for m in months), Decimal(0)) == total
        assert sum(spending.kinds(months).values(), Decimal(0)) == total
        for month in months:
            assert sum(month.parts.values(), Decimal(0)) == month.total
    counted = [m.count for ms in spending.by_month(spent).values() for m in ms]
    assert sum(counted) == len(found)


def receipt(**changes):
    return {
        "currency": "JPY",
        "totals": {"total": "538"},
        "lines": [
            {
                "kind": "item",
                "net": "198",
                "tax_category": "S",
                "tax_rate": "10",
                "category": [{"scheme": "merchant", "name": "日用雑貨"}],
            },
            {
                "kind": "item",
                "net": "298",
                "tax_category": "AA",
                "tax_rate": "8",
                "category": [{"scheme": "merchant", "name": "食品"}],
            },
        ],
        "tax_breakdown": [
            {
                "tax_category": "AA",
                "tax_rate": "8",
                "taxable_amount": "298",
                "tax_amount": "23",
                "includes_tax": False,
            },
            {
                "tax_category": "S",
                "tax_rate": "10",
                "taxable_amount": "198",
                "tax_amount": "19",
                "includes_tax": False,
            },
        ],
        **changes,
    }


def test_tax_goes_where_its_goods_are():
    found = divide(receipt(), 20780, is_apart=False)

    assert found.parts == {"日用雑貨": Decimal(217), "食品": Decimal(321)}


def test_a_refund_takes_off():
    back = receipt(totals={"total": "-538"}, lines=[])
    found = divide(back, 20780, is_apart=False)
    bought = divide(receipt(), 20781, is_apart=False)

    [month] = spending.by_month([found, bought])["JPY"]

    assert month.first == date(2026, 11, 1)
    assert month.total == 0
    assert month.parts[OTHER] == -538


def test_the_sensitive_half_is_counted_once():
    half = receipt(is_partial=True, totals={"total": "1000"})

    ordinary = divide(half, 1, is_apart=False)

    assert ordinary.parts[APART] == 1000 - 538
    assert divide(half, 1, is_apart=True) is None
    whole = divide(receipt(), 1, is_apart=True)
    assert whole.parts == {APART: Decimal(538)}


def test_a_receipt_without_a_total_is_not_guessed():
    assert divide(receipt(totals={}), 1, is_apart=False) is None
    assert divide(receipt(totals={"total": "x"}), 1, is_apart=False) is None
