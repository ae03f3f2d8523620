"""The order by which a bank sends a person's archive to another one (H-05).

An archive names nobody, so whoever got hold of a copy could bring it as records about
themselves. What is taken as the other bank's word has therefore to come with an order:
the bank whose person it is says, for this archive and for this code, that its person
sent it here. A copy comes without one, and an order is of no use for another archive,
bank or code. Described in `docs/formats/archive.md`; pure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError
from pds.core.clock import to_millis
from pds.core.errors import Forbidden, Invalid
from pds.crypto.statement import StatementKey, open_statement
from providers.partners import Partner

HEADER: Final = "Infobank-Transfer"
"""The request's header that carries the order."""
TYP: Final = "archive-transfer+jwt"
_VERSION: Final = 1


def sign(
    key: StatementKey,
    *,
    issuer: str,
    audience: str,
    archive_id: UUID,
    code_hash: bytes,
    at: datetime,
) -> str:
    """Return the signed order.

    Args:
        key: of the sending bank.
        issuer: its address.
        audience: address of the receiving bank.
        archive_id: the archive's own id.
        code_hash: SHA-256 of the code that the receiving bank gave the person.
        at: this moment.
    """
    claims = {
        "archive": str(archive_id),
        "aud": audience,
        "code_sha256": code_hash.hex(),
        "iat": to_millis(at) // 1000,
        "iss": issuer,
        "v": _VERSION,
    }
    return key.sign(TYP, canonical(claims))


def check(said: str, partner: Partner, *, audience: str, code_hash: bytes) -> UUID:
    """Return the id of the archive that an order is for.

    Raises:
        Forbidden: `transfer.order`; the bank has not ordered this with this code.
    """
    for key in partner.keys:
        claims = _claims(said, key)
        ours = (_VERSION, partner.issuer, audience, code_hash.hex())
        if tuple(map(claims.get, ("v", "iss", "aud", "code_sha256"))) == ours:
            return _archive_id(claims)
    raise _refused()


def _claims(said: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = parse_canonical(open_statement(said, TYP, key))
    except (Invalid, VerificationError):
        return {}
    return found if isinstance(found, dict) else {}


def _archive_id(claims: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(claims.get("archive")))
    except ValueError:
        raise _refused() from None


def _refused() -> Forbidden:
    return Forbidden("transfer.order", "The other bank has not ordered this.")
