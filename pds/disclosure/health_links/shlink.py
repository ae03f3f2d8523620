"""The link as text, and the file behind it; pure (SMART Health Links, HL7, STU 1).

`shlink:/` and the base64url of a JSON object: `url` of the manifest, `key` (32 bytes),
`exp`, `flag`, `label`. The file is a JWE in compact form, `dir` with `A256GCM`
(RFC 7516, RFC 7518 sections 4.5 and 5.3). What this bank makes is fixed in
`docs/formats/health-links.md`.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from consent.oauth.opaque import decode, encode
from pds.core.errors import Invalid

SCHEME: Final = "shlink:/"
KEY_SIZE: Final = 32
FHIR: Final = "application/fhir+json"
"""What lies in the file."""
PASSCODE: Final = "P"
"""Flag of a link that needs a passcode."""
LONGEST_LABEL: Final = 80
"""Characters of a label, as the specification has it."""
_LONGEST: Final = 4_000
_ALGORITHMS: Final = ["dir", "A256GCM"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shlink:
    """What a link says.

    Attributes:
        url: where the manifest is asked for.
        key: opens the file.
        label: what the person called it.
        expires_at: when it no longer opens; a hint.
        needs_passcode: whether the manifest wants one.
    """

    url: str
    key: bytes
    label: str
    expires_at: datetime | None
    needs_passcode: bool


def write(link: Shlink) -> str:
    """Return the link as text."""
    said: dict[str, Any] = {"url": link.url, "key": encode(link.key)}
    if link.expires_at is not None:
        said["exp"] = int(link.expires_at.timestamp())
    if link.needs_passcode:
        said["flag"] = PASSCODE
    if link.label:
        said["label"] = link.label
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return SCHEME + encode(text.encode())


def read(text: str) -> Shlink:
    """Read a link, with or without the address of a viewer before it.

    Raises:
        Invalid: `health-link.text`; it is no link that this bank could have made.
    """
    _before, mark, tail = text.strip().rpartition(SCHEME)
    try:
        found = _read(tail) if mark and len(tail) <= _LONGEST else None
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        found = None
    if found is None or len(found.key) != KEY_SIZE:
        raise Invalid("health-link.text", "This is no link of ours.")
    return found


def _read(tail: str) -> Shlink:
    said = json.loads(decode(tail))
    until = said.get("exp")
    return Shlink(
        url=str(said["url"]),
        key=decode(said["key"]),
        label=str(said.get("label", "")),
        expires_at=None if until is None else datetime.fromtimestamp(until, UTC),
        needs_passcode=PASSCODE in str(said.get("flag", "")),
    )


def seal(key: bytes, content: bytes) -> bytes:
    """Encrypt a file."""
    header = {"alg": "dir", "enc": "A256GCM", "cty": FHIR}
    sealed = jwe.encrypt_compact(header, content, OctKey.import_key(key), _ALGORITHMS)
    return sealed.encode()


def unseal(key: bytes, file: bytes) -> bytes:
    """Decrypt a file.

    Raises:
        Invalid: `health-link.text`; the key is not the one of the file.
    """
    try:
        found = jwe.decrypt_compact(file, OctKey.import_key(key), _ALGORITHMS)
    except (JoseError, ValueError):
        raise Invalid("health-link.text", "This is no link of ours.") from None
    return found.plaintext or b""
