"""Public words for the rights desk: what is asked, where it stands, why it is refused.

Every code of a closed list of `pds.rights.desk` has words here; a test compares them.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

REQUEST_KINDS: Final[Mapping[str, Any]] = {
    "data-disclosure": _l("See my data"),
    "provision-disclosure": _l("See who received my data"),
    "correction": _l("Have something corrected"),
    "stop-use": _l("Stop using my data"),
    "stop-provision": _l("Stop giving my data to others"),
    "erasure": _l("Have something erased"),
    "complaint": _l("Complain"),
}
"""Words for what a person may ask of the rights desk."""

REQUEST_HINTS: Final[Mapping[str, Any]] = {
    "data-disclosure": _l(
        "Everything that we hold about you, as a file at once, or on paper by post."
    ),
    "provision-disclosure": _l(
        "The list of everything that was given to others, as a file at once, or on"
        " paper by post."
    ),
    "correction": _l(
        "For data that came from somebody else, such as a hospital. We send your"
        " request on to them and tell you their answer."
    ),
    "stop-use": _l(
        "We stop working with your data, or with a part of it. Tell us which."
    ),
    "stop-provision": _l(
        "Every consent ends at once, and nothing more is given to anybody."
    ),
    "erasure": _l("For data that you cannot delete yourself. Tell us which."),
    "complaint": _l("Tell us what went wrong. Somebody looks into it and answers you."),
}
"""What each of them means, in a sentence."""

REQUEST_STATES: Final[Mapping[str, Any]] = {
    "checking": _l("It is being checked who asks"),
    "received": _l("Has arrived"),
    "in-work": _l("Somebody works on it"),
    "forwarded": _l("Sent on to the source"),
    "promised": _l("Granted, not carried out yet"),
    "answered": _l("Answered"),
    "closed": _l("Closed"),
    "taken-back": _l("Taken back"),
}
"""Words for where a request stands."""

REQUEST_CHANNELS: Final[Mapping[str, Any]] = {
    "portal": _l("From the person's own login"),
    "counter": _l("By letter or telephone"),
    "agent": _l("Through an agent"),
}
"""Words for how a request came in."""

DECISIONS: Final[Mapping[str, Any]] = {
    "granted": _l("Grant it"),
    "partly": _l("Grant a part of it"),
    "refused": _l("Refuse it"),
}
"""Words for what staff choose from; whether it is done is another matter."""

REQUEST_OUTCOMES: Final[Mapping[str, Any]] = {
    "granted": _l("Done as asked"),
    "partly": _l("Done in part"),
    "refused": _l("Not done"),
}
"""Words for what the bank decided."""

_BY_HAND: Final = _l(
    "If you grant it, it waits here until you have done it and written down what."
)
GRANT_EFFECTS: Final[Mapping[str, Any]] = {
    "data-disclosure": _BY_HAND,
    "provision-disclosure": _BY_HAND,
    "correction": _l(
        "If you grant it, the person may correct the record that is named. Without one"
        " it waits here until you have written down what was done."
    ),
    "stop-use": _l(
        "If you grant it, every consent in force is paused at once, and the person is"
        " in no further data set."
    ),
    "stop-provision": _l("If you grant it, every consent ends at once."),
    "erasure": _l(
        "If you grant it, the record that is named is deleted at once. Without one it"
        " waits here until you have written down what was done."
    ),
    "complaint": _BY_HAND,
}
"""What it does when staff grant a request in full, by its kind."""

SOURCE_ANSWERS: Final[Mapping[str, Any]] = {
    "corrected": _l("The source corrected it."),
    "not-corrected": _l("The source did not correct it."),
    "no-data": _l("The source has no such data."),
}
"""Words for what a source said to a correction."""

AUTHORITIES: Final[Mapping[str, Any]] = {
    "statutory": _l("A statutory agent, such as a guardian"),
    "voluntary": _l("Somebody whom the person authorised"),
}
"""Words for kinds of agents."""

REQUEST_GROUNDS: Final[Mapping[str, Any]] = {
    "none": _l("No reason"),
    "appi-18": _l("It is used for something else than I was told (article 18)."),
    "appi-19": _l("It is used in a wrongful way (article 19)."),
    "appi-20": _l("It was obtained in a wrongful way (article 20)."),
    "appi-27": _l("It was given to others without my consent (article 27)."),
    "appi-28": _l("It was given to others abroad without my consent (article 28)."),
    "appi-35-5-unneeded": _l("It is not needed any more (article 35(5))."),
    "appi-35-5-breach": _l("It leaked or was lost (article 35(5))."),
    "appi-35-5-harm": _l("It may harm my rights or interests (article 35(5))."),
}
"""Words for why use or provision should stop."""

REFUSAL_GROUNDS: Final[Mapping[str, Any]] = {
    "appi-29": _l("The law tells us to keep the record of provision (article 29)."),
    "appi-33-2-1": _l(
        "It could harm the life, body, property or another right of somebody (article"
        " 33(2)(i))."
    ),
    "appi-33-2-2": _l(
        "It could seriously disturb the proper running of our work (article 33(2)(ii))."
    ),
    "appi-33-2-3": _l("Another law forbids it (article 33(2)(iii))."),
    "appi-33-3": _l("We hold no such data (article 33(3))."),
    "appi-33-5": _l("Telling it would harm a public interest (article 33(5))."),
    "appi-34-1": _l("The data is correct (article 34(1))."),
    "appi-34-2": _l(
        "The purpose of use does not need it, or another law has its own way for it"
        " (article 34(2))."
    ),
    "appi-35-1": _l(
        "It was neither used nor obtained in a wrongful way (article 35(1))."
    ),
    "appi-35-2": _l(
        "Stopping is very hard, and your rights are protected in another way (article"
        " 35(2))."
    ),
    "appi-35-3": _l("It was not given to others in a wrongful way (article 35(3))."),
    "appi-35-4": _l(
        "Stopping the provision is very hard, and your rights are protected in another"
        " way (article 35(4))."
    ),
    "appi-35-5": _l("None of the cases of the law is given (article 35(5))."),
    "appi-35-6": _l(
        "It is very hard, and what is necessary is done in another way (article 35(6))."
    ),
    "appi-37": _l(
        "It was not proven who asks, or that somebody may ask for another (article 37)."
    ),
    "appi-40": _l("We looked into it and found nothing wrong (article 40)."),
}
"""Words for the articles under which a request is refused."""

HOLD_REASONS: Final[Mapping[str, Any]] = {
    "complaint": _l("A complaint that is being looked into"),
    "dispute": _l("A dispute that is not settled"),
    "incident": _l("An incident that is being looked into"),
    "authority": _l("An order of a court or an authority"),
}
"""Words for why a person's data is on hold and cannot be erased."""

