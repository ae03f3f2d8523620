"""The rights desk of staff: the queue, one request, its papers, its answer.

Staff work on a number, without a name or a pseudonym. What a person wrote is shown by
a button, and that look is an entry that the person sees.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from pds.core.errors import Invalid, NotFound
from pds.rights.desk import handling, law, papers, requests
from pds.rights.desk.handling import Answer
from pds.rights.desk.kinds import (
    RequestKind,
    RequestOutcome,
    RequestState,
    SourceAnswer,
)
from pds.rights.desk.law import RefusalGround
from pds.rights.desk.papers import Paper
from pds.web.context import bank
from pds.web.desk import blueprint
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.languages import language
from pds.web.portal.names import source_names
from pds.web.reasons import public_words
from pds.web.right_words import (
    DECISIONS,
    GRANT_EFFECTS,
    REFUSAL_GROUNDS,
    SOURCE_ANSWERS,
)
from pds.web.sessions import visitor
from providers import sources

Act = Callable[..., None]
ACTS: Final[Mapping[str, Act]] = {
    "check": handling.check,
    "admit": handling.admit,
    "take": handling.take,
}
"""Acts on a request that need nothing but a button, by its value."""


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List the requests that wait for an answer, the most urgent first, by pages."""
    after = _after()
    with bank().read() as snap:
        last = None if after is None else requests.find(snap, after)
        found = handling.queue(snap, last, limit=handling.PAGE + 1)
        now = snap.now
    shown = found[: handling.PAGE]
    following = shown[-1].request_id if len(found) > len(shown) else None
    return render_template(
        "desk/browse.html", found=shown, following=following, after=after, now=now
    )


