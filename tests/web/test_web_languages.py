"""Every word in Japanese and English; every code of a closed list in words."""

import re
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import pds.web
from audit.leaf import DETAIL_FIELDS, EventType
from consent.board_member import MemberState
from consent.board_rule import MemberField, Vote
from consent.contract_documents import SignatureForm
from consent.facts import BoardResult, BoardSubjectKind, ContractState, Standing
from consent.modes import RecipientMode
from consent.reasons import Reason
from consent.states import ConsentEvent, ConsentState
from consent.terms import ProvisionForm
from consent.vetting.attestations import AttestationState
from consent.vetting.checks import CheckResult
from consent.vetting.steps import SuspensionReason
from pds.accounts.changes import AccountChange
from pds.core.vocabulary import DetailLevel
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets.tables import DataSetState
from pds.oversight.incidents.contents import IncidentContent
from pds.oversight.incidents.facts import IncidentPlace
from pds.oversight.incidents.incident import IncidentState
from pds.oversight.incidents.judging import (
    IncidentDuty,
    IncidentGround,
    IncidentReport,
)
from pds.oversight.incidents.persons import ListState
from pds.oversight.incidents.question import IncidentReach
from pds.oversight.incidents.steps import IncidentStep
from pds.oversight.recipients import Lapse, Light
from pds.rights.archive.tables import ArchiveState
from pds.rights.desk import kinds
from pds.rights.desk.law import RefusalGround
from pds.web import (
    board_words,
    data_set_words,
    denial_words,
    incident_words,
    reasons,
    recipient_words,
    remarks,
    right_words,
    words,
)
from providers.issues import SEVERITIES
from providers.records import Outcome

ROOT = Path(pds.web.__file__).parent
FOLDER = ROOT / "translations" / "ja" / "LC_MESSAGES"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}


@cache
def used() -> frozenset[str]:
    """Return every message in code and templates; reading them all takes seconds."""
    found = extract_from_dir(
        str(ROOT),
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords=KEYWORDS,
    )
    return frozenset(
        message if isinstance(message, str) else message[0]
        for _file, _line, message, _comments, _context in found
    )


def catalogue():
    return read_po(BytesIO((FOLDER / "messages.po").read_bytes()), locale="ja")


def texts(found) -> dict[str, str]:
    return {
        (m.id if isinstance(m.id, str) else m.id[0]): (
            m.string if isinstance(m.string, str) else m.string[0]
        )
        for m in found
        if m.id
    }


def test_every_message_has_a_japanese_translation():
    translated = {name for name, text in texts(catalogue()).items() if text}

    missing = sorted(used() - translated)
    assert not missing, f"Translate them in {FOLDER / 'messages.po'}."


def test_nothing_is_translated_twice():
    found = re.findall(
        r'^msgid (".+")$', (FOLDER / "messages.po").read_text(), re.MULTILINE
    )

    assert [text for text, count in Counter(found).items() if count > 1] == []


def test_no_translation_is_left_over():
    assert sorted(set(texts(catalogue())) - used()) == []


def test_translations_keep_the_placeholders():
    found = catalogue()

    for message in found:
        if message.id:
            assert not list(message.check(found)), message.id


def test_the_compiled_catalogue_is_current():
    compiled = read_mo(BytesIO((FOLDER / "messages.mo").read_bytes()))

    assert texts(compiled) == texts(catalogue()), "Run `pybabel compile`."


