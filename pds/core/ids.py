"""Identifiers and secrets, passed in so that tests can repeat them.

Ids are UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then random.
"""

import secrets
from typing import NewType, Protocol
from uuid import UUID

from pds.core.clock import Clock, to_millis

OwnerId = NewType("OwnerId", UUID)
"""A person. Never leaves the bank."""

AccountId = NewType("AccountId", UUID)
RecordId = NewType("RecordId", UUID)
ConsentId = NewType("ConsentId", UUID)
RecipientId = NewType("RecipientId", str)
"""A recipient organisation, by its stable text id."""

_VERSION = 7

BANK = OwnerId(UUID(int=0))
"""The bank itself, as the subject of acts that concern no person."""


class Ids(Protocol):
    """Makes ids and secrets."""

    def new(self) -> UUID:
        """Return a fresh UUIDv7."""
        ...

    def secret(self, size: int = 32) -> bytes:
        """Return random bytes that nobody can guess."""
        ...


class RandomIds:
    """Ids from the clock and the operating system's randomness."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new(self) -> UUID:
        """Return a fresh UUIDv7."""
        return uuid7(to_millis(self._clock.now()), secrets.token_bytes(10))

    def secret(self, size: int = 32) -> bytes:
        """Return random bytes from the operating system."""
        return secrets.token_bytes(size)


def uuid7(millis: int, random: bytes) -> UUID:
    """Build a UUIDv7 from 48 bits of milliseconds and ten random bytes."""
    value = (millis & (1 << 48) - 1) << 80 | int.from_bytes(random[:10])
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def made_millis(made: UUID) -> int:
    """Return the Unix milliseconds that stand in a UUIDv7: when it was made.

    An id of another kind says nothing, so it is taken for one of the beginning.
    """
    return made.int >> 80 if made.version == _VERSION else 0
