"""Words for agents and for what follows a death."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

AGENT_KINDS: Final[Mapping[str, Any]] = {
    "voluntary": _l("Chosen by the person"),
    "parent": _l("Parent"),
    "guardian": _l("Guardian of a minor"),
    "adult-guardian": _l("Guardian of an adult"),
}
"""Words for the right by which somebody acts for a person."""

AGENT_SCOPES: Final[Mapping[str, Any]] = {
    "view": _l("See my data"),
    "consents": _l("Give, narrow and end consents, and see what would go"),
    "rights": _l("Make requests about my data"),
}
"""Words for what an agent may do."""

AGENT_STATES: Final[Mapping[str, Any]] = {
    "invited": _l("Invited"),
    "accepted": _l("Waits for confirmation"),
    "entered": _l("Being checked"),
    "active": _l("May act"),
    "ended": _l("Ended"),
}
"""Words for where an agent's link stands."""

AGENT_TONES: Final[Mapping[str, str]] = {
    "accepted": "warn",
    "entered": "warn",
    "active": "good",
}
"""Colours of these."""

AGENT_ENDINGS: Final[Mapping[str, Any]] = {
    "person": _l("The person ended it."),
    "agent": _l("The agent gave the task back."),
    "staff": _l("Our staff ended it."),
    "refused": _l("The papers were not sufficient."),
    "expired": _l("Its time was over."),
    "majority": _l("The person came of age."),
    "account-gone": _l("The agent's account is gone."),
    "death": _l("The death of the person was reported."),
}
"""Words for why an agent's link ended."""

LAST_WISHES: Final[Mapping[str, Any]] = {
    "erase": _l("Erase everything"),
    "hand-over": _l("Give a copy to the person named below, then erase everything"),
}
"""Words for what a person wants after death."""

DEATH_ASKS: Final[Mapping[str, Any]] = {
    "erase": _l("Erasure of everything"),
    "hand-over": _l("Archive for the heir"),
}
"""Words for what one of the staff asked for, after a death."""

DEATH_STATES: Final[Mapping[str, Any]] = {
    "reported": _l("To be confirmed"),
    "refused": _l("Put aside"),
    "frozen": _l("Frozen"),
    "lifted": _l("Lifted"),
    "erasing": _l("Being erased"),
}
"""Words for where a report of a death stands."""

LOOKS_OF_CARE: Final[Mapping[str, Any]] = {
    "agent.home": _l("Your agent opened your home page."),
    "agent.data": _l("Your agent looked at your data."),
    "agent.charts": _l("Your agent looked at your charts."),
    "agent.consents": _l("Your agent looked at your consents."),
    "agent.narrowing": _l("Your agent opened the page that narrows a consent."),
    "agent.amendments": _l("Your agent opened the page that changes a consent."),
    "agent.offers": _l("Your agent looked at offers."),
    "agent.receipts": _l("Your agent looked at the receipt of a consent."),
    "agent.disclosures": _l("Your agent looked at who received what."),
    "agent.rights": _l("Your agent opened the page of your requests."),
    "agent.oauth": _l("Your agent looked at what a recipient asks for."),
    "staff.death-paper": _l(
        "Staff of this bank looked at the papers of a report of your death."
    ),
    "staff.agent-proof": _l(
        "Staff of this bank looked at the document that proves your agent's authority."
    ),
}
"""Words for what an agent looked at, and staff for the sake of agents and heirs."""

ERRORS: Final[Mapping[str, Any]] = {
    "keys.held": _l(
        "Your data is on hold, so nothing of it can be erased now; the page for closing"
        " the account says why. You can end every consent, so that nothing more is"
        " given."
    ),
    "papers.not-seen": _l(
        "Open every document first. Nobody approves what they have not seen."
    ),
    "papers.kind": _l("Choose a PDF, PNG or JPEG of at most 5 MB."),
    "death.open": _l("There is a report about this person already."),
    "death.unknown": _l("There is no such report."),
    "death.not-possible-now": _l(
        "This has changed in the meantime, or you cannot decide it yourself."
    ),
    "death.window": _l("The time for the heirs is not over yet."),
    "death.other-wish": _l("The person has named nobody to have the data."),
    "death.heir": _l("Name the person who shall have a copy, or leave it empty."),
}
"""Words by error code, for `pds.web.reasons`."""
