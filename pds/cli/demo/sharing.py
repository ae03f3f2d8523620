"""What a person of the demo world shows to doctors: a health link, on the pages.

The emergency card is switched on beside the other accounts, because it needs no data.
"""

from typing import Final

from audit.work import Work
from pds.cli.demo.person import Person, Unexpected
from pds.core.ids import OwnerId
from pds.disclosure.break_glass import cards

_LABEL: Final = "かかりつけ医(見本)"
_SHOWN: Final = frozenset({"health.immunization", "health.lab", "health.medication"})
_ON_THE_CARD: Final = ("health.allergy", "health.medication")
_OK: Final = 200
_LINKS: Final = "/shares"


def switch_card_on(work: Work, owner: OwnerId) -> None:
    """Switch the emergency card on; nobody keeps its number."""
    cards.switch_on(work, owner, _ON_THE_CARD)


def make_link(person: Person) -> None:
    """Make a link to a doctor for somebody who has just logged in.

    Raises:
        Unexpected: it was not made.
    """
    form = person.browser.open(f"{_LINKS}/new").form("label", "categories")
    ticks = [pair for pair in form.boxes if pair[1] in _SHOWN]
    page = person.browser.submit(form, {"label": _LABEL}, ticks=ticks)
    if page.status != _OK:
        raise Unexpected(f"No link was made: {page.status}: {page.text[:400]}")
