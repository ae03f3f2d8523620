"""Rules of age: which one is in force, and what follows at sign-up and later."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pds.accounts import age_policy, service
from pds.accounts.agents import care, statutory
from pds.accounts.agents.links import AgentKind
from pds.accounts.papers import Paper
from pds.accounts.roles import Role
from pds.core.errors import Forbidden, Invalid
from pds.core.ids import AccountId
from pds.core.settings import Settings, SettingsError
from tests.accounts.test_agents import PDF, child, sign_up

REFORM = replace(
    next(each for each in age_policy.RULES if each.id == "appi-reform-16"),
    in_force_from=date(2028, 4, 1),
    is_verified=True,
)


def test_the_table_is_what_was_verified():
    assert [(r.id, r.decides_from, r.in_force_from) for r in age_policy.RULES] == [
        ("full-age", 18, date(2022, 4, 1)),
        ("appi-reform-16", 16, None),
    ]
    for each in age_policy.RULES:
        assert each.is_verified == (each.in_force_from is not None)
        assert each.source


@pytest.mark.parametrize(
    ("day", "age"),
    [(date(2022, 4, 1), 18), (date(2028, 3, 31), 18), (date(2028, 4, 1), 16)],
)
def test_the_newest_rule_in_force_counts(day, age):
    rules = (age_policy.RULES[0], REFORM)
    assert age_policy.rule(day, rules).decides_from == age


def test_before_the_first_rule_there_is_none():
    with pytest.raises(ValueError, match="No rule"):
        age_policy.rule(date(2022, 3, 31))


def test_a_rule_without_a_day_never_counts():
    assert age_policy.rule(date(2099, 1, 1)).decides_from == 18


def test_the_default_admits_adults_only(bank):
    with pytest.raises(Invalid) as caught:
        sign_up(bank, date(2008, 11, 21))
    assert caught.value.code == "accounts.under-age"
    with pytest.raises(Invalid):
        sign_up(bank, date(2014, 11, 21), youngest=12)
    assert bank.settings.youngest == 18


@pytest.mark.parametrize("age", ["11", "19"])
def test_the_setting_has_bounds(age):
    with pytest.raises(SettingsError):
        Settings.from_environment({"INFOBANK_YOUNGEST": age})


def test_the_day_of_deciding_follows_the_rule_of_today(bank, monkeypatch, clock):
    young = child(bank, born=date(2012, 3, 1))

    def days():
        with bank.read() as snap:
            return (
                service.adult_from(snap, bank.keys, young),
                service.majority(snap, bank.keys, young),
            )

    assert days() == (date(2030, 3, 1), date(2030, 3, 1))
    monkeypatch.setattr(age_policy.rule, "__defaults__", ((*age_policy.RULES, REFORM),))
    assert days()[0] == date(2030, 3, 1)
    clock.advance(timedelta(days=500))
    assert days() == (date(2028, 3, 1), date(2030, 3, 1))


def test_a_young_person_needs_a_guardian_first(bank):
    young, parent = child(bank), sign_up(bank)
    one, two = (AccountId(sign_up(bank, role=Role.OPERATOR)) for _ in range(2))

    def require(work):
        care.require_guardian(work, work.keys, young)

    with pytest.raises(Forbidden) as caught:
        bank.unit_of_work(require)
    assert caught.value.code == "accounts.guardian-needed"

    paper, kind = Paper("application/pdf", PDF), AgentKind.PARENT
    link_id = bank.unit_of_work(
        lambda work: statutory.enter(
            work, young, AccountId(parent), kind, paper, by=one
        )
    )
    with pytest.raises(Forbidden):
        bank.unit_of_work(require)
    bank.unit_of_work(lambda work: statutory.open_proof(work, young, link_id, by=two))
    bank.unit_of_work(lambda work: statutory.approve(work, young, link_id, by=two))
    bank.unit_of_work(require)


def test_an_unknown_age_is_not_taken_for_an_adults(bank, monkeypatch):
    owner, nobody = sign_up(bank), bank.ids.new()
    staff = sign_up(bank, role=Role.OPERATOR)
    monkeypatch.setattr(care.service, "adult_from", lambda *_given: None)
    with bank.read() as snap:
        needs = [
            care.needs_guardian(snap, bank.keys, o) for o in (owner, nobody, staff)
        ]
    assert needs == [True, False, False]


def test_adults_and_strangers_to_the_bank_need_nobody(bank):
    with bank.read() as snap:
        assert not care.needs_guardian(snap, bank.keys, sign_up(bank))
        assert not care.needs_guardian(snap, bank.keys, bank.ids.new())
