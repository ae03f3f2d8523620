"""Words of messages to persons and of what is told outside; see `pds.web.words`."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.accounts.message_kinds import MessageKind, MessageTopic, MessageWay

_T, _K = MessageTopic, MessageKind

TOPICS: Final[Mapping[str, Any]] = {
    _T.REQUEST_WAITING: _l("%(recipient)s asks you for data. Your answer is awaited."),
    _T.JUDGEMENT_ANNOUNCED: _l(
        "Within your instructions, data will be given to %(recipient)s. You can stop"
        " it until %(until)s."
    ),
    _T.JUDGEMENT_GIVEN: _l("What was announced to you was agreed to in your place."),
    _T.JUDGEMENT_LAPSED: _l("What was announced to you does not happen."),
    _T.AGENT_ACTED: _l("Your agent acted for you with %(recipient)s: %(event)s"),
    _T.MANDATE_TERMS: _l(
        "The terms by which the bank decides for you change on %(from)s."
    ),
    _T.CLASS_CHANGED: _l(
        "%(recipient)s was put into another class that your instructions name. Look at"
        " what still holds."
    ),
    _T.DISCLOSED_FIRST: _l("%(recipient)s received data of yours for the first time."),
    _T.DISCLOSED_DAY: _l("%(recipient)s received data of yours on %(day)s."),
    _T.SHARE_OPENED: _l("What you shared by a link was opened."),
    _T.EMERGENCY_DECLARED: _l(
        "An emergency was declared, for which you agreed that data is given."
    ),
    _T.EMERGENCY_OPENED: _l("Data of yours was looked at in an emergency."),
    _T.EMERGENCY_REVIEWED: _l("A look at your data in an emergency was reviewed."),
    _T.CONSENT_EXPIRING: _l("Your consent to %(recipient)s ends on %(until)s."),
    _T.CONSENT_UNUSED: _l(
        "%(recipient)s has not used your consent for 90 days. You can withdraw it."
    ),
    _T.CONSENT_TEXT_CHANGED: _l(
        "What you agreed to with %(recipient)s is explained otherwise now. Nothing of"
        " that is given until you agree anew."
    ),
    _T.CONSENT_TEXT_ENDS: _l(
        "Your consent to %(recipient)s goes on only until %(until)s, unless you agree"
        " anew."
    ),
    _T.INSTRUCTION_EXPIRING: _l("An instruction of yours ends on %(until)s."),
    _T.CONSENT_EXPIRED: _l("Your consent to %(recipient)s has ended with its time."),
    _T.CONSENT_REVOKED: _l("The bank ended your consent to %(recipient)s."),
    _T.CONSENT_INVALIDATED: _l(
        "Your consent to %(recipient)s was not sound; nothing is given under it."
    ),
    _T.CONSENT_PAUSED: _l(
        "The bank stopped your consent to %(recipient)s for the time being."
    ),
    _T.CONSENT_RESUMED: _l("Your consent to %(recipient)s holds again."),
    _T.RECIPIENT_SUSPENDED: _l(
        "The bank stopped giving data to %(recipient)s: %(reason)s"
    ),
    _T.RECIPIENT_APPROVED: _l(
        "The bank gives data to %(recipient)s again where you agreed."
    ),
    _T.RECIPIENT_ENDED: _l(
        "The bank ended its relation with %(recipient)s; nothing is given any more."
    ),
    _T.DUTY_OVERDUE: _l("%(recipient)s has not done in time what it owes you."),
    _T.DUTY_DONE: _l("%(recipient)s has done what it owed you."),
    _T.INCIDENT_TOLD: _l("Something went wrong with data of yours."),
    _T.LOGIN_NEW: _l("Somebody logged in to your account with a new browser."),
    _T.CREDENTIALS_CHANGED: _l("The ways into your account changed: %(change)s"),
    _T.ADDRESS_CHANGED: _l("The address for mail to you was changed."),
    _T.ADDRESS_FAILED: _l("Mail to your address was refused. Check the address."),
    _T.AGENT_LINKED: _l("Somebody may act for you from now on."),
    _T.AGENT_ENDED: _l("Somebody may no longer act for you."),
    _T.RIGHT_ANSWERED: _l("Your request was answered."),
    _T.RIGHT_MOVED: _l("There is something new about your request."),
    _T.BENEFIT_DELIVERED: _l("%(recipient)s says that your benefit was delivered."),
    _T.BENEFIT_OVERDUE: _l("A benefit of %(recipient)s is overdue."),
}
"""One sentence for each topic; names and days are filled in."""

KINDS: Final[Mapping[str, Any]] = {
    _K.REQUEST: _l("Requests that wait for you"),
    _K.DECIDED: _l("What is decided for you"),
    _K.DISCLOSED: _l("Who received your data"),
    _K.EXPIRING: _l("What ends soon or is not used"),
    _K.EXPIRED: _l("What has ended with its time"),
    _K.WITHDRAWN: _l("What the bank stopped"),
    _K.DUTY: _l("What recipients owe you"),
    _K.INCIDENT: _l("When something went wrong"),
    _K.SECURITY: _l("Sign-in and security"),
    _K.RIGHT: _l("Your requests to the bank"),
    _K.BENEFIT: _l("What you get back"),
}
"""Words for kinds of messages."""

WAYS: Final[Mapping[str, Any]] = {
    MessageWay.PORTAL: _l("Only here, no mail"),
    MessageWay.MAIL: _l("Mail at once"),
    MessageWay.DAILY: _l("Mail once a day"),
    MessageWay.WEEKLY: _l("Mail once a week"),
}
"""Words for how a person hears of a kind."""

EVENTS: Final[Mapping[str, Any]] = {
    "consent.narrowed": _l("A consent was narrowed"),
    "consent.amended": _l("A consent was changed"),
    "consent.renewed": _l("A consent was renewed"),
    "consent.paused": _l("A consent was paused"),
    "consent.resumed": _l("A consent was resumed"),
    "consent.withdrawn": _l("A consent was withdrawn"),
    "consent.revoked": _l("A consent was revoked"),
    "consent.expired": _l("A consent expired"),
    "consent.invalidated": _l("A consent was not sound"),
    "recipient.approved": _l("The recipient was approved again"),
    "recipient.suspended": _l("The recipient was suspended"),
    "recipient.ended": _l("The relation was ended"),
    "duty.due": _l("A duty comes due"),
    "duty.overdue": _l("A duty is overdue"),
    "share.ended": _l("A share was ended"),
    "test": _l("A test"),
    "news": _l("Mail: there is news"),
    "address.code": _l("Mail: code for an address"),
}
"""Words for what is told outside."""

STATES: Final[Mapping[str, Any]] = {
    "waiting": _l("Waits"),
    "sent": _l("Told and confirmed"),
    "dead": _l("Given up"),
}
"""Words for where something stands that is told outside."""

FAILURES: Final[Mapping[str, Any]] = {
    "": _l("None yet"),
    "callback.none": _l("The recipient has registered no address"),
    "callback.address": _l("The address leads where nothing may be sent"),
    "callback.unreachable": _l("The address cannot be reached"),
    "callback.refused": _l("The address answered with an error"),
    "callback.not-acknowledged": _l("The answer does not acknowledge the message"),
    "mail.off": _l("No server for mail is set up"),
    "mail.no-address": _l("The person has no address any more"),
    "mail.refused": _l("The address is refused for good"),
    "mail.deferred": _l("The server for mail asked to wait"),
    "mail.rejected": _l("The server for mail refuses our mail"),
    "mail.login": _l("The server for mail does not let us in"),
    "mail.insecure": _l("The server for mail offers no safe connection"),
    "mail.unreachable": _l("The server for mail cannot be reached"),
    "key.destroyed": _l("Its key was destroyed; it cannot be told any more"),
    "delivery.error": _l("An error of the service; see its log"),
}
"""Words for why something was not told."""

ERRORS: Final[Mapping[str, Any]] = {
    "mail.address": _l("Enter an address such as hanako@example.jp."),
    "mail.too-soon": _l("A number was sent a moment ago. Wait a minute."),
    "mail.code-over": _l("This number is too old, or was tried too often. Ask again."),
    "messages.legal": _l("The law asks us to tell you this in any case."),
    "oauth.bad-callback": _l("Enter an exact https address."),
    "outbox.not-dead": _l("It waits already, or was told."),
}
"""Public words for errors of messages and of what is told outside."""

ACTS: Final[Mapping[str, Any]] = {
    "event.acknowledged": _l("The recipient confirmed that it was told."),
    "event.given-up": _l("The recipient could not be told; the bank looks after it."),
}
"""Words for entries about what recipients are told."""
