"""A key server as its transit and key-value engines answer, for `responses`.

It derives and encrypts as OpenBao 2 does (HKDF-SHA256 with the context as info, then
AES-256-GCM), so that the bytes are those of a real server.
"""

import base64
import json
import os
import re
from typing import Any

import requests
import responses
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

URL = "https://vault.example:8200"
TOKEN = "hvs.token"

Answer = tuple[int, dict[str, str], str]


class TroubleError(Exception):
    """The server answers with a status and its reasons."""

    def __init__(self, status: int, *said: str) -> None:
        super().__init__()
        self.status = status
        self.said = list(said)


def derived(key: bytes, context: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=context).derive(key))


class TransitServer:
    """One server with at most one transit key."""

    def __init__(self, mocked: responses.RequestsMock) -> None:
        self.keys: dict[int, bytes] = {}
        self.changes: dict[str, Any] = {}
        self.least = 1
        self.available = 0
        self.least_encrypting = 0
        self.secrets: dict[str, Any] = {}
        self.token = TOKEN
        self.trouble: TroubleError | Exception | None = None
        self.requests: list[requests.PreparedRequest] = []
        for method in ("GET", "POST"):
            mocked.add_callback(
                method, re.compile(re.escape(URL) + "/v1/.*"), self._answer
            )

    def rotate(self) -> int:
        version = max(self.keys, default=0) + 1
        self.keys[version] = os.urandom(32)
        return version

    def _answer(self, request: requests.PreparedRequest) -> Answer:
        self.requests.append(request)
        try:
            return self._json(200, {"data": self._routed(request)})
        except TroubleError as trouble:
            return self._json(trouble.status, {"errors": trouble.said})

    def _json(self, status: int, content: dict[str, Any]) -> Answer:
        if content == {"data": None}:
            return 204, {}, ""
        return status, {"Content-Type": "application/json"}, json.dumps(content)

    def _routed(self, request: requests.PreparedRequest) -> Any:
        if self.trouble is not None:
            raise self.trouble
        if request.headers["X-Vault-Token"] != self.token:
            raise TroubleError(403, "permission denied")
        path = str(request.url).removeprefix(f"{URL}/v1/")
        body = json.loads(request.body or "{}")
        mount, _, rest = path.partition("/")
        if mount == "secret":
            return self._secret(request.method, rest, body)
        if mount != "transit":
            raise TroubleError(404)
        act, _, name = rest.partition("/")
        assert name.split("/")[0] == "infobank"
        if act == "keys":
            return self._key(request.method, name.partition("/")[2], body)
        if not self.keys:
            raise TroubleError(400, "encryption key not found")
        return getattr(self, f"_{act}")(body)

    def _secret(self, method: str | None, path: str, body: dict[str, Any]) -> Any:
        if method == "GET":
            if path not in self.secrets:
                raise TroubleError(404)
            return {"data": self.secrets[path], "metadata": {"version": 1}}
        if body["options"]["cas"] == 0 and path in self.secrets:
            raise TroubleError(
                400,
                "check-and-set parameter did not match the current version",
            )
        self.secrets[path] = body["data"]
        return {"version": 1}

    def _key(self, method: str | None, act: str, body: dict[str, Any]) -> Any:
        if act == "rotate":
            self.rotate()
            return None
        if act == "config":
            self._configure(body)
        elif act == "trim":
            self._trim(body["min_available_version"])
        elif method == "POST":
            assert body == {"type": "aes256-gcm96", "derived": True}
            if not self.keys:
                self.rotate()
        if not self.keys:
            raise TroubleError(404)
        return {
            "type": "aes256-gcm96",
            "derived": True,
            "exportable": False,
            "allow_plaintext_backup": False,
            "convergent_encryption": False,
            "keys": {str(v): 1 for v in self.keys if v >= self.least},
            "latest_version": max(self.keys),
            "min_decryption_version": self.least,
            "min_encryption_version": self.least_encrypting,
            "min_available_version": self.available,
            **self.changes,
        }

    def _configure(self, body: dict[str, int]) -> None:
        least, encrypting = (
            body["min_decryption_version"],
            body["min_encryption_version"],
        )
        if max(least, encrypting) > max(self.keys) or encrypting < least:
            raise TroubleError(400, "cannot set min encryption/decryption values")
        self.least, self.least_encrypting = least, encrypting

    def _trim(self, least: int) -> None:
        if least < self.available or self.least_encrypting == 0:
            raise TroubleError(400, "minimum available version cannot be set")
        if least > min(self.least, self.least_encrypting):
            raise TroubleError(400, "minimum available version cannot be greater")
        self.available = least
        self.keys = {v: key for v, key in self.keys.items() if v >= least}

    def _encrypt(self, body: dict[str, Any]) -> dict[str, Any]:
        version = int(body.get("key_version") or max(self.keys))
        if version not in self.keys or version < self.least_encrypting:
            raise TroubleError(400, "requested version is less than the minimum")
        nonce = os.urandom(12)
        cipher = derived(self.keys[version], base64.b64decode(body["context"]))
        text = base64.b64decode(body["plaintext"])
        blob = nonce + cipher.encrypt(nonce, text, None)
        return {
            "ciphertext": f"vault:v{version}:{base64.b64encode(blob).decode()}",
            "key_version": version,
        }

    def _decrypt(self, body: dict[str, str]) -> dict[str, str]:
        prefix, version, text = body["ciphertext"].split(":")
        number = int(version.removeprefix("v"))
        if prefix != "vault" or number > max(self.keys):
            raise TroubleError(400, "invalid ciphertext: version is too new")
        if number < self.least:
            raise TroubleError(400, "ciphertext or signature version is disallowed")
        blob = base64.b64decode(text)
        cipher = derived(self.keys[number], base64.b64decode(body["context"]))
        try:
            secret = cipher.decrypt(blob[:12], blob[12:], None)
        except (InvalidTag, ValueError):
            raise TroubleError(400, "invalid ciphertext: unable to decrypt") from None
        return {"plaintext": base64.b64encode(secret).decode()}

    def _rewrap(self, body: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
        assert body["batch_input"]
        return {"batch_results": [self._rewrapped(i) for i in body["batch_input"]]}

    def _rewrapped(self, item: dict[str, str]) -> dict[str, Any]:
        try:
            text = self._decrypt(item)["plaintext"]
        except TroubleError as trouble:
            return {"error": trouble.said[0], "reference": ""}
        return self._encrypt({"plaintext": text, "context": item["context"]})
