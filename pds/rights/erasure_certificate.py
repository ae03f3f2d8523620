"""The erasure certificate: what was destroyed and what is kept, with proof (C-09).

`docs/formats/erasure.md` describes every member. It names nobody, so that the person
may show it to anybody.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError
from audit.signer import LogSigner
from consent.receipt_record import rfc3339
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.crypto.statement import StatementKey, open_statement
from pds.keys.keyring import Keyring
from pds.rights import history, proofs
from pds.rights.erasure import Erasure

VERSION: Final = 1
TYP: Final = "erasure-certificate+jwt"
OPENED: Final = ("decided_at", "object", "reasons")
"""Fields of the entry that the certificate's proof opens; none says who it was."""


def proof(snap: Snapshot, keys: Keyring, signer: LogSigner, found: Erasure) -> bytes:
    """Return the proof of the entry `person:erased`.

    Raises:
        NotFound: the entry waits for its place, or the erasure is finished.
        Conflict: a larger tree was signed meanwhile; ask again.
    """
    if found.owner is None:
        raise AssertionError("A finished erasure has its certificate.")
    entry = history.find(snap, keys, found.owner, found.leaf_id)
    return proofs.build(snap, signer, entry, OPENED)


def compose(
    found: Erasure,
    *,
    issuer: str,
    finished_at: datetime,
    unreadable_from: datetime | None,
    proof: bytes,
) -> dict[str, Any]:
    """Write the claims of a certificate; pure.

    Args:
        found: the erasure, its rows deleted.
        issuer: address of the bank.
        finished_at: when all was done.
        unreadable_from: when the KEK versions of the keys' wraps are planned to be
            destroyed, if a day is planned.
        proof: of the log's entry.
    """
    facts = found.facts
    copies: dict[str, Any] = {"kek_versions": facts["kek_versions"]}
    if unreadable_from is not None:
        copies["unreadable_from"] = rfc3339(unreadable_from)
    return {
        "copies": copies,
        "erased_at": rfc3339(found.erased_at),
        "finished_at": rfc3339(finished_at),
        "iat": to_millis(finished_at) // 1000,
        "iss": issuer,
        "jti": str(found.certificate_id),
        "keys": facts["keys"],
        "leaf_id": str(found.leaf_id),
        "proof": base64.b64encode(proof).decode(),
        "removed": facts["removed"],
        "residual": facts["residual"],
        "v": VERSION,
    }


def sign(claims: Mapping[str, Any], key: StatementKey) -> str:
    """Return the signed certificate."""
    return key.sign(TYP, canonical(claims))


def verify(certificate: str, public: Mapping[str, Any]) -> dict[str, Any]:
    """Check a certificate against the bank's public key and return its claims.

    Raises:
        Invalid: `erasure.certificate-invalid`, whatever is wrong.
    """
    try:
        claims = parse_canonical(open_statement(certificate, TYP, public))
        is_known = claims["v"] == VERSION
    except (Invalid, VerificationError, KeyError, TypeError):
        is_known = False
    if not is_known:
        raise Invalid("erasure.certificate-invalid", "The certificate is not sound.")
    return dict(claims)
