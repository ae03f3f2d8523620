"""Public words for codes: standings, states, events, outcomes.

Every code of a closed list has words here; a test compares the lists. Reasons of a
denial and errors are in `pds.web.reasons`.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

STANDINGS: Final[Mapping[str, Any]] = {
    "applied": _l("Applied"),
    "approved": _l("Approved"),
    "suspended": _l("Suspended"),
    "ended": _l("Ended"),
}
"""Words for the standing of a recipient."""

RULE_BASES: Final[Mapping[str, Any]] = {
    "law": _l("Law"),
    "guideline": _l("Guideline for information banks"),
    "own": _l("Rule of our own"),
}
"""Words for who sets a number."""

ARCHIVE_STATES: Final[Mapping[str, Any]] = {
    "asked": _l("Waiting"),
    "building": _l("Being made"),
    "ready": _l("Ready"),
    "failed": _l("Could not be made"),
    "expired": _l("Deleted"),
}
"""Words for the state of a person's archive."""

TONES: Final[Mapping[str, str]] = {
    "approved": "good",
    "approved-with-conditions": "good",
    "given": "good",
    "ready": "good",
    "failed": "bad",
    "green": "good",
    "amber": "warn",
    "red": "bad",
    "met": "good",
    "not-met": "bad",
    "suspended": "bad",
    "rejected": "bad",
    "ended": "bad",
    "withdrawn": "bad",
    "revoked": "bad",
    "expired": "bad",
    "invalidated": "bad",
    "applied": "warn",
    "requested": "warn",
    "deferred": "warn",
    "paused": "warn",
    "accepted": "good",
    "duplicate": "warn",
    "disclosure:released": "good",
    "disclosure:denied": "bad",
}
"""Which colour goes with a state; the state is always said in words as well."""

EVENTS: Final[Mapping[str, Any]] = {
    "disclosure:released": _l("Given"),
    "disclosure:completed": _l("Delivery ended"),
    "disclosure:denied": _l("Refused"),
    "consent:event": _l("Consent changed"),
    "subject:opened": _l("Log opened"),
    "record:written": _l("Records written"),
    "person:exported": _l("Copy taken by the person"),
    "agent:viewed": _l("Seen by an agent"),
    "staff:viewed": _l("Seen by staff"),
    "auditor:viewed": _l("Seen by an auditor"),
    "auditor:unmasked": _l("Unmasked by an auditor"),
    "person:erased": _l("Person erased"),
    "key:event": _l("Key changed"),
    "policy:event": _l("Rule or organisation changed"),
    "log:continued": _l("Log continued"),
    "log:tally": _l("Tally"),
}
"""Words for the kinds of log entries."""

RECEIPT_FINDINGS: Final[Mapping[str, Any]] = {
    "unreadable": _l("It cannot be read."),
    "forged": _l("Its signature or proof does not hold."),
    "not-in-log": _l("The log signed it and has no such entry."),
    "differs": _l("The recipient received something else."),
}
"""Words for what is wrong with a receipt that was sent back."""

CENSUS_FAULTS: Final[Mapping[str, Any]] = {
    "missing": _l("An entry that was counted is not in the log."),
    "doubled": _l("An entry stands there twice."),
    "beyond-the-count": _l("An entry stands beyond the final count."),
    "other-leaf": _l("The index leads to another entry."),
    "detail-missing": _l("The detail is missing or cannot be opened."),
    "detail-differs": _l("The entry does not commit to its detail."),
    "detail-alone": _l("A detail has no entry."),
    "chain": _l("Nothing says how many entries this period had."),
    "orphan": _l("The entry belongs to no subject."),
    "key-gone": _l("The key is destroyed and no entry tells of it."),
    "destroyed-too-early": _l("The details were destroyed before their time."),
    "kept-too-long": _l("The details are kept beyond their time without a hold."),
}
"""Words for what a census finds."""

SAMPLE_FAULTS: Final[Mapping[str, Any]] = {
    "proof": _l("The proof of the entry does not hold."),
    "event-missing": _l("An event of the consent is missing."),
    "event-unlogged": _l("An event of the consent has no entry in the log."),
    "notice-missing": _l("The notice that was agreed to is not there."),
    "notice-differs": _l("The notice is not the one that was agreed to."),
    "state-differs": _l("The events do not lead to the state that the bank acts on."),
    "receipt": _l("The receipt that the person can take does not hold."),
}
"""Words for what a check of a sampled entry finds."""

