"""Whether a subject's entries are all there, told by its disclosed handle keys.

A file has one line for each generation of a subject's audit key: JSON
`{"gen": 1, "k_sub": "<hex>", "n": 5}`, or the same three words `1 <hex> 5`. Empty
lines and lines that begin with `#` are skipped.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from audit.canonical import parse_json
from audit.checkpoint import parse_number
from audit.commitment import subject_handle
from audit.errors import VerificationError
from audit.receipt_check import from_hex
from audit.verifier.findings import BadEntry

PROBE = 4096
"""How many handles beyond the last one must not occur."""

_KEY_SIZE = 32
_MOST = 1 << 32
_WORDS = ("gen", "k_sub", "n")


@dataclass(frozen=True, slots=True)
class HandleKey:
    """The handle key of one generation of a subject, and how many entries it has."""

    gen: int
    k_sub: bytes
    n: int


def parse_handle_keys(text: str) -> list[HandleKey]:
    """Read a file of handle keys.

    Raises:
        VerificationError: a line is malformed, or there is none.
    """
    keys: list[HandleKey] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            keys.append(_key(line.strip()))
        except VerificationError:
            raise VerificationError(
                f"Line {number} is no generation, handle key and count."
            ) from None
    if not keys:
        raise VerificationError("There is no handle key in the file.")
    return keys


def check_subject(keys: Iterable[HandleKey], subs: Collection[bytes]) -> set[bytes]:
    """Check that each counted entry is there and none beyond; return their handles.

    Args:
        keys: the handle keys.
        subs: every subject handle of the log, in the order of the entries, each once.

    Raises:
        VerificationError: an entry is missing.
        BadEntry: an entry stands beyond the count.
    """
    found: set[bytes] = set()
    for key in keys:
        for i in range(key.n + PROBE):
            handle = subject_handle(key.k_sub, i).hex().encode()
            if i < key.n and handle not in subs:
                raise VerificationError(
                    f"Entry {i} of {key.n} of the subject's generation {key.gen} "
                    "is missing from the log."
                )
            if i >= key.n and handle in subs:
                raise BadEntry(
                    _position(handle, subs),
                    f"It is the subject's, beyond the {key.n} of generation {key.gen}.",
                )
            if i < key.n:
                found.add(handle)
    return found


def check_census(found: Collection[bytes], subs: Collection[bytes]) -> None:
    """Check that every entry is some disclosed subject's.

    Raises:
        BadEntry: one is nobody's.
    """
    for index, handle in enumerate(subs):
        if handle not in found:
            raise BadEntry(index, "It is no subject's of the census.")


def _key(line: str) -> HandleKey:
    if line.startswith("{"):
        value = parse_json(line.encode(errors="replace"))
        if set(value) != set(_WORDS) or type(value["k_sub"]) is not str:
            raise VerificationError("A member is missing or too many.")
        words = [str(value[name]) for name in _WORDS]
    else:
        words = line.split()
    if len(words) != len(_WORDS):
        raise VerificationError("A word is missing or too many.")
    k_sub = from_hex(words[1])
    gen, n = parse_number(words[0]), parse_number(words[2])
    if len(k_sub) != _KEY_SIZE or n > _MOST:
        raise VerificationError("The key or the count is of another size.")
    return HandleKey(gen, k_sub, n)


def _position(handle: bytes, subs: Iterable[bytes]) -> int:
    places = (index for index, each in enumerate(subs) if each == handle)
    return next(places)
