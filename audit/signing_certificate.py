"""Which certificate a time stamp says, under its signature, that it was signed with.

RFC 3161 section 2.4.2 asks for it and `openssl ts` refuses a stamp without it: else
another certificate over the same key could be put in its place.
"""

import hashlib

from audit.errors import VerificationError
from audit.verifier.der import EXPLICIT, OCTETS, OID, SEQUENCE, Reader

_SET = 0x31
_DEFAULTS = {
    # SigningCertificate (RFC 2634).
    bytes.fromhex("2a864886f70d010910020c"): "sha1",
    # SigningCertificateV2 (RFC 5035); it may name another algorithm.
    bytes.fromhex("2a864886f70d010910022f"): "sha256",
}
_DIGESTS = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


def names_signer(response: bytes, certificate: bytes) -> bool:
    """Say whether a TimeStampResp's signed attributes name a certificate.

    Args:
        response: TimeStampResp in DER with one SignerInfo.
        certificate: in DER.

    Raises:
        VerificationError: malformed.
    """
    named = [
        _is_named(Reader(value), certificate, _DEFAULTS[kind])
        for kind, value in _signed_attributes(response)
        if kind in _DEFAULTS
    ]
    return bool(named) and all(named)


def _signed_attributes(response: bytes) -> list[tuple[bytes, bytes]]:
    whole = Reader(response).enter()
    whole.skip()
    token = whole.enter()
    token.skip()
    signed = token.enter(EXPLICIT).enter()
    signers = [content for tag, content in signed.rest()[3:] if tag == _SET]
    if len(signers) != 1:
        raise VerificationError("The time stamp has not one signer.")
    info = Reader(signers[0]).enter().rest()
    attributes = [content for tag, content in info if tag == EXPLICIT]
    found = []
    for content in attributes:
        for _tag, attribute in Reader(content).rest():
            parts = Reader(attribute)
            found.append((parts.take(OID), parts.take(_SET)))
    return found


def _is_named(value: Reader, certificate: bytes, digest: str) -> bool:
    """Compare the first identifier, which is the signer's, with a certificate."""
    identifier = value.enter().enter().enter().rest()
    if identifier and identifier[0][0] == SEQUENCE:
        algorithm = Reader(identifier.pop(0)[1]).take(OID)
        digest = _DIGESTS.get(algorithm, "")
    if not identifier or not digest:
        raise VerificationError("The time stamp names its signer in an unknown way.")
    made = hashlib.new(digest, certificate, usedforsecurity=False).digest()
    return identifier[0] == (OCTETS, made)
