"""Reads and writes the authorization detail `offer_provision` (RFC 9396).

By it a recipient names the accepted offer that it wants a token for. It asks for
nothing by itself: what may go is said by each person's own consent. The published JSON
schema `schemas/offer-provision-1.schema.json` says the same; a test holds the two
together.
"""

from typing import Any
from uuid import UUID

from consent.rar import UUID_FORM
from consent.strict import members_of, text
from consent.terms import InvalidTerms

TYPE = "offer_provision"
VERSION = 1
SCHEMA = "offer-provision-1.schema.json"
"""File in `consent/schemas` that publishes the format."""

_MEMBERS = frozenset({"type", "version", "offer_id"})


def parse(value: object) -> UUID:
    """Return the offer that an authorization detail names.

    Raises:
        InvalidTerms: with the path of the first fault.
    """
    members = members_of(value, "", _MEMBERS)
    if members["type"] != TYPE:
        raise InvalidTerms("type", f"is not {TYPE}")
    if type(members["version"]) is not int or members["version"] != VERSION:
        raise InvalidTerms("version", f"is not {VERSION}")
    return UUID(text(members["offer_id"], "offer_id", UUID_FORM))


def write(offer_id: UUID) -> dict[str, Any]:
    """Return the authorization detail that names an offer."""
    return {"type": TYPE, "version": VERSION, "offer_id": str(offer_id)}
