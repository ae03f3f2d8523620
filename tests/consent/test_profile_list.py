"""The closed list of profile 3.0-health: loaded, decided, admitted, ended (X-03)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from consent import board, board_scope, preflight, profile_list, recipient_facts
from consent.facts import BoardSubjectKind
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.reasons import Reason
from pds.core.errors import Conflict, Invalid
from tests.consent.test_registers import actions
from tests.consent.world import DAY, NOW, PROVISION, RECIPIENT, decision

HEALTH = CertificationProfile("3.0-health")
VECTOR = json.loads(
    (Path(__file__).parents[1] / "vectors" / "consent" / "profile.json").read_text(
        "utf-8"
    )
)
LIST = VECTOR["list"]


def written(**changes):
    return json.dumps(LIST | changes).encode()


def load(work, **changes):
    return profile_list.load(
        work, profile_list.read(written(**changes)), actor="operator:o"
    )


def approve(work, subject_id, **changes):
    made = decision(BoardSubjectKind.PROFILE, subject_id, **changes)
    board.decide(work, made, actor="board:b")


def admitted(work, profile=HEALTH):
    return profile_list.admitted(work, profile).special_care


def reasons(work, profile):
    special = replace(PROVISION, categories=("health.lab",))
    return set(preflight.check(work, RECIPIENT, special, profile=profile).reasons)


def test_nothing_is_admitted_before_the_board_has_decided(work, contract_id):
    assert admitted(work) == frozenset()
    subject_id = load(work)
    assert subject_id == f"3.0-health@{VECTOR['sha256']}"
    assert admitted(work) == frozenset()
    assert Reason.PROFILE_SPECIAL_CARE in reasons(work, HEALTH)

    approve(work, subject_id)

    assert admitted(work) == {"health.lab", "health.medication"}
    assert Reason.PROFILE_SPECIAL_CARE not in reasons(work, HEALTH)
    assert Reason.PROFILE_SPECIAL_CARE in reasons(work, PROFILE_2_2)
    facts = recipient_facts.surroundings(
        work, RECIPIENT, contract_id=None, provision=None, profile=HEALTH
    )
    assert facts.profile.special_care == {"health.lab", "health.medication"}
    assert {"board.item-registered", "profile.loaded"} <= set(actions(work))


def test_it_ends_with_the_approval_with_a_stop_and_with_a_newer_list(work, at):
    subject_id = load(work)
    approve(work, subject_id, valid_until=NOW + 10 * DAY)
    assert admitted(work)
    assert not admitted(at(NOW + 10 * DAY))
    board.stop(work, BoardSubjectKind.PROFILE, subject_id, actor="board:b")
    assert not admitted(work)
    approve(work, subject_id)
    assert admitted(work)
    newer = load(work, version=2, categories=["health.checkup"])
    assert not admitted(work)
    approve(work, newer)
    assert admitted(work) == {"health.checkup"}


def test_no_list_replaces_a_later_one_or_itself(work):
    load(work, version=2)
    for version in (1, 2):
        with pytest.raises(Conflict) as caught:
            load(work, version=version)
        assert caught.value.code == "profile.version"


def test_the_board_needs_its_medical_seat(work):
    subject_id = load(work)
    assert board_scope.is_medical(work, BoardSubjectKind.PROFILE, subject_id)
    # What nobody finds is not known to need no medical eye; who is paid for it, is.
    assert board_scope.is_medical(work, BoardSubjectKind.PROFILE, "x@y")
    assert not board_scope.is_medical(work, BoardSubjectKind.RECIPIENT, "x")


def test_version_2_2_and_a_profile_with_a_list_are_left_as_they_are(work):
    approve(work, load(work))
    assert admitted(work, PROFILE_2_2) == frozenset()
    own = CertificationProfile("3.0-health", frozenset({"health.allergy"}))
    assert profile_list.admitted(work, own) is own


@pytest.mark.parametrize(
    "category",
    ["health.vital.weight", "purchase.receipt", "health.lab.x", "health", "x", ""],
)
def test_only_sensitive_health_data_can_be_in_it(category):
    with pytest.raises(Invalid) as caught:
        profile_list.read(written(categories=["health.lab", category]))
    assert caught.value.code == "profile.category"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 60_000,
        b"{}",
        written(format="infobank-profile/2"),
        written(profile="2.2"),
        written(version=0),
        written(version=True),
        written(version="1"),
        written(version=2_000_000),
        written(since="1.7.2023"),
        written(since="20230707"),
        written(since=None),
        written(source=" "),
        written(source="x" * 501),
        written(source=1),
        written(categories=[]),
        written(categories="health.lab"),
        written(categories=["health.lab", "health.lab"]),
        written(categories=[["health.lab"]]),
        written(more=1),
        written() + b" " * 66_000,
    ],
)
def test_a_file_of_another_form_is_refused(content):
    with pytest.raises(Invalid) as caught:
        profile_list.read(content)
    assert caught.value.code == "profile.form"
