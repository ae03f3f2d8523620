"""A record in words, and what became of each item of an upload."""

import json

import pytest

from tests.web.conftest import weight, weights
from tests.web.test_web_charts import lab, receipt
from tests.web.test_web_data import deposit, ids
from tests.web.test_web_person import upload

SUBJECT = {"reference": "Patient/1"}


@pytest.fixture
def show(bank, hanako, person):
    """Bring one record in and open its page."""

    def shown(made):
        text = made if isinstance(made, str) else json.dumps(made)
        deposit(bank, hanako, text.encode())
        return person.get(ids(person.get("/data"))[0])

    return shown


def coded(text):
    return {"coding": [{"system": "urn:x", "code": "1", "display": text}]}


def test_a_laboratory_result_stands_beside_its_range(show):
    page = show(lab(1, "2026-02-02", 150))

    assert "Value 150 mg/dL Reference range 65 mg/dL – 139 mg/dL" in page.text


def test_a_prescription_says_how_to_take_it(show):
    page = show(
        {
            "resourceType": "MedicationRequest",
            "id": "m1",
            "status": "active",
            "intent": "order",
            "subject": SUBJECT,
            "authoredOn": "2026-02-02",
            "medicationCodeableConcept": coded("Amlodipine 5 mg"),
            "dosageInstruction": [{"text": "<i>1錠</i> 朝食後"}],
            "dispenseRequest": {
                "expectedSupplyDuration": {
                    "value": 30,
                    "unit": "d",
                    "system": "http://unitsofmeasure.org",
                    "code": "d",
                }
            },
        }
    )

    assert "Medicine Amlodipine 5 mg How to take it <i>1錠</i> 朝食後" in page.text
    assert "Enough for 30 days" in page.text
    assert "<i>1錠" not in page.response.text


def test_an_illness_says_its_state(show):
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    page = show(
        {
            "resourceType": "Condition",
            "id": "c1",
            "subject": SUBJECT,
            "code": coded("Hypertension"),
            "clinicalStatus": {"coding": [{"system": system, "code": "active"}]},
            "onsetDateTime": "2026-02-02",
        }
    )

    assert "Illness Hypertension State active Began 2026-02-02" in page.text


def test_a_vaccination_says_its_lot(show):
    page = show(
        {
            "resourceType": "Immunization",
            "id": "i1",
            "status": "completed",
            "patient": SUBJECT,
            "occurrenceDateTime": "2026-02-02",
            "vaccineCode": coded("Influenza"),
            "lotNumber": "C255",
        }
    )

    assert "Vaccine Influenza Lot number C255" in page.text


def test_a_receipt_is_a_table_of_goods_with_tax_and_total(show):
    made = json.loads(receipt(1, "2026-02-02", 298))
    made["lines"][0] |= {"tax_category": "AA", "tax_rate": "8", "quantity": "1"}
    made["tax_breakdown"] = [
        {
            "tax_category": "AA",
            "tax_rate": "8",
            "taxable_amount": "298",
            "tax_amount": "23",
            "includes_tax": False,
        }
    ]
    made["totals"] = {"line_total": "298", "total": "321"}

    page = show(made)

    assert "りんご 食品 1 8 % 298" in page.text
    assert "Tax (8 %) 23 yen Total 321 yen" in page.text


def test_a_divided_receipt_says_that_lines_are_elsewhere(show):
    made = json.loads(receipt(1, "2026-02-02", 1298))
    made["lines"] = [
        {"kind": "item", "net": "298", "description": "りんご"},
        {
            "kind": "item",
            "net": "1000",
            "description": "胃腸薬",
            "category": [{"scheme": "merchant", "name": "OTC医薬品"}],
        },
    ]

    page = show(made)

    assert "Some lines are kept in a record of their own" in page.text


def test_the_stored_bytes_stand_behind_the_words(show):
    page = show(weight(1, "2026-02-02", "70.5"))

    details = page.response.text.index("<details")
    assert page.response.text.index("70.5 kg") < details
    assert page.response.text.index("<pre>") > details


def test_the_result_says_what_each_item_became(person):
    upload(person, weights(1))
    content = weights(3) + b'\n{"resourceType": "Spaceship"}\n'

    answer = upload(person, content, name="<b>my</b>.ndjson")

    text = answer.text
    assert "&lt;b&gt;my&lt;/b&gt;.ndjson" in text
    problem = text.index("Left out because of an error (1)")
    assert problem < text.index("Stored (2)") < text.index("There already (1)")
    assert '<details class="more" open>\n<summary>Left out' in text
    assert text.count('<a href="/data/records/') == 2
    assert "January 3, 2026" in text


def test_a_file_that_is_too_large_says_what_to_do(person, bank):
    answer = upload(person, b"x" * (bank.settings.max_upload_bytes + 1))

    assert answer.status_code == 413
    assert "Export a shorter period from your app" in answer.text
