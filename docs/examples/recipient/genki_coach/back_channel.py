"""Requests of ours to the bank, each under our keys.

`private_key_jwt` (RFC 7523) says which client we are; a DPoP proof (RFC 9449) says
that the token is in the hands of whoever got it. The first answer to a new key is
`use_dpop_nonce`, and the request is made again with the nonce.
"""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import requests

from .errors import RecipientError
from .jose import SigningKey, b64u_sha256

TIMEOUT = 30
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
codes = requests.codes


class BackChannel:
    """One client's line to one bank.

    Args:
        issuer: address of the bank.
        client_id: as the bank's operator registered it.
        client_key: its registered key.
        dpop_key: the key that tokens are bound to; new by default.
        session: makes the requests.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_key: SigningKey,
        *,
        dpop_key: SigningKey | None = None,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self.client_key = client_key
        self.dpop_key = dpop_key or SigningKey.generate()
        self.session = session or requests.Session()
        self.clock = clock
        self._metadata: dict[str, Any] = {}
        self._nonce = ""

    def metadata(self) -> dict[str, Any]:
        """Return the bank's metadata (RFC 8414), checked to be the bank's."""
        if not self._metadata:
            found = self.public("/.well-known/oauth-authorization-server").json()
            if found.get("issuer") != self.issuer:
                raise RecipientError("The metadata is another issuer's.")
            self._metadata = found
        return self._metadata

    def public(self, path: str) -> requests.Response:
        """Read something that anybody may read."""
        answer = self.session.get(self.issuer + path, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer

    def post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        """Post to an endpoint named in the metadata; raise if it refuses."""
        address = self.metadata()[endpoint]
        answer = self._post_once(address, form)
        if answer.status_code == codes.bad_request and _wants_nonce(answer):
            answer = self._post_once(address, form)
        if answer.status_code not in (codes.ok, codes.created):
            raise refusal(answer)
        return dict(answer.json()) if answer.content else {}

    def send_back(self, receipts: list[str]) -> list[dict[str, str]]:
        """Send receipts back to the bank; return what became of each.

        No token is needed, so this works after the consent has ended as well.
        """
        listed = json.dumps([{"receipt": each} for each in receipts])
        answer = self._post_once(f"{self.issuer}/api/v1/receipts", {"receipts": listed})
        if answer.status_code != codes.ok:
            raise refusal(answer)
        return [dict(each) for each in answer.json()["results"]]

    def get(self, path: str, token: str) -> requests.Response:
        """Ask a resource with the token and a proof; raise if it refuses."""
        answer = self._get_once(path, token)
        if answer.status_code == codes.unauthorized and _wants_nonce(answer):
            answer = self._get_once(path, token)
        if answer.status_code != codes.ok:
            raise refusal(answer)
        return answer

    def _post_once(self, address: str, form: dict[str, str]) -> requests.Response:
        answer = self.session.post(
            address,
            data={
                **form,
                "client_id": self.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self.assertion(),
            },
            headers={"DPoP": self.proof("POST", address)},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        return answer

    def _get_once(self, path: str, token: str) -> requests.Response:
        address = self.issuer + path
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": self.proof("GET", address, token),
            "Accept-Encoding": "identity",
        }
        answer = self.session.get(address, headers=headers, timeout=TIMEOUT)
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        return answer

    def assertion(self) -> str:
        """Return a client assertion; its audience is the issuer, as one string."""
        now = int(self.clock())
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
            "iat": int(self.clock()),
        }
        if self._nonce:
            claims["nonce"] = self._nonce
        if token is not None:
            claims["ath"] = b64u_sha256(token)
        return self.dpop_key.sign({"typ": "dpop+jwt", "jwk": self.dpop_key.jwk}, claims)


def _wants_nonce(answer: requests.Response) -> bool:
    return "use_dpop_nonce" in answer.headers.get("WWW-Authenticate", "") + answer.text


def refusal(answer: requests.Response) -> RecipientError:
    """Return what the bank said as an error; its answer may be anything."""
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
