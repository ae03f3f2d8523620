"""What can be asked of the desk, where a request stands, how it ends; pure."""

from enum import StrEnum


class RequestKind(StrEnum):
    """What a person asks for."""

    DATA = "data-disclosure"
    PROVISIONS = "provision-disclosure"
    CORRECTION = "correction"
    STOP_USE = "stop-use"
    STOP_PROVISION = "stop-provision"
    ERASURE = "erasure"
    COMPLAINT = "complaint"


class RequestState(StrEnum):
    """Where a request stands."""

    CHECKING = "checking"
    RECEIVED = "received"
    IN_WORK = "in-work"
    FORWARDED = "forwarded"
    PROMISED = "promised"
    ANSWERED = "answered"
    CLOSED = "closed"
    TAKEN_BACK = "taken-back"


OPEN = (
    RequestState.CHECKING,
    RequestState.RECEIVED,
    RequestState.IN_WORK,
    RequestState.FORWARDED,
    RequestState.PROMISED,
)
"""States in which the bank owes an answer, or the act that it granted."""


class RequestChannel(StrEnum):
    """How a request came in."""

    PORTAL = "portal"
    COUNTER = "counter"
    AGENT = "agent"


class RequestStep(StrEnum):
    """What can happen to a request; the log's entry says it as `right.<step>`."""

    RECEIVED = "received"
    CHECKED = "checked"
    ADMITTED = "admitted"
    TAKEN = "taken"
    FORWARDED = "forwarded"
    SOURCE_ANSWERED = "source-answered"
    ANSWERED = "answered"
    CARRIED_OUT = "carried-out"
    CLOSED = "closed"
    TAKEN_BACK = "taken-back"


class RequestOutcome(StrEnum):
    """What the bank decided."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class SourceAnswer(StrEnum):
    """What the source of the data said to a correction."""

    CORRECTED = "corrected"
    NOT_CORRECTED = "not-corrected"
    NO_DATA = "no-data"


class Authority(StrEnum):
    """By what an agent may act (APPI article 37(3), Cabinet Order article 13)."""

    STATUTORY = "statutory"
    VOLUNTARY = "voluntary"


class RequestGround(StrEnum):
    """Why somebody wants use or provision stopped; none is needed here (A-23)."""

    NONE = "none"
    PURPOSE = "appi-18"
    IMPROPER_USE = "appi-19"
    ACQUISITION = "appi-20"
    PROVISION = "appi-27"
    ABROAD = "appi-28"
    UNNEEDED = "appi-35-5-unneeded"
    BREACH = "appi-35-5-breach"
    HARM = "appi-35-5-harm"


class PaperKind(StrEnum):
    """What a sealed paper of a request is."""

    REQUEST = "request"
    AGENT = "agent"
    PROOF = "proof"
    FORWARDED = "forwarded"
    SOURCE_ANSWER = "source-answer"
    ANSWER = "answer"
    DONE = "done"
