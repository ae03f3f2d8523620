"""A sample recipient: asks a person for data, fetches it, checks what it was given.

It stands alone: `requests` for HTTP, `cryptography` for keys, its own JOSE. Nothing of
the bank's code is used, so it shows what a recipient's engineers have to write.

    python recipient.py --state app.json keys --client-id hikari-app
    python recipient.py --state app.json authorize --issuer … --redirect-uri … \\
        --details details.json          # prints the address for the person's browser
    python recipient.py --state app.json callback 'https://app.example/cb?code=…'
    python recipient.py --state app.json fetch --out records.ndjson
    python recipient.py --state app.json refresh
    python recipient.py --state app.json revoke

The state file holds private keys and tokens: mode 0600, and nowhere near a repository.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

TIMEOUT = 30
codes = requests.codes
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class RecipientError(Exception):
    """The bank refused, or an answer is not what it claims to be.

    Attributes:
        status: HTTP status of the refusal, 0 if there was none.
        code: error code of the refusal, if it carried one.
    """

    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class SigningKey:
    """An ES256 key: its public JWK and signed tokens."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        numbers = private.public_key().public_numbers()
        self.jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": b64u(numbers.x.to_bytes(32, "big")),
            "y": b64u(numbers.y.to_bytes(32, "big")),
        }
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        self.thumbprint = b64u(hashlib.sha256(canonical.encode()).digest())

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: str) -> "SigningKey":
        private = load_pem_private_key(pem.encode(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise RecipientError("The key is not an EC key.")
        return cls(private)

    def pem(self) -> str:
        return self._private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Return a compact JWS."""
        parts = [json.dumps({"alg": "ES256", **header}), json.dumps(claims)]
        message = ".".join(b64u(part.encode()) for part in parts)
        der = self._private.sign(message.encode(), ec.ECDSA(SHA256()))
        r, s = utils.decode_dss_signature(der)
        return f"{message}.{b64u(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@dataclass
class Fetched:
    """Data and its proof.

    Attributes:
        pages: bodies exactly as received, one per request.
        receipts: value of `Infobank-Receipt` per page; keep them, they are the proof.
    """

    pages: list[bytes] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)

    def records(self) -> list[dict[str, Any]]:
        """Return the records of all pages."""
        return [each for page in self.pages for each in json.loads(page)["records"]]


class Recipient:
    """One OAuth client of one recipient, with what it holds for one person.

    Args:
        issuer: address of the bank.
        client_id: as the bank's operator registered it.
        redirect_uri: as registered, letter by letter.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        *,
        client_key: SigningKey | None = None,
        dpop_key: SigningKey | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.client_key = client_key or SigningKey.generate()
        self.dpop_key = dpop_key or SigningKey.generate()
        self.session = session or requests.Session()
        self.tokens: dict[str, Any] = {}
        self.pending: dict[str, str] = {}
        self._nonce = ""
        self._metadata: dict[str, Any] = {}

    def jwks(self) -> dict[str, Any]:
        """Return the public keys to be registered with the bank."""
        key = {**self.client_key.jwk, "kid": self.client_key.thumbprint}
        return {"keys": [{**key, "alg": "ES256", "use": "sig"}]}

    def metadata(self) -> dict[str, Any]:
        """Return the bank's metadata (RFC 8414), checked to be the bank's."""
        if not self._metadata:
            address = f"{self.issuer}/.well-known/oauth-authorization-server"
            answer = self.session.get(address, timeout=TIMEOUT)
            answer.raise_for_status()
            found = answer.json()
            if found.get("issuer") != self.issuer:
                raise RecipientError("The metadata is another issuer's.")
            self._metadata = found
        return self._metadata

    def authorize(self, details: dict[str, Any]) -> str:
        """Push a request; return the address to send the person's browser to."""
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        answer = self._post(
            self.metadata()["pushed_authorization_request_endpoint"],
            {
                "response_type": "code",
                "redirect_uri": self.redirect_uri,
                "state": state,
                "code_challenge": b64u(hashlib.sha256(verifier.encode()).digest()),
                "code_challenge_method": "S256",
                "authorization_details": json.dumps([details]),
            },
        )
        self.pending = {"state": state, "verifier": verifier}
        query = urlencode(
            {"client_id": self.client_id, "request_uri": answer["request_uri"]}
        )
        return f"{self.metadata()['authorization_endpoint']}?{query}"

    def callback(self, address: str) -> dict[str, Any]:
        """Take the address that the browser was sent to; return the token answer."""
        parameters = {
            name: values[0]
            for name, values in parse_qs(urlsplit(address).query).items()
        }
        if parameters.get("iss") != self.issuer:
            raise RecipientError("The answer is not from this bank.")
        if parameters.get("state") != self.pending.get("state"):
            raise RecipientError("The answer belongs to no request of ours.")
        if "error" in parameters:
            raise RecipientError(
                "The person did not give consent.", code=parameters["error"]
            )
        return self.redeem(parameters["code"], self.pending["verifier"])

    def redeem(self, code: str, verifier: str) -> dict[str, Any]:
        """Exchange a code for tokens."""
        self.tokens = self._post(
            self.metadata()["token_endpoint"],
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": verifier,
            },
        )
        return self.tokens

    def refresh(self) -> dict[str, Any]:
        """Get a new access token; the refresh token stays the same."""
        answer = self._post(
            self.metadata()["token_endpoint"],
            {
                "grant_type": "refresh_token",
                "refresh_token": self.tokens["refresh_token"],
            },
        )
        self.tokens = {**self.tokens, **answer}
        return self.tokens

    def revoke(self) -> None:
        """Hand access back: the refresh token, and with it the whole grant."""
        token = self.tokens.get("refresh_token") or self.tokens["access_token"]
        self._post(self.metadata()["revocation_endpoint"], {"token": token})
        self.tokens = {}

    def fetch(self, *, limit: int = 100, category: str | None = None) -> Fetched:
        """Fetch all pages, checking each page against its receipt."""
        query = {"limit": str(limit), **({"category": category} if category else {})}
        fetched, cursor = Fetched(), None
        while True:
            page = {**query, **({"cursor": cursor} if cursor else {})}
            answer = self.get(f"/api/v1/records?{urlencode(page)}")
            fetched.pages.append(answer.content)
            fetched.receipts.append(check_receipt(answer))
            cursor = answer.json().get("next")
            if not cursor:
                return fetched

    def get(self, path: str) -> requests.Response:
        """Ask a resource with the token and a proof; raise if it refuses."""
        answer = self._resource(path)
        if answer.status_code == codes.unauthorized and self._wants_nonce(answer):
            answer = self._resource(path)
        if answer.status_code != codes.ok:
            raise _refusal(answer)
        return answer

    def _resource(self, path: str) -> requests.Response:
        token, address = self.tokens["access_token"], self.issuer + path
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": self.proof("GET", address, token),
            "Accept-Encoding": "identity",
        }
        answer = self.session.get(address, headers=headers, timeout=TIMEOUT)
        self._keep_nonce(answer)
        return answer

    def _post(self, address: str, form: dict[str, str]) -> dict[str, Any]:
        answer = self._send(address, form)
        if answer.status_code == codes.bad_request and self._wants_nonce(answer):
            answer = self._send(address, form)
        if answer.status_code not in (codes.ok, codes.created):
            raise _refusal(answer)
        return dict(answer.json()) if answer.content else {}

    def _send(self, address: str, form: dict[str, str]) -> requests.Response:
        body = {
            **form,
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }
        answer = self.session.post(
            address,
            data=body,
            headers={"DPoP": self.proof("POST", address)},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        self._keep_nonce(answer)
        return answer

    def assertion(self) -> str:
        """Return a client assertion; its audience is the issuer, as one string."""
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        return self.client_key.sign({"kid": self.client_key.thumbprint}, claims)

    def proof(self, method: str, address: str, token: str | None = None) -> str:
        """Return a DPoP proof for one request."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": address.partition("?")[0],
            "iat": int(time.time()),
        }
        if self._nonce:
            claims["nonce"] = self._nonce
        if token is not None:
            claims["ath"] = b64u(hashlib.sha256(token.encode()).digest())
        return self.dpop_key.sign({"typ": "dpop+jwt", "jwk": self.dpop_key.jwk}, claims)

    def _keep_nonce(self, answer: requests.Response) -> None:
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)

    @staticmethod
    def _wants_nonce(answer: requests.Response) -> bool:
        asked = answer.headers.get("WWW-Authenticate", "") + answer.text
        return "use_dpop_nonce" in asked


def check_receipt(answer: requests.Response) -> str:
    """Hold a body against its digest and its digest against the receipt.

    The receipt is a tlog-proof whose `extra` line carries the opened field
    `body_sha256`; it says that the log has recorded exactly this body. Whether the
    log is honest is for `python -m audit.verifier` and the witnesses.
    """
    digest = hashlib.sha256(answer.content).digest()
    stated = answer.headers.get("Content-Digest", "")
    if stated != f"sha-256=:{base64.b64encode(digest).decode()}:":
        raise RecipientError("The body is not the one that was digested.")
    value = answer.headers.get("Infobank-Receipt", "")
    try:
        proof = base64.b64decode(value.strip(":"), validate=True).decode()
        extra = next(
            line.removeprefix("extra ")
            for line in proof.splitlines()
            if line.startswith("extra ")
        )
        opened = json.loads(base64.b64decode(extra))["open"]["body_sha256"][1]
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise RecipientError("The answer carries no receipt.") from error
    if opened != digest.hex():
        raise RecipientError("The receipt is for another body.")
    return value


def _refusal(answer: requests.Response) -> RecipientError:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    code = str(body.get("error") or body.get("code") or "")
    text = body.get("error_description") or body.get("title") or answer.reason
    return RecipientError(
        f"The bank answered {answer.status_code} {code}: {text}",
        status=answer.status_code,
        code=code,
    )


def listen(redirect_uri: str) -> str:
    """Wait on a local redirect address for one answer; return its full address."""
    parts, found = urlsplit(redirect_uri), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.append(f"{parts.scheme}://{parts.netloc}{self.path}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"Done. You may close this window.")

        def log_message(self, *_args: object) -> None:
            """Print nothing: the address holds a code."""

    with HTTPServer(
        (parts.hostname or "localhost", parts.port or 80), Handler
    ) as server:
        while not found or urlsplit(found[-1]).path != parts.path:
            server.handle_request()
    return found[-1]


def load(path: Path) -> Recipient:
    """Read a recipient from its state file."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    made = Recipient(
        kept.get("issuer", ""),
        kept["client_id"],
        kept.get("redirect_uri", ""),
        client_key=SigningKey.from_pem(kept["client_key"]),
        dpop_key=SigningKey.from_pem(kept["dpop_key"]),
    )
    made.tokens, made.pending = kept.get("tokens", {}), kept.get("pending", {})
    return made


