"""Values of law as data: which counts on a day, and what does nothing (A-26)."""

import json
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

import pytest

from audit import quarter
from pds.core.rules import rule_values
from pds.core.rules.rule_values import Basis
from pds.core.settings import Settings, SettingsError

DOCUMENT = json.loads(
    files("pds.core.rules").joinpath("rule_values.json").read_text(encoding="utf-8")
)
AGE = "age.decides-alone"
PLANNED = next(each for each in rule_values.ALL if each.id == "appi-reform-16")


def changed(no=0, **members):
    values = [dict(each) for each in DOCUMENT["values"]]
    values[no] |= members
    return {"version": 1, "values": values}


def test_what_nobody_verified_does_nothing_even_with_a_day():
    dated = replace(PLANNED, in_force_from=date(2027, 4, 1))
    values = [*rule_values.ALL, dated]
    assert rule_values.get(AGE, date(2030, 1, 1), values).value == 18
    read = replace(dated, is_verified=True)
    assert rule_values.get(AGE, date(2027, 3, 31), [*values, read]).value == 18
    assert rule_values.get(AGE, date(2027, 4, 1), [*values, read]).value == 16


def test_a_value_ends_on_its_last_day():
    first = next(each for each in rule_values.ALL if each.id == "full-age")
    ended = replace(first, until=date(2027, 3, 31))
    assert rule_values.get(AGE, date(2027, 3, 31), [ended]).value == 18
    with pytest.raises(ValueError, match="in force"):
        rule_values.get(AGE, date(2027, 4, 1), [ended])
    with pytest.raises(ValueError, match="in force"):
        rule_values.get(AGE, date(2022, 3, 31))


def test_a_second_verified_value_refuses_reading_without_a_day():
    assert rule_values.settled("age.majority") == 18
    assert rule_values.days("drill.every") == timedelta(days=92)
    planned = replace(PLANNED, is_verified=True)
    first = next(each for each in rule_values.ALL if each.id == "full-age")
    with pytest.raises(ValueError, match="exactly one"):
        rule_values.settled(AGE, [first, planned])
    with pytest.raises(ValueError, match="exactly one"):
        rule_values.settled("record.retention-contract")


def test_what_rests_on_general_knowledge_is_not_verified():
    unread = {each.id for each in rule_values.ALL if not each.is_verified}
    assert unread == {"appi-reform-16", "provision-record-contract-1"}
    for each in rule_values.ALL:
        assert each.is_verified == (each.in_force_from is not None)
        assert each.basis is not Basis.OWN or "this bank" in each.source


@pytest.mark.parametrize(
    ("no", "members"),
    [
        (0, {"value": 0}),
        (0, {"value": True}),
        (0, {"value": "18"}),
        (0, {"unit": "moons"}),
        (0, {"basis": "hearsay"}),
        (0, {"is_verified": "yes"}),
        (0, {"cites": []}),
        (0, {"source": " "}),
        (0, {"until": "2022-03-31"}),
        (0, {"until": "2022-02-30"}),
        (0, {"extra": 1}),
        (1, {"id": "full-age"}),
        (1, {"from": "2022-04-01"}),
        (1, {"unit": "days"}),
        (1, {"until": "2030-01-01"}),
    ],
)
def test_a_file_of_another_form_is_refused(no, members):
    rule_values.parse(DOCUMENT)
    with pytest.raises(ValueError, match=r"\w"):
        rule_values.parse(changed(no, **members))


@pytest.mark.parametrize("document", [{"version": 2, "values": []}, {"values": []}])
def test_a_version_that_is_not_known_is_refused(document):
    with pytest.raises(ValueError, match="unknown version"):
        rule_values.parse(document)


def test_an_operator_cannot_keep_records_for_less_than_the_law_says():
    assert quarter.RETENTION_YEARS == 3
    kept = Settings.from_environment({}).audit_retention_years
    assert kept == rule_values.settled("record.retention")
    with pytest.raises(SettingsError):
        Settings.from_environment({"INFOBANK_AUDIT_RETENTION_YEARS": "2"})