PAPERS: Final[Mapping[str, Any]] = {
    "request": _l("What was asked"),
    "agent": _l("Name of the agent"),
    "proof": _l("Proof of authority"),
    "forwarded": _l("What was sent to the source"),
    "source-answer": _l("What the source wrote"),
    "answer": _l("Our answer"),
    "done": _l("What we did"),
}
"""Words for the papers of a request."""

REQUEST_TONES: Final[Mapping[str, str]] = {
    "checking": "warn",
    "received": "warn",
    "promised": "warn",
    "granted": "good",
    "partly": "warn",
    "refused": "bad",
}
"""Which colour goes with a state or an outcome; it is said in words as well."""

ERRORS: Final[Mapping[str, Any]] = {
    "rights.not-own": _l(
        "This came from somebody else. Ask for its correction; we send that on."
    ),
    "rights.unknown": _l("There is no such request."),
    "rights.not-possible-now": _l("The request is not in a state that allows this."),
    "rights.period": _l("Too many requests lie in this period. Choose a shorter one."),
    "rights.text": _l("The text is too long."),
    "rights.proof": _l("The proof must be a PDF, JPEG or PNG of at most 5 MB."),
    "rights.refusal": _l(
        "Where anything is refused, choose an article that fits; else choose none."
    ),
}
"""Words by error code, for `pds.web.reasons`."""

_PARAGRAPH: Final = re.compile(r"(\d+)\((\d+)\)")


def articles(text: str, language: str) -> str:
    """Return articles such as `33(2), 33(3)` as a language cites them."""
    if language != "ja":
        return text
    return _PARAGRAPH.sub(r"第\1条第\2項", text).replace(", ", "、")
