"""Pages of processors: entering, checking, certificates, ending (R-04, R-05, S-09)."""

from tests import clearing
from tests.web.conftest import RECIPIENT

HERE = f"/operator/recipients/{RECIPIENT}"
FIRM = {
    "name_ja": "株式会社かさね計算",
    "name_en": "Kasane Computing Inc.",
    "corporate_number": "8700110005901",
    "country": "JP",
    "task_ja": "記録の保管",
    "task_en": "keeping of records",
    "categories": "health.vital.weight",
    "contract_day": "2026-10-01",
}


def enter(operator, address):
    page = operator.get(address)
    (form,) = [f for f in page.forms if "/processors/new" in f.action]
    return operator.follow(operator.post(form, **FIRM))


def test_a_processor_is_entered_certified_checked_and_ended(operator, recipient):
    asked = f"/operator/processors/new?recipient={RECIPIENT}"
    assert asked in operator.get(HERE).links
    page = enter(operator, asked)
    assert "keeping of records" in page.text
    (link,) = [each for each in page.links if each.endswith("/certificate")]
    there = link.removesuffix("/certificate")

    form = operator.get(f"{there}/certificate").form_to("/certificate")
    wrong = operator.post(form, 422, kind="isms", number="1", valid_until="2020-01-01")
    none = operator.post(form, 422, kind="nothing", number="", valid_until="x")
    done = operator.follow(
        operator.post(form, kind="isms", number="IS 9", valid_until="2027-03-31")
    )
    checked = operator.follow(operator.post(page.form_to("/check")))
    shown = operator.get(HERE).text
    ended = operator.follow(operator.post(operator.get(f"{there}/end").form_to("/end")))

    assert "#valid_until" in wrong.links
    assert "#kind" in none.links
    assert "IS 9" in done.text
    assert "The check is recorded." in checked.text
    assert "IS 9 Kasane Computing Inc." in shown
    assert "Ended" in ended.text
    assert f"{there}/end" not in ended.links
    operator.post(page.form_to("/check"), 409)


def test_what_is_wrong_is_said_at_its_field(operator, recipient):
    form = operator.get("/operator/processors/new").form_to("/processors/new")

    bare = operator.post(form, 422)
    number = operator.post(form, 422, **FIRM | {"corporate_number": "1" * 13})
    later = operator.post(form, 422, **FIRM | {"contract_day": "2999-01-01"})
    enter(operator, "/operator/processors/new")
    twice = operator.post(form, 422, **FIRM)

    assert {"#name_ja", "#categories", "#contract_day"} <= set(bare.links)
    assert "#corporate_number" in number.links
    assert "#contract_day" in later.links
    assert "#corporate_number" in twice.links
    operator.get("/operator/processors/new?recipient=nobody", 404)


def test_everybody_sees_who_handles_data_for_whom(operator, portal, recipient):
    enter(operator, "/operator/processors/new")
    enter(operator, f"/operator/processors/new?recipient={RECIPIENT}")

    listed = operator.get("/operator/processors").text
    shown = portal().get("/recipients").text

    for text in (listed, shown):
        assert "Kasane Computing Inc. The bank keeping of records" in text
        assert "Kasane Computing Inc. Genki Lab Inc. keeping of records" in text


def test_everybody_sees_who_is_given_nothing(bank, portal, recipient):
    assert "It receives nothing now." not in portal().get("/recipients").text

    bank.unit_of_work(lambda work: clearing.fail(work, recipient))

    assert "Approved It receives nothing now." in portal().get("/recipients").text
