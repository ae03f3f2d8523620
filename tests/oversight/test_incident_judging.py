"""What an incident obliges to: every combination of facts (A-14 to A-21)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.oversight.incidents import facts, judging
from pds.oversight.incidents.facts import FLAGS, Facts, IncidentPlace
from pds.oversight.incidents.judging import (
    DUTY_RULES,
    GROUND_RULES,
    IncidentDuty,
    IncidentGround,
    IncidentReport,
)

DAY = date(2026, 11, 30)
D, G = IncidentDuty, IncidentGround
EVERY = [
    Facts(place=place, persons=persons, **dict(zip(FLAGS, flags, strict=True)))
    for place in IncidentPlace
    for persons in (0, 1, 1000, 1001)
    for flags in product((False, True), repeat=len(FLAGS))
]


def reportable(found: Facts) -> bool:
    """The rule in other words than the code's."""
    if found.is_protected or found.is_pseudonymised:
        return False
    if found.is_wrongful:
        return True
    if found.is_before_storage:
        return False
    return found.has_special_care or found.may_cost_money or found.persons >= 1001


def test_every_combination_is_judged_as_the_rules_say():
    assert len(EVERY) == 4 * 4 * 2**7
    for found in EVERY:
        judged = judging.judge(found, DAY)
        is_ours = found.place in (IncidentPlace.OWN, IncidentPlace.PROCESSOR)
        duties = {
            D.AUTHORITY: reportable(found) and is_ours,
            D.HOLDER: reportable(found) and not is_ours,
            D.PERSONS: reportable(found),
            D.CERTIFIER: found.is_certified,
        }
        assert set(judged.duties) == {duty for duty, holds in duties.items() if holds}
        assert bool(judged.grounds) == reportable(found)
        assert not (judged.is_relieved and judged.grounds)
        assert facts.read(facts.written(found)) == found


def test_every_ground_and_duty_names_its_rules():
    assert set(GROUND_RULES) == set(G)
    assert set(DUTY_RULES) == set(D)
    assert all("A-14" in rules for rules in GROUND_RULES.values())


@pytest.mark.parametrize(
    ("changed", "ground"),
    [
        ({"has_special_care": True}, G.SPECIAL_CARE),
        ({"may_cost_money": True}, G.PROPERTY),
        ({"is_wrongful": True}, G.WRONGFUL),
        ({"persons": 1001}, G.MANY),
    ],
)
def test_each_fact_is_a_ground_by_itself_for_one_person(changed, ground):
    plain = Facts(place=IncidentPlace.OWN, persons=1)
    assert judging.judge(plain, DAY).duties == ()
    assert judging.judge(replace(plain, **changed), DAY).grounds == (ground,)


def test_more_facts_never_take_a_ground_away_but_protection_does():
    for found in EVERY:
        if found.is_before_storage:
            continue
        before = set(judging.judge(found, DAY).grounds)
        for name in ("has_special_care", "may_cost_money", "is_wrongful"):
            assert before <= set(
                judging.judge(replace(found, **{name: True}), DAY).grounds
            )
        assert not judging.judge(replace(found, is_protected=True), DAY).grounds


def japan(day: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=TOKYO)


def due(found: Facts, knew_at: datetime) -> dict[IncidentReport, datetime]:
    return {each.report: each.due_at for each in judging.terms(found, knew_at)}


def test_terms_count_days_of_japan_from_the_day_of_knowing():
    found = Facts(place=IncidentPlace.OWN, has_special_care=True)
    # 23:30 of 1 November in Japan is still 1 November, though it is 14:30 UTC.
    knew_at = datetime(2026, 11, 1, 14, 30, tzinfo=UTC)
    assert due(found, knew_at) == {
        IncidentReport.AUTHORITY_FIRST: japan(6),
        IncidentReport.AUTHORITY_FINAL: japan(1, month=12),
    }
    # Half an hour later it is 2 November there.
    later = datetime(2026, 11, 1, 15, 0, tzinfo=UTC)
    assert due(found, later)[IncidentReport.AUTHORITY_FIRST] == japan(7)
    first = judging.terms(found, knew_at)[0]
    assert first.alarm_at == japan(4)
    assert first.rule_ids == ("incident-first-3", "incident-first-5")


def test_a_wrongful_act_has_sixty_days_and_none_without_a_report():
    wrongful = Facts(place=IncidentPlace.OWN, is_wrongful=True, has_special_care=True)
    ends = due(wrongful, japan(1))
    assert ends[IncidentReport.AUTHORITY_FINAL] == japan(31, month=12)
    assert due(replace(wrongful, place=IncidentPlace.RECIPIENT), japan(1)) == {}
    assert due(replace(wrongful, is_protected=True), japan(1)) == {}


def test_a_day_without_a_rule_is_refused():
    found = Facts(place=IncidentPlace.OWN)
    with pytest.raises(Invalid, match="No rule"):
        judging.judge(found, date(2022, 3, 31))


@pytest.mark.parametrize("persons", [-1, 10**9 + 1])
def test_impossible_numbers_of_persons_are_refused(persons):
    with pytest.raises(Invalid, match="persons"):
        Facts(place=IncidentPlace.OWN, persons=persons)
