"""Authorization details as they come and go over HTTP (RFC 9396)."""

import json
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidGrantError

from consent import facts_store, rar
from consent.oauth.grants import Grant
from pds.web.oauth.errors import InvalidAuthorizationDetailsError

if TYPE_CHECKING:
    from pds.bank.bank import Bank


def only(text: str | None) -> Any:
    """Return the one object of a parameter `authorization_details`.

    Raises:
        InvalidAuthorizationDetailsError: it is not a JSON list of exactly one.
    """
    try:
        found: Any = json.loads(text or "")
    except (ValueError, RecursionError) as error:
        raise InvalidAuthorizationDetailsError("The details are not JSON.") from error
    if not isinstance(found, list) or len(found) != 1:
        raise InvalidAuthorizationDetailsError("Exactly one detail is required.")
    return found[0]


def granted(bank: "Bank", grant: Grant) -> dict[str, Any]:
    """Return what a grant's consent covers now, with its id and version.

    Raises:
        InvalidGrantError: the consent's evidence cannot be opened any more.
    """
    with bank.read() as snap:
        facts = facts_store.load(snap, bank.keys, grant.owner, grant.consent_id)
    if facts.consent is None:
        raise InvalidGrantError("The code or token is not valid, or not any more.")
    consent = facts.consent
    return rar.granted(consent.terms, consent.consent_id, consent.version)
