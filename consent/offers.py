"""Offers: what a recipient proposes to everybody, in versions (N-04, D-08).

An offer says how long and how far back in days; an instance for a person says it in
dates. It goes live only with contract, certificate and board decision in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent import ceilings, preflight, rar, recipients
from consent.facts import OfferState
from consent.policy import record_policy
from consent.preflight import NotPermitted
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.reasons import Reason
from consent.tables import offer
from consent.terms import DataProvision, Window
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories

_LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTemplate:
    """What is proposed.

    Attributes:
        provision: the terms as for somebody who answers at `made_at`; window and end
            of access are replaced in each instance.
        window_days: how far back the data reaches, from the answer.
        validity_days: how long the consent holds, from the answer.
        title_ja: a short title in Japanese.
        title_en: the same in English.
    """

    provision: DataProvision
    window_days: int
    validity_days: int
    title_ja: str
    title_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of an offer."""

    offer_id: UUID
    version: int
    recipient_id: RecipientId
    state: OfferState
    template: OfferTemplate
    fence: int
    made_at: datetime

    def instance(self, now: datetime) -> DataProvision:
        """Return the terms for a person who is asked now."""
        return _instance(self.template, self.offer_id, now)


def draft(
    work: Work, recipient_id: RecipientId, template: OfferTemplate, *, actor: str
) -> UUID:
    """Enter a draft and return its id.

    Raises:
        NotFound: `recipient.unknown`.
        NotPermitted: a ceiling of the purpose is broken.
        Invalid: `offer.<member>` breaks a rule.
    """
    recipients.get(work, recipient_id)
    offer_id = work.ids.new()
    _add(work, offer_id, 1, 1, recipient_id, template)
    _record(work, "drafted", actor, recipient_id, offer_id)
    return offer_id


def revise(work: Work, offer_id: UUID, template: OfferTemplate, *, actor: str) -> int:
    """Replace an offer by a new draft version; what answered the old one stops.

    Raises:
        NotPermitted: a ceiling of the purpose is broken.
        Conflict: `offer.ended`.
    """
    before = _alive(work, offer_id)
    version = before.version + 1
    recipient_id = before.recipient_id
    _add(work, offer_id, version, before.fence + 1, recipient_id, template)
    _record(work, "revised", actor, recipient_id, offer_id)
    return version


def go_live(
    work: Work,
    offer_id: UUID,
    *,
    actor: str,
    profile: CertificationProfile = PROFILE_2_2,
) -> None:
    """Publish a draft.

    Raises:
        Conflict: `offer.ended`, or `offer.live` already.
        NotPermitted: contract, certificate, board decision, ceilings or profile do
            not allow it.
    """
    before = _alive(work, offer_id)
    if before.state is OfferState.LIVE:
        raise Conflict("offer.live", "The offer is live already.")
    instance = before.instance(work.now)
    found = preflight.check(work, before.recipient_id, instance, profile=profile)
    lacking = tuple(r for r in found.reasons if r is not Reason.OFFER_NOT_LIVE)
    if lacking:
        raise NotPermitted(lacking)
    _set_state(work, before, OfferState.LIVE)
    _record(work, "published", actor, before.recipient_id, offer_id)


def end(work: Work, offer_id: UUID, *, actor: str) -> None:
    """End an offer; nothing more is given to consents that answer it.

    Raises:
        Conflict: `offer.ended` already.
    """
    before = _alive(work, offer_id)
    _set_state(work, before, OfferState.ENDED)
    _record(work, "ended", actor, before.recipient_id, offer_id)


def get(snap: Snapshot, offer_id: UUID) -> Offer:
    """Return the version that counts; NotFound `offer.unknown` if none."""
    query = (
        select(offer)
        .where(offer.c.offer_id == offer_id)
        .order_by(offer.c.version.desc())
        .limit(1)
    )
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("offer.unknown", "There is no such offer.")
    return _read(row)


def every(snap: Snapshot, recipient_id: RecipientId | None = None) -> list[Offer]:
    """Return offers, newest first, each in the version that counts."""
    newest = select(offer.c.offer_id, func.max(offer.c.version).label("version"))
    if recipient_id is not None:
        newest = newest.where(offer.c.recipient_id == recipient_id)
    last = newest.group_by(offer.c.offer_id).subquery()
    query = (
        select(offer)
        .join(
            last,
            (last.c.offer_id == offer.c.offer_id) & (last.c.version == offer.c.version),
        )
        .order_by(offer.c.offer_id.desc())
    )
    return [_read(row) for row in snap.connection.execute(query)]


