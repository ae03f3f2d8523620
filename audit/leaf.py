"""The leaf: what the log says in public about one act, without personal data.

A leaf is canonical JSON of at most 4 KB. The bytes stored are the bytes hashed.
docs/formats.md describes every member.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from audit.canonical import MAX_INTEGER, check_form, parse_json
from audit.errors import VerificationError

VERSION = 1
MAX_SIZE = 4096
"""Bytes of the largest leaf."""

BUCKETS = (0, 1, 10, 100, 1000, 10000)
"""Upper bounds that stand for a count; the last one also stands for more."""


class EventType(StrEnum):
    """What kinds of act the log knows: a closed list, `subject:action`."""

    DISCLOSURE_RELEASED = "disclosure:released"
    DISCLOSURE_COMPLETED = "disclosure:completed"
    DISCLOSURE_DENIED = "disclosure:denied"
    CONSENT_EVENT = "consent:event"
    SUBJECT_OPENED = "subject:opened"
    RECORD_WRITTEN = "record:written"
    PERSON_EXPORTED = "person:exported"
    AGENT_VIEWED = "agent:viewed"
    STAFF_VIEWED = "staff:viewed"
    AUDITOR_VIEWED = "auditor:viewed"
    AUDITOR_UNMASKED = "auditor:unmasked"
    PERSON_ERASED = "person:erased"
    KEY_EVENT = "key:event"
    POLICY_EVENT = "policy:event"
    LOG_CONTINUED = "log:continued"
    LOG_TALLY = "log:tally"


DETAIL_FIELDS = frozenset(
    {
        "actor",
        "addr",
        "body_sha256",
        "consent_id",
        "consent_version",
        "decided_at",
        "gen",
        "i",
        "jkt",
        "n",
        "object",
        "owner",
        "pairwise_sub",
        "prev_gen",
        "prev_n",
        "pseudonym",
        "reasons",
        "record_list_root",
        "request_id",
    }
)
"""Every field that a detail may have: a closed list."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_HASH = re.compile(r"[0-9a-f]{64}")
_HANDLE = re.compile(r"[0-9a-f]{32}")
_TYPES = frozenset(EventType)
_MAX_CATEGORIES = 32


def bucket(count: int) -> int:
    """Return the bucket of a count: the smallest bound that holds it."""
    return next((bound for bound in BUCKETS if count <= bound), BUCKETS[-1])


def is_name(value: object) -> bool:
    """Say whether a value is a stable id (organisation, purpose, category, form)."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def parse_leaf(data: bytes) -> dict[str, Any]:
    """Read a leaf: canonical form, size and schema.

    Raises:
        VerificationError: a rule is broken; the message names the member.
    """
    if type(data) is not bytes or len(data) > MAX_SIZE:
        raise VerificationError("The leaf is not at most 4096 bytes.")
    leaf = parse_json(data)
    if not isinstance(leaf, dict):
        raise VerificationError("The leaf is not an object.")
    # The schema is narrower than canonical JSON, so that only the form is left.
    check_leaf(leaf)
    check_form(leaf, data)
    return leaf


def scan_leaf(data: bytes) -> tuple[bytes, int, bytes, bytes, bytes | None]:
    """Return id, time, handle, type and reference of a leaf, checked as `parse_leaf`.

    For whoever checks millions of them: one pattern describes the canonical bytes of
    a valid leaf, and only what it does not match is parsed, to say why.

    Raises:
        VerificationError: a rule is broken.
    """
    found = _CANONICAL.fullmatch(data) if len(data) <= MAX_SIZE else None
    if found is None:
        return _members(parse_leaf(data))
    categories, leaf_id, ref, sub, t, kind = found.groups()
    if not _is_sorted(categories):
        return _members(parse_leaf(data))
    return leaf_id, int(t), sub, kind, ref


def _members(leaf: dict[str, Any]) -> tuple[bytes, int, bytes, bytes, bytes | None]:
    ref = leaf["ref"].encode() if "ref" in leaf else None
    leaf_id, sub, kind = (leaf[name].encode() for name in ("id", "sub", "typ"))
    return leaf_id, leaf["t"], sub, kind, ref


def check_leaf(leaf: Mapping[str, Any]) -> None:
    """Check the schema of a leaf: members, types and closed lists.

    Raises:
        VerificationError: a rule is broken; the message names the member.
    """
    for name in _REQUIRED:
        if name not in leaf:
            raise VerificationError(f"The leaf lacks {name}.")
    for name, value in leaf.items():
        rule = _RULES.get(name)
        if rule is None:
            raise VerificationError("The leaf has an unknown member.")
        if not rule(value):
            raise VerificationError(f"The leaf's {name} breaks its rule.")


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    fits = pattern.fullmatch
    return lambda value: isinstance(value, str) and fits(value) is not None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_categories(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= _MAX_CATEGORIES
        and all(is_name(each) for each in value)
        and value == sorted(set(value))
    )


_RULES: dict[str, Callable[[Any], bool]] = {
    "cats": _is_categories,
    "com": _matches(_HASH),
    "con": _matches(_HASH),
    "form": is_name,
    "id": _matches(_UUID),
    "n": lambda value: _is_integer(value) and value in BUCKETS,
    "pur": is_name,
    "rcp": is_name,
    "ref": _matches(_UUID),
    "src": is_name,
    "sub": _matches(_HANDLE),
    "t": lambda value: _is_integer(value) and 0 <= value <= MAX_INTEGER,
    "typ": lambda value: isinstance(value, str) and value in _TYPES,
    "v": lambda value: _is_integer(value) and value == VERSION,
}
_REQUIRED = ("com", "id", "sub", "t", "typ", "v")

_UUID_BYTES, _NAME_BYTES = _UUID.pattern.encode(), _NAME.pattern.encode()


def _member(name: bytes, value: bytes) -> bytes:
    return b'(?:,"%s":%s)?' % (name, value)


_CANONICAL = re.compile(
    b"".join(
        (
            rb'\{(?:"cats":\[(?P<cats>"%s"(?:,"%s"){0,31})\],)?'
            % (_NAME_BYTES, _NAME_BYTES),
            rb'"com":"[0-9a-f]{64}"',
            _member(b"con", b'"[0-9a-f]{64}"'),
            _member(b"form", b'"%s"' % _NAME_BYTES),
            rb',"id":"(?P<id>%s)"' % _UUID_BYTES,
            _member(b"n", b"(?:%s)" % b"|".join(b"%d" % each for each in BUCKETS)),
            _member(b"pur", b'"%s"' % _NAME_BYTES),
            _member(b"rcp", b'"%s"' % _NAME_BYTES),
            _member(b"ref", b'"(?P<ref>%s)"' % _UUID_BYTES),
            _member(b"src", b'"%s"' % _NAME_BYTES),
            rb',"sub":"(?P<sub>[0-9a-f]{32})","t":(?P<t>0|[1-9][0-9]{0,14})',
            rb',"typ":"(?P<typ>',
            b"|".join(each.value.encode() for each in EventType),
            rb')","v":%d\}' % VERSION,
        )
    )
)


def _is_sorted(categories: bytes | None) -> bool:
    if categories is None:
        return True
    names = categories[1:-1].split(b'","')
    return names == sorted(set(names))
