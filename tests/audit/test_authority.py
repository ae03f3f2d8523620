"""Which answers of a time-stamping authority are believed."""

import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from audit.authority import Authority, load_authority, question
from audit.errors import VerificationError
from audit.signing_certificate import names_signer
from tests.authorities import OpenSSL, needs_openssl

pytestmark = needs_openssl

DATA = b"checkpoint"


@pytest.fixture(scope="module")
def openssl(tmp_path_factory):
    return OpenSSL(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture
def trusted(openssl):
    return load_authority(openssl.root)


def test_a_question_has_the_digest_a_long_nonce_and_asks_for_the_certificate():
    asked = question(DATA)
    others = {question(DATA).nonce for _ in range(50)} | {asked.nonce}

    assert asked.cert_req
    assert asked.message_imprint.hash_algorithm.dotted_string == (
        "2.16.840.1.101.3.4.2.1"
    )
    assert len(others) == 51
    assert max(others).bit_length() > 56


def test_a_good_answer_says_when_and_who(openssl, trusted):
    asked = question(DATA)
    said = trusted.judge(asked, DATA, openssl.stamp(asked.as_bytes()))

    assert said.by == "CN=time"
    assert said.at.utcoffset() is not None


def test_an_answer_to_another_question_is_refused(openssl, trusted):
    asked, other = question(DATA), question(DATA)
    nonce_only = asked.as_bytes().replace(
        asked.message_imprint.message, bytes(len(asked.message_imprint.message))
    )
    for query in (other.as_bytes(), nonce_only):
        with pytest.raises(VerificationError, match="no time stamp"):
            trusted.judge(asked, DATA, openssl.stamp(query))


def test_a_stranger_is_refused(openssl, trusted, tmp_path):
    asked = question(DATA)
    # By name it is the same authority.
    stranger = OpenSSL(tmp_path / "other")

    with pytest.raises(VerificationError):
        trusted.judge(asked, DATA, stranger.stamp(asked.as_bytes()))


def test_a_refusal_of_the_authority_is_no_stamp(openssl, trusted):
    asked = question(DATA)
    refused = openssl.stamp(asked.as_bytes(), "strict")

    for answer in (refused, bytes.fromhex("30053003020102")):
        with pytest.raises(VerificationError):
            trusted.judge(asked, DATA, answer)


@pytest.mark.parametrize("kind", ["signs", "soft", "more"])
def test_a_signer_must_be_for_time_stamps_and_nothing_else(openssl, trusted, kind):
    asked = question(DATA)
    good = openssl.signed_by("stamps", asked.as_bytes())
    assert trusted.judge(asked, DATA, good).by == "CN=time"

    with pytest.raises(VerificationError):
        trusted.judge(asked, DATA, openssl.signed_by(kind, asked.as_bytes()))


def test_a_stamp_names_its_signer_under_the_signature(openssl, trusted):
    """As `openssl ts` asks, so that nothing is kept that an auditor would refuse."""
    asked = question(DATA)
    newer = openssl.stamp(asked.as_bytes(), "newer")
    assert trusted.judge(asked, DATA, newer).by == "CN=time"

    with pytest.raises(VerificationError, match="does not name"):
        trusted.judge(asked, DATA, openssl.signed_by("stamps", asked.as_bytes(), ""))


def test_another_certificate_is_not_the_one_named(openssl):
    asked = question(DATA)
    for section in ("tsa", "newer"):
        answer = openssl.stamp(asked.as_bytes(), section)
        for kind in ("stamps", "soft"):
            pem = (openssl.folder / f"{kind}.pem").read_bytes()
            der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
            assert names_signer(answer, der) is (kind == "stamps")


def test_the_name_of_the_signer_cannot_be_borrowed(openssl):
    """The certificate that verifies and the one that is read are one."""
    asked = question(DATA)
    answer = openssl.stamp(asked.as_bytes())
    pem = openssl.root.read_bytes() + (openssl.folder / "stamps.pem").read_bytes()
    trusted = Authority(x509.load_pem_x509_certificates(pem))
    assert trusted.judge(asked, DATA, answer).by == "CN=time"
    renamed = answer.replace(b"\x0c\x04time", b"\x0c\x04evil")
    assert renamed != answer

    with pytest.raises(VerificationError, match="ambiguous"):
        trusted.judge(asked, DATA, renamed)


def test_whatever_bytes_come_there_is_one_error(openssl, trusted):
    asked = question(DATA)
    good = openssl.stamp(asked.as_bytes())
    chance = random.Random(7)
    answers = [good[:length] for length in range(0, len(good), 7)]
    for _ in range(1_000):
        answer = bytearray(good)
        for _ in range(chance.choice([1, 1, 2, 5])):
            answer[chance.randrange(len(answer))] = chance.choice([0, 0x30, 0xFF, 1])
        answers.append(bytes(answer))
    refused = 0
    for answer in answers:
        try:
            said = trusted.judge(asked, DATA, answer)
        except VerificationError:
            refused += 1
        else:
            # A few bytes of a response are not covered by the signature.
            assert said == trusted.judge(asked, DATA, good)
    assert refused > len(answers) * 0.8


def test_certificates_that_are_none_are_refused(tmp_path):
    (tmp_path / "x.pem").write_text("nonsense")
    for name in ("x.pem", "absent.pem"):
        with pytest.raises(VerificationError, match=name):
            load_authority(tmp_path / name)