def live(snap: Snapshot) -> list[Offer]:
    """Return the offers whose newest version is live."""
    newer = offer.alias()
    is_replaced = exists().where(
        newer.c.offer_id == offer.c.offer_id, newer.c.version > offer.c.version
    )
    query = select(offer).where(offer.c.state == OfferState.LIVE.value, ~is_replaced)
    return [_read(row) for row in snap.connection.execute(query)]


def versions(snap: Snapshot, offer_id: UUID) -> list[Offer]:
    """Return every version of an offer, oldest first.

    Raises:
        NotFound: `offer.unknown`.
    """
    query = select(offer).where(offer.c.offer_id == offer_id).order_by(offer.c.version)
    found = [_read(row) for row in snap.connection.execute(query)]
    if not found:
        raise NotFound("offer.unknown", "There is no such offer.")
    return found


def _alive(work: Work, offer_id: UUID) -> Offer:
    found = get(work, offer_id)
    if found.state is OfferState.ENDED:
        raise Conflict("offer.ended", "The offer has ended.")
    return found


def _instance(template: OfferTemplate, offer_id: UUID, now: datetime) -> DataProvision:
    provision = template.provision
    first = now.astimezone(TOKYO).date() - timedelta(days=template.window_days)
    until = (now + timedelta(days=template.validity_days)).replace(microsecond=0)
    access = replace(provision.access, until=until)
    return replace(provision, offer_id=offer_id, window=Window(first), access=access)


def _add(
    work: Work,
    offer_id: UUID,
    version: int,
    fence: int,
    recipient_id: str,
    template: OfferTemplate,
) -> None:
    _check(template)
    _require_ceilings(template, offer_id, work.now)
    written = {
        "v": 1,
        "provision": rar.serialise(template.provision),
        "window_days": template.window_days,
        "validity_days": template.validity_days,
    }
    row = {
        "offer_id": offer_id,
        "version": version,
        "recipient_id": recipient_id,
        "state": OfferState.DRAFT.value,
        "title_ja": template.title_ja,
        "title_en": template.title_en,
        "template": canonical(written),
        "fence": fence,
        "made_at": work.now,
    }
    work.connection.execute(insert(offer).values(row))


def _check(template: OfferTemplate) -> None:
    for title in (template.title_ja, template.title_en):
        if not title.strip() or len(title) > _LONGEST_TITLE:
            raise Invalid("offer.title", f"A title of 1 to {_LONGEST_TITLE} letters.")
    if template.window_days < 0:
        raise Invalid("offer.window_days", "The window is not negative.")
    if template.validity_days < 1:
        raise Invalid("offer.validity_days", "A consent holds for a day at least.")


def _require_ceilings(template: OfferTemplate, offer_id: UUID, now: datetime) -> None:
    terms = _instance(template, offer_id, now)
    covered = categories.expand(terms.categories)
    found = set(ceilings.breaches(terms, covered, now))
    if found:
        raise NotPermitted(tuple(each for each in Reason if each in found))


def _set_state(work: Work, before: Offer, state: OfferState) -> None:
    work.connection.execute(
        update(offer)
        .where(offer.c.offer_id == before.offer_id, offer.c.version == before.version)
        .values(state=state.value, fence=before.fence + 1)
    )


def _read(row: Row[Any]) -> Offer:
    written: Mapping[str, Any] = parse_canonical(bytes(row.template))
    return Offer(
        offer_id=row.offer_id,
        version=row.version,
        recipient_id=RecipientId(row.recipient_id),
        state=OfferState(row.state),
        template=OfferTemplate(
            provision=rar.parse(written["provision"]),
            window_days=written["window_days"],
            validity_days=written["validity_days"],
            title_ja=row.title_ja,
            title_en=row.title_en,
        ),
        fence=row.fence,
        made_at=row.made_at,
    )


def _record(
    work: Work, action: str, actor: str, recipient_id: RecipientId, offer_id: UUID
) -> None:
    recipients.touch(work, recipient_id)
    record_policy(
        work,
        f"offer.{action}",
        actor=actor,
        recipient_id=recipient_id,
        about=str(offer_id),
    )
