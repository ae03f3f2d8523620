from collections import Counter

import pytest

from providers.issues import FileRefused
from providers.records import Outcome

JP_CASES = {
    "fhir-base/allergyintolerance-no-patient": {("PHR-S10", "patient")},
    "fhir-base/coverage-missing-required": {
        ("PHR-S10", "beneficiary"),
        ("PHR-S10", "payor"),
        ("PHR-S10", "status"),
    },
    "fhir-base/observation-bp-no-component": {("PHR-S32", "component")},
    "fhir-base/observation-per1-inverted-period": {("PHR-V10", "effectivePeriod")},
    "fhir-base/observation-status-invalid": {("PHR-S30", "status")},
    "fhir-base/patient-birthdate-invalid": {("PHR-S13", "birthDate")},
    "fhir-base/reference-immunization-patient-org": {("PHR-S31", "patient")},
    "jp-core/immunization-jp-no-required": {
        ("PHR-S10", "patient"),
        ("PHR-S10", "vaccineCode"),
        ("PHR-S10", "status"),
    },
    "jp-core/observation-vital-signs-tier2-benign-and-auto-profile": set(),
    "jp-tier3/prose-half-width-katakana-compliant": set(),
    "jp-tier3/prose-half-width-katakana-violation": set(),
    "terminology/observation-loinc-display-mismatch": set(),
    "terminology/observation-unknown-ucum": set(),
}


def errors(item):
    return {(i.code, i.path) for i in item.issues if i.severity == "error"}


@pytest.mark.parametrize("case", JP_CASES)
def test_jp_case(case, samples, read_items):
    """Each file shows one defect; it is found and named, the good twins pass."""
    path = samples / "fhir-jp-cases" / f"{case}.ndjson"

    (item,) = read_items(path.read_bytes())

    assert errors(item) == JP_CASES[case]
    assert bool(item.records) is not bool(JP_CASES[case])


def test_warnings_of_the_jp_cases(samples, read_items):
    folder = samples / "fhir-jp-cases"

    def codes(name):
        (item,) = read_items((folder / f"{name}.ndjson").read_bytes())
        return {issue.code for issue in item.issues}

    assert "PHR-V42" in codes("jp-tier3/prose-half-width-katakana-violation")
    assert "PHR-V42" not in codes("jp-tier3/prose-half-width-katakana-compliant")
    assert "PHR-V22" in codes("terminology/observation-unknown-ucum")


def test_lab_bundle_of_55_entries_is_stored(samples, read_items):
    data = (samples / "fhir" / "bundle-general-health-profile.json").read_bytes()

    items = read_items(data, "application/fhir+json")

    records = [record for item in items for record in item.records]
    assert len(items) == 55
    assert Counter(item.label for item in items) == {
        "DiagnosticReport": 1,
        "Observation": 51,
        "Specimen": 3,
    }
    assert [item.label for item in items if item.outcome is Outcome.CONTEXT] == (
        ["Specimen"] * 3
    )
    assert len(records) == 52
    assert {record.category for record in records} == {"health.lab"}
    # All were taken on one day, which most inherit from their panel.
    assert {record.first_day for record in records} == {16_663}
    compared = [r for r in records if r.header.get("comparator") == "<"]
    assert len(compared) == 2
    hemoglobin = next(r for r in records if r.header.get("concept") == "hemoglobin")
    assert hemoglobin.header["value"] == "17.6"
    assert hemoglobin.header["orig_value"] == "176"


def test_phr_lines_are_rejected_for_a_stray_member(samples, read_items):
    for name, count in (("JohnDoe", 16), ("MarthaDeLarosa", 75)):
        items = read_items((samples / "phr" / f"{name}.phr").read_bytes())

        assert len(items) == count
        assert all(item.outcome is Outcome.REJECTED for item in items)


def test_phr_lines_are_read_when_the_source_is_known_for_it(samples, read_items):
    martha = read_items(
        (samples / "phr" / "MarthaDeLarosa.phr").read_bytes(), drop=["_id"]
    )
    john = read_items((samples / "phr" / "JohnDoe.phr").read_bytes(), drop=["_id"])

    assert Counter(item.outcome for item in martha) == {"accepted": 45, "context": 30}
    # Three of John's observations were issued at a number, which is no FHIR instant.
    assert Counter(item.outcome for item in john) == {
        "accepted": 4,
        "context": 4,
        "rejected": 8,
    }
    assert all("PHR-S22" in {i.code for i in item.issues} for item in martha)


def test_phr_medications_are_taken_into_their_statements(samples, read_items):
    items = read_items(
        (samples / "phr" / "MarthaDeLarosa.phr").read_bytes(), drop=["_id"]
    )

    statements = [i for i in items if i.label == "MedicationStatement"]
    assert len(statements) == 7
    assert all(item.records[0].header["codes"] for item in statements)
    assert sum(b'"#medication"' in i.records[0].payload for i in statements) == 6


def test_phr_names_do_not_remain(samples, read_items):
    items = read_items(
        (samples / "phr" / "MarthaDeLarosa.phr").read_bytes(), drop=["_id"]
    )

    payloads = b"".join(r.payload for item in items for r in item.records)
    for text in ("DeLarosa", "Martha", "Alexander Heig", "Annelise"):
        assert text.encode() not in payloads


def test_jp_pint_minimum(samples, read_items):
    (item,) = read_items((samples / "jp-pint" / "example1-minimum.xml").read_bytes())

    (record,) = item.records
    assert record.category == "purchase.receipt"
    assert record.payload_schema == "receipt/1"
    assert [issue.code for issue in item.issues] == ["RCP-N02"]
    assert record.header["value"] == "281240"
    assert record.header["qualified_invoice"] == "not_qualified"
    assert "株式会社 〇〇物産".encode() not in record.payload


def test_jp_pint_return(samples, read_items):
    (item,) = read_items((samples / "jp-pint" / "example7-return.xml").read_bytes())

    (record,) = item.records
    assert b'"receipt_type":"return"' in record.payload
    assert b'"quantity":"-2"' in record.payload
    assert record.header["value"] == "-110000"
    assert "青木".encode() not in record.payload


@pytest.mark.parametrize(
    "path",
    [
        "apple-health/export.xml",
        "arts-digital-receipt/swe-standard-dr-sale.xml",
        "jahis-okusuri/tc-minimal-valid.txt",
        "openmhealth/body-weight/3.0/shouldPass/body-weight-only.json",
        "purchase-csv/amazon201810.csv",
        "purchase-csv/suica202003.csv",
    ],
)
def test_formats_not_read_yet_are_refused_by_name(path, samples, read_items):
    with pytest.raises(FileRefused) as caught:
        read_items((samples / path).read_bytes())

    assert caught.value.issue.code == "PHR-F01"
