"""Other information banks that this one believes, and whose keys it has pinned (H-05).

The operator checks the other side before it is entered: a known bank's word about
where records came from counts here, and persons may send their archive there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import insert, select, update

from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from providers.tables import partner_bank

_MOST_KEYS: Final = 10


class PartnerState(StrEnum):
    """Whether another bank is believed."""

    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Partner:
    """Another information bank.

    Attributes:
        issuer: its address, which its archives name.
        name_ja: what it is called on Japanese pages.
        name_en: the same in English.
        keys: public keys (JWK) of its statements, as they were pinned.
        log_vkeys: verifier keys of its log, by which old proofs are checked.
        checked: what the operator looked at before it was entered.
    """

    issuer: str
    name_ja: str
    name_en: str
    keys: tuple[Mapping[str, Any], ...]
    log_vkeys: tuple[str, ...]
    checked: str
    state: PartnerState
    changed_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether it is believed and may be sent to."""
        return self.state is PartnerState.ACTIVE


def add(
    work: Any,
    *,
    issuer: str,
    name_ja: str,
    name_en: str,
    keys: Sequence[Mapping[str, Any]],
    log_vkeys: Sequence[str],
    checked: str,
    is_local: bool = False,
    replaces: bool = False,
) -> None:
    """Enter another bank, or on demand its new keys in place of the old ones.

    Args:
        work: unit of work (`connection`, `now`).
        issuer: its address.
        name_ja: what it is called on Japanese pages.
        name_en: the same in English.
        keys: public keys of its statements.
        log_vkeys: verifier keys of its log.
        checked: what the operator looked at.
        is_local: whether this bank itself runs on localhost, where another may, too.
        replaces: whether a bank that is known, or was ended, is meant: everything that
            was kept of it is replaced.

    Raises:
        Invalid: `partner.issuer`, `partner.keys` or `partner.checked`.
        Conflict: `partner.known`; it is known, or was ended, and nothing was changed.
        NotFound: `partner.unknown`; there is nothing to be replaced.
    """
    _check(issuer, keys, checked, is_local=is_local)
    row = {
        "name_ja": name_ja,
        "name_en": name_en,
        "keys": json.dumps(list(keys)),
        "log_vkeys": "\n".join(log_vkeys),
        "checked": checked,
        "state": PartnerState.ACTIVE,
        "changed_at": work.now,
    }
    if replaces:
        known = partner_bank.c.issuer == issuer
        changed = update(partner_bank).where(known).values(**row)
        if not work.connection.execute(changed).rowcount:
            raise NotFound("partner.unknown", "No such bank is known.")
    elif find(work, issuer) is not None:
        raise Conflict("partner.known", "This bank is known, or was ended.")
    else:
        work.connection.execute(insert(partner_bank).values(issuer=issuer, **row))


def _check(
    issuer: str, keys: Sequence[Mapping[str, Any]], checked: str, *, is_local: bool
) -> None:
    parts = urlsplit(issuer)
    may_be_plain = is_local and parts.hostname == "localhost"
    if (
        parts.scheme not in ("https", *(("http",) if may_be_plain else ()))
        or not parts.hostname
        or parts.query
        or "@" in parts.netloc
        or issuer.endswith("/")
    ):
        raise Invalid("partner.issuer", "The address is an https address.")
    if not 1 <= len(keys) <= _MOST_KEYS or any("d" in key for key in keys):
        raise Invalid("partner.keys", "One to ten public keys are needed.")
    if not checked.strip():
        raise Invalid("partner.checked", "Say what was checked before.")


def end(work: Any, issuer: str) -> None:
    """Believe a bank no longer.

    Raises:
        Conflict: `partner.ended`; it is not believed now.
    """
    done = work.connection.execute(
        update(partner_bank)
        .where(
            partner_bank.c.issuer == issuer,
            partner_bank.c.state == PartnerState.ACTIVE.value,
        )
        .values(state=PartnerState.ENDED, changed_at=work.now)
    )
    if not done.rowcount:
        raise Conflict("partner.ended", "This bank is not believed now.")


def find(snap: Snapshot, issuer: str) -> Partner | None:
    """Return another bank by its address, or None."""
    wanted = select(partner_bank).where(partner_bank.c.issuer == issuer)
    row = snap.connection.execute(wanted).first()
    return None if row is None else _read(row)


def get(snap: Snapshot, issuer: str) -> Partner:
    """Return another bank that is believed.

    Raises:
        NotFound: `partner.unknown`.
    """
    found = find(snap, issuer)
    if found is None or not found.is_active:
        raise NotFound("partner.unknown", "No such bank is known.")
    return found


def every(snap: Snapshot) -> list[Partner]:
    """Return all of them, by address."""
    rows = snap.connection.execute(select(partner_bank).order_by(partner_bank.c.issuer))
    return [_read(row) for row in rows]


def _read(row: Any) -> Partner:
    return Partner(
        issuer=row.issuer,
        name_ja=row.name_ja,
        name_en=row.name_en,
        keys=tuple(json.loads(row.keys)),
        log_vkeys=tuple(filter(None, row.log_vkeys.split("\n"))),
        checked=row.checked,
        state=PartnerState(row.state),
        changed_at=row.changed_at,
    )