def save(path: Path, made: Recipient) -> None:
    """Write a recipient's state, readable by its owner only."""
    kept = {
        "issuer": made.issuer,
        "client_id": made.client_id,
        "redirect_uri": made.redirect_uri,
        "client_key": made.client_key.pem(),
        "dpop_key": made.dpop_key.pem(),
        "tokens": made.tokens,
        "pending": made.pending,
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=2)


def _keys(made: Recipient, _options: argparse.Namespace) -> None:
    print(json.dumps(made.jwks(), indent=2))


def _authorize(made: Recipient, options: argparse.Namespace) -> None:
    made.issuer, made.redirect_uri = options.issuer.rstrip("/"), options.redirect_uri
    print(made.authorize(json.loads(options.details.read_text(encoding="utf-8"))))
    if options.listen:
        sys.stdout.flush()
        made.callback(listen(made.redirect_uri))
        print("Tokens received.")


def _callback(made: Recipient, options: argparse.Namespace) -> None:
    made.callback(options.address)
    print("Tokens received.")


def _fetch(made: Recipient, options: argparse.Namespace) -> None:
    fetched = made.fetch(limit=options.limit, category=options.category)
    lines = [json.dumps(each, ensure_ascii=False) for each in fetched.records()]
    options.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} records, {len(fetched.receipts)} receipts checked.")


