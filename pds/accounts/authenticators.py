"""What passes between us and an authenticator; no database is read here.

The library `webauthn` parses and checks; which answers are good is said here: our
origin exactly, our name, user present and verified. Whatever is wrong, the caller
learns only that the answer is refused. Source: Web Authentication Level 3, section 7.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pds.accounts.ceremonies import LIFETIME
from pds.core.errors import Invalid

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
LONGEST_ID: Final = 1023
"""Bytes of a credential's id (Web Authentication Level 3, section 5.8.1)."""
LONGEST_KEY: Final = 2048
"""Bytes of a public key; an RSA key of 8192 bits needs about half."""

_TIMEOUT_MS: Final = int(LIFETIME.total_seconds() * 1000)
_TRANSPORTS: Final = frozenset(each.value for each in AuthenticatorTransport)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to an authenticator.

    Attributes:
        rp_id: host of the issuer; a key made for it works on no other site.
        origin: where answers may come from.
        name: what the authenticator shows.
    """

    rp_id: str
    origin: str
    name: str

    @classmethod
    def of(cls, issuer: str, name: str) -> "RelyingParty":
        """Return the party that serves under an issuer's address."""
        parts = urlsplit(issuer)
        host = parts.hostname or ""
        usual = {"https": 443, "http": 80}.get(parts.scheme)
        port = "" if parts.port in (None, usual) else f":{parts.port}"
        return cls(host, f"{parts.scheme}://{host}{port}", name)


@dataclass(frozen=True, slots=True)
class Known:
    """A credential that an authenticator may be reminded of."""

    credential_id: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A credential that an authenticator made for us."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    prf_capable: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What an authenticator said when it proved that it holds a credential."""

    sign_count: int
    backed_up: bool


def registration_options(
    party: RelyingParty,
    *,
    handle: bytes,
    name: str,
    challenge: bytes,
    known: Sequence[Known],
) -> dict[str, Any]:
    """Return what `navigator.credentials.create` is to be given, as JSON.

    Args:
        party: who we are.
        handle: names the account without naming anybody.
        name: shown by the holder's own authenticator.
        challenge: from `ceremonies.issue`.
        known: what the account has already, so that none is made twice.
    """
    options = generate_registration_options(
        rp_id=party.rp_id,
        rp_name=party.name,
        user_id=handle,
        user_name=name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return {**options_to_json_dict(options), "extensions": {"prf": {}}}


def authentication_options(
    party: RelyingParty, *, challenge: bytes, known: Sequence[Known] = ()
) -> dict[str, Any]:
    """Return what `navigator.credentials.get` is to be given, as JSON.

    With nothing known the authenticator offers whatever it holds for us, so that
    nobody has to type a name.
    """
    options = generate_authentication_options(
        rp_id=party.rp_id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_in(answer: Mapping[str, Any]) -> bytes:
    """Return the challenge that an answer claims to answer.

    Raises:
        Invalid: `passkey.refused`.
    """

    def read() -> bytes:
        data = base64url_to_bytes(answer["response"]["clientDataJSON"])
        return parse_client_data_json(data).challenge

    return _or_refused(read)


def credential_in(answer: Mapping[str, Any]) -> tuple[bytes, bytes | None]:
    """Return the id of the credential and the user handle that an answer names.

    Raises:
        Invalid: `passkey.refused`.
    """

    def read() -> tuple[bytes, bytes | None]:
        handle = answer["response"].get("userHandle")
        named = base64url_to_bytes(handle) if handle else None
        return base64url_to_bytes(answer["id"]), named

    return _or_refused(read)


def check_registration(
    party: RelyingParty, answer: Mapping[str, Any], challenge: bytes
) -> Made:
    """Check the answer to `registration_options`.

    Raises:
        Invalid: `passkey.refused`.
    """
    found = _or_refused(
        lambda: verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    )
    is_long = len(found.credential_id) > LONGEST_ID
    if is_long or len(found.credential_public_key) > LONGEST_KEY:
        raise _refused()
    return Made(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        transports=_transports(answer),
        backup_eligible=found.credential_device_type
        is CredentialDeviceType.MULTI_DEVICE,
        backed_up=found.credential_backed_up,
        prf_capable=_is_prf_capable(answer),
    )


def check_authentication(
    party: RelyingParty,
    answer: Mapping[str, Any],
    challenge: bytes,
    public_key: bytes,
) -> Shown:
    """Check the answer to `authentication_options`.

    The counter is compared where it is stored (`passkeys.use`), in one step with the
    new value.

    Raises:
        Invalid: `passkey.refused`.
    """
    found = _or_refused(
        lambda: verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    return Shown(found.new_sign_count, found.credential_backed_up)


def read_answer(text: bytes) -> dict[str, Any]:
    """Return the JSON object that a page sent.

    Raises:
        Invalid: `passkey.refused`.
    """
    found = _or_refused(lambda: json.loads(text))
    if not isinstance(found, dict):
        raise _refused()
    return found


def _or_refused(read: Callable[[], T]) -> T:
    """Run a reader of foreign bytes; whatever it stumbles over is a refusal."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - the parsers below raise whatever they meet
        raise _refused() from None


def _descriptors(known: Sequence[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=each.credential_id,
            transports=[AuthenticatorTransport(name) for name in each.transports],
        )
        for each in known
    ]


def _transports(answer: Mapping[str, Any]) -> tuple[str, ...]:
    named = answer["response"].get("transports")
    if not isinstance(named, list):
        return ()
    return tuple(sorted(each for each in _TRANSPORTS if each in named))


def _is_prf_capable(answer: Mapping[str, Any]) -> bool:
    results = answer.get("clientExtensionResults")
    prf = results.get("prf") if isinstance(results, dict) else None
    return isinstance(prf, dict) and prf.get("enabled") is True


def _refused() -> Invalid:
    return Invalid("passkey.refused", "The authenticator's answer is not good.")
