"""The closed list of a certification profile, loaded by the operator (X-03, ADR 36).

Version 3.0 of the guideline admits a closed list of sensitive health items. The list
is not in the program, because nobody here has read the original: whoever has it writes
it as a file and loads it. Loading puts it before the ethics board, which decides on its
very text, with its medical seat (X-05). Until the board has approved, and from the
moment on at which the approval ends, nothing of it is admitted.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from audit.work import Work
from consent import board, board_items
from consent.board_items import BoardItem, Definition
from consent.facts import BoardSubjectKind
from consent.policy import record_policy
from consent.profile import CertificationProfile
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.vocabulary import Sensitivity, categories

FORMAT: Final = "infobank-profile/1"
PROFILE: Final = "3.0-health"
"""The only profile that has a list."""
LARGEST: Final = 65_536
"""Bytes of a file."""
_HEALTH: Final = "health."
_MEMBERS: Final = {"format", "profile", "version", "since", "source", "categories"}
_LONGEST: Final = 500
_MOST: Final = 1_000_000
_TITLE: Final = {
    "ja": "認定プロファイル3.0の健康データの一覧",
    "en": "List of health data of profile 3.0",
}


def read(content: bytes) -> Definition:
    """Read a file (docs/formats/profile.md); return it as the board decides on it.

    Raises:
        Invalid: `profile.form`; the file is not of the form. `profile.category`; an id
            is unknown, not of health, or not of the class that needs special care.
    """
    document = _document(content)
    named = document["categories"]
    for each in named:
        found = categories.ALL.get(each)
        is_special = found and found.sensitivity is Sensitivity.SPECIAL_CARE
        if not is_special or not each.startswith(_HEALTH):
            raise Invalid("profile.category", f"{each!r} cannot be in the list.")
    return Definition(
        kind=BoardSubjectKind.PROFILE,
        name=PROFILE,
        title=_TITLE,
        document={**document, "categories": sorted(named)},
    )


def load(work: Work, definition: Definition, *, actor: str) -> str:
    """Enter a list; return the id that the board decides on.

    The list before it is admitted no more, so nothing is until the board has decided.

    Raises:
        Conflict: `profile.version`; a list of this version or a later one is there.
    """
    known = board_items.editions(work, BoardSubjectKind.PROFILE, PROFILE)
    newest = max((int(each.document["version"]) for each in known), default=0)
    if int(definition.document["version"]) <= newest:
        raise Conflict("profile.version", "A list of this version is there already.")
    subject_id = board_items.register(work, definition)
    record_policy(work, "profile.loaded", actor=actor, about=subject_id)
    return subject_id


def loaded(snap: Snapshot) -> BoardItem | None:
    """Return the list that was loaded last."""
    known = board_items.editions(snap, BoardSubjectKind.PROFILE, PROFILE)
    return next((each for each in known if each.is_live), None)


def is_approved(snap: Snapshot, item: BoardItem) -> bool:
    """Say whether the board's approval of a list is in force."""
    decided = board.current(
        snap, item.kind, item.subject_id, version=board_items.VERSION
    )
    return board.is_in_force(decided, snap.now)


def admitted(snap: Snapshot, chosen: CertificationProfile) -> CertificationProfile:
    """Return the chosen profile with what it admits now (X-01).

    Nothing is read under version 2.2, which admits nothing.
    """
    if chosen.id != PROFILE or chosen.special_care:
        return chosen
    item = loaded(snap)
    if item is None or not is_approved(snap, item):
        return chosen
    return CertificationProfile(PROFILE, frozenset(item.document["categories"]))


def _document(content: bytes) -> Mapping[str, Any]:
    try:
        read_as: Any = json.loads(content[: LARGEST + 1].decode("utf-8"))
    except (ValueError, RecursionError):
        raise _malformed() from None
    if len(content) > LARGEST or type(read_as) is not dict:
        raise _malformed()
    if set(read_as) != _MEMBERS or not _is_sound(read_as):
        raise _malformed()
    return dict(read_as)


def _is_sound(read_as: Mapping[str, Any]) -> bool:
    is_mine = (read_as["format"], read_as["profile"]) == (FORMAT, PROFILE)
    version, source = read_as["version"], read_as["source"]
    is_numbered = type(version) is int and 1 <= version <= _MOST
    is_sourced = type(source) is str and 0 < len(source.strip()) <= _LONGEST
    is_told = is_mine and is_numbered and is_sourced and _is_day(read_as["since"])
    return is_told and _is_list(read_as["categories"])


def _is_list(named: Any) -> bool:
    is_text = type(named) is list and all(type(each) is str for each in named)
    return is_text and 0 < len(named) == len(set(named))


def _is_day(text: Any) -> bool:
    try:
        return type(text) is str and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _malformed() -> Invalid:
    return Invalid("profile.form", "The file is not a list of a profile.")
