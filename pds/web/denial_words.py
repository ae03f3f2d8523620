"""Public words for the engine's reasons, for everybody who reads them.

The person is spoken to; a recipient and an auditor read of the person. Most reasons
are about neither, and read the same to all.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from flask_babel import lazy_gettext as _l

REASONS: Final[Mapping[str, Any]] = {
    "glass.not-medical": _l("Only medical organisations may do this."),
    "glass.unreviewed": _l("Earlier emergencies of this organisation wait for review."),
    "consent.missing": _l("There is no consent."),
    "consent.not-decided": _l("You have not answered yet."),
    "consent.refused": _l("You refused."),
    "consent.paused": _l("The consent is paused."),
    "consent.withdrawn": _l("You withdrew the consent."),
    "consent.revoked": _l("The consent was ended by others."),
    "consent.expired": _l("The consent has expired."),
    "consent.invalidated": _l("The consent was never sound."),
    "consent.other-recipient": _l("The consent is for another recipient."),
    "consent.category-outside": _l("The consent does not cover this kind of data."),
    "consent.window-outside": _l("The consent does not cover these days."),
    "consent.period-cut": _l("The days asked for cut a day or month in two."),
    "question.unknown": _l("The question is not on the reviewed list."),
    "question.other-data": _l("The question reads another kind of data."),
    "question.other-days": _l("The question looks at days of its own."),
    "consent.detail-outside": _l("The consent does not allow so much detail."),
    "consent.form-outside": _l("The consent does not allow this form."),
    "grant.missing": _l("There is no authorisation."),
    "grant.revoked": _l("The authorisation was ended."),
    "grant.other-consent": _l("The authorisation is for another consent."),
    "grant.other-recipient": _l("The authorisation is for another recipient."),
    "token.revoked": _l("The access token was revoked."),
    "token.expired": _l("The access token has expired."),
    "client.suspended": _l("The recipient's software is suspended."),
    "recipient.missing": _l("The recipient is not registered."),
    "recipient.not-approved": _l("The recipient is not approved."),
    "recipient.suspended": _l("The recipient is suspended."),
    "recipient.ended": _l("The relation with the recipient has ended."),
    "recipient.not-cleared": _l(
        "A mandatory criterion or the yearly confirmation is missing or out of date."
    ),
    "recipient.duty-overdue": _l(
        "The recipient has not deleted data, or said what it used it for, in time."
    ),
    "recipient.view-only": _l("The recipient may only look, and asks for a copy."),
    "recipient.non-identifying": _l(
        "The recipient may have nothing about a single person."
    ),
    "contract.missing": _l("There is no contract in force."),
    "contract.not-in-force": _l("The contract is not in force."),
    "contract.not-yet-valid": _l("The contract is not valid yet."),
    "contract.expired": _l("The contract has expired."),
    "contract.purpose-outside": _l("The contract does not cover this purpose."),
    "contract.category-outside": _l("The contract does not cover this kind of data."),
    "contract.retention-outside": _l("The contract does not allow keeping it so long."),
    "contract.onward-banned": _l("The contract forbids passing it on."),
    "contract.country-outside": _l("The contract does not cover this country."),
    "country.unknown": _l("The bank has not looked at the country and the measures."),
    "country.unsaid": _l(
        "The recipient or a processor of it is in a country that the terms do not name."
    ),
    "country.expired": _l("The last check of the country and the measures is too old."),
    "certificate.missing": _l("There is no valid certificate."),
    "certificate.expired": _l("The certificate has expired."),
    "board.missing": _l("The ethics board has not approved it."),
    "board.rejected": _l("The ethics board rejected it."),
    "board.suspended": _l("The ethics board stopped it."),
    "board.expired": _l("The decision of the ethics board has expired."),
    "board.other-version": _l("The ethics board decided on another version."),
    "text.unknown": _l("It is not known which explanation you agreed to."),
    "text.changed": _l("The purpose or data is explained otherwise since the consent."),
    "text.undecided": _l("The ethics board has not decided on the new explanation."),
    "offer.missing": _l("There is no such offer."),
    "offer.not-live": _l("The offer is not live."),
    "offer.other-version": _l("The offer has changed since your consent."),
    "ceiling.purpose-unknown": _l("The purpose is not known."),
    "ceiling.category-without": _l("The purpose does not allow this kind of data."),
    "ceiling.validity": _l("The consent is longer than the purpose allows."),
    "ceiling.window": _l("More days than the purpose allows."),
    "ceiling.frequency": _l("More often than the purpose allows."),
    "ceiling.retention": _l("Kept longer than the purpose allows."),
    "ceiling.detail": _l("More detail than the purpose allows."),
    "ceiling.used-up": _l("The one fetch was used already."),
    "ceiling.too-often": _l("It was fetched too often on this day."),
    "profile.special-care": _l("The bank's certification excludes special-care data."),
    "profile.not-own-benefit": _l(
        "Special-care data may only be used for your own benefit."
    ),
    "profile.prohibited": _l("This data may never be given."),
    "person.age-unknown": _l("Your age is not known."),
    "person.under-age": _l("You are too young to decide alone."),
    "instruction.never": _l("You said that this is never given."),
    "person.agent-ended": _l("The agent's authority has ended."),
    "key.consent-destroyed": _l("The evidence of the consent was destroyed."),
    "key.data-destroyed": _l("The data was destroyed."),
}
"""Words for every reason code of the consent engine, as the person reads them."""

OF_PERSON: Final[Mapping[str, Any]] = {
    "consent.not-decided": _l("The person has not answered yet."),
    "consent.refused": _l("The person refused."),
    "consent.withdrawn": _l("The person withdrew the consent."),
    "offer.other-version": _l("The offer has changed since the consent."),
    "text.unknown": _l("It is not known which explanation the person agreed to."),
    "profile.not-own-benefit": _l(
        "Special-care data may only be used for the person's own benefit."
    ),
    "person.age-unknown": _l("The person's age is not known."),
    "person.under-age": _l("The person is too young to decide alone."),
    "instruction.never": _l("The person said that this is never given."),
}
"""What others read where the person's words speak to the person."""


class Reader(StrEnum):
    """Who reads why nothing was given."""

    PERSON = "person"
    RECIPIENT = "recipient"
    AUDITOR = "auditor"


def said(codes: Iterable[str], reader: Reader) -> str:
    """Return the words of reason codes for a reader, in the language at hand.

    Raises:
        KeyError: a code is no reason of the engine.
    """
    others = {} if reader is Reader.PERSON else OF_PERSON
    return " ".join(str(others.get(code) or REASONS[code]) for code in codes)
