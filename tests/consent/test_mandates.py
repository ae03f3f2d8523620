"""The mandate: terms in versions, acceptance by nothing but an act, its end (D-01)."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest

from audit import known_time
from audit.canonical import parse_canonical
from consent import board, evidence, ledger, mandate_terms, mandates, service
from consent.facts import BoardResult, BoardSubjectKind
from consent.mandate_record import MandateEnding, MandateState
from consent.mandate_tables import mandate_event
from consent.mandate_terms import Change, MandateText
from consent.preflight import NotPermitted
from consent.states import ConsentState
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from tests.consent.world import DAY, EVIDENCE, NOW, PROVISION, decision

TODAY = date(2026, 11, 23)


def text(words="一つ目", changes=""):
    both = {"ja": f"# 約束\n{words}", "en": f"# Promise\n{words}"}
    return MandateText(text=both, changes={"ja": changes, "en": changes})


def approve(work, version, **changes):
    kind = BoardSubjectKind.MANDATE_TERMS
    made = decision(kind, version, version, **changes)
    board.decide(work, made, actor="board")


def published(work, said=None, *, on=TODAY, notice=30):
    version = mandate_terms.draft(work, said or text(), actor="operator")
    approve(work, version)
    mandate_terms.publish(work, version, on, notice_days=notice, actor="operator")
    return version


def test_the_suggested_text_can_be_drafted_and_points_at_its_bytes(work):
    version = mandate_terms.draft(work, mandate_terms.suggested(), actor="o")

    found = mandate_terms.get(work, version)
    assert len(found.sections("ja")) == len(found.sections("en")) == 9
    body = work.connection.execute(mandate_terms.mandate_terms.select()).one().body
    assert found.hash == hashlib.sha256(body).digest()
    assert parse_canonical(bytes(body))["version"] == 1


@pytest.mark.parametrize(
    "said",
    [
        MandateText(text={"ja": "", "en": "# A\nb"}, changes={"ja": "", "en": ""}),
        MandateText(text={"ja": "# 一\nx", "en": "b"}, changes={"ja": "", "en": ""}),
        MandateText(
            text={"ja": "# 一\nx\n# 二", "en": "# A"}, changes={"ja": "", "en": ""}
        ),
        MandateText(
            text={"ja": "# 一" + "x" * 40_000, "en": "# A"},
            changes={"ja": "", "en": ""},
        ),
    ],
)
def test_texts_that_do_not_go_together_are_refused(work, said):
    with pytest.raises(Invalid):
        mandate_terms.draft(work, said, actor="o")


def test_nothing_is_published_without_the_board(work):
    version = mandate_terms.draft(work, text(), actor="o")
    with pytest.raises(Conflict):
        mandate_terms.publish(work, version, TODAY, notice_days=30, actor="o")
    approve(work, version, result=BoardResult.REJECTED)
    with pytest.raises(Conflict):
        mandate_terms.publish(work, version, TODAY, notice_days=30, actor="o")

    mandate_terms.drop(work, version, actor="o")
    with pytest.raises(NotFound):
        mandate_terms.get(work, version)


def test_later_versions_say_what_changes_and_are_told_ahead(at, work):
    published(work)
    with pytest.raises(Invalid):
        mandate_terms.draft(work, text("二つ目"), actor="o")
    version = mandate_terms.draft(work, text("二つ目", "変わる"), actor="o")
    approve(work, version)
    soon = TODAY + timedelta(days=29)
    with pytest.raises(Invalid):
        mandate_terms.publish(work, version, soon, notice_days=30, actor="o")
    day = TODAY + timedelta(days=30)
    mandate_terms.publish(work, version, day, notice_days=30, actor="o")

    with pytest.raises(Conflict):
        mandate_terms.publish(work, version, day, notice_days=30, actor="o")
    with pytest.raises(Conflict):
        mandate_terms.drop(work, version, actor="o")
    with pytest.raises(Conflict):
        mandate_terms.draft(work, text("三つ目", "変わる"), actor="o")
    assert mandate_terms.in_force(work).version == 1
    assert mandate_terms.coming(work).version == 2
    later = at(NOW + 31 * DAY)
    assert mandate_terms.in_force(later).version == 2
    assert mandate_terms.coming(later) is None
    assert [each.version for each in mandate_terms.open_versions(later)] == [2]


def test_lines_are_compared():
    found = mandate_terms.difference("# 一\nのこる\nきえる", "# 一\nのこる\nふえる")

    assert found == [
        (Change.SAME, "# 一"),
        (Change.SAME, "のこる"),
        (Change.REMOVED, "きえる"),
        (Change.ADDED, "ふえる"),
    ]


def test_a_mandate_begins_with_an_explicit_act_and_is_evidence(work, owner):
    assert mandates.acceptable(work, owner) is None
    published(work)
    assert mandates.standing(work, owner) is None

    made = mandates.accept(work, owner, 1, EVIDENCE)

    assert mandates.current(work, owner) == made
    assert (made.state, made.terms_version) == (MandateState.ACCEPTED, 1)
    assert made.ended_at is None
    (event,) = mandates.history(work, work.keys, owner, made.mandate_id)
    assert (event.auth_time, event.language) == (EVIDENCE.auth_time, "ja")
    assert event.terms == mandate_terms.get(work, 1).hash.hex()
    assert mandates.ids(work, owner) == [made.mandate_id]
    row = work.connection.execute(mandate_event.select()).one()
    assert b"pwd" not in bytes(row.envelope)
    with pytest.raises(Conflict):
        mandates.accept(work, owner, 1, EVIDENCE)


@pytest.mark.parametrize(
    ("known", "error"),
    [
        (replace(EVIDENCE, auth_time=NOW - timedelta(minutes=6)), Forbidden),
        (replace(EVIDENCE, adult_from=date(2027, 1, 1)), NotPermitted),
        (replace(EVIDENCE, agent_until=NOW + DAY), Conflict),
    ],
)
def test_only_the_person_accepts_of_age_and_freshly_logged_in(
    work, owner, known, error
):
    published(work)
    with pytest.raises(error):
        mandates.accept(work, owner, 1, known)
    assert mandates.current(work, owner) is None


def test_terms_that_the_board_stopped_are_not_accepted(work, owner):
    published(work)
    board.stop(work, BoardSubjectKind.MANDATE_TERMS, "1", actor="board")
    with pytest.raises(Conflict):
        mandates.accept(work, owner, 1, EVIDENCE)


def test_silence_leaves_the_old_terms(at, work, owner):
    published(work)
    made = mandates.accept(work, owner, 1, EVIDENCE)
    published(work, text("二つ目", "変わる"), on=TODAY + timedelta(days=30))
    assert mandates.acceptable(work, owner).version == 2

    later = at(NOW + 40 * DAY)
    assert mandates.standing(later, owner).terms_version == 1

    fresh = replace(EVIDENCE, auth_time=later.now)
    again = mandates.accept(later, owner, 2, fresh)
    assert (again.mandate_id, again.terms_version) == (made.mandate_id, 2)
    assert again.accepted_at == made.accepted_at
    assert mandates.acceptable(later, owner) is None


def test_who_has_no_mandate_is_offered_what_is_in_force(work, owner):
    published(work)
    published(work, text("二つ目", "変わる"), on=TODAY + timedelta(days=30))

    assert mandates.acceptable(work, owner).version == 1
    with pytest.raises(Conflict):
        mandates.accept(work, owner, 2, EVIDENCE)


def test_a_mandate_ends_at_any_time_and_another_may_begin(work, owner):
    published(work)
    first = mandates.accept(work, owner, 1, EVIDENCE)

    ended = mandates.end(work, owner)

    assert ended.ended_at == NOW
    assert mandates.standing(work, owner) is None
    events = mandates.history(work, work.keys, owner, first.mandate_id)
    assert [each.ending for each in events] == [None, MandateEnding.PERSON]
    with pytest.raises(Conflict):
        mandates.end(work, owner)
    second = mandates.accept(work, owner, 1, EVIDENCE)
    assert second.mandate_id != first.mandate_id
    assert len(mandates.ids(work, owner)) == 2
    with pytest.raises(NotFound):
        mandates.history(work, work.keys, owner, work.ids.new())


def test_a_yes_names_the_mandate_that_stood(work, owner, asked, notice):
    published(work)
    made = mandates.accept(work, owner, 1, EVIDENCE)
    given = service.give(
        work,
        owner,
        asked.consent.consent_id,
        PROVISION,
        notice=notice,
        evidence=EVIDENCE,
    )

    said = ledger.terms(work, work.keys, given.consent)
    assert given.consent.state is ConsentState.GIVEN
    assert said.agreement.mandate_id == made.mandate_id


def test_evidence_of_the_mandate_goes_with_that_of_consents(work, owner):
    published(work)
    made = mandates.accept(work, owner, 1, EVIDENCE)
    kept, gone = evidence.keep_until(work, owner, NOW + 100 * DAY)

    assert (kept, gone) == (0, 0)
    assert mandates.current(work, owner) is None
    with pytest.raises(KeyUnavailable):
        work.keys.open(work.connection, owner, KeyClass.CONSENT, made.generation)


def test_evidence_of_the_mandate_stays_while_a_consent_rests_on_it(
    work, owner, consent_given, monkeypatch
):
    published(work)
    made = mandates.accept(work, owner, 1, EVIDENCE)
    evidence.keep_until(work, owner, NOW)
    assert mandates.current(work, owner) is not None

    assert evidence.due(work, limit=5) == [owner]
    monkeypatch.setattr(known_time, "require", lambda _work: None)
    evidence.let_go(work, owner)
    assert mandates.current(work, owner) is None
    with pytest.raises(KeyUnavailable):
        work.keys.open(work.connection, owner, KeyClass.CONSENT, made.generation)
