"""The criteria matrix: every item, its live evidence and its status (E-10)."""

import json
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from pds.bank.evidence import functions
from pds.oversight.criteria import documents, matrix
from pds.oversight.criteria.criterion import CURRENT
from pds.oversight.criteria.matrix import Line
from pds.web import criteria_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh_from
from pds.web.papers import sent_paper
from pds.web.sessions import actor

blueprint = Blueprint("criteria", __name__, url_prefix="/auditor/criteria")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show the matrix, or one chapter or status of it."""
    chapter = request.args.get("chapter", "")
    status = request.args.get("status", "")
    found = _lines()
    shown = [each for each in found if _fits(each, chapter, status)]
    return render_template(
        "auditor/criteria.html",
        criteria=CURRENT,
        shown=shown,
        tally=matrix.tally(found),
        is_narrow=len(shown) < len(found),
        by_chapter={
            letter: matrix.tally(x for x in shown if x.criterion.chapter == letter)
            for letter in CURRENT.chapters
        },
        form=Form({"chapter": chapter, "status": status}),
        criteria_words=criteria_words,
    )


@blueprint.get("/<criterion_id>")
def show(criterion_id: str) -> ResponseReturnValue:
    """Show one item with what its evidence found just now."""
    with bank().read() as snap:
        found = matrix.line(snap, functions.ALL, criterion_id)
        history = documents.history(snap, criterion_id)
        at = snap.now
    return render_template(
        "auditor/criterion.html",
        found=found,
        history=history,
        at=at,
        criteria_words=criteria_words,
    )


@blueprint.get("/file.json")
def as_json() -> ResponseReturnValue:
    """Hand out the whole matrix as JSON."""
    rows = {
        "version": CURRENT.version,
        "criteria": [matrix.written(each) for each in _lines()],
    }
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    return _file(text.encode(), "application/json", "json")


@blueprint.get("/file.csv")
def as_csv() -> ResponseReturnValue:
    """Hand out the whole matrix as CSV."""
    return _file(matrix.as_csv(_lines()), "text/csv; charset=utf-8", "csv")


@blueprint.post("/documents/<uuid:document_id>")
@fresh_from("criteria.browse")
def document(document_id: UUID) -> ResponseReturnValue:
    """Hand out a document; the look is in the log."""
    who = actor()
    found = bank().unit_of_work(
        lambda work: documents.look(work, document_id, actor=who)
    )
    return sent_paper(found, document_id)


def _lines() -> list[Line]:
    with bank().read() as snap:
        return matrix.lines(snap, functions.ALL)


def _fits(each: Line, chapter: str, status: str) -> bool:
    return chapter in ("", each.criterion.chapter) and status in ("", each.status)


def _file(content: bytes, kind: str, ending: str) -> Response:
    name = f'attachment; filename="infobank-criteria.{ending}"'
    return Response(content, content_type=kind, headers={"Content-Disposition": name})
