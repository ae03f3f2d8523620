"""A time-stamping authority (RFC 3161): what it is asked, and whether to believe it.

Nothing here talks to it. An answer is believed only if it was granted, is signed under
a chain to a configured certificate by a certificate for time stamps alone, and is of
this question: its nonce and the SHA-256 of these bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.errors import VerificationError
from audit.signing_certificate import names_signer
from audit.verifier.timestamps import stamped_time


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a believed answer says.

    Attributes:
        at: the moment by which the stamped bytes existed.
        by: subject of the certificate that signed (RFC 4514).
    """

    at: datetime
    by: str


def question(data: bytes) -> TimeStampRequest:
    """Ask for a time stamp over SHA-256 of bytes.

    With a fresh random nonce of 64 bits, and for the certificate to be sent along.
    """
    return (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )


class Authority:
    """Whom to believe about time.

    Args:
        certificates: at least the root; also those in between that answers leave out.
    """

    def __init__(self, certificates: Sequence[x509.Certificate]) -> None:
        self._certificates = list(certificates)

    def judge(self, asked: TimeStampRequest, data: bytes, answer: bytes) -> Stamp:
        """Return what an answer says, if it is to be believed.

        Args:
            asked: the question that it answers.
            data: the bytes that the question was about.
            answer: TimeStampResp in DER (RFC 3161 section 2.4.2).

        Raises:
            VerificationError: it is not; the sentence repeats nothing of the answer.
        """
        try:
            response = decode_timestamp_response(answer)
            verifier = VerifierBuilder(roots=self._certificates, nonce=asked.nonce)
            verifier.build().verify_message(response, data)
            signer = self._signer(response)
        except VerificationError:
            raise
        except Exception as error:  # noqa: BLE001 - parsers of hostile bytes
            kind = type(error).__name__
            sentence = f"The answer is no time stamp of this authority: {kind}."
            raise VerificationError(sentence) from None
        if not names_signer(answer, signer.public_bytes(Encoding.DER)):
            raise VerificationError("The time stamp does not name who signed it.")
        # The reader that every auditor will use must understand it as well.
        return Stamp(stamped_time(answer, data), signer.subject.rfc4514_string())

    def _signer(self, response: TimeStampResponse) -> x509.Certificate:
        """Return the one certificate that can have signed.

        The library verifies with a configured certificate of this issuer and number if
        there is one, and does not compare it with the one in the answer. So two
        different ones are refused; else the answer could name somebody else.
        """
        signed = response.signed_data
        sent = [x509.load_der_x509_certificate(each) for each in signed.certificates]
        info = next(iter(signed.signer_infos))
        candidates = {
            each
            for each in (*sent, *self._certificates)
            if (each.issuer, each.serial_number) == (info.issuer, info.serial_number)
        }
        if len(candidates) != 1:
            raise VerificationError("The signer of the time stamp is ambiguous.")
        return candidates.pop()


def load_authority(path: Path) -> Authority:
    """Read the certificates to trust from a PEM file.

    Raises:
        VerificationError: it cannot be read, or holds something else.
    """
    try:
        return Authority(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        raise VerificationError(f"{path.name} holds no certificates in PEM.") from None
