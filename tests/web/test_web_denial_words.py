"""Every reason has the right words for each of its readers, in both languages."""

import re

import pytest
from flask_babel import force_locale, refresh

from consent.judgement import JudgementReason
from consent.judgement_words import FOR_AUDITOR, WORDS
from consent.reasons import Reason
from pds.core.vocabulary.words import LANGUAGES
from pds.web.denial_words import OF_PERSON, REASONS, Reader, said

TO_THE_PERSON = re.compile(r"\b(you|your|yours)\b|あなた|ご本人", re.IGNORECASE)
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
OAUTH = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
"""What `error_description` may hold (RFC 6749 section 5.2)."""


@pytest.fixture
def read(app):
    """Return what a reader reads of reasons in a language."""

    def words(codes, reader, language):
        with app.test_request_context(), force_locale(language):
            refresh()
            return said(codes, reader)

    return words


def test_every_reader_has_words_for_every_reason_in_both_languages(read):
    assert set(REASONS) == set(Reason)
    assert set(OF_PERSON) <= set(Reason)
    for reader in Reader:
        for reason in Reason:
            ja, en = (read([reason], reader, each) for each in LANGUAGES)
            assert JAPANESE.search(ja), (reader, reason)
            assert en, (reader, reason)
            assert not JAPANESE.search(en), (reader, reason)


@pytest.mark.parametrize("reader", [Reader.RECIPIENT, Reader.AUDITOR])
def test_nobody_else_is_spoken_to_as_if_they_were_the_person(read, reader):
    for language in LANGUAGES:
        for reason in Reason:
            assert not TO_THE_PERSON.search(read([reason], reader, language)), reason


def test_the_person_is_spoken_to_where_others_read_of_the_person(read):
    # Japanese can leave out who is meant, so that one sentence may serve both.
    for code in OF_PERSON:
        words = {reader: read([code], reader, "en") for reader in Reader}
        assert words[Reader.AUDITOR] == words[Reader.RECIPIENT]
        assert words[Reader.PERSON] != words[Reader.AUDITOR], code


def test_an_oauth_client_can_be_told_every_reason(read):
    for reason in Reason:
        assert OAUTH.fullmatch(read([reason], Reader.RECIPIENT, "en")), reason


def test_every_reason_of_a_judgement_has_words_for_person_and_auditor():
    assert set(WORDS) == set(FOR_AUDITOR) == set(JudgementReason)
    for reason in JudgementReason:
        for language in LANGUAGES:
            assert WORDS[reason][language]
            assert not TO_THE_PERSON.search(FOR_AUDITOR[reason][language]), reason