@pytest.mark.parametrize(
    ("listed", "enum"),
    [
        (words.STANDINGS, Standing),
        (recipient_words.SUSPENSION_REASONS, SuspensionReason),
        (recipient_words.MODES, RecipientMode),
        (recipient_words.CONTRACT_STATES, ContractState),
        (recipient_words.SIGNATURE_FORMS, SignatureForm),
        (recipient_words.LIGHTS, Light),
        (recipient_words.LAPSES, Lapse),
        (recipient_words.CHECK_RESULTS, CheckResult),
        (recipient_words.ATTESTATION_STATES, AttestationState),
        (board_words.BOARD_KINDS, BoardSubjectKind),
        (board_words.BOARD_RESULTS, BoardResult),
        (board_words.MEMBER_FIELDS, MemberField),
        (board_words.MEMBER_STATES, MemberState),
        (board_words.VOTES, Vote),
        (incident_words.CONTENTS, IncidentContent),
        (incident_words.PLACES, IncidentPlace),
        (incident_words.STATES, IncidentState),
        (incident_words.DUTIES, IncidentDuty),
        (incident_words.GROUNDS, IncidentGround),
        (incident_words.REPORTS, IncidentReport),
        (incident_words.LISTS, ListState),
        (incident_words.REACHES, IncidentReach),
        (incident_words.STEPS, IncidentStep),
        (words.EVENTS, EventType),
        (words.ARCHIVE_STATES, ArchiveState),
        (data_set_words.KINDS, DataSetKind),
        (data_set_words.STATES, DataSetState),
        (words.CONSENT_STATES, ConsentState),
        (words.CONSENT_EVENTS, ConsentEvent),
        (words.CONSENT_EVENTS_OF_OTHERS, ConsentEvent),
        (words.OUTCOMES, Outcome),
        (right_words.REQUEST_KINDS, kinds.RequestKind),
        (right_words.REQUEST_HINTS, kinds.RequestKind),
        (right_words.REQUEST_STATES, kinds.RequestState),
        (right_words.REQUEST_CHANNELS, kinds.RequestChannel),
        (right_words.REQUEST_OUTCOMES, kinds.RequestOutcome),
        (right_words.REQUEST_GROUNDS, kinds.RequestGround),
        (right_words.SOURCE_ANSWERS, kinds.SourceAnswer),
        (right_words.AUTHORITIES, kinds.Authority),
        (right_words.PAPERS, kinds.PaperKind),
        (right_words.REFUSAL_GROUNDS, RefusalGround),
        (words.ACCOUNT_CHANGES, AccountChange),
        (words.FORMS, ProvisionForm),
        (words.DETAILS, DetailLevel),
        (denial_words.REASONS, Reason),
        (remarks.ISSUES, SEVERITIES),
        (remarks.DETAILS, DETAIL_FIELDS),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_every_code_has_words(listed, enum):
    assert set(listed) == {getattr(member, "value", member) for member in enum}


def test_japanese_is_spoken_unless_something_else_is_wished(app):
    client = app.test_client()

    plain = client.get("/login")
    wished = client.get("/login", headers={"Accept-Language": "en"})
    strange = client.get("/login", headers={"Accept-Language": "xx"})

    assert '<html lang="ja">' in plain.text
    assert "ログイン" in plain.text
    assert '<html lang="en">' in wished.text
    assert '<html lang="ja">' in strange.text


def test_the_chosen_language_is_remembered(portal):
    visitor = portal()

    visitor.get("/login?lang=ja")
    later = visitor.get("/signup")
    back = visitor.get("/signup?lang=en&next=/data")

    assert later.language == "ja"
    assert back.language == "en"
    assert "/signup?next=%2Fdata&lang=ja" in back.links


def test_pages_are_right_in_japanese_too(portal, hanako, consent):
    visitor = portal("hanako", "ja")

    for path in ("/home", "/data", "/consents", "/disclosures", "/imports", "/copy"):
        assert visitor.get(path).language == "ja"
    assert "元気ラボ株式会社" in visitor.get(f"/consents/{consent}").text


def test_an_unknown_code_speaks_for_itself(app):
    with app.test_request_context():
        assert reasons.reason("new.code") == "new.code"
        assert app.jinja_env.filters["category"]("health.new") == "health.new"
        assert app.jinja_env.filters["purpose"]("new.purpose") == "new.purpose"
