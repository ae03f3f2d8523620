"""The public page of data sets: items, method, and anonymised files (APPI 43, 44).

It is open to all, since the law asks for publication. Files come from the gate
(`pds.disclosure.anonymised`), which knows anonymised sets alone.
"""

from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.vocabulary import dataset_rules
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets import register, releasing
from pds.datasets.orders import DataSet
from pds.disclosure import anonymised
from pds.web.context import bank

blueprint = Blueprint("data_sets", __name__, url_prefix="/data-sets")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List every set that was made, and say how sets are made."""
    with bank().read() as snap:
        made = [each for each in register.every(snap) if each.made_at]
        announced = {
            each.data_set_id: anonymised.find(snap, each.data_set_id)
            for each in made
            if each.order.kind is DataSetKind.ANONYMISED
        }
        given = {
            name
            for name, found in announced.items()
            if anonymised.is_given(snap, found)
        }
    return render_template(
        "data_sets/browse.html",
        made=made,
        announced=announced,
        given=given,
        rules=dataset_rules.CURRENT,
    )


@blueprint.get("/<uuid:data_set_id>")
def show(data_set_id: UUID) -> ResponseReturnValue:
    """Say what is in a set and how it is given; the file if it may be had."""
    with bank().read() as snap:
        found = _made(snap, data_set_id)
        released = anonymised.find(snap, data_set_id)
        is_given = anonymised.is_given(snap, released)
    return render_template(
        "data_sets/show.html",
        found=found,
        released=released,
        is_given=is_given,
        items=releasing.items(found.rules, found.order.kind),
        method=releasing.METHOD,
    )


@blueprint.get("/<uuid:data_set_id>/file")
def fetch(data_set_id: UUID) -> ResponseReturnValue:
    """Give an anonymised set whose notice has stood long enough."""
    with bank().read() as snap:
        content = b"".join(anonymised.content(snap, data_set_id))
    name = f'attachment; filename="anonymised-{data_set_id}.ndjson"'
    return Response(
        content,
        content_type="application/x-ndjson",
        headers={"Content-Disposition": name},
    )


def _made(snap: Snapshot, data_set_id: UUID) -> DataSet:
    found = register.get(snap, data_set_id)
    if found.made_at is None:
        raise NotFound("data-set.unknown", "The set was not made.")
    return found
