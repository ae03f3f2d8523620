"""The granted authorization detail, as a token response returns it (RFC 9396)."""

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidGrantError

from consent import facts_store, rar
from consent.oauth.grants import Grant

if TYPE_CHECKING:
    from pds.bank.bank import Bank


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
