"""My data: what is stored, by category, and each record in full."""

import json
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pds.core.vocabulary import categories
from pds.vault.records import Cursor
from pds.web import sessions
from pds.web.context import bank
from pds.web.portal.names import source_names
from pds.web.portal.summaries import period, summarise

blueprint = Blueprint("data", __name__, url_prefix="/data")

_PAGE = 50


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show how much there is of each category, and a page of records, newest first."""
    chosen = request.args.get("category", "")
    wanted = [each.id for each in categories.match(chosen)] if chosen else []
    after = request.args.get("after")
    owner = sessions.owner()
    with bank().read() as snap:
        counts = bank().vault.count(snap, owner, categories=tuple(categories.ALL))
        page = bank().vault.page(
            snap,
            owner,
            categories=wanted or tuple(counts),
            after=Cursor.parse(after) if after else None,
            limit=_PAGE,
        )
        rows = [summarise(record) for record in page.records]
        names = source_names(snap, (row.source_id for row in rows))
    following = page.next.text() if page.next else None
    return render_template(
        "portal/data.html",
        counts=counts,
        chosen=chosen if wanted else "",
        rows=rows,
        names=names,
        is_first=after is None,
        following=following
        and url_for("data.browse", category=chosen or None, after=following),
    )


@blueprint.get("/records/<uuid:record_id>")
def record(record_id: UUID) -> ResponseReturnValue:
    """Show one record: what it says in short, where it came from, and all of it."""
    with bank().read() as snap:
        found = bank().vault.get(snap, sessions.owner(), record_id)
        names = source_names(snap, [found.source_id])
    return render_template(
        "portal/record.html",
        record=found,
        short=summarise(found),
        period=period(found),
        header=found.header_map(),
        source=names[found.source_id],
        payload=json.dumps(
            json.loads(found.payload, parse_float=str), ensure_ascii=False, indent=2
        ),
    )
