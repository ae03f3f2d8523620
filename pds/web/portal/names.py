"""Names of organisations for a page, looked up once each."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from consent import recipients
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import RecipientId
from pds.web.languages import language
from providers import sources
from providers.partners import Partner


def recipient_names(snap: Snapshot, ids: Iterable[str]) -> Mapping[str, str]:
    """Return the legal name of each recipient; an unknown id speaks for itself."""
    found: dict[str, str] = {}
    for recipient_id in set(ids) - {""}:
        try:
            profile = recipients.get(snap, RecipientId(recipient_id)).profile
        except NotFound:
            found[recipient_id] = recipient_id
        else:
            is_ja = language() == "ja"
            found[recipient_id] = profile.name_ja if is_ja else profile.name_en
    return found


def source_names(snap: Snapshot, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the name of each source of data; an unknown one by its id."""
    found: dict[UUID, str] = {}
    for source_id in set(ids):
        try:
            source = sources.get(snap, source_id)
        except NotFound:
            found[source_id] = str(source_id)
        else:
            found[source_id] = source.name_ja if language() == "ja" else source.name_en
    return found


def partner_name(partner: Partner) -> str:
    """Return what another bank is called in the page's language."""
    return partner.name_ja if language() == "ja" else partner.name_en
