"""Consent receipts, checked without the bank: signature, form, place in the log (C-13).

A receipt is a compact JWS (RFC 7515) by an Ed25519 key. The algorithm is never taken
from the file: the header has to be the one that such receipts have, whole.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from audit import ed25519
from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError
from audit.note import VerifierKey
from audit.receipt_check import VerifiedReceipt, verify_receipt

TYP: Final = "consent-receipt+jwt"
KANTARA: Final = "kantara-receipt+jwt"
_LONGEST: Final = 200_000
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_REQUIRED: Final = frozenset(
    {"v", "iss", "jti", "iat", "consent_id", "consent_version", "state", "leaf_id"}
    | {"record"}
)
_OPTIONAL: Final = frozenset(
    {"checkpoint", "agreement", "mandate_id", "entrusted", "proof"}
)
_SCHEMA: Final = "dpv-27560:record-2"
_KANTARA_REQUIRED: Final = frozenset(
    {"version", "jurisdiction", "consentTimestamp", "collectionMethod", "language"}
    | {"consentReceiptID", "publicKey", "piiPrincipalId", "piiControllers"}
    | {"policyUrl", "services", "sensitive", "spiCat"}
)
_STATES: Final = {
    "requested": "requested",
    "deferred": "deferred",
    "refused": "refused",
    "paused": "paused",
    "given": "given",
    "amended": "given",
    "renewed": "given",
    "resumed": "given",
    "withdrawn": "withdrawn",
    "revoked": "revoked",
    "expired": "expired",
    "invalidated": "invalidated",
}
"""The state that an event leads to; narrowing leaves the state as it was."""


@dataclass(frozen=True, slots=True)
class CheckedConsent:
    """What a consent receipt proves.

    Attributes:
        typ: the kind of receipt.
        claims: everything that was signed.
        entry: the proven entry of the log; None where the receipt carries no proof.
    """

    typ: str
    claims: Mapping[str, Any]
    entry: VerifiedReceipt | None


def parse_key(text: str) -> bytes:
    """Read the bank's statement key: the `x` of its JWK, 43 letters of base64url.

    Raises:
        VerificationError: it is not one.
    """
    key = _decode(text.strip())
    if len(key) != ed25519.KEY_SIZE:
        raise VerificationError("The statement key is not 32 bytes.")
    return key


def check(text: str, key: bytes, logs: Iterable[VerifierKey]) -> CheckedConsent:
    """Check a consent receipt of either kind.

    White space that mail programs put into it does not count.

    Args:
        text: the receipt.
        key: the bank's statement key, obtained from elsewhere.
        logs: keys of the bank's log, obtained from elsewhere.

    Raises:
        VerificationError: anything in it does not hold.
    """
    typ, claims = _opened("".join(text.split()), key)
    if typ == KANTARA:
        _check_kantara(claims)
        return CheckedConsent(typ, claims, None)
    _check_form(claims)
    entry = None
    if "proof" in claims:
        entry = verify_receipt(_text(claims, "proof").encode(), logs)
        _check_entry(claims, entry)
    return CheckedConsent(typ, claims, entry)


def thumbprint(key: bytes) -> str:
    """Return the RFC 7638 thumbprint of an Ed25519 key."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _encode(key)}
    return _encode(sha256(canonical(jwk)).digest())


def _opened(text: str, key: bytes) -> tuple[str, dict[str, Any]]:
    parts = text.split(".")
    if len(text) > _LONGEST or len(parts) != len(("header", "payload", "signature")):
        raise VerificationError("The file is not a consent receipt.")
    header, payload, signature = (_decode(each) for each in parts)
    said = parse_canonical(header)
    typ = said.get("typ") if isinstance(said, dict) else None
    if typ not in {TYP, KANTARA}:
        raise VerificationError("The file is not a consent receipt.")
    if said != {"alg": "EdDSA", "kid": thumbprint(key), "typ": typ}:
        raise VerificationError("The receipt names another key or algorithm.")
    ed25519.verify(key, f"{parts[0]}.{parts[1]}".encode(), signature)
    claims = parse_canonical(payload)
    if not isinstance(claims, dict):
        raise VerificationError("The receipt says nothing.")
    return typ, claims


def _check_form(claims: Mapping[str, Any]) -> None:
    names = claims.keys()
    if not names >= _REQUIRED or not names <= _REQUIRED | _OPTIONAL:
        raise VerificationError("The receipt lacks a member or has an unknown one.")
    rests_on = "mandate_id" in names or "entrusted" in names
    expected = 3 if "proof" in names else 2 if rests_on else 1
    if type(claims["v"]) is not int or claims["v"] != expected:
        raise VerificationError("The receipt is of an unknown version.")
    try:
        _check_record(claims)
    except (KeyError, IndexError, TypeError, AttributeError):
        raise VerificationError("The record in the receipt is malformed.") from None


def _check_record(claims: Mapping[str, Any]) -> None:
    """Check that the record is of its schema and says what is said beside it."""
    record = claims["record"]
    statuses = _statuses(record)
    last = statuses[-1]
    told = (
        record["dct:conformsTo"],
        record["dpv:hasIdentifier"],
        [each["ib:version"] for each in statuses],
        last["ib:leaf"],
        _STATES.get(last["ib:event"], claims["state"]),
    )
    version = claims["consent_version"]
    if told != (
        _SCHEMA,
        claims["consent_id"],
        list(range(1, version + 1)),
        claims["leaf_id"],
        claims["state"],
    ):
        raise VerificationError("The record and the receipt around it differ.")


def _check_entry(claims: Mapping[str, Any], entry: VerifiedReceipt) -> None:
    """Check that the proven entry is that of the last event."""
    record = claims["record"]
    recipient = record["dpv:hasEntity"]["ib:recipient"]["dpv:hasIdentifier"]
    last = _statuses(record)[-1]
    leaf = entry.leaf
    if (leaf["typ"], leaf["id"], leaf.get("rcp")) != (
        "consent:event",
        claims["leaf_id"],
        recipient,
    ):
        raise VerificationError("The proof is of another entry.")
    if entry.opened != {
        "consent_id": claims["consent_id"],
        "consent_version": str(claims["consent_version"]),
        "reasons": last["ib:event"],
    }:
        raise VerificationError("The entry is of another change of a consent.")


def _statuses(record: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = record["dpv:hasProcess"][0]["dpv:hasConsentStatus"]
    return found


def _check_kantara(claims: Mapping[str, Any]) -> None:
    if claims.keys() != _KANTARA_REQUIRED or claims["version"] != "KI-CR-v1.1.0":
        raise VerificationError("The receipt is not of Kantara's version 1.1.")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise VerificationError(f"The member {name} of the receipt is not text.")
    return value


def _decode(text: str) -> bytes:
    """Read base64url without padding, in its one form."""
    if _BASE64URL.match(text) is None:
        raise VerificationError("A part of the receipt is not base64url.")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise VerificationError("A part of the receipt is not base64url.") from None
    if _encode(data) != text:
        raise VerificationError("A part of the receipt is not base64url.")
    return data


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
