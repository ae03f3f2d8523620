"""What persons are told of: kinds that they choose a way for, and topics of each.

Both lists are closed. A topic has its words in `pds.web.message_words`; whoever adds
one adds them there, in both languages.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class MessageKind(StrEnum):
    """What persons choose a way for."""

    REQUEST = "request"
    DECIDED = "decided-for-you"
    DISCLOSED = "disclosed"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    DUTY = "duty-overdue"
    INCIDENT = "incident"
    SECURITY = "security"
    RIGHT = "right"
    BENEFIT = "benefit"


class MessageWay(StrEnum):
    """How a person hears of a kind; the portal shows everything in any case."""

    PORTAL = "portal"
    MAIL = "mail"
    DAILY = "daily"
    WEEKLY = "weekly"


LEGAL: Final = frozenset(
    {
        MessageKind.DECIDED,
        MessageKind.INCIDENT,
        MessageKind.RIGHT,
        MessageKind.SECURITY,
    }
)
"""Kinds of which mail goes at once whatever a person wishes."""
USUAL: Final = MappingProxyType(
    {
        kind: MessageWay.WEEKLY if kind is MessageKind.DISCLOSED else MessageWay.MAIL
        for kind in MessageKind
    }
)
"""The way of each kind for whoever has said nothing."""


class MessageTopic(StrEnum):
    """What happened."""

    REQUEST_WAITING = "request.waiting"
    JUDGEMENT_ANNOUNCED = "judgement.announced"
    JUDGEMENT_GIVEN = "judgement.given"
    JUDGEMENT_LAPSED = "judgement.lapsed"
    AGENT_ACTED = "agent.acted"
    MANDATE_TERMS = "mandate.terms"
    DISCLOSED_FIRST = "disclosed.first"
    DISCLOSED_DAY = "disclosed.day"
    SHARE_OPENED = "share.opened"
    EMERGENCY_DECLARED = "emergency.declared"
    EMERGENCY_OPENED = "emergency.opened"
    EMERGENCY_REVIEWED = "emergency.reviewed"
    CONSENT_EXPIRING = "consent.expiring"
    CONSENT_UNUSED = "consent.unused"
    CONSENT_TEXT_CHANGED = "consent.text-changed"
    CONSENT_TEXT_ENDS = "consent.text-ends"
    INSTRUCTION_EXPIRING = "instruction.expiring"
    CLASS_CHANGED = "recipient.class-changed"
    CONSENT_EXPIRED = "consent.expired"
    CONSENT_REVOKED = "consent.revoked"
    CONSENT_INVALIDATED = "consent.invalidated"
    CONSENT_PAUSED = "consent.paused"
    CONSENT_RESUMED = "consent.resumed"
    RECIPIENT_SUSPENDED = "recipient.suspended"
    RECIPIENT_APPROVED = "recipient.approved"
    RECIPIENT_ENDED = "recipient.ended"
    DUTY_OVERDUE = "duty.overdue"
    DUTY_DONE = "duty.done"
    INCIDENT_TOLD = "incident.told"
    LOGIN_NEW = "login.new"
    CREDENTIALS_CHANGED = "credentials.changed"
    ADDRESS_CHANGED = "address.changed"
    ADDRESS_FAILED = "address.failed"
    AGENT_LINKED = "agent.linked"
    AGENT_ENDED = "agent.ended"
    RIGHT_ANSWERED = "right.answered"
    RIGHT_MOVED = "right.moved"
    BENEFIT_DELIVERED = "benefit.delivered"
    BENEFIT_OVERDUE = "benefit.overdue"


_T, _K = MessageTopic, MessageKind
KIND_OF: Final = MappingProxyType(
    {
        _T.REQUEST_WAITING: _K.REQUEST,
        _T.JUDGEMENT_ANNOUNCED: _K.DECIDED,
        _T.JUDGEMENT_GIVEN: _K.DECIDED,
        _T.JUDGEMENT_LAPSED: _K.DECIDED,
        _T.AGENT_ACTED: _K.DECIDED,
        _T.MANDATE_TERMS: _K.DECIDED,
        _T.CLASS_CHANGED: _K.DECIDED,
        _T.DISCLOSED_FIRST: _K.DISCLOSED,
        _T.DISCLOSED_DAY: _K.DISCLOSED,
        _T.SHARE_OPENED: _K.DISCLOSED,
        _T.EMERGENCY_DECLARED: _K.DECIDED,
        _T.EMERGENCY_OPENED: _K.DECIDED,
        _T.EMERGENCY_REVIEWED: _K.DECIDED,
        _T.CONSENT_EXPIRING: _K.EXPIRING,
        _T.CONSENT_UNUSED: _K.EXPIRING,
        _T.CONSENT_TEXT_CHANGED: _K.WITHDRAWN,
        _T.CONSENT_TEXT_ENDS: _K.EXPIRING,
        _T.INSTRUCTION_EXPIRING: _K.EXPIRING,
        _T.CONSENT_EXPIRED: _K.EXPIRED,
        _T.CONSENT_REVOKED: _K.WITHDRAWN,
        _T.CONSENT_INVALIDATED: _K.WITHDRAWN,
        _T.CONSENT_PAUSED: _K.WITHDRAWN,
        _T.CONSENT_RESUMED: _K.WITHDRAWN,
        _T.RECIPIENT_SUSPENDED: _K.WITHDRAWN,
        _T.RECIPIENT_APPROVED: _K.WITHDRAWN,
        _T.RECIPIENT_ENDED: _K.WITHDRAWN,
        _T.DUTY_OVERDUE: _K.DUTY,
        _T.DUTY_DONE: _K.DUTY,
        _T.INCIDENT_TOLD: _K.INCIDENT,
        _T.LOGIN_NEW: _K.SECURITY,
        _T.CREDENTIALS_CHANGED: _K.SECURITY,
        _T.ADDRESS_CHANGED: _K.SECURITY,
        _T.ADDRESS_FAILED: _K.SECURITY,
        _T.AGENT_LINKED: _K.SECURITY,
        _T.AGENT_ENDED: _K.SECURITY,
        _T.RIGHT_ANSWERED: _K.RIGHT,
        _T.RIGHT_MOVED: _K.RIGHT,
        _T.BENEFIT_DELIVERED: _K.BENEFIT,
        _T.BENEFIT_OVERDUE: _K.BENEFIT,
    }
)
"""The kind of each topic."""
