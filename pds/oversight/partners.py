"""Entering and ending other information banks; each is an entry of the log (H-05)."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.work import Work
from consent.policy import record_policy
from providers import partners


def enter(
    work: Work,
    *,
    issuer: str,
    name_ja: str,
    name_en: str,
    keys: Sequence[Mapping[str, Any]],
    log_vkeys: Sequence[str],
    checked: str,
    actor: str,
    is_local: bool = False,
    replaces: bool = False,
) -> None:
    """Believe another bank from now on; see `partners.add` for the errors."""
    partners.add(
        work,
        issuer=issuer,
        name_ja=name_ja,
        name_en=name_en,
        keys=keys,
        log_vkeys=log_vkeys,
        checked=checked,
        is_local=is_local,
        replaces=replaces,
    )
    action = "partner.replaced" if replaces else "partner.entered"
    record_policy(work, action, actor=actor, about=issuer)


def end(work: Work, issuer: str, *, actor: str) -> None:
    """Believe another bank no longer; see `partners.end` for the errors."""
    partners.end(work, issuer)
    record_policy(work, "partner.ended", actor=actor, about=issuer)
