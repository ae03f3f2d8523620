"""Roles and states: what an account is for and whether it may be used."""

from enum import StrEnum


class Role(StrEnum):
    """Who an account belongs to. An account has exactly one role."""

    PERSON = "person"
    RECIPIENT = "recipient"
    OPERATOR = "operator"
    BOARD = "board"
    AUDITOR = "auditor"


class State(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"
    ERASED = "erased"
