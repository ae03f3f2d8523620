"""Brings an anonymised set to the gate, with the notice that law asks for.

What is published when a set is made are the items of information (APPI 43(3)); before
it is given also the method of provision (APPI 43(4), 44).
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from audit.work import Work
from pds.core.errors import Conflict
from pds.core.vocabulary.dataset_rules import DataSetKind, RowUnit, Rules
from pds.datasets import chunks, register
from pds.datasets.orders import DataSet
from pds.datasets.writing import CHUNK
from pds.disclosure import anonymised

MOST_CHUNKS: Final = 64
"""Greater sets are not published, since one transaction brings them to the gate."""
METHOD: Final = {
    "en": "download from the bank's public page by anybody",
    "ja": "この情報銀行の公開ページからだれでもダウンロードできます",
}
_FIRST_ITEMS: Final = (
    {"name": "month", "en": "month", "ja": "年月"},
    {"name": "age_band", "en": "age band", "ja": "年齢層"},
)
_LINK: Final = {
    RowUnit.CATEGORY: {"name": "category", "en": "kind of data", "ja": "データの種類"},
    RowUnit.PERSON: {
        "name": "person",
        "en": "a random number for each person",
        "ja": "個人ごとのでたらめな番号",
    },
}


def items(rules: Rules, kind: DataSetKind) -> list[dict[str, str]]:
    """Return the items of information of a set, with their words."""
    measured = [
        {"name": each.name, "en": each.words["en"], "ja": each.words["ja"]}
        for each in rules.measures
    ]
    return [*_FIRST_ITEMS, _LINK[rules.kinds[kind].row], *measured]


def notice(found: DataSet) -> dict[str, Any]:
    """Return the notice of a set as structure."""
    order = found.order
    return {
        "first_month": order.first_month,
        "items": items(found.rules, order.kind),
        "k": order.k,
        "last_month": order.last_month,
        "method": METHOD,
        "purpose": {"en": order.purpose_en, "ja": order.purpose_ja},
        "rows": found.rows,
        "rules": found.rules.version,
    }


def announce(work: Work, data_set_id: UUID, *, actor: str) -> None:
    """Announce that a set will be given, and bring it to the gate.

    Raises:
        NotFound: `data-set.unknown`.
        Conflict: `data-set.not-ready`; `data-set.too-large`; `data-set.announced`.
        Forbidden: the gate refuses it.
    """
    found = register.ready(work, data_set_id)
    if found.chunks > MOST_CHUNKS:
        raise Conflict("data-set.too-large", f"At most {MOST_CHUNKS * CHUNK} bytes.")
    wait = found.rules.kinds[found.order.kind].notice_days
    anonymised.announce(
        work,
        data_set_id,
        found.order.kind,
        notice(found),
        chunks.content(work, work.keys, found),
        wait=timedelta(days=wait),
        actor=actor,
    )
