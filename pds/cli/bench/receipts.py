"""Records to measure with: receipts of about one kilobyte, four a day."""

import json
from uuid import UUID

from audit.work import Work
from pds.core.ids import OwnerId
from pds.core.vocabulary import Sensitivity
from pds.vault.records import RecordDraft
from pds.vault.service import Vault

CATEGORY = "purchase.receipt"
_SOURCE = UUID(int=1)
_PER_DAY = 4
_TEXT = "r" * 760


def store(
    work: Work, vault: Vault, owner: OwnerId, last_day: int, numbers: range
) -> None:
    """Store receipts; a higher number is an older one.

    Args:
        work: the unit of work.
        vault: the vault.
        owner: whose they become.
        last_day: day of the first four, days since 1970-01-01.
        numbers: which receipts.
    """
    import_id = work.ids.new()
    vault.begin_import(
        work, owner, import_id, source_id=_SOURCE, media_type="application/json"
    )
    drafts = [_draft(last_day, number) for number in numbers]
    vault.add(work, owner, import_id, drafts)


def _draft(last_day: int, number: int) -> RecordDraft:
    day = last_day - number // _PER_DAY
    payload = {"id": number, "text": _TEXT}
    return RecordDraft(
        category=CATEGORY,
        first_day=day,
        last_day=day,
        order_in_day=_PER_DAY - 1 - number % _PER_DAY,
        payload_schema="receipt/1",
        sensitivity=Sensitivity.GENERAL.value,
        source_id=_SOURCE,
        dedupe=str(number).encode(),
        header={"total": str(number), "shop": "bench"},
        payload=json.dumps(payload, separators=(",", ":"), sort_keys=True).encode(),
    )