def _after() -> UUID | None:
    text = request.args.get("after", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise requests.unknown() from None


@blueprint.get("/<uuid:request_id>")
@fresh
def show(request_id: UUID) -> ResponseReturnValue:
    """Show where a request stands and what can be done; nothing that was written."""
    return _page(request_id)


@blueprint.post("/<uuid:request_id>/read")
@fresh_from("desk.browse")
def read(request_id: UUID) -> ResponseReturnValue:
    """Record the look, then show what was written."""
    by = visitor().account_id
    opened = bank().unit_of_work(
        lambda work: handling.read_papers(work, request_id, by=by)
    )
    return _page(request_id, opened=opened)


@blueprint.post("/<uuid:request_id>/papers/<int:no>")
@fresh_from("desk.browse")
def fetch_paper(request_id: UUID, no: int) -> ResponseReturnValue:
    """Record the look, then send a document that was handed in."""
    by = visitor().account_id
    found = bank().unit_of_work(
        lambda work: handling.read_paper(work, request_id, no, by=by)
    )
    ending = found.media_type.rpartition("/")[2]
    name = f'attachment; filename="{request_id}-{no}.{ending}"'
    return Response(
        found.content,
        content_type=found.media_type,
        headers={"Content-Disposition": name},
    )


@blueprint.post("/<uuid:request_id>/<name>")
@fresh_from("desk.browse")
def step(request_id: UUID, name: str) -> ResponseReturnValue:
    """Check, admit or take a request."""
    act, by = ACTS.get(name), visitor().account_id
    if act is None:
        raise NotFound("web.unknown-step")
    bank().unit_of_work(lambda work: act(work, request_id, by=by))
    flash(_("It is recorded."), "good")
    return _to(request_id)


@blueprint.post("/<uuid:request_id>/forward")
@fresh_from("desk.browse")
def forward(request_id: UUID) -> ResponseReturnValue:
    """Note that a correction went to the source of the data."""
    form, by = Form(), visitor().account_id
    chosen = form.choice("source", _sources(), needed=_("Choose the source."))
    needed = _("Write down what you sent.")
    text = form.text("forwarded", needed=needed, longest=papers.LONGEST_TEXT)
    if not form.is_good:
        return _page(request_id, form), 422
    source_id = UUID(chosen)
    return _do(
        request_id,
        lambda work: handling.forward(work, request_id, source_id, text, by=by),
    )


@blueprint.post("/<uuid:request_id>/source-answer")
@fresh_from("desk.browse")
def note_source_answer(request_id: UUID) -> ResponseReturnValue:
    """Note what the source answered."""
    form, by = Form(), visitor().account_id
    needed = _("Choose what the source said.")
    said = form.choice("said", list(SourceAnswer), needed=needed)
    text = form.text("source_text", longest=papers.LONGEST_TEXT)
    if not form.is_good:
        return _page(request_id, form), 422
    return _do(
        request_id,
        lambda work: handling.note_source_answer(
            work, request_id, SourceAnswer(said), text, by=by
        ),
    )


@blueprint.post("/<uuid:request_id>/answer")
@fresh_from("desk.browse")
def answer(request_id: UUID) -> ResponseReturnValue:
    """Answer a request: grant it, or refuse it under an article."""
    form, by = Form(), visitor().account_id
    needed = _("Choose the outcome.")
    outcome = form.choice("outcome", list(RequestOutcome), needed=needed)
    options = ["", *RefusalGround]
    refusal = form.choice("refusal", options, needed=_("Choose from the list."))
    needed = _("Write the answer that the person reads.")
    text = form.text("answer", needed=needed, longest=papers.LONGEST_TEXT)
    if not form.is_good:
        return _page(request_id, form), 422
    vault = bank().vault
    given = Answer(
        outcome=RequestOutcome(outcome),
        refusal=RefusalGround(refusal) if refusal else None,
        text=text,
    )
    try:
        return _do(
            request_id,
            lambda work: handling.answer(work, vault, request_id, given, by=by),
        )
    except Invalid as error:
        form.fail("refusal", public_words(error))
    return _page(request_id, form), 422


@blueprint.post("/<uuid:request_id>/carry-out")
@fresh_from("desk.browse")
def carry_out(request_id: UUID) -> ResponseReturnValue:
    """Write down that what was granted is done."""
    form, by = Form(), visitor().account_id
    needed = _("Write what was done; the person reads it.")
    text = form.text("done", needed=needed, longest=papers.LONGEST_TEXT)
    if not form.is_good:
        return _page(request_id, form), 422
    return _do(
        request_id, lambda work: handling.carry_out(work, request_id, text, by=by)
    )


def _do(request_id: UUID, act: Callable[[Work], None]) -> ResponseReturnValue:
    bank().unit_of_work(act)
    flash(_("It is recorded."), "good")
    return _to(request_id)


def _sources() -> dict[str, str]:
    with bank().read() as snap:
        found = sources.every(snap)
    is_ja = language() == "ja"
    return {str(s.source_id): s.name_ja if is_ja else s.name_en for s in found}


def _page(
    request_id: UUID, form: Form | None = None, opened: list[Paper] | None = None
) -> str:
    with bank().read() as snap:
        found = requests.find(snap, request_id)
        names = source_names(snap, [found.source_id] if found.source_id else [])
        now = snap.now
    return render_template(
        "desk/show.html",
        found=found,
        me=visitor().account_id,
        papers=opened,
        source="".join(names.values()),
        sources=list(_sources().items()),
        duty=law.DUTIES[found.kind],
        form=form or Form({"source": str(found.source_id or "")}),
        now=now,
        state=RequestState,
        **_choices(found.kind),
    )


def _choices(kind: RequestKind) -> dict[str, Any]:
    return {
        "outcomes": [(o.value, DECISIONS[o.value]) for o in RequestOutcome],
        "refusals": [(g.value, REFUSAL_GROUNDS[g.value]) for g in law.GROUNDS[kind]],
        "said": [(s.value, SOURCE_ANSWERS[s.value]) for s in SourceAnswer],
        "is_correction": kind is RequestKind.CORRECTION,
        "effect": GRANT_EFFECTS[kind.value],
    }


def _to(request_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("desk.show", request_id=request_id), 303)
