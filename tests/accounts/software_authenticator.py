"""An authenticator in software: makes the real bytes, and wrong ones where asked."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
RP_ID = "localhost"
PRESENT, VERIFIED, ELIGIBLE, COPIED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
_SIZE = 32


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


class ES256:
    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def cose(self) -> dict[int, Any]:
        at = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(_SIZE), -3: at.y.to_bytes(_SIZE)}

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(SHA256()))


class EdDSA:
    def __init__(self) -> None:
        self.key = ed25519.Ed25519PrivateKey.generate()

    def cose(self) -> dict[int, Any]:
        return {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)


class RS256:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)

    def cose(self) -> dict[int, Any]:
        n = self.key.public_key().public_numbers().n
        return {1: 3, 3: -257, -1: n.to_bytes(256), -2: (65537).to_bytes(3)}

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), SHA256())


@dataclass
class Authenticator:
    """Holds one credential; every attribute may be bent by a test."""

    key: Any = field(default_factory=ES256)
    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    handle: str | None = None

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        held = len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._data(self.flags | ATTESTED)
        data += bytes(16) + held + cbor2.dumps(self.key.cose())
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            clientDataJSON=b64(self.client("webauthn.create", options["challenge"])),
            attestationObject=b64(cbor2.dumps(attestation)),
            transports=["internal", "hybrid"],
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        client = self.client("webauthn.get", options["challenge"])
        data = self._data(self.flags)
        return self._answer(
            clientDataJSON=b64(client),
            authenticatorData=b64(data),
            signature=b64(self.key.sign(data + sha256(client).digest())),
            userHandle=self.handle,
        )

    def client(self, kind: str, challenge: str) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(members | {"crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        rp = sha256(self.rp_id.encode()).digest()
        return rp + bytes([flags]) + self.count.to_bytes(4)

    def _answer(self, **response: Any) -> dict[str, Any]:
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {"prf": {"enabled": True}},
        }
