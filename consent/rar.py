"""Reads and writes the authorization detail `data_provision` (RFC 9396).

Reading is strict: unknown members, wrong types, unknown vocabulary and broken rules
are refused with the path of the first fault. The published JSON schema
`schemas/data-provision-1.schema.json` says the same; a test holds the two together.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from consent.strict import choice, integer, items, members_of, text
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
from pds.core.vocabulary import DetailLevel, categories, purposes, questions

TYPE = "data_provision"
VERSION = 1
SCHEMA = "data-provision-1.schema.json"
"""File in `consent/schemas` that publishes the format."""

MAX_CATEGORIES = 32
MAX_ONWARD = 16
MAX_PER_DAY = 10_000

_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z", re.ASCII)
_DATE = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d\Z", re.ASCII)
_MOMENT = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
UUID_FORM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)
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


def parse(value: object) -> DataProvision:
    """Read one authorization detail.

    Args:
        value: what a JSON parser gave; anything at all may be passed.

    Raises:
        InvalidTerms: the first broken rule, with its path.
    """
    members = members_of(value, "", _REQUIRED, _OPTIONAL)
    if members["type"] != TYPE:
        raise InvalidTerms("type", "is not data_provision")
    if members["version"] is True or members["version"] != VERSION:
        raise InvalidTerms("version", "is not known here")
    offer = members.get("offer_id")
    question = members.get("question")
    return DataProvision(
        purpose=_purpose(members["purpose"]),
        categories=_categories(members["categories"]),
        detail=choice(members["detail"], "detail", DetailLevel),
        question=None if question is None else _question(question),
        window=_window(members["window"]),
        access=_access(members["access"]),
        form=choice(members["form"], "form", ProvisionForm),
        retention_days=integer(members["retention_days"], "retention_days", 0),
        after_withdrawal=_after(members["after_withdrawal"]),
        onward=_onward(members["onward"]),
        country=text(members["country"], "country", _COUNTRY),
        terms=_document(members["terms"]),
        offer_id=None if offer is None else UUID(text(offer, "offer_id", UUID_FORM)),
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
    consent_id = text(rest.pop("consent_id", None), "consent_id", UUID_FORM)
    version = integer(rest.pop("consent_version", None), "consent_version", 1)
    return parse(rest), UUID(consent_id), version


def _purpose(value: object) -> str:
    purpose = text(value, "purpose", _ID)
    if purpose in purposes.FORBIDDEN:
        raise InvalidTerms("purpose", "is forbidden")
    if purpose not in purposes.ALL:
        raise InvalidTerms("purpose", "is not in the vocabulary")
    return purpose


def _question(value: object) -> str:
    question = text(value, "question", _ID)
    if question not in questions.ALL:
        raise InvalidTerms("question", "is not in the reviewed list")
    return question


def _categories(value: object) -> tuple[str, ...]:
    found = [
        text(item, "categories", _ID)
        for item in items(value, "categories", MAX_CATEGORIES)
    ]
    if not all(categories.match(prefix) for prefix in found):
        raise InvalidTerms("categories", "names something outside the vocabulary")
    return tuple(sorted(found))


def _onward(value: object) -> tuple[str, ...]:
    found = items(value, "onward", MAX_ONWARD)
    return tuple(sorted(text(item, "onward", _ID) for item in found))


def _day(value: object, path: str) -> date:
    found = text(value, path, _DATE)
    try:
        return date.fromisoformat(found)
    except ValueError:
        raise InvalidTerms(path, "is not a day of the calendar") from None


def _window(value: object) -> Window:
    members = members_of(value, "window", frozenset({"from"}), frozenset({"until"}))
    first = _day(members["from"], "window.from")
    if "until" not in members:
        return Window(first)
    return Window(first, _day(members["until"], "window.until"))


def _access(value: object) -> Access:
    optional = frozenset({"max_per_day"})
    members = members_of(value, "access", frozenset({"mode", "until"}), optional)
    limit = members.get("max_per_day")
    if limit is not None:
        limit = integer(limit, "access.max_per_day", 1, MAX_PER_DAY)
    return Access(
        mode=choice(members["mode"], "access.mode", AccessMode),
        until=_moment(members["until"]),
        max_per_day=limit,
    )


def _moment(value: object) -> datetime:
    found = text(value, "access.until", _MOMENT)
    try:
        return datetime.fromisoformat(found).astimezone(UTC)
    except ValueError:
        raise InvalidTerms("access.until", "is not a moment") from None


def _after(value: object) -> AfterWithdrawal:
    optional = frozenset({"within_days"})
    members = members_of(value, "after_withdrawal", frozenset({"action"}), optional)
    action = choice(members["action"], "after_withdrawal.action", Afterwards)
    days = members.get("within_days")
    if days is not None:
        days = integer(days, "after_withdrawal.within_days", 1)
    return AfterWithdrawal(action, days)


def _document(value: object) -> TermsDocument:
    members = members_of(value, "terms", frozenset({"uri", "sha256"}))
    uri = text(members["uri"], "terms.uri", _HTTPS)
    return TermsDocument(uri, text(members["sha256"], "terms.sha256", _SHA256))


def _benefit(value: object) -> Benefit:
    members = members_of(value, "benefit", frozenset({"kind", "ja", "en"}))
    return Benefit(
        kind=choice(members["kind"], "benefit.kind", BenefitKind),
        ja=text(members["ja"], "benefit.ja", _TEXT),
        en=text(members["en"], "benefit.en", _TEXT),
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
