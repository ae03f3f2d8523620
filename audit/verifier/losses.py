"""Losses that the log itself tells of, and what they excuse (docs/adr/0009).

An entry `log:continued` at index c says: of the log of another origin the first c
entries are kept. So what that origin signed up to c entries binds the present tree as
before; what it signed beyond is named as lost, and excused as far as the entry admits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audit.canonical import parse_canonical
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import VerificationError
from audit.leaf import EventType
from audit.note import VerifierKey
from audit.receipt_check import from_hex
from audit.verifier.findings import BadEntry, Findings
from audit.verifier.openings import Opening

_MEMBERS = {"checkpoint", "lost", "origin", "root", "size"}


@dataclass(frozen=True, slots=True)
class Loss:
    """What one entry `log:continued` says.

    Attributes:
        index: where it stands, and how many entries were kept.
        old: the largest tree that the old log is said to have signed.
        last: the last checkpoint of before that was kept, None if there was none.
    """

    index: int
    old: Checkpoint
    last: Checkpoint | None

    @property
    def count(self) -> int:
        """How many entries are said to be lost."""
        return max(0, self.old.size - self.index)


class Losses:
    """The losses that an export opens.

    Args:
        openings: opened entries; those of other types are passed over.
        keys: keys of earlier origins.
        origin: that of the present log.

    Raises:
        BadEntry: an entry says what cannot be.
    """

    def __init__(
        self, openings: Sequence[Opening], keys: Sequence[VerifierKey], origin: str
    ) -> None:
        self.by_origin: dict[str, Loss] = {}
        # One and the same entry may be opened in the export and by its reader.
        told = {each.index: each for each in openings if _tells(each)}
        for index in sorted(told):
            loss = _loss(told[index], keys)
            if loss.old.origin in {origin, *self.by_origin}:
                raise BadEntry(index, "It continues a log that went on elsewhere.")
            self.by_origin[loss.old.origin] = loss

    @property
    def indexes(self) -> set[int]:
        """Where the opened entries stand."""
        return {each.index for each in self.by_origin.values()}

    def binding(self) -> list[Checkpoint]:
        """Return the checkpoints in these entries that bind the present tree."""
        named = [each.last for each in self.by_origin.values() if each.last]
        olds = ((each.index, each.old) for each in self.by_origin.values())
        return named + [old for index, old in olds if old.size <= index]

    def binds(self, checkpoint: Checkpoint) -> bool | None:
        """Say whether an earlier origin's checkpoint binds the present tree.

        None when no entry here tells where that origin ended.

        Raises:
            BadEntry: the entry admits less than was signed, or names another root.
        """
        loss = self.by_origin.get(checkpoint.origin)
        if loss is None:
            return None
        if checkpoint.size > max(loss.index, loss.old.size):
            raise BadEntry(
                loss.index,
                f"It admits a log of {loss.old.size} entries; {checkpoint.size} "
                "were signed.",
            )
        if checkpoint.size == loss.old.size and checkpoint.root != loss.old.root:
            raise BadEntry(loss.index, "It names another root than the one signed.")
        return checkpoint.size <= loss.index

    def remark(self, continued: Sequence[int], findings: Findings) -> None:
        """Tell each loss; what no opened entry tells is not checkable.

        Raises:
            BadEntry: a log was continued before the one that it continues began.
        """
        for loss in self.by_origin.values():
            findings.remarks.append(
                f"entry {loss.index} says that the log goes on here after a loss: "
                f"{loss.index} entries of {loss.old.origin} are kept, "
                f"{loss.count} entries are lost"
            )
        for index in sorted(set(continued) - self.indexes):
            findings.unchecked.append(
                f"Entry {index} says that the log goes on here after a loss; which "
                f"log and what is lost, earlier/continued/{index}.json does not show."
            )


def _tells(opening: Opening) -> bool:
    return bool(opening.leaf["typ"] == EventType.LOG_CONTINUED)


def _loss(opening: Opening, keys: Sequence[VerifierKey]) -> Loss:
    index = opening.index
    try:
        value = parse_canonical(opening.opened.get("object", "").encode())
        old = _old(value)
        last = _last(value["checkpoint"], keys)
    except VerificationError as error:
        raise BadEntry(index, str(error)) from None
    if value["lost"] != [index, max(index, old.size)]:
        raise BadEntry(index, "It stands elsewhere than where its log ended.")
    if last is not None and last.size > index:
        raise BadEntry(index, "It was continued from a checkpoint beyond it.")
    return Loss(index, old, last)


def _old(value: Any) -> Checkpoint:
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise VerificationError("It does not name the log that it continues.")
    origin, size, root = value["origin"], value["size"], from_hex(value["root"])
    if type(origin) is not str or type(size) is not int or size < 0:
        raise VerificationError("It does not name the log that it continues.")
    return Checkpoint(origin, size, root)


def _last(note: Any, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    if note == "":
        return None
    return open_checkpoint(note, keys)[0]