def _refresh(made: Recipient, _options: argparse.Namespace) -> None:
    made.refresh()
    print("A new access token.")


def _revoke(made: Recipient, _options: argparse.Namespace) -> None:
    made.revoke()
    print("Access handed back.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A sample recipient.")
    parser.add_argument("--state", type=Path, required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make keys, print the public ones")
    keys.add_argument("--client-id", required=True)
    keys.set_defaults(act=_keys)
    authorize = commands.add_parser("authorize", help="push a request")
    authorize.add_argument("--issuer", required=True)
    authorize.add_argument("--redirect-uri", required=True)
    authorize.add_argument("--details", type=Path, required=True)
    authorize.add_argument("--listen", action="store_true", help="wait for the answer")
    authorize.set_defaults(act=_authorize)
    callback = commands.add_parser("callback", help="take the redirect address")
    callback.add_argument("address")
    callback.set_defaults(act=_callback)
    fetch = commands.add_parser("fetch", help="fetch records, check receipts")
    fetch.add_argument("--limit", type=int, default=100)
    fetch.add_argument("--category")
    fetch.add_argument("--out", type=Path, required=True)
    fetch.set_defaults(act=_fetch)
    commands.add_parser("refresh").set_defaults(act=_refresh)
    commands.add_parser("revoke").set_defaults(act=_revoke)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if the bank said yes."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "keys" and not options.state.exists():
            made = Recipient("", options.client_id, "")
        else:
            made = load(options.state)
        options.act(made, options)
        save(options.state, made)
    except (RecipientError, OSError, requests.RequestException) as error:
        print(f"recipient: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
