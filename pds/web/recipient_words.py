"""Public words for what is said of recipients; see `pds.web.words`."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

SUSPENSION_REASONS: Final[Mapping[str, Any]] = {
    "incident": _l("Something went wrong with data"),
    "deletion-overdue": _l("Data was not deleted in time"),
    "attestation-overdue": _l("The yearly confirmation is missing"),
    "criteria": _l("It no longer meets the selection criteria"),
    "complaints": _l("Complaints are being looked into"),
    "inspection": _l("An inspection is under way"),
    "own-wish": _l("It asked for a break itself"),
    "other": _l("Another reason"),
}
"""Words for why a recipient was suspended; persons are shown them."""

MODES: Final[Mapping[str, Any]] = {
    "full": _l("It may keep copies"),
    "view-only": _l("It may only look, at the bank"),
    "via-processor": _l("A certified processor handles everything"),
    "non-identifying": _l("Nothing about a single person, only anonymised data sets"),
}
"""Words for how far a recipient may handle data itself."""

LIGHTS: Final[Mapping[str, Any]] = {
    "green": _l("In order"),
    "amber": _l("Something ends soon"),
    "red": _l("Stopped or overdue"),
}
"""Words for how a recipient stands at a glance."""

LAPSES: Final[Mapping[str, Any]] = {
    "criteria": _l("Criteria"),
    "contract": _l("Contract"),
    "certificate": _l("Certificate"),
    "board": _l("Decision of the board"),
    "attestation": _l("Yearly confirmation"),
    "country": _l("Check of a foreign country"),
    "processor": _l("Check of a processor"),
}
"""Words for what ends with time."""

ATTESTATION_STATES: Final[Mapping[str, Any]] = {
    "none": _l("None is due before an approval"),
    "far": _l("In order"),
    "soon": _l("Due soon"),
    "overdue": _l("Overdue"),
    "blocking": _l("Overdue, so nothing is given"),
}
"""Words for where the next yearly attestation stands."""

ATTESTATION_TONES: Final[Mapping[str, str]] = {
    "none": "plain",
    "far": "good",
    "soon": "warn",
    "overdue": "bad",
    "blocking": "bad",
}
"""Which colour goes with where the next yearly attestation stands."""

CHECK_RESULTS: Final[Mapping[str, Any]] = {
    "met": _l("Met"),
    "not-met": _l("Not met"),
    "not-applicable": _l("Does not apply"),
}
"""Words for what was found about a criterion."""

ERRORS: Final[Mapping[str, Any]] = {
    "papers.form": _l("Choose a PDF, PNG, JPEG or text file of at most 5 MB."),
    "papers.number": _l("The text holds a My Number or a card number. Remove it."),
    "papers.unknown": _l("There is no such paper."),
    "recipient.not-ready": _l(
        "Something is missing that an approval needs. The list names it."
    ),
    "recipient.note": _l("Enter at most 1,000 characters."),
    "recipient.mode-unchanged": _l("The recipient has this mode already."),
    "recipient.mode_reason": _l("Enter one line of text."),
    "recipient.class_reason": _l("Enter one line of text."),
    "criterion.unknown": _l("There is no such criterion."),
    "criterion.reason": _l("Enter the reason, in at most 1,000 characters."),
    "criterion.result": _l("This criterion applies to every recipient."),
    "criterion.paper": _l("Choose the paper that shows it."),
    "criterion.valid_until": _l("The last day is past, or too far away."),
    "contract.not-possible-now": _l("The contract is not that far. Look at it again."),
    "contract.signer": _l("Enter the name of who signed."),
    "contract.clauses": _l("Choose from the list."),
    "contract.unknown": _l("There is no such contract."),
    "statement.unsound": _l(
        "No key of the recipient signed exactly this. Nothing was changed."
    ),
    "criterion.title": _l("Enter at most 200 characters."),
    "criterion.keeper": _l("Enter at most 200 characters."),
    "profile.form": _l("The file is not a list of a profile."),
    "profile.category": _l("Only sensitive health data can be in the list."),
    "profile.version": _l("A list of this version is there already."),
    "attestation.not-possible-now": _l(
        "No yearly confirmation is due now. It can be made from 60 days before."
    ),
    "processor.known": _l("A processor with this number is entered already."),
    "processor.unknown": _l("There is no such processor."),
    "processor.ended": _l("The processor has ended already."),
    "processor.corporate_number": _l("The corporate number is wrong."),
    "processor.country": _l("Two letters, such as JP."),
    "processor.categories": _l("Choose at least one category."),
    "processor.contract_day": _l("The day lies in the future."),
    "processor.name_ja": _l("Enter one line of text."),
    "processor.name_en": _l("Enter one line of text."),
    "processor.task_ja": _l("Enter one line of text."),
    "processor.task_en": _l("Enter one line of text."),
    "attestation.points": _l("Everything has to be confirmed."),
    "attestation.signer": _l("Enter the name of who signed."),
    "country.country": _l("Choose from the list."),
    "country.ground": _l("The law does not designate this country."),
    "country.system_ja": _l("Enter one paragraph of at most 1,000 characters."),
    "country.system_en": _l("Enter one paragraph of at most 1,000 characters."),
    "country.measures_ja": _l("Enter one paragraph of at most 1,000 characters."),
    "country.measures_en": _l("Enter one paragraph of at most 1,000 characters."),
    "country.checked_at": _l("The day of the check is still to come."),
    "country.valid_until": _l(
        "The last day is past, or more than a year after the check."
    ),
    "country.unknown": _l("No facts about this country count now."),
    "certificate.kind": _l("Choose a certificate of the list."),
}
"""Words by error code, for `pds.web.reasons`."""

GROUNDS: Final[Mapping[str, Any]] = {
    "consent": _l("The person's consent to this country"),
    "designated-country": _l("Japan has designated the country as equal"),
    "equivalent-measures": _l("Measures equal to those of the law, checked yearly"),
}
"""Words for why data may go to a foreign country (Z-03)."""

CONTRACT_STATES: Final[Mapping[str, Any]] = {
    "draft": _l("Written, not signed"),
    "offered": _l("Signed by the bank"),
    "in-force": _l("Signed by both"),
    "dropped": _l("Dropped"),
    "ended": _l("Ended"),
}
"""Words for the state of a version of a contract."""

CONTRACT_TONES: Final[Mapping[str, str]] = {
    "draft": "warn",
    "offered": "warn",
    "in-force": "good",
    "dropped": "plain",
    "ended": "bad",
}
"""Which colour goes with the state of a version."""

SIGNATURE_FORMS: Final[Mapping[str, Any]] = {
    "statement": _l("by a key"),
    "paper": _l("on paper"),
}
"""Words for how a party signed."""