RECEIPT_VERDICTS: Final[Mapping[str, Any]] = {
    "unreadable": _l(
        "This is no consent receipt, or a part of it is missing. Nothing was looked up."
    ),
    "other-key": _l("Another key than this bank's signed it. Nothing was looked up."),
    "forged": _l(
        "The signature does not hold: the text was changed. Nothing was looked up."
    ),
    "signed": _l("This bank signed the receipt."),
    "not-in-log": _l("The log has no such entry as the receipt names."),
    "other-entry": _l("The entry that the receipt names is not of this consent."),
    "entry-holds": _l(
        "The entry that the receipt names is in the log and commits to this consent."
    ),
    "entry-sealed": _l(
        "The entry is in the log. Whose it is could not be found, so whether it"
        " commits to this consent was not checked."
    ),
    "checkpoint-forged": _l("The log did not sign the checkpoint in the receipt."),
    "log-differs": _l(
        "The log is not the one that the receipt knew: entries were changed or lost."
    ),
    "log-holds": _l("The log still holds all that the receipt's checkpoint covers."),
    "checkpoint-none": _l("The receipt is older than the first checkpoint of the log."),
    "other-history": _l("The events of the consent lead to something else."),
    "history-holds": _l("The events of the consent lead to what the receipt says."),
    "history-sealed": _l(
        "The events of the consent were not checked: their keys are gone, or whose they"
        " are could not be found."
    ),
}
"""Words for what a check of a consent receipt finds."""

CONSENT_STATES: Final[Mapping[str, Any]] = {
    "requested": _l("Waiting for your answer"),
    "deferred": _l("Put off"),
    "given": _l("In force"),
    "refused": _l("You refused"),
    "paused": _l("Paused"),
    "withdrawn": _l("You withdrew"),
    "revoked": _l("Ended by others"),
    "expired": _l("Expired"),
    "invalidated": _l("Void"),
}
"""Words for the state of a consent."""

CONSENT_EVENTS: Final[Mapping[str, Any]] = {
    "requested": _l("You were asked"),
    "deferred": _l("You put it off"),
    "given": _l("You gave your consent"),
    "refused": _l("You refused"),
    "narrowed": _l("You took back a part"),
    "amended": _l("The terms were changed"),
    "renewed": _l("You renewed it"),
    "paused": _l("You paused it"),
    "resumed": _l("You resumed it"),
    "withdrawn": _l("You withdrew"),
    "revoked": _l("Ended by others"),
    "expired": _l("Expired"),
    "invalidated": _l("Void"),
}
"""Words for what happened to a consent, said to the person."""

CONSENT_EVENTS_OF_OTHERS: Final[Mapping[str, Any]] = {
    **CONSENT_EVENTS,
    "requested": _l("The person was asked"),
    "deferred": _l("The person put it off"),
    "given": _l("The person gave consent"),
    "refused": _l("The person refused"),
    "narrowed": _l("The person took back a part"),
    "renewed": _l("The person renewed it"),
    "paused": _l("The person paused it"),
    "resumed": _l("The person resumed it"),
    "withdrawn": _l("The person withdrew"),
}
"""The same, said to somebody else."""

OUTCOMES: Final[Mapping[str, Any]] = {
    "accepted": _l("Stored"),
    "duplicate": _l("There already"),
    "rejected": _l("Left out"),
    "context": _l("Read but not stored"),
}
"""Words for what became of an item of a file."""

FORMS: Final[Mapping[str, Any]] = {
    "copy": _l("As a copy"),
    "view-only": _l("Only to look at"),
}
"""Words for provision forms."""

DETAILS: Final[Mapping[str, Any]] = {
    "record": _l("Each record"),
    "day": _l("Summed up by day"),
    "month": _l("Summed up by month"),
    "answer": _l("Only yes or no"),
}
"""Words for levels of detail."""

ACCOUNT_CHANGES: Final[Mapping[str, Any]] = {
    "passkey-added": _l("A passkey was registered."),
    "passkey-removed": _l("A passkey was removed."),
    "passkey-suspect": _l(
        "A passkey was refused, because there may be a copy of it. Remove it."
    ),
    "codes-made": _l("New recovery codes were made."),
    "code-used": _l("Somebody logged in with a recovery code."),
    "password-changed": _l("The password was changed."),
    "sessions-closed": _l("Other sessions were closed."),
}
"""Words for what happened to the credentials of an account."""

UNMASK_REASONS: Final[Mapping[str, Any]] = {
    "complaint": _l("There is a complaint."),
    "incident": _l("There is an incident."),
    "mismatch": _l("Records do not agree."),
    "authority": _l("An authority asks."),
}
"""Words for why an auditor has to know who somebody is."""

UNMASK_STATES: Final[Mapping[str, Any]] = {
    "requested": _l("Waiting for approval"),
    "approved": _l("Approved"),
    "refused": _l("Not approved"),
    "used": _l("Used"),
}
"""Words for what became of an auditor's request."""
