"""The mandate's pages: terms told ahead, an acceptance of its own, the end (C-11)."""

from datetime import date, timedelta

import pytest

from consent import board, mandate_terms, mandates
from consent.facts import BoardSubjectKind
from tests.web.conftest import board_agrees, decision

BOTH = ("ja", "en")


@pytest.fixture
def terms(bank, operator, member):
    """The first version, by the pages of operator and board."""
    form = operator.get("/operator/mandate/new").form_to("/mandate/new")
    said = mandate_terms.suggested()
    texts = {f"text_{each}": said.text[each] for each in BOTH}
    operator.post(form, **texts)
    assert "waits for the board" in operator.get("/operator/mandate").text.lower()
    page = member.get("/board/mandate-terms/1")
    answers = dict.fromkeys(board.QUESTIONS, "looked at")
    form = page.form_to("/board/mandate-terms/1")
    member.post(form, result="approved", valid_until="2028-01-01", **answers)
    board_agrees(bank)
    form = operator.get("/operator/mandate/1").form_to("/mandate/1")
    operator.post(form)
    return 1


def next_version(bank, clock):
    said = mandate_terms.MandateText(
        text={"ja": "# 約束\n新しい", "en": "# Promise\nIt is new."},
        changes={"ja": "短くなります。", "en": "It gets shorter."},
    )

    def act(work):
        version = mandate_terms.draft(work, said, actor="o")
        kind = BoardSubjectKind.MANDATE_TERMS
        made = decision(kind, str(version), work.now + timedelta(days=200))
        board.decide(work, board_of(made, version), actor="b")
        day = clock.now().date() + timedelta(days=40)
        mandate_terms.publish(work, version, day, notice_days=30, actor="o")
        return version

    return bank.unit_of_work(act)


def board_of(made, version):
    values = {name: getattr(made, name) for name in made.__dataclass_fields__}
    return board.Decision(**values | {"subject_version": version})


def test_without_terms_there_is_nothing_to_accept(person):
    assert "There are no terms yet" in person.get("/mandate").text
    assert "decide for you" not in person.get("/home").text
    person.get("/mandate/end", 404)
    person.get("/mandate/changes/1", 404)


def test_terms_are_read_accepted_and_ended(terms, person, bank, hanako):
    assert "Let the bank decide for you" in person.get("/home").text
    page = person.get("/mandate")
    assert "What is never entrusted" in page.text
    assert "accepted nothing so far" in page.text

    done = person.follow(person.post(page.form_to("/accept/1")))

    assert "You accepted version 1" in done.text
    with bank.read() as snap:
        assert mandates.standing(snap, hanako).terms_version == 1
    assert "Let the bank decide for you" not in person.get("/home").text
    form = person.get("/mandate/end").form_to("/end")
    ended = person.follow(person.post(form))
    assert "You ended this" in ended.text
    person.post(form, 409)


def test_accepting_needs_a_fresh_login(terms, person, clock):
    form = person.get("/mandate").form_to("/accept/1")
    clock.advance(timedelta(minutes=21))
    answer = person.send(form)
    assert "/login/again" in answer.headers["Location"]


def test_new_terms_are_told_on_home_and_compared(terms, person, bank, clock):
    person.post(person.get("/mandate").form_to("/accept/1"))
    version = next_version(bank, clock)

    assert "New terms wait for you" in person.get("/home").text
    page = person.get("/mandate")
    assert "It gets shorter." in page.text
    changes = person.get(f"/mandate/changes/{version}").text
    assert "New: It is new." in changes
    assert "Removed: You are free to accept it or not." in changes
    person.post(page.form_to(f"/accept/{version}"))
    assert "New terms wait for you" not in person.get("/home").text


def test_the_operator_is_told_what_is_wrong_with_a_draft(terms, operator, bank):
    form = operator.get("/operator/mandate/new").form_to("/mandate/new")
    both = {"text_ja": "# 約束\n新", "text_en": "# Promise\nNew"}

    no_changes = operator.post(form, 422, **both)
    no_heading = operator.post(form, 422, text_ja="約束", text_en="# Promise")

    assert "#changes_ja" in no_changes.links
    assert "#text_ja" in no_heading.links
    operator.post(form, **both, changes_ja="短く", changes_en="Shorter")
    again = operator.post(form, 422, **both, changes_ja="短く", changes_en="Shorter")
    assert "#text_ja" in again.links
    drop = operator.get("/operator/mandate/2").form_to("/drop")
    operator.post(drop)
    operator.get("/operator/mandate/2", 404)


def test_a_version_is_not_published_too_soon(terms, operator, bank):
    form = operator.get("/operator/mandate/new").form_to("/mandate/new")
    both = {"text_ja": "# 約束\n新", "text_en": "# Promise\nNew"}
    operator.post(form, **both, changes_ja="短く", changes_en="Shorter")
    assert "The ethics board decides before" in operator.get("/operator/mandate/2").text

    def approve(work):
        kind = BoardSubjectKind.MANDATE_TERMS
        made = decision(kind, "2", work.now + timedelta(days=9))
        board.decide(work, board_of(made, 2), actor="b")

    bank.unit_of_work(approve)
    form = operator.get("/operator/mandate/2").form_to("/mandate/2")
    assert "#in_force_on" in operator.post(form, 422, in_force_on="2026-11-24").links
    assert "#in_force_on" in operator.post(form, 422, in_force_on="soon").links
    day = date.fromisoformat(form.fields["in_force_on"]) + timedelta(days=1)
    operator.post(form, in_force_on=day.isoformat())
    assert "Published" in operator.get("/operator/mandate").text


def test_a_sign_up_asks_about_the_mandate_by_itself(terms, portal, bank):
    visitor = portal()
    form = visitor.get("/signup").form_to("/signup")
    done = visitor.post(
        form,
        login="jiro-san",
        name="Jiro",
        birth_date="1980-05-05",
        password="a sentence that is long enough",
        password_again="a sentence that is long enough",
    )
    assert done.response.headers["Location"] == "/mandate"
    assert "accepted nothing so far" in visitor.follow(done).text
