"""Two invented recipients: what they are, what they propose, and their keys."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from pds.core.clock import TOKYO
from pds.core.vocabulary.countries import HOME

_COORDINATE = 32
"""Bytes of a P-256 coordinate or scalar (RFC 7518 section 6.2.1)."""


@dataclass(frozen=True)
class Organisation:
    """One recipient and its proposal.

    `history_days` is how far back the data may reach, `lasting_days` how long it may
    be fetched; `purpose` and `categories` are
    ids of the vocabulary. Texts are in Japanese and English.
    """

    key: str
    recipient_id: str
    recipient_class: str
    client_id: str
    redirect_uri: str
    name: Mapping[str, str]
    corporate_number: str
    address: str
    representative: str
    contact: str
    certificate: tuple[str, str]
    title: Mapping[str, str]
    purpose: str
    categories: tuple[str, ...]
    history_days: int
    lasting_days: int
    max_per_day: int
    retention_days: int
    deletes_within_days: int
    benefit: Mapping[str, str]
    detail: str = "record"
    country: str = HOME
    callback_url: str | None = None

    def provision(self, now: datetime, offer_id: str | None = None) -> dict[str, Any]:
        """Return what it asks for at that moment, as a `data_provision` object.

        The window begins `history_days` before today in Japan and grows; fetching ends
        `lasting_days` from now.
        """
        until = now + timedelta(days=self.lasting_days)
        first = now.astimezone(TOKYO).date() - timedelta(days=self.history_days)
        terms = f"{self.recipient_id} terms of the demo".encode()
        made = {
            "type": "data_provision",
            "version": 1,
            "purpose": self.purpose,
            "categories": sorted(self.categories),
            "detail": self.detail,
            "window": {"from": first.isoformat()},
            "access": {
                "mode": "recurring",
                "max_per_day": self.max_per_day,
                "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "form": "copy",
            "retention_days": self.retention_days,
            "after_withdrawal": {
                "action": "delete",
                "within_days": self.deletes_within_days,
            },
            "onward": [],
            "country": self.country,
            "benefit": dict(self.benefit),
            "terms": {
                "uri": f"https://{self.recipient_id}.example.jp/terms",
                "sha256": hashlib.sha256(terms).hexdigest(),
            },
        }
        if offer_id is not None:
            made["offer_id"] = offer_id
        return made


COACH = Organisation(
    key="coach",
    recipient_id="genki-coach",
    recipient_class="wellness",
    client_id="genki-coach-app",
    redirect_uri="http://localhost:9001/callback",
    callback_url="http://localhost:9001/events",
    name={"ja": "げんきコーチ株式会社", "en": "Genki Coach Inc."},
    corporate_number="7999900000101",
    address="東京都千代田区架空町1-1",
    representative="架空 太郎",
    contact="privacy@genki-coach.example.jp",
    certificate=("privacy-mark", "99000001"),
    title={"ja": "毎日の健康づくりの助言", "en": "Advice for healthy days"},
    purpose="health.advice",
    categories=(
        "health.activity.steps",
        "health.sleep",
        "health.vital.blood-pressure",
        "purchase.receipt",
    ),
    history_days=180,
    lasting_days=180,
    max_per_day=4,
    retention_days=90,
    deletes_within_days=7,
    benefit={
        "kind": "insight",
        "ja": "毎週、運動・睡眠・食事の助言が届きます。",
        "en": "Weekly advice on exercise, sleep and meals.",
    },
)

BUDGET = Organisation(
    key="budget",
    recipient_id="kakei-lab",
    recipient_class="finance",
    client_id="kakei-lab-app",
    redirect_uri="http://localhost:9002/callback",
    name={"ja": "家計ラボ合同会社", "en": "Kakei Lab LLC"},
    corporate_number="6999900000102",
    address="大阪府大阪市北区架空町2-2",
    representative="架空 花子",
    contact="privacy@kakei-lab.example.jp",
    certificate=("isms", "ISMS-990002"),
    title={"ja": "家計の見直しのお手伝い", "en": "Help with your household budget"},
    purpose="household.budget",
    categories=("purchase.receipt",),
    history_days=365,
    lasting_days=365,
    max_per_day=4,
    retention_days=180,
    deletes_within_days=14,
    benefit={
        "kind": "points",
        "ja": "毎月100ポイントと支出のまとめが届きます。",
        "en": "100 points and a summary of your spending each month.",
    },
)

STUDY = Organisation(
    key="study",
    recipient_id="midori-study",
    recipient_class="research",
    client_id="midori-study-app",
    redirect_uri="http://localhost:9003/callback",
    name={
        "ja": "一般財団法人みどり健康研究所",
        "en": "Midori Health Research Foundation",
    },
    corporate_number="8999900000109",
    address="京都府京都市中京区架空町3-3",
    representative="架空 次郎",
    contact="privacy@midori-study.example.jp",
    certificate=("privacy-mark", "99000003"),
    title={"ja": "眠りと歩数の研究", "en": "A study of sleep and steps"},
    purpose="research.public",
    categories=("health.activity.steps", "health.sleep"),
    history_days=365,
    lasting_days=180,
    max_per_day=1,
    retention_days=365,
    deletes_within_days=30,
    benefit={
        "kind": "public-good",
        "ja": "研究の結果が届きます（条件：6か月の参加。時期：2027年秋）",
        "en": "The results of the study (condition: six months; when: autumn 2027)",
    },
    detail="month",
)

SLEEP = Organisation(
    key="sleep",
    recipient_id="nemuri-lab",
    recipient_class="wellness",
    client_id="nemuri-lab-app",
    redirect_uri="http://localhost:9004/callback",
    name={"ja": "ねむりラボ株式会社", "en": "Nemuri Lab Inc."},
    corporate_number="1999900000107",
    address="福岡県福岡市架空町4-4",
    representative="架空 三郎",
    contact="privacy@nemuri-lab.example.jp",
    certificate=("privacy-mark", "99000004"),
    title={"ja": "眠りの見直しのお手伝い", "en": "Help with sleeping well"},
    purpose="health.advice",
    categories=("health.sleep",),
    history_days=90,
    lasting_days=90,
    max_per_day=1,
    retention_days=60,
    deletes_within_days=7,
    benefit={
        "kind": "insight",
        "ja": "毎月、眠りについての助言が届きます。",
        "en": "Advice on sleeping well each month.",
    },
    country="US",
)
"""It handles what it gets in the United States."""

ORGANISATIONS = (COACH, BUDGET, STUDY, SLEEP)


def new_key() -> str:
    """Return a new private P-256 key as PEM (PKCS 8)."""
    private = ec.generate_private_key(ec.SECP256R1())
    return private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()


def public_keys(pem: str) -> dict[str, Any]:
    """Return the key set to register: the public key, named by its thumbprint.

    Raises:
        TypeError: the key is not an elliptic-curve key.
    """
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("The demo's clients sign with P-256 keys.")
    numbers = private.public_key().public_numbers()
    key = {
        "crv": "P-256",
        "kty": "EC",
        "x": _base64(numbers.x.to_bytes(_COORDINATE)),
        "y": _base64(numbers.y.to_bytes(_COORDINATE)),
    }
    canonical = json.dumps(key, sort_keys=True, separators=(",", ":")).encode()
    thumbprint = _base64(hashlib.sha256(canonical).digest())
    return {"keys": [{**key, "kid": thumbprint, "alg": "ES256", "use": "sig"}]}


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
