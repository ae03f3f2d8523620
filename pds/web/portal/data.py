"""My data: what is stored, day by day, and each record in full."""

import json
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.rights import own_records
from pds.vault.records import NOTHING, Cursor, ImportState, Page
from pds.web import sessions
from pds.web.context import bank, now
from pds.web.portal import details, filters
from pds.web.portal.filters import Filter
from pds.web.portal.names import source_names
from pds.web.portal.summaries import period, summarise

blueprint = Blueprint("data", __name__, url_prefix="/data")

_PAGE: Final = 50
_UNPROCESSABLE: Final = 422
_RECEIPT: Final = "receipt/1"


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show a page of records, day by day, newest first, narrowed as was asked."""
    after = request.args.get("after")
    owner, today = sessions.owner(), now().astimezone(TOKYO).date()
    with bank().read() as snap:
        counts = bank().vault.count(snap, owner, categories=tuple(categories.ALL))
        names = source_names(snap, _origins(snap, owner))
        asked, form = filters.read(request.args, names, today)
        page = NOTHING
        if form.is_good:
            page = _page(snap, owner, asked, tuple(counts), after)
        names |= source_names(
            snap, {each.source_id for each in page.records} - {*names}
        )
    rows = map(summarise, page.records)
    following = page.next and url_for(
        "data.browse", **asked.arguments(after=page.next.text())
    )
    shown = render_template(
        "portal/data.html",
        counts=counts,
        asked=asked,
        form=form,
        ranges=filters.RANGES,
        days=[(day, list(of)) for day, of in groupby(rows, attrgetter("day"))],
        names=names,
        is_first=after is None,
        following=following,
    )
    return shown, 200 if form.is_good else _UNPROCESSABLE


@blueprint.get("/records/<uuid:record_id>")
def record(record_id: UUID) -> ResponseReturnValue:
    """Show one record: what it says in short, where it came from, and all of it."""
    with bank().read() as snap:
        found = bank().vault.get(snap, sessions.owner(), record_id)
        names = source_names(snap, [found.source_id])
        may_correct = own_records.may_correct(snap, sessions.owner(), found)
    payload = json.loads(found.payload, parse_float=str)
    is_receipt = found.schema == _RECEIPT
    return render_template(
        "portal/record.html",
        details=[] if is_receipt else details.facts(found.schema, payload),
        reference_range="" if is_receipt else details.reference_range(payload),
        lines=details.lines(payload) if is_receipt else [],
        sums=details.sums(payload) if is_receipt else [],
        shop=payload["seller"] if is_receipt else {},
        is_partial=is_receipt and bool(payload.get("is_partial")),
        record=found,
        is_own=own_records.is_own(found),
        may_correct=may_correct,
        short=summarise(found),
        period=period(found),
        header=found.header_map(),
        source=names[found.source_id],
        payload=json.dumps(payload, ensure_ascii=False, indent=2),
    )


def _origins(snap: Snapshot, owner: OwnerId) -> set[UUID]:
    """Return where the person's records came from, without reading the records."""
    return {
        each.source_id
        for each in bank().vault.imports(snap, owner)
        if each.state is ImportState.STORED and each.stored
    }


def _page(
    snap: Snapshot,
    owner: OwnerId,
    asked: Filter,
    stored: tuple[str, ...],
    after: str | None,
) -> Page:
    first, last = asked.window()
    found: Page = bank().vault.page(
        snap,
        owner,
        categories=asked.categories or stored,
        sources=(asked.source,) if asked.source else (),
        after=Cursor.parse(after) if after else None,
        limit=_PAGE,
        first_day=first,
        last_day=last,
    )
    return found
