"""The rule by which the board decides, and the form that enters a new one (G-09)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import board_members, board_rules
from consent.board_rule import BoardRule, MemberField
from consent.facts import BoardSubjectKind
from pds.core.errors import Invalid
from pds.web.board import blueprint
from pds.web.board.form import LONGEST
from pds.web.board.office import account_id, office
from pds.web.board_words import MEMBER_FIELDS
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.reasons import public_words

_NUMBERS = (
    "minimum_present",
    "yes_above",
    "yes_below",
    "proposal_days",
    "stop_days",
    "review_days",
)
_MOST = 2_000


@blueprint.get("/rule")
@fresh
def rule() -> ResponseReturnValue:
    """Show the rule in force and the form of a new one."""
    return _page(None)


@blueprint.post("/rule")
@fresh
def enter_rule() -> ResponseReturnValue:
    """Enter the text of a new rule; the board decides on it."""
    form = Form()
    needed = _("Enter a whole number.")
    numbers = {
        name: form.whole_number(name, least=1, most=_MOST, needed=needed)
        for name in _NUMBERS
    }
    fields = form.choices(
        "required_fields", list(MemberField), needed=_("Choose at least one field.")
    )
    medical = form.choices("medical_seat", ["yes"])
    why = _("Say why, in both languages.")
    rationale = {
        each: form.text(f"rationale_{each}", needed=why, longest=LONGEST)
        for each in ("ja", "en")
    }
    with bank().read() as snap:
        board_members.sitting_for(snap, account_id())
    above, below = numbers.pop("yes_above"), numbers.pop("yes_below")
    document = numbers | {
        "version": 1,
        "required_fields": list(fields),
        "majority": [above, below],
        "medical_seat": bool(medical),
        "rationale": rationale,
    }
    if form.is_good:
        try:
            entered = bank().unit_of_work(
                lambda work: board_rules.enter(work, document)
            )
        except Invalid as error:
            form.fail("minimum_present", public_words(error))
        else:
            flash(_("The rule waits for the board."), "good")
            kind = BoardSubjectKind.BOARD_RULE.value
            return redirect(url_for("board.show", kind=kind, subject_id=entered), 303)
    return _page(form), 422


def _values(found: BoardRule) -> dict[str, str]:
    document = found.document()
    numbers = {name: str(document[name]) for name in _NUMBERS if name in document}
    return numbers | {
        "yes_above": str(found.majority.numerator),
        "yes_below": str(found.majority.denominator),
        "required_fields": " ".join(document["required_fields"]),
        "medical_seat": "yes" if found.medical_seat else "",
    }


def _page(form: Form | None) -> str:
    with bank().read() as snap:
        found = board_rules.in_force(snap)
        me = office(snap)
    return render_template(
        "board/rule.html",
        rule=found,
        me=me,
        form=form or Form(_values(found)),
        fields=[(each.value, MEMBER_FIELDS[each.value]) for each in MemberField],
    )
