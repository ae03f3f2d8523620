"""Everybody who accepted our offer in the bank's portal: fetched, kept, deleted.

A sweep walks the cohort page by page. What it leaves behind is `since`, which we keep
with the data: the next sweep then brings only what is new, what to delete, and who
left. `since` is taken over last, so that a sweep that breaks off begins again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from audit.errors import VerificationError
from audit.receipt_check import parse_header, verify_receipt

from .back_channel import BackChannel
from .errors import RecipientError, WrongProof

DETAIL = "offer_provision"


@dataclass
class Held:
    """What we hold of a cohort.

    Attributes:
        records: by consent, then by record id; sums and answers, which have none, by
            their place.
        delete_by: moments by which the records of ended consents have to go.
        since: what the last sweep left behind; empty before any.
        receipts: value of `Infobank-Receipt` of every part.
    """

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    delete_by: dict[str, str] = field(default_factory=dict)
    since: str = ""
    receipts: list[str] = field(default_factory=list)

    def take(self, part: dict[str, Any]) -> None:
        """Put one person's part over what we hold of the person."""
        kept = self.records.setdefault(part["consent_id"], {})
        if part.get("whole"):
            kept.clear()
        for gone in part.get("removed", ()):
            kept.pop(gone, None)
        for record in part["records"]:
            kept[record.get("id") or f"{len(kept)}"] = record

    def leave(self, left: dict[str, str]) -> None:
        """Note what has to be deleted; an agreed day may also lie in the future."""
        self.delete_by[left["consent_id"]] = left.get("delete_by", "")

    def delete_ended(self) -> list[str]:
        """Delete the records of ended consents; return whose that were."""
        gone = [each for each in self.delete_by if self.records.pop(each, None)]
        self.delete_by.clear()
        return gone


class Cohort:
    """Fetches the cohort of one offer.

    Args:
        bank: our line to the bank.
        offer_id: our offer.
        log_key: verifier key of the bank's log.
    """

    def __init__(self, bank: BackChannel, offer_id: str, log_key: str) -> None:
        self.bank = bank
        self.path = f"/api/v1/offers/{offer_id}"
        self._details = [{"type": DETAIL, "version": 1, "offer_id": offer_id}]
        self._log_key = log_key
        self._token = ""
        self._stale_at = 0.0

    def sweep(self, held: Held, *, limit: int = 50) -> None:
        """Bring what we hold up to date."""
        query = {"limit": str(limit)}
        if held.since:
            query["since"] = held.since
        while True:
            *parts, last = self._page(query, held)
            for part in parts:
                held.take(part)
                self._rest(part, held)
            for left in last["left"]:
                held.leave(left)
            for subject in last["again"]:
                self._by_name(subject, held)
            if "since" in last:
                held.since = last["since"]
                return
            query = {"limit": str(limit), "cursor": last["next"]}

    def token(self) -> str:
        """Return a token of the offer that has not run out (RFC 6749 section 4.4)."""
        if not self._token or self.bank.clock() > self._stale_at:
            answer = self.bank.post(
                "token_endpoint",
                {
                    "grant_type": "client_credentials",
                    "authorization_details": json.dumps(self._details),
                },
            )
            if str(answer.get("token_type")).lower() != "dpop":
                raise RecipientError("The token is not bound to our key.")
            self._stale_at = self.bank.clock() + answer["expires_in"] - 30
            self._token = answer["access_token"]
        return self._token

    def _page(self, query: dict[str, str], held: Held) -> Iterator[dict[str, Any]]:
        """Yield each part, its proof checked, and the last line."""
        address = f"{self.path}/cohort?{urlencode(query)}"
        answer = self.bank.get(address, self.token())
        _first, *lines = answer.content.splitlines(keepends=True)
        for body, proof in zip(lines[:-1:2], lines[1:-1:2], strict=True):
            receipt = ":" + json.loads(proof)["receipt"] + ":"
            self._check(body, receipt)
            held.receipts.append(receipt)
            yield json.loads(body)
        yield json.loads(lines[-1])

    def _rest(self, part: dict[str, Any], held: Held) -> None:
        """Fetch what a part had not room for."""
        while part["next"]:
            part = self._one({"subject": part["subject"], "cursor": part["next"]}, held)
            held.take(part)

    def _by_name(self, subject: str, held: Held) -> None:
        """Fetch everything of one person, whose part could not be made before."""
        part = self._one({"subject": subject}, held)
        held.take({**part, "whole": True})
        self._rest(part, held)

    def _one(self, query: dict[str, str], held: Held) -> dict[str, Any]:
        address = f"{self.path}/records?{urlencode(query)}"
        answer = self.bank.get(address, self.token())
        receipt = answer.headers.get("Infobank-Receipt", "")
        self._check(answer.content, receipt)
        held.receipts.append(receipt)
        return dict(answer.json())

    def _check(self, body: bytes, receipt: str) -> None:
        try:
            verify_receipt(parse_header(receipt), [self._log_key], body=body)
        except VerificationError as error:
            raise WrongProof(f"The receipt does not hold: {error}") from error
