"""A corrected record, read and checked by the same readers as a deposited file."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Final

from pds.core.errors import Invalid
from pds.intake import plan
from pds.vault.records import OpenRecord, RecordDraft
from providers import payload

_TYPES: Final = {"receipt/1": "application/json"}
_FHIR: Final = "application/fhir+json"
_KEPT: Final = ("replaced", "had_narrative")
"""Members of the header that only the first reading could know."""


def read(old: OpenRecord, text: bytes, *, now: datetime) -> RecordDraft:
    """Return the draft of a corrected record.

    Args:
        old: the record as it stands.
        text: the whole payload after the correction, JSON.
        now: the moment of reading.

    Raises:
        IntakeError: a rule of the format is broken; carries the issues.
        Invalid: `intake.not-one`; it would be more than one record, or of another
            kind.
    """
    found = plan.read(text, _TYPES.get(old.schema, _FHIR), now=now)
    drafts = [each.draft for each in found.records]
    if not found.keeps_raw or len(drafts) != 1 or not _is_alike(old, drafts[0]):
        raise Invalid("intake.not-one", "A correction is one record of the same kind.")
    draft = drafts[0]
    is_same_day = draft.last_day == old.last_day
    order = old.order_in_day if is_same_day else draft.order_in_day
    return replace(draft, order_in_day=order, header=_header(old, draft))


def _is_alike(old: OpenRecord, draft: RecordDraft) -> bool:
    return (old.schema, old.category) == (draft.payload_schema, draft.category)


def _header(old: OpenRecord, draft: RecordDraft) -> bytes:
    own = draft.header
    text = own if isinstance(own, bytes) else payload.write(own)
    before, after = old.header_map(), json.loads(text)
    kept = {name: before[name] for name in _KEPT if name in before}
    return payload.write({**after, **kept})
