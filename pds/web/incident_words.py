"""Words for incidents; see `pds.web.words`."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.oversight.incidents.contents import IncidentContent
from pds.oversight.incidents.facts import IncidentPlace
from pds.oversight.incidents.incident import IncidentState
from pds.oversight.incidents.judging import (
    IncidentDuty,
    IncidentGround,
    IncidentReport,
)
from pds.oversight.incidents.persons import ListState
from pds.oversight.incidents.question import IncidentReach
from pds.oversight.incidents.steps import IncidentStep

KINDS: Final[Mapping[str, Any]] = {
    "incident": _l("A real incident"),
    "exercise": _l("An exercise: nobody outside is told, and it stays an exercise"),
}
"""Words for whether it is real."""

PLACES: Final[Mapping[str, Any]] = {
    IncidentPlace.OWN.value: _l("At this bank"),
    IncidentPlace.PROCESSOR.value: _l("At a processor of this bank"),
    IncidentPlace.RECIPIENT.value: _l("At a recipient, or a processor of it"),
    IncidentPlace.SOURCE.value: _l("At a source of data"),
}
"""Words for in whose hands it happened."""

FACTS: Final[Mapping[str, Any]] = {
    "has_special_care": _l("Data that needs special care is among it"),
    "may_cost_money": _l("It may lead to a loss of property"),
    "is_wrongful": _l("Somebody acted with a wrongful purpose, such as an intruder"),
    "is_before_storage": _l("It was taken on its way in, before it was stored"),
    "is_protected": _l("Strong encryption guards it, and the keys are safe"),
    "is_pseudonymised": _l("It is of a pseudonymised data set alone"),
    "is_certified": _l("The service was certified"),
}
"""Words for facts."""

STATES: Final[Mapping[str, Any]] = {
    IncidentState.OPEN.value: _l("Under way"),
    IncidentState.CONTAINED.value: _l("Contained"),
    IncidentState.REPORTED.value: _l("Reported in full"),
    IncidentState.CLOSED.value: _l("Closed"),
}
"""Words for states."""

TONES: Final[Mapping[str, str]] = {
    IncidentState.OPEN.value: "bad",
    IncidentState.CONTAINED.value: "warn",
    IncidentState.REPORTED.value: "warn",
    IncidentState.CLOSED.value: "good",
}
"""How states stand out."""

GROUNDS: Final[Mapping[str, Any]] = {
    IncidentGround.SPECIAL_CARE.value: _l("Data that needs special care"),
    IncidentGround.PROPERTY.value: _l("A loss of property may follow"),
    IncidentGround.WRONGFUL.value: _l("A wrongful purpose"),
    IncidentGround.MANY.value: _l("More than 1,000 persons"),
}
"""Words for grounds."""

DUTIES: Final[Mapping[str, Any]] = {
    IncidentDuty.AUTHORITY.value: _l(
        "Report to the Personal Information Protection Commission"
    ),
    IncidentDuty.PERSONS.value: _l("Tell the persons concerned"),
    IncidentDuty.CERTIFIER.value: _l("Tell the certification body"),
    IncidentDuty.HOLDER.value: _l("See to it that whoever held the data reports it"),
}
"""Words for duties."""

REPORTS: Final[Mapping[str, Any]] = {
    IncidentReport.AUTHORITY_FIRST.value: _l("First report to the Commission"),
    IncidentReport.AUTHORITY_FINAL.value: _l("Final report to the Commission"),
    IncidentReport.CERTIFIER.value: _l("To the certification body"),
    IncidentReport.HOLDER.value: _l("Whoever held the data has reported"),
    IncidentReport.BOARD.value: _l("To the ethics board"),
}
"""Words for reports."""

CONTENTS: Final[Mapping[str, Any]] = {
    IncidentContent.OUTLINE.value: _l("What happened"),
    IncidentContent.ITEMS.value: _l("Which data"),
    IncidentContent.PERSONS.value: _l("How many persons"),
    IncidentContent.CAUSE.value: _l("Cause"),
    IncidentContent.SECONDARY.value: _l("Harm that followed, or may follow"),
    IncidentContent.TO_PERSONS.value: _l("What was done for the persons"),
    IncidentContent.PUBLICATION.value: _l("Publication"),
    IncidentContent.PREVENTION.value: _l("What keeps it from happening again"),
    IncidentContent.OTHER.value: _l("Anything else"),
}
"""Words for the nine contents of a report, in their order."""

STEPS: Final[Mapping[str, Any]] = {
    IncidentStep.OPENED.value: _l("Entered"),
    IncidentStep.ASSESSED.value: _l("Facts corrected"),
    IncidentStep.CONTAINED.value: _l("Contained"),
    IncidentStep.WRITTEN.value: _l("Contents written"),
    IncidentStep.REPORTED.value: _l("Reported"),
    IncidentStep.ASKED.value: _l("Asked whom it concerns"),
    IncidentStep.FOUND.value: _l("Persons found"),
    IncidentStep.DRAFTED.value: _l("Notice drafted"),
    IncidentStep.TELLING.value: _l("Notice approved"),
    IncidentStep.TOLD.value: _l("Persons told"),
    IncidentStep.PUBLISHED.value: _l("Published"),
    IncidentStep.CLOSING.value: _l("Closing asked for"),
    IncidentStep.CLOSED.value: _l("Closed"),
    IncidentStep.REOPENED.value: _l("Taken up again"),
}
"""Words for steps."""

REACHES: Final[Mapping[str, Any]] = {
    IncidentReach.GIVEN.value: _l("Data was given to a recipient"),
    IncidentReach.STORED.value: _l("Records were stored here, as in a backup"),
    IncidentReach.LOOKED_AT.value: _l("Staff, auditors or agents looked"),
    IncidentReach.ANY.value: _l("Anything the log says of a person"),
}
"""Words for what a question asks about."""

LISTS: Final[Mapping[str, Any]] = {
    ListState.ASKED.value: _l("Being searched"),
    ListState.FOUND.value: _l("Found, not told"),
    ListState.TELLING.value: _l("Being told"),
    ListState.DONE.value: _l("Told"),
}
"""Words for how far a list of persons is."""

NOTICE: Final[Mapping[str, str]] = {
    "ja": (
        "〔いつ〕、〔何が起きたか〕。\n"
        "関係するデータ: 〔項目〕。\n"
        "原因: 〔原因〕。\n"
        "心配されること: 〔二次被害とそのおそれ〕。\n"
        "私たちがしたこと: 〔対応と再発防止〕。\n"
        "お願い: 〔ご本人にしていただくこと〕。\n"
        "お問い合わせ: 〔窓口〕。"
    ),
    "en": (
        "On [day], [what happened].\n"
        "Data concerned: [items].\n"
        "Cause: [cause].\n"
        "What may follow: [harm, or danger of it].\n"
        "What we did: [measures now and for the future].\n"
        "What you can do: [advice].\n"
        "Questions: [contact]."
    ),
}
"""What a notice to persons has to say (Enforcement Rules, article 10), as a form."""

ERRORS: Final[Mapping[str, Any]] = {
    "incident.title": _l("Enter a shorter title."),
    "incident.text": _l("Enter a text of at most 4,000 characters."),
    "incident.persons": _l("So many persons there cannot be."),
    "incident.knew-at": _l("Enter a moment that has come, since April 2022."),
    "incident.period": _l("The period ends before it begins."),
    "incident.closed": _l("It is closed. Take it up again first."),
    "incident.not-closed": _l("It is not closed."),
    "incident.contained": _l("It is contained already."),
    "incident.moved-on": _l(
        "Somebody else changed it meanwhile. Look at it again, please."
    ),
    "incident.second": _l("Somebody else of the staff has to do this."),
    "incident.no-report": _l("Write the contents first, and make the first report."),
    "incident.incomplete": _l("The final report needs all nine contents."),
    "incident.duties": _l("Something has to be done before it can be closed."),
    "incident.not-asked": _l("Nobody asked to close it as it is now."),
    "incident.no-notice": _l("There is no draft, or this list cannot be told now."),
}
"""Public words for errors about incidents."""

REASONS: Final[Mapping[str, Any]] = {
    "incident.told": _l("You were told that something went wrong with data of yours."),
}
"""Words for entries in a person's log."""
