"""Whether a subject's entries are all there, told by its disclosed handle keys.

A file has one line for each generation of a subject's audit key: JSON
`{"gen": 1, "k_sub": "<hex>", "n": 5}`, or the same three words `1 <hex> 5`. One line
`{"destroyed": 0, "size": 120}` may say how many entries the log had when the file was
made, and how many of them belong to keys that were destroyed since. Empty lines and
lines that begin with `#` are skipped.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.canonical import parse_json
from audit.checkpoint import parse_number
from audit.commitment import subject_handle
from audit.errors import VerificationError
from audit.receipt_check import from_hex
from audit.verifier.findings import BadEntry, Incomplete

PROBE = 4096
"""How many handles beyond the last one must not occur."""

_KEY_SIZE = 32
_MOST = 1 << 32
_WORDS = ("gen", "k_sub", "n")
_STATE = {"destroyed", "size"}


@dataclass(frozen=True, slots=True)
class HandleKey:
    """The handle key of one generation of a subject, and how many entries it has."""

    gen: int
    k_sub: bytes
    n: int


@dataclass(slots=True)
class HandleFile:
    """What one file discloses.

    Attributes:
        keys: one for each generation that can still be told apart.
        size: entries of the log when the file was made, None if it does not say.
        destroyed: how many entries belong to keys that were destroyed.
    """

    keys: list[HandleKey] = field(default_factory=list)
    size: int | None = None
    destroyed: int = 0

    def covers(self, index: int) -> bool:
        """Say whether the entry at this position was there already."""
        return self.size is None or index < self.size


def parse_handle_keys(text: str) -> HandleFile:
    """Read a file of handle keys.

    Raises:
        VerificationError: a line is malformed, or there is none.
    """
    file, is_empty = HandleFile(), True
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        is_empty = False
        try:
            _read(line.strip(), file)
        except VerificationError:
            raise VerificationError(
                f"Line {number} is no generation, handle key and count."
            ) from None
    if is_empty:
        raise VerificationError("There is no handle key in the file.")
    return file


def check_subject(file: HandleFile, subs: Mapping[bytes, int]) -> set[bytes]:
    """Check that each counted entry is there and none beyond; return their handles.

    Args:
        file: the handle keys.
        subs: every subject handle of the log, and where it stands.

    Raises:
        VerificationError: an entry is missing.
        BadEntry: an entry stands beyond the count.
    """
    found: set[bytes] = set()
    for key in file.keys:
        # One by one: a count that no log can hold ends at the first that is missing.
        for i in range(key.n):
            if (handle := _handle(key, i)) not in subs:
                raise VerificationError(_missing(i, key, file, subs))
            found.add(handle)
        for i in range(key.n, key.n + PROBE):
            handle = _handle(key, i)
            if handle in subs and file.covers(at := subs[handle]):
                reason = f"beyond the {key.n} of generation {key.gen}."
                raise BadEntry(at, f"It is the subject's, {reason}")
    return found


def check_generations(file: HandleFile) -> None:
    """Check that a file of the bank leaves no generation of a subject out.

    A subject's generations are numbered from 1 without a gap, and the oldest are
    destroyed first; so of each number there are as many as of the next, or more. Where
    keys were destroyed, that can be said of the file of one subject only.

    Raises:
        Incomplete: one is not there, so that its entries were not checked.
    """
    numbers = Counter(key.gen for key in file.keys)
    is_mixed = max(numbers.values(), default=0) > 1
    if file.size is None or (file.destroyed and is_mixed):
        return
    oldest = min(numbers, default=1) if file.destroyed else 1
    for gen in sorted(numbers):
        if gen > oldest and numbers[gen - 1] < numbers[gen]:
            raise Incomplete(
                f"Generation {gen - 1} of a subject is not in the file of handle keys; "
                "whether its entries are all there was not checked."
            )


def check_census(
    files: Sequence[HandleFile], found: Collection[bytes], subs: Mapping[bytes, int]
) -> None:
    """Check that every entry is some disclosed subject's.

    Entries of destroyed keys cannot be told from those of nobody; their number can.
    Two files may count the same ones, such as that of a person and that of everybody.

    Raises:
        BadEntry: one is nobody's.
        VerificationError: an entry of a destroyed key is missing.
        Incomplete: as many are nobody's as the files say that destroyed keys had.
    """
    destroyed = sum(each.destroyed for each in files)
    least = max((each.destroyed for each in files), default=0)
    nobodys = [
        index
        for handle, index in subs.items()
        if handle not in found and all(each.covers(index) for each in files)
    ]
    if len(nobodys) > destroyed:
        raise BadEntry(nobodys[0], "It is no subject's of the census.")
    if len(nobodys) < least:
        raise VerificationError(
            f"Of {least} entries of destroyed keys {len(nobodys)} are in the log."
        )
    if destroyed:
        raise Incomplete(
            f"The census says of {len(nobodys)} entries that their keys were "
            "destroyed; whose they are cannot be told any more."
        )


def _missing(i: int, key: HandleKey, file: HandleFile, subs: Collection[bytes]) -> str:
    reason = (
        f"Entry {i} of {key.n} of the subject's generation {key.gen} "
        "is missing from the log."
    )
    if file.size is not None and len(subs) < file.size:
        reason += (
            f" The file is of a log of {file.size} entries, and this one has "
            f"{len(subs)}: an export that was made later must hold it."
        )
    return reason


def _read(line: str, file: HandleFile) -> None:
    if line.startswith("{"):
        value = parse_json(line.encode(errors="replace"))
        if set(value) == _STATE:
            _state(value, file)
            return
        if set(value) != set(_WORDS) or type(value["k_sub"]) is not str:
            raise VerificationError("A member is missing or too many.")
        words = [str(value[name]) for name in _WORDS]
    else:
        words = line.split()
    file.keys.append(_key(words))


def _state(value: dict[str, Any], file: HandleFile) -> None:
    if file.size is not None:
        raise VerificationError("The state of the log stands there twice.")
    file.size = parse_number(str(value["size"]))
    file.destroyed = parse_number(str(value["destroyed"]))


def _key(words: Sequence[str]) -> HandleKey:
    if len(words) != len(_WORDS):
        raise VerificationError("A word is missing or too many.")
    k_sub = from_hex(words[1])
    gen, n = parse_number(words[0]), parse_number(words[2])
    if len(k_sub) != _KEY_SIZE or n > _MOST:
        raise VerificationError("The key or the count is of another size.")
    return HandleKey(gen, k_sub, n)


def _handle(key: HandleKey, i: int) -> bytes:
    return subject_handle(key.k_sub, i).hex().encode()
