"""Words about what a person entrusts to the bank: errors and acts."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

ERRORS: Final[Mapping[str, Any]] = {
    "judgement.settled": _l("This is settled already. Look at it again, please."),
    "instruction.until": _l("“Allow” ends within a year, and no end lies in the past."),
    "instruction.recipients": _l("For “Allow”, say for whom it holds."),
    "instruction.purposes": _l("For “Allow”, say for which purposes."),
    "instruction.categories": _l("For “Allow”, say which data."),
    "instruction.special-care": _l(
        "You are always asked about data that needs special care. Choose other kinds."
    ),
    "instruction.significant": _l(
        "You are always asked about purposes that greatly affect your life."
    ),
    "instruction.bounds": _l("For “Allow”, say how far it reaches."),
    "instruction.too-many": _l(
        "You have a hundred instructions already. End one first."
    ),
    "mandate.text": _l(
        "Both languages need a text that begins with a heading, and equally many"
        " headings."
    ),
    "mandate.changes": _l("Say in both languages what changes."),
    "mandate.waiting": _l("The last version is not in force yet. Wait for its day."),
    "mandate.published": _l("This version is published already."),
    "mandate.in-force-on": _l("This day is past, or too near."),
    "mandate.not-acceptable": _l("These terms cannot be accepted now. Look again."),
    "mandate.none": _l("The bank decides nothing for you now."),
}
"""Public words for errors of the mandate, of instructions and of judgements."""

ACTS: Final[Mapping[str, Any]] = {
    "mandate.accepted": _l("You accepted the terms by which the bank decides for you."),
    "instruction.made": _l("You gave an instruction to the bank."),
    "instruction.changed": _l("You changed an instruction to the bank."),
    "instruction.class-changed": _l(
        "An organisation was put into another class that your instructions name."
    ),
    "instruction.ended": _l("You ended an instruction to the bank."),
    "judgement.announced": _l("The bank told you that data will be given for you."),
    "judgement.objected": _l("You stopped what the bank was going to give for you."),
    "judgement.given": _l("The bank gave a consent within your instructions."),
    "judgement.lapsed": _l("What was announced did not hold any more; nothing went."),
    "judgement.told": _l("The bank judged an offer; nothing is given by it."),
    "mandate.ended": _l("The bank no longer decides for you."),
}
"""Words for acts about what a person entrusts to the bank."""
