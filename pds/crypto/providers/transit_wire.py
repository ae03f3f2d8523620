"""What goes to a transit engine and what comes back, taken apart and checked."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from pds.core.errors import BankError
from pds.crypto.datakey import KEY_SIZE
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Wrapped
from pds.crypto.providers.key_server import RefusedError
from pds.crypto.wrap import ALG_TRANSIT, WRAP_SIZE, WrapPlace, place_context

TYPE = "aes256-gcm96"
_KEY_GONE = "encryption key not found"


def check_key(found: Mapping[str, Any]) -> None:
    """Refuse a key that does not bind the place, or that can be taken away."""
    if found.get("type") != TYPE or found.get("derived") is not True:
        raise KeyProviderError(
            f"The transit key must be of type {TYPE} and derived; without derivation"
            " a wrap would open for everybody."
        )
    if found.get("convergent_encryption"):
        raise KeyProviderError("The transit key must not be convergent.")
    if found.get("exportable") or found.get("allow_plaintext_backup"):
        raise KeyProviderError(
            "The transit key can be exported or backed up in clear; make one that"
            " cannot."
        )


def usable_versions(found: Mapping[str, Any]) -> frozenset[int]:
    """Return the versions that the server still unwraps with."""
    try:
        least, latest = found["min_decryption_version"], found["latest_version"]
        versions = {int(version) for version in found["keys"]}
        usable = frozenset(each for each in versions if least <= each <= latest)
    except (LookupError, TypeError, ValueError):
        raise nonsense() from None
    if latest not in usable:
        raise nonsense()
    return usable


def check_wrap(wrapped: Wrapped) -> None:
    """Refuse what no server wrapped; raises EnvelopeError."""
    is_known = wrapped.alg == ALG_TRANSIT and len(wrapped.blob) == WRAP_SIZE
    if not is_known or wrapped.kek_version < 1:
        raise EnvelopeError


def why(refused: RefusedError) -> BankError:
    """Return what a refusal to decrypt means."""
    return refused if _KEY_GONE in refused.said else EnvelopeError()


def rewrapped(answer: Mapping[str, Any], count: int) -> list[Wrapped]:
    """Return the wraps in the answer to a batch.

    Raises:
        EnvelopeError: one of them did not open.
        KeyProviderError: the answer is not one to a batch of this size.
    """
    results = answer.get("batch_results")
    if not isinstance(results, list) or len(results) != count:
        raise nonsense()
    if not all(isinstance(result, dict) for result in results):
        raise nonsense()
    if any(result.get("error") for result in results):
        raise EnvelopeError
    return [wrapped_from(result.get("ciphertext")) for result in results]


def item(place: WrapPlace, wrapped: Wrapped) -> dict[str, str]:
    """Return what asks for a wrap to be opened."""
    text = f"vault:v{wrapped.kek_version}:{encoded(wrapped.blob)}"
    return {"ciphertext": text, "context": context(place)}


def wrapped_from(answered: object) -> Wrapped:
    """Return the wrap in an answer; raises KeyProviderError if there is none."""
    prefix, _, text = str(answered).rpartition(":")
    version = prefix.removeprefix("vault:v")
    try:
        blob = base64.b64decode(text, validate=True)
    except binascii.Error:
        blob = b""
    if not version.isdecimal() or len(blob) != WRAP_SIZE:
        raise nonsense()
    return Wrapped(ALG_TRANSIT, int(version), blob)


def secret_from(text: object) -> bytes:
    """Return the 32 bytes in an answer; raises KeyProviderError if there are none."""
    try:
        secret = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_SIZE:
        raise nonsense()
    return secret


def nonsense() -> KeyProviderError:
    """Return the error about an answer that a transit engine does not give."""
    return KeyProviderError("The key server's answer is not one of a transit engine.")


def context(place: WrapPlace) -> str:
    """Return the context from which the key of a place is derived."""
    return encoded(place_context(place))


def encoded(data: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(data).decode("ascii")
