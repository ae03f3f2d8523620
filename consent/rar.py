"""Reads and writes the authorization detail `data_provision` (RFC 9396).

Reading is strict: unknown members, wrong types, unknown vocabulary and broken rules
are refused with the path of the first fault. The published JSON schema
`schemas/data-provision-1.schema.json` says the same; a test holds the two together.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    Benefit,
    BenefitKind,
    DataProvision,
    InvalidTerms,
    ProvisionForm,
    TermsDocument,
    Window,
)
from pds.core.vocabulary import DetailLevel, categories, purposes

TYPE = "data_provision"
VERSION = 1
SCHEMA = "data-provision-1.schema.json"
"""File in `consent/schemas` that publishes the format."""

MAX_CATEGORIES = 32
MAX_ONWARD = 16
MAX_DAYS = 36_500
MAX_PER_DAY = 10_000

_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z", re.ASCII)
_DATE = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d\Z", re.ASCII)
_MOMENT = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)
_HTTPS = re.compile(r"https?://[!-~]{1,1000}\Z", re.ASCII)
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,500}\Z")

_REQUIRED = frozenset(
    {
        "type",
        "version",
        "purpose",
        "categories",
        "detail",
        "window",
        "access",
        "form",
        "retention_days",
        "after_withdrawal",
        "onward",
        "country",
        "terms",
    }
)
_OPTIONAL = frozenset({"offer_id", "question", "benefit"})

E = TypeVar("E", bound=StrEnum)


def parse(value: object) -> DataProvision:
    """Read one authorization detail.

    Args:
        value: what a JSON parser gave; anything at all may be passed.

    Raises:
        InvalidTerms: the first broken rule, with its path.
    """
    members = _members(value, "", _REQUIRED, _OPTIONAL)
    if members["type"] != TYPE:
        raise InvalidTerms("type", "is not data_provision")
    if members["version"] is True or members["version"] != VERSION:
        raise InvalidTerms("version", "is not known here")
    offer = members.get("offer_id")
    question = members.get("question")
    return DataProvision(
        purpose=_purpose(members["purpose"]),
        categories=_categories(members["categories"]),
        detail=_choice(members["detail"], "detail", DetailLevel),
        question=None if question is None else _question(question),
        window=_window(members["window"]),
        access=_access(members["access"]),
        form=_choice(members["form"], "form", ProvisionForm),
        retention_days=_integer(members["retention_days"], "retention_days", 0),
        after_withdrawal=_after(members["after_withdrawal"]),
        onward=_onward(members["onward"]),
        country=_match(members["country"], "country", _COUNTRY),
        terms=_document(members["terms"]),
        offer_id=None if offer is None else UUID(_match(offer, "offer_id", _UUID)),
        benefit=_benefit(members["benefit"]) if "benefit" in members else None,
    )


def serialise(provision: DataProvision) -> dict[str, Any]:
    """Write terms as the JSON object that `parse` reads, lists in sorted order."""
    written: dict[str, Any] = {
        "type": TYPE,
        "version": VERSION,
        "purpose": provision.purpose,
        "categories": list(provision.categories),
        "detail": provision.detail.value,
        "window": _write_window(provision.window),
        "access": _write_access(provision.access),
        "form": provision.form.value,
        "retention_days": provision.retention_days,
        "after_withdrawal": _write_after(provision.after_withdrawal),
        "onward": list(provision.onward),
        "country": provision.country,
        "terms": {"uri": provision.terms.uri, "sha256": provision.terms.sha256},
    }
    if provision.offer_id is not None:
        written["offer_id"] = str(provision.offer_id)
    if provision.question is not None:
        written["question"] = provision.question
    if provision.benefit is not None:
        benefit = provision.benefit
        written["benefit"] = {
            "kind": benefit.kind.value,
            "ja": benefit.ja,
            "en": benefit.en,
        }
    return written


def granted(provision: DataProvision, consent_id: UUID, version: int) -> dict[str, Any]:
    """Write the object that a token response and a grant query return."""
    return {
        **serialise(provision),
        "consent_id": str(consent_id),
        "consent_version": version,
    }


def parse_granted(value: object) -> tuple[DataProvision, UUID, int]:
    """Read a granted object: the terms, the consent and its version."""
    if not isinstance(value, Mapping):
        raise InvalidTerms("", "is not an object")
    rest = dict(value)
    consent_id = _match(rest.pop("consent_id", None), "consent_id", _UUID)
    version = _integer(rest.pop("consent_version", None), "consent_version", 1)
    return parse(rest), UUID(consent_id), version


def _members(
    value: object,
    path: str,
    required: frozenset[str],
    optional: frozenset[str] = frozenset(),
) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidTerms(path, "is not an object")
    for name in sorted(required):
        if name not in value:
            raise InvalidTerms(_below(path, name), "is missing")
    for name in value:
        if name not in required and name not in optional:
            raise InvalidTerms(path, "has a member that is not known here")
        if value[name] is None:
            raise InvalidTerms(_below(path, name), "is null")
    return value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _match(value: object, path: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or pattern.match(value) is None:
        raise InvalidTerms(path, "is not in the form of the format")
    return value


def _integer(value: object, path: str, least: int, most: int = MAX_DAYS) -> int:
    if type(value) is not int or not least <= value <= most:
        raise InvalidTerms(path, f"is not an integer from {least} to {most}")
    return value


def _choice(value: object, path: str, choices: type[E]) -> E:
    if isinstance(value, str):
        for member in choices:
            if member.value == value:
                return member
    raise InvalidTerms(path, "is not one of the choices")


def _list(value: object, path: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InvalidTerms(path, f"is not a list of at most {most}")
    return value


def _purpose(value: object) -> str:
    purpose = _match(value, "purpose", _ID)
    if purpose in purposes.FORBIDDEN:
        raise InvalidTerms("purpose", "is forbidden")
    if purpose not in purposes.ALL:
        raise InvalidTerms("purpose", "is not in the vocabulary")
    return purpose


def _question(value: object) -> str:
    question = _match(value, "question", _ID)
    if question not in purposes.QUESTIONS:
        raise InvalidTerms("question", "is not in the reviewed list")
    return question


def _categories(value: object) -> tuple[str, ...]:
    found = [
        _match(item, "categories", _ID)
        for item in _list(value, "categories", MAX_CATEGORIES)
    ]
    if not all(categories.match(prefix) for prefix in found):
        raise InvalidTerms("categories", "names something outside the vocabulary")
    return tuple(sorted(found))


def _onward(value: object) -> tuple[str, ...]:
    found = _list(value, "onward", MAX_ONWARD)
    return tuple(sorted(_match(item, "onward", _ID) for item in found))


def _day(value: object, path: str) -> date:
    text = _match(value, path, _DATE)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidTerms(path, "is not a day of the calendar") from None


def _window(value: object) -> Window:
    members = _members(value, "window", frozenset({"from"}), frozenset({"until"}))
    first = _day(members["from"], "window.from")
    if "until" not in members:
        return Window(first)
    return Window(first, _day(members["until"], "window.until"))


def _access(value: object) -> Access:
    optional = frozenset({"max_per_day"})
    members = _members(value, "access", frozenset({"mode", "until"}), optional)
    limit = members.get("max_per_day")
    if limit is not None:
        limit = _integer(limit, "access.max_per_day", 1, MAX_PER_DAY)
    return Access(
        mode=_choice(members["mode"], "access.mode", AccessMode),
        until=_moment(members["until"]),
        max_per_day=limit,
    )


def _moment(value: object) -> datetime:
    text = _match(value, "access.until", _MOMENT)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise InvalidTerms("access.until", "is not a moment") from None


def _after(value: object) -> AfterWithdrawal:
    optional = frozenset({"within_days"})
    members = _members(value, "after_withdrawal", frozenset({"action"}), optional)
    action = _choice(members["action"], "after_withdrawal.action", Afterwards)
    days = members.get("within_days")
    if days is not None:
        days = _integer(days, "after_withdrawal.within_days", 1)
    return AfterWithdrawal(action, days)


def _document(value: object) -> TermsDocument:
    members = _members(value, "terms", frozenset({"uri", "sha256"}))
    uri = _match(members["uri"], "terms.uri", _HTTPS)
    return TermsDocument(uri, _match(members["sha256"], "terms.sha256", _SHA256))


def _benefit(value: object) -> Benefit:
    members = _members(value, "benefit", frozenset({"kind", "ja", "en"}))
    return Benefit(
        kind=_choice(members["kind"], "benefit.kind", BenefitKind),
        ja=_match(members["ja"], "benefit.ja", _TEXT),
        en=_match(members["en"], "benefit.en", _TEXT),
    )


def _write_window(window: Window) -> dict[str, str]:
    written = {"from": window.first.isoformat()}
    if window.last is not None:
        written["until"] = window.last.isoformat()
    return written


def _write_access(access: Access) -> dict[str, Any]:
    written: dict[str, Any] = {
        "mode": access.mode.value,
        "until": access.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if access.max_per_day is not None:
        written["max_per_day"] = access.max_per_day
    return written


def _write_after(after: AfterWithdrawal) -> dict[str, Any]:
    written: dict[str, Any] = {"action": after.action.value}
    if after.within_days is not None:
        written["within_days"] = after.within_days
    return written
