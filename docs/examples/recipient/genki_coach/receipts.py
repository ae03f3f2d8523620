"""What came is held against its digest, its receipt and the log's signature."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import requests

from audit.errors import VerificationError
from audit.receipt_check import VerifiedReceipt, parse_header, verify_receipt

from .errors import WrongProof


@dataclass
class Fetched:
    """Data and its proof.

    Attributes:
        pages: bodies exactly as received, one per request.
        receipts: value of `Infobank-Receipt` per page; keep them, they are the proof.
        verified: what each receipt proves.
    """

    pages: list[bytes] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    verified: list[VerifiedReceipt] = field(default_factory=list)

    def records(self) -> list[dict[str, Any]]:
        """Return the records of all pages."""
        return [each for page in self.pages for each in json.loads(page)["records"]]

    def add(self, answer: requests.Response, log_key: str) -> None:
        """Keep a page if everything about it holds; raise `WrongProof` if not."""
        check_digest(answer)
        self.verified.append(check_receipt(answer, log_key))
        self.pages.append(answer.content)
        self.receipts.append(answer.headers["Infobank-Receipt"])


def check_digest(answer: requests.Response) -> None:
    """Hold a body against `Content-Digest` (RFC 9530)."""
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    if answer.headers.get("Content-Digest", "") != f"sha-256=:{digest}:":
        raise WrongProof("The body is not the one that was digested.")


def check_receipt(answer: requests.Response, log_key: str) -> VerifiedReceipt:
    """Check that the signed log records exactly this body as disclosed.

    The receipt is a tlog-proof (C2SP): a leaf, its way up the Merkle tree (RFC 6962)
    and a checkpoint under the log's key. Whether the log shows the same tree to
    everybody is for `python -m audit.verifier` and the witnesses.
    """
    value = answer.headers.get("Infobank-Receipt", "")
    try:
        receipt = parse_header(value)
        verified = verify_receipt(receipt, [log_key], body=answer.content)
    except VerificationError as error:
        raise WrongProof(f"The receipt does not hold: {error}") from error
    return verified
