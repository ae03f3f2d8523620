"""Public words for errors and for reasons of a denial.

A code without words of its own gets those of its kind: nothing internal is shown.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.core.errors import BankError, Kind
from pds.web import (
    board_words,
    care_words,
    data_set_words,
    entrusted_words,
    incident_words,
    message_words,
    promise_words,
    recipient_words,
    right_words,
    share_words,
)
from pds.web.denial_words import REASONS

_KINDS: Final[Mapping[Kind, Any]] = {
    Kind.INVALID: _l("What you entered breaks a rule. Nothing was changed."),
    Kind.UNAUTHENTICATED: _l("Please log in first."),
    Kind.FORBIDDEN: _l("Your role does not allow this."),
    Kind.NOT_FOUND: _l("This does not exist, or it is not yours to see."),
    Kind.CONFLICT: _l("This has changed in the meantime. Look at it again, please."),
    Kind.TOO_LARGE: _l("What you sent is larger than the service accepts."),
    Kind.UNSUPPORTED: _l("The service does not know this kind of file."),
    Kind.TOO_MANY: _l("Too many attempts. Wait a few minutes, please."),
    Kind.UNAVAILABLE: _l(
        "The service cannot do this now. Nothing was changed and nothing was sent."
    ),
}

ERRORS: Final[Mapping[str, Any]] = {
    "accounts.login-shape": _l("A login name has 3 to 64 characters."),
    "accounts.login-taken": _l("This login name is taken. Choose another one."),
    "accounts.name": _l("Enter a name of at most 100 characters."),
    "accounts.birth-date": _l("Enter your day of birth."),
    "accounts.under-age": _l("You are too young to have an account here."),
    "accounts.password-short": _l("The password needs at least 12 characters."),
    "accounts.password-long": _l("The password may have at most 200 characters."),
    "accounts.password-login": _l("The password must not be the login name."),
    "accounts.password-common": _l(
        "Many people use this password. Choose another one."
    ),
    "accounts.session-ended": _l("Your session has ended. Log in again."),
    "accounts.closed": _l("This account is closed."),
    "agents.code": _l("No invitation waits under this code. Ask for a new one."),
    "agents.scope": _l("Choose what the agent may do."),
    "agents.until": _l("This day is past, or too far away."),
    "agents.too-many": _l("There are ten agents already. End one first."),
    "agents.under-age": _l("Only an adult can do this."),
    "agents.not-possible-now": _l(
        "This has changed in the meantime, or you cannot decide it yourself."
    ),
    "agents.unknown": _l("There is no such agent."),
    "agents.ended": _l("You can no longer act for this person."),
    "agents.scope-missing": _l("The person has not allowed you this."),
    "agents.not-here": _l(
        "This page is for your own account. Stop acting for the other person first."
    ),
    "agents.statutory": _l("This agent acts by law. Call us if it is no longer right."),
    "agents.kind": _l("This does not fit the person's age."),
    "agents.self": _l("Nobody can be their own agent."),
    "agents.agent": _l("The agent needs an account here, and has to be an adult."),
    "accounts.guardian-needed": _l(
        "Before anything can be stored, a parent or guardian has to come to our desk."
    ),
    "accounts.not-in-use": _l("This account is not in use."),
    **entrusted_words.ERRORS,
    **incident_words.ERRORS,
    **promise_words.ERRORS,
    **share_words.ERRORS,
    **message_words.ERRORS,
    "unmask.decided": _l("This request is decided already."),
    "unmask.unusable": _l(
        "This cannot be used: it is not approved, used already, or too old."
    ),
    "unmask.nobody": _l("Whose entry this is could not be found."),
    "sample.count": _l("A sample has 1 to 50 entries."),
    "sample.period": _l("Too many entries lie in this period. Choose a shorter one."),
    "events.period": _l("Too many entries lie in this period. Choose a shorter one."),
    "log.too-long": _l(
        "The log is too long to be checked here. Download it and check it on a machine"
        " of your own."
    ),
    "census.size": _l(
        "The log is too long to be counted here. The operator's command has no limit."
    ),
    "bundle.period": _l("Too many entries lie in this period. Choose a shorter one."),
    "sample.size": _l("No checkpoint was published at this size."),
    "passkey.challenge": _l("It took too long or was used already. Try again, please."),
    "passkey.counter": _l(
        "This passkey was refused, because there may be a copy of it. Use another way"
        " and remove it."
    ),
    "passkey.known": _l("This device holds a passkey for you already."),
    "passkey.last": _l(
        "This is your last passkey, and your role needs one. Register another one"
        " first."
    ),
    "passkey.none": _l("You have no passkey yet."),
    "passkey.refused": _l("The passkey was not accepted."),
    "passkey.too-many": _l("You have enough passkeys. Remove one first."),
    "passkey.unknown": _l("You have no such passkey."),
    "recipient.recipient_id": _l("Use lower-case letters, digits and hyphens."),
    "recipient.corporate_number": _l("This is not a valid corporate number."),
    "recipient.country": _l("Enter the two letters of the country."),
    "recipient.class-unchanged": _l("The recipient is of this class already."),
    "recipient.known": _l("This id or corporate number is registered already."),
    "recipient.not-possible-now": _l(
        "The standing of the recipient does not allow this."
    ),
    "recipient.unknown": _l("There is no such recipient."),
    "contract.valid_until": _l("The contract ends before it begins."),
    "certificate.valid_until": _l("The certificate has expired already."),
    "certificate.number": _l("Enter a number of at most 100 characters."),
    "client.known": _l("This id is taken. Choose another one."),
    "oauth.bad-client": _l("The id of a client is short plain text."),
    "oauth.bad-redirect": _l("Each address must be an exact https address."),
    "oauth.bad-jwks": _l("A key set holds one to ten keys with different names."),
    "view.gone": _l("This link opens nothing, or nothing any more."),
    "view.viewer": _l("Say who looks, in at most 60 characters."),
    "view.too-many": _l("Other links of yours wait to be opened."),
    "audience.budget": _l("All estimates of today for this recipient were made."),
    "offer.unknown": _l("There is no such offer."),
    "offer.not-live": _l("This offer has ended."),
    "offer.changed": _l(
        "The page was open for long, or the offer has changed. Nothing was given. Look"
        " at it again, please."
    ),
    "offer.answered": _l("You have said yes to this offer already."),
    "consent.wider-than-offer": _l(
        "A new day has begun since you opened the page. Nothing was given. Look at it"
        " again, please."
    ),
    "consent.paused-by-bank": _l("The bank paused it. Only the bank lifts its pause."),
    "consent.not-recurring": _l("A consent to one fetch cannot be renewed."),
    "consent.page-old": _l(
        "The page was open for too long. Nothing was changed. Open it again, please."
    ),
    "consent.not-narrower": _l("You can only give less than was asked for."),
    "consent.not-changed": _l("Nothing was taken back."),
    "consent.same-terms": _l("This is what you give already."),
    "consent.not-possible-now": _l(
        "This consent has ended or changed in the meantime."
    ),
    "consent.unknown": _l("You have no such consent."),
    "consent.login-too-old": _l("Please confirm that it is you, then try again."),
    "intake.unreadable": _l("The file cannot be read."),
    "intake.unsupported": _l("The service does not know this kind of file."),
    "intake.too-large": _l("The file is larger than the service accepts."),
    "intake.nothing-accepted": _l("Every item of the file was rejected."),
    "partner.unknown": _l("This bank is not known here."),
    "transfer.code": _l("The code is unknown, used already, or too old."),
    "transfer.code-used": _l("The code was used already."),
    "transfer.other-bank": _l("Another bank than the one expected made this archive."),
    "transfer.order": _l(
        "The sending bank has not said that its own person sends this archive."
    ),
    "transfer.refused": _l(
        "The other bank has not taken the archive. Make a new code there and try again."
    ),
    "transfer.too-large": _l(
        "The other bank does not take an archive of this size. Nothing was sent. Ask it"
        " to raise its limit, or take the file and keep it."
    ),
    "transfer.unreachable": _l(
        "The other bank did not answer as it should. Look there whether your records"
        " have arrived before you try again."
    ),
    "sealing.not-opened": _l(
        "The file is sealed. Enter its passphrase and choose it again."
    ),
    **board_words.ERRORS,
    **data_set_words.ERRORS,
    **recipient_words.ERRORS,
    "archive.under-way": _l("An archive is being made already."),
    "archive.not-ready": _l("This archive is not ready, or was deleted already."),
    "archive.unknown": _l("You have no such archive."),
    "sealing.passphrase-short": _l("The passphrase needs at least 12 characters."),
    "sealing.too-large": _l(
        "The archive is too large for a passphrase. Download it as it is."
    ),
    "intake.not-one": _l(
        "This cannot be stored in place of the record. Delete it and bring it in anew."
    ),
    **care_words.ERRORS,
    **right_words.ERRORS,
    "erasure.unknown": _l("There is no such erasure."),
    "erasure.unfinished": _l("The certificate is not signed yet."),
    "vault.no-record": _l("You have no such record."),
    "vault.no-import": _l("There is no such import, or it was taken back already."),
    "log.no-consistency": _l("The log has no two such sizes, the smaller one first."),
    "log.no-inclusion": _l("The log has no such place in a tree of that size."),
    "log.nothing-published": _l("No checkpoint was published yet."),
    "web.login-needed": _l("Please log in first."),
    "web.confirm-needed": _l("Please confirm that it is you, then try again."),
    "web.other-role": _l("This page is for another role."),
}
"""Words by error code; the rest speak by their kind."""


ENDINGS: Final[Mapping[str, Any]] = {
    "completed": _l("Everything was delivered."),
    "interrupted": _l("The delivery broke off; only a part went."),
    "not-released": _l("It was recorded, but nothing left the bank."),
    "stopped": _l("The delivery was stopped, because something changed meanwhile."),
}
"""Words for how a delivery ended; it stands where a denial has its reasons."""

LOOKS: Final[Mapping[str, Any]] = {
    **care_words.LOOKS_OF_CARE,
    "auditor.sampled": _l(
        "An auditor saw this entry in a sample, under a pseudonym and not your name."
    ),
    "auditor.judged": _l(
        "An auditor made a judgement of the bank about you again, under a pseudonym and"
        " not your name."
    ),
    "auditor.exported": _l(
        "An auditor took entries about you, under a pseudonym and not your name."
    ),
    "auditor.receipt": _l(
        "An auditor checked a receipt of your consent, under a pseudonym and not your"
        " name."
    ),
    "staff.exported": _l(
        "Staff of this bank took entries about you for an audit, under a pseudonym and"
        " not your name."
    ),
    "right.exported": _l(
        "An auditor took the ledger of requests, in which you are under a pseudonym and"
        " not your name."
    ),
    "right.viewed": _l("Staff of this bank read what you wrote to the rights desk."),
    **data_set_words.LOOKS,
    **incident_words.REASONS,
    "unmask.complaint": _l("An auditor was told who you are, because of a complaint."),
    "unmask.incident": _l("An auditor was told who you are, because of an incident."),
    "unmask.mismatch": _l(
        "An auditor was told who you are, because records did not agree."
    ),
    "unmask.authority": _l(
        "An auditor was told who you are, because an authority asked."
    ),
}
"""Words for why somebody looked."""


def public_words(error: BankError) -> str:
    """Return what a person or a client may read about an error."""
    return str(ERRORS.get(error.code, _KINDS[error.kind]))


def reason(code: str) -> str:
    """Return words for a reason, an ending or a look; an unknown code is itself."""
    found = REASONS.get(code) or ENDINGS.get(code) or entrusted_words.ACTS.get(code)
    found = found or message_words.ACTS.get(code) or LOOKS.get(code)
    found = found or promise_words.ACTS.get(code)
    return str(found or share_words.REASONS.get(code, code))
