import pytest
from hypothesis import given
from hypothesis import strategies as st

from pds.core import check_digits
from providers.formats import prohibited
from providers.payload import Number

GOOD_MY_NUMBER = "123456789018"


def with_check_digit(is_valid, digits):
    return next(digits + str(d) for d in range(10) if is_valid(digits + str(d)))


@pytest.mark.parametrize("number", ["T8000020130001", "T1010001153225"])
def test_registration_numbers_that_exist(number):
    assert check_digits.is_registration_number(number)
    assert check_digits.has_registration_form(number)


@pytest.mark.parametrize("number", ["T1234567890123", "8000020130001", "T800002013000"])
def test_registration_numbers_that_cannot_exist(number):
    assert not check_digits.is_registration_number(number)


def test_corporate_numbers():
    assert check_digits.is_corporate_number("5835678256246")
    assert check_digits.is_corporate_number("9234567890123")
    assert not check_digits.is_corporate_number("2835678256246")
    assert not check_digits.is_corporate_number("x835678256246")


@pytest.mark.parametrize(
    "gtin", ["4987107609229", "4503994155481", "9557368063013", "1234567890128"]
)
def test_gtins_that_exist(gtin):
    assert check_digits.is_gtin(gtin)


@pytest.mark.parametrize("gtin", ["1234567890121", "123", "４９８７１０７６０９２２９"])
def test_gtins_that_cannot_exist(gtin):
    assert not check_digits.is_gtin(gtin)


@pytest.mark.parametrize(
    ("gtin", "own"),
    [
        ("2012345678900", True),
        ("0212345678905", True),
        ("20123451", True),
        ("4987107609229", False),
        ("49123456", False),
    ],
)
def test_in_store_codes(gtin, own):
    assert check_digits.is_in_store_code(gtin) is own


@given(st.text("0123456789", min_size=11, max_size=11))
def test_one_my_number_check_digit_in_ten_is_right(digits):
    valid = [d for d in range(10) if check_digits.is_my_number(f"{digits}{d}")]

    assert len(valid) == 1


@given(st.text("0123456789", min_size=15, max_size=15))
def test_one_card_check_digit_in_ten_is_right(digits):
    valid = [d for d in range(10) if check_digits.is_card_number(f"4{digits[1:]}{d}")]

    assert len(valid) == (0 if set(digits[1:]) == {"4"} and 4 in valid else 1)


@pytest.mark.parametrize(
    "text",
    [
        GOOD_MY_NUMBER,
        "1234 5678 9018",
        "1234-5678-9018",
        "１２３４５６７８９０１８",
        "個人番号：123456789018です",
        "1234‐5678‐9018",
        "1234ー5678ー9018",
        "2024-01-01 123456789018",
    ],
)
def test_my_number_is_found_in_text(text):
    assert [issue.code for issue in prohibited.find({"note": text})] == ["INT-N01"]


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "3782 822463 10005",
        "４１１１１１１１１１１１１１１１",
    ],
)
def test_card_number_is_found_in_text(text):
    assert [issue.code for issue in prohibited.find({"a": [text]})] == ["INT-N02"]


@pytest.mark.parametrize(
    "text",
    [
        "123456789012",
        "4111111111111112",
        "550e8400-e29b-41d4-a716-123456789018",
        "1.2.392.123456789018",
        "A123456789018",
        "1234567890180",
        "0000000000000000",
        "20231123184500",
    ],
)
def test_other_digits_are_let_pass(text):
    assert prohibited.find({"note": text}) == []


@pytest.mark.parametrize("name", ["system", "code", "gtin", "receipt_number", "id"])
def test_fields_that_cannot_hold_one_are_not_looked_at(name):
    assert prohibited.find({"resourceType": "Observation", name: GOOD_MY_NUMBER}) == []


def test_a_patient_id_is_looked_at():
    patient = {"resourceType": "Patient", "id": GOOD_MY_NUMBER}

    assert [issue.path for issue in prohibited.find(patient)] == ["id"]


def test_numbers_are_looked_at_and_never_repeated():
    found = prohibited.find({"x": {GOOD_MY_NUMBER: 123456789018}, "y": True})

    assert [issue.code for issue in found] == ["INT-N01", "INT-N01"]
    assert all(GOOD_MY_NUMBER not in f"{i.path}{i.message}" for i in found)


def test_long_integers_are_looked_at():
    found = prohibited.find({"x": Number("4111111111111111")})

    assert [issue.code for issue in found] == ["INT-N02"]
