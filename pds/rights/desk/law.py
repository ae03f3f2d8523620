"""What the law says of requests: deadlines, and grounds on which one may be refused.

Articles are those of the Act on the Protection of Personal Information as in force
since 2023-04-01. Everything here is data that pages show and tests read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pds.rights.desk.kinds import RequestKind


class RefusalGround(StrEnum):
    """The articles under which a request may be refused, in whole or in part."""

    HARM = "appi-33-2-1"
    BUSINESS = "appi-33-2-2"
    OTHER_LAW = "appi-33-2-3"
    NO_DATA = "appi-33-3"
    PUBLIC_INTEREST = "appi-33-5"
    IS_CORRECT = "appi-34-1"
    BEYOND_PURPOSE = "appi-34-2"
    NO_BREACH_OF_USE = "appi-35-1"
    SUBSTITUTE_FOR_USE = "appi-35-2"
    NO_BREACH_OF_PROVISION = "appi-35-3"
    SUBSTITUTE_FOR_PROVISION = "appi-35-4"
    NO_GROUND = "appi-35-5"
    SUBSTITUTE = "appi-35-6"
    KEPT_BY_LAW = "appi-29"
    NOT_PROVEN = "appi-37"
    UNFOUNDED = "appi-40"


_TO_SEE: Final = (
    RefusalGround.HARM,
    RefusalGround.BUSINESS,
    RefusalGround.OTHER_LAW,
    RefusalGround.NO_DATA,
    RefusalGround.NOT_PROVEN,
)
_TO_STOP: Final = (
    RefusalGround.NO_BREACH_OF_USE,
    RefusalGround.SUBSTITUTE_FOR_USE,
    RefusalGround.NO_GROUND,
    RefusalGround.SUBSTITUTE,
    RefusalGround.NOT_PROVEN,
)
GROUNDS: Final[Mapping[RequestKind, tuple[RefusalGround, ...]]] = {
    RequestKind.DATA: _TO_SEE,
    RequestKind.PROVISIONS: (*_TO_SEE, RefusalGround.PUBLIC_INTEREST),
    RequestKind.CORRECTION: (
        RefusalGround.IS_CORRECT,
        RefusalGround.BEYOND_PURPOSE,
        RefusalGround.NO_DATA,
        RefusalGround.NOT_PROVEN,
    ),
    RequestKind.STOP_USE: _TO_STOP,
    RequestKind.STOP_PROVISION: (
        RefusalGround.NO_BREACH_OF_PROVISION,
        RefusalGround.SUBSTITUTE_FOR_PROVISION,
        RefusalGround.NO_GROUND,
        RefusalGround.SUBSTITUTE,
        RefusalGround.NOT_PROVEN,
    ),
    RequestKind.ERASURE: (*_TO_STOP, RefusalGround.KEPT_BY_LAW),
    RequestKind.COMPLAINT: (RefusalGround.UNFOUNDED, RefusalGround.NOT_PROVEN),
}
"""Which grounds fit which kind of request (A-12)."""


@dataclass(frozen=True, slots=True)
class Duty:
    """By what the bank has to answer a kind of request.

    Attributes:
        article: of the law that gives the right.
        answer: the article that says how fast and that the answer is told.
    """

    article: str
    answer: str


DUTIES: Final[Mapping[RequestKind, Duty]] = {
    RequestKind.DATA: Duty("33(1)", "33(2), 33(3)"),
    RequestKind.PROVISIONS: Duty("33(5)", "33(2), 33(3)"),
    RequestKind.CORRECTION: Duty("34(1)", "34(2), 34(3)"),
    RequestKind.STOP_USE: Duty("35(1), 35(5)", "35(2), 35(6), 35(7)"),
    RequestKind.STOP_PROVISION: Duty("35(3), 35(5)", "35(4), 35(6), 35(7)"),
    RequestKind.ERASURE: Duty("35(1), 35(5)", "35(2), 35(6), 35(7)"),
    RequestKind.COMPLAINT: Duty("40(1)", "40(1)"),
}
"""Every one of them says "without delay", or "promptly" (40), and names no number."""


def due(received_at: datetime, days: int) -> datetime:
    """Return by when a request is answered at the latest by the bank's own word."""
    return received_at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Body:
    """Somebody outside the bank who hears complaints.

    Attributes:
        phone: as it is dialled in Japan; empty if there is none.
        site: the host of its pages.
    """

    name_ja: str
    name_en: str
    phone: str
    site: str


BODIES: Final = (
    Body(
        "個人情報保護委員会(個人情報保護法相談ダイヤル)",
        "Personal Information Protection Commission (advice line)",
        "03-6457-9849",
        "www.ppc.go.jp",
    ),
    Body(
        "一般社団法人日本IT団体連盟 情報銀行認定事務局",
        "Information Technology Federation of Japan, certification of information"
        " banks",
        "",
        "www.tpdms.jp",
    ),
    Body("消費者ホットライン", "Consumer hotline", "188", "www.kokusen.go.jp"),
)
"""Where a complaint can go besides the bank (APPI articles 47, 53, 148; G-02)."""
