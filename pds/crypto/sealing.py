"""Sealing a whole file for somebody outside, in the age format (age-encryption.org/v1).

A well-kept format that programs on every system open; the bank keeps nothing by which
it could open such a file again.
"""

import re
from threading import Lock

import pyrage

from pds.core.errors import Invalid

LONGEST = 512 << 20
"""Bytes of the largest file that is sealed: it has to lie in memory as a whole."""
MOST_WORK = 20
"""log2 of the largest scrypt work that is done to open a file: 1 GiB, some seconds.

Programs that seal choose what takes them a second, which was 19 on a server."""
LEAST_PASSPHRASE = 12
"""Characters of a passphrase; whoever has the file may guess as long as they like."""


# The work is memory too, so several at once would be what it forbids.
_ONE_AT_A_TIME = Lock()
_SCRYPT = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt [A-Za-z0-9+/]{22} ([0-9]{1,3})\n"
)


def to_passphrase(data: bytes, passphrase: str) -> bytes:
    """Return the file sealed to a passphrase (scrypt).

    Raises:
        Invalid: `sealing.passphrase-short`, or `sealing.too-large`.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Invalid("sealing.passphrase-short", "The passphrase is too short.")
    _check_size(data)
    return bytes(pyrage.passphrase.encrypt(data, passphrase))


def to_recipient(data: bytes, recipient: str) -> bytes:
    """Return the file sealed to an X25519 recipient, `age1…`.

    Raises:
        Invalid: `sealing.recipient`; it is none, or `sealing.too-large`.
    """
    _check_size(data)
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise Invalid("sealing.recipient", "This is no age recipient.") from None
    return bytes(pyrage.encrypt(data, [key]))


def from_passphrase(data: bytes, passphrase: str) -> bytes:
    """Return what was sealed to a passphrase.

    Raises:
        Invalid: `sealing.not-opened`, whatever is wrong.
    """
    if _work_factor(data) > MOST_WORK:
        raise Invalid("sealing.not-opened", "Opening it would cost too much.")
    try:
        with _ONE_AT_A_TIME:
            return bytes(pyrage.passphrase.decrypt(data, passphrase))
    except pyrage.DecryptError:
        raise Invalid("sealing.not-opened", "The file does not open.") from None


def is_sealed(data: bytes) -> bool:
    """Say whether a file is in the age format."""
    return data.startswith(b"age-encryption.org/v1\n")


def _work_factor(data: bytes) -> int:
    """Return log2 of the scrypt work that a file asks for; 0 where it asks for none.

    Whoever made the file chose it, and it is paid before anything can be checked.
    """
    found = _SCRYPT.match(data)
    return int(found[1]) if found else 0


def _check_size(data: bytes) -> None:
    if len(data) > LONGEST:
        raise Invalid("sealing.too-large", "The file is too large to be sealed.")
