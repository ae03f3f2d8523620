"""The registry of key classes; its numbers are frozen.

A class is what can be shredded alone. Data categories have numbers from 16 to 255,
fixed in the vocabulary; everything else is listed here.
"""

from enum import IntEnum


class KeyClass(IntEnum):
    """Classes that are not data categories."""

    ACCOUNT = 1
    AUDIT = 2
    RAW = 3
    CONSENT = 4
    INDEX = 5


FIRST_FAMILY = 16
LAST_FAMILY = 255


def is_known(number: int) -> bool:
    """Say whether a number is a class: one of the registry or a data family."""
    return number in tuple(KeyClass) or FIRST_FAMILY <= number <= LAST_FAMILY


class KeyState(IntEnum):
    """What a generation of a key may still do."""

    ACTIVE = 1
    DECRYPT_ONLY = 2
    DESTROYED = 3


class HolderKind(IntEnum):
    """Who can open a wrap; all but the bank are reserved."""

    BANK = 0
    PASSKEY = 1
    RECOVERY_CODE = 2
    GRANT = 3
    TOKEN = 4
    AGENT = 5
