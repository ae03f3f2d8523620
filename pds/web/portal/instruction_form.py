"""The form of a standing instruction, read and filled (D-03, D-05)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask_babel import gettext as _

from consent import recipients
from consent.facts import Standing
from consent.instructions import TERM, Bounds, Stance, StandingInstruction
from consent.terms import ProvisionForm
from pds.core.clock import TOKYO, end_of
from pds.core.database import Snapshot
from pds.core.vocabulary import (
    DetailLevel,
    Sensitivity,
    categories,
    purposes,
    recipient_classes,
)
from pds.web.context import now
from pds.web.forms import Form
from pds.web.languages import (
    category_name,
    language,
    purpose_name,
    recipient_class_name,
)

NOBODY: Final = UUID(int=0)
"""Id of an instruction that is not kept yet."""
_MOST_DAYS: Final = 3650
LISTS: Final = ("recipient_classes", "recipients", "purposes", "categories", "forms")
"""Fields of which several values may be chosen."""
_DAYS: Final = ("window_days", "retention_days", "validity_days")
FIELDS: Final = (*LISTS, "stance", "detail", *_DAYS, "until")
"""Every field of the form."""
Options = list[tuple[str, str]]


def options(snap: Snapshot) -> dict[str, Options]:
    """Return what can be chosen in each list, with its words."""
    name = f"name_{language()}"
    return {
        "recipient_classes": [
            (each, recipient_class_name(each)) for each in recipient_classes.ALL
        ],
        "recipients": [
            (each.recipient_id, getattr(each.profile, name))
            for each in recipients.every(snap)
            if each.standing is Standing.APPROVED
        ],
        "purposes": [(each, purpose_name(each)) for each in purposes.ALL],
        "categories": [
            (each, category_name(each))
            for each in (*categories.GROUPS, *categories.ALL)
        ],
        "forms": [
            (ProvisionForm.COPY.value, _("As a copy")),
            (ProvisionForm.VIEW_ONLY.value, _("Only to look at")),
        ],
        "detail": [
            (DetailLevel.MONTH.value, _("At most sums of a month")),
            (DetailLevel.DAY.value, _("At most sums of a day")),
            (DetailLevel.RECORD.value, _("Each record as it is")),
        ],
        "stance": [
            (
                Stance.ALLOW.value,
                _("Allow: the bank decides for me, and tells me before anything goes"),
            ),
            (Stance.ASK.value, _("Ask me: I decide each time")),
            (Stance.NEVER.value, _("Never: nothing of it goes to them")),
        ],
    }


def blank() -> Form:
    """Return the form of a new instruction."""
    until = now().astimezone(TOKYO).date() + TERM - timedelta(days=1)
    return Form(
        {
            "detail": DetailLevel.MONTH.value,
            "window_days": "365",
            "retention_days": "180",
            "validity_days": "180",
            "forms": ProvisionForm.COPY.value,
            "until": until.isoformat(),
        }
    )


def filled(instruction: StandingInstruction) -> Form:
    """Return the form of an instruction as it stands."""
    form = blank()
    form.values["stance"] = instruction.stance.value
    for name in LISTS[:-1]:
        form.values[name] = " ".join(getattr(instruction, name))
    bounds = instruction.bounds
    if bounds is not None:
        form.values["detail"] = bounds.detail.value
        form.values["forms"] = " ".join(each.value for each in bounds.forms)
        form.values |= {name: str(getattr(bounds, name)) for name in _DAYS}
    until = instruction.until
    if until is not None:
        last = until.astimezone(TOKYO) - timedelta(seconds=1)
        form.values["until"] = last.date().isoformat()
    return form


def read(
    form: Form, found: dict[str, Options], instruction_id: UUID
) -> StandingInstruction | None:
    """Read what was sent; None if something is wrong with it."""
    lists = {
        name: tuple(sorted(form.choices(name, [each for each, _w in found[name]])))
        for name in LISTS
    }
    needed = _("Choose from the list.")
    stance = form.choice("stance", [each.value for each in Stance], needed=needed)
    bounds, until = None, None
    if stance == Stance.ALLOW:
        bounds, until = _bounds(form, lists.pop("forms")), _until(form)
    else:
        lists.pop("forms")
        _keep(form)
    if not form.is_good:
        return None
    return StandingInstruction(
        instruction_id=instruction_id,
        version=1,
        stance=Stance(stance),
        vocabulary=categories.VERSION,
        made_at=now(),
        bounds=bounds,
        until=until,
        **lists,
    )


def _bounds(form: Form, forms: tuple[str, ...]) -> Bounds:
    needed = _("Choose from the list.")
    detail = form.choice("detail", list(DetailLevel), needed=needed)
    number = _("Enter a whole number of days.")
    window, retention, validity = (
        form.whole_number(name, least=0, most=_MOST_DAYS, needed=number)
        for name in _DAYS
    )
    return Bounds(
        sensitivity=Sensitivity.HEALTH_GENERAL,
        detail=DetailLevel(detail) if detail else DetailLevel.MONTH,
        window_days=window,
        retention_days=retention,
        validity_days=validity,
        forms=tuple(ProvisionForm(each) for each in forms),
        countries=("JP",),
    )


def _until(form: Form) -> datetime | None:
    last = form.day("until", needed=_("Enter a day such as 2027-03-31."))
    if last is None:
        return None
    return end_of(last)


def _keep(form: Form) -> None:
    for name in ("detail", *_DAYS, "until"):
        form.text(name)
