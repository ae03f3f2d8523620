"""Incidents in the background: persons are found from the log, then told by pages."""

from datetime import timedelta
from functools import partial
from typing import Final

from pds.bank.bank import Bank
from pds.bank.housekeeping import Chore
from pds.bank.one_by_one import one_by_one
from pds.oversight.incidents import finding, notices, persons
from pds.oversight.incidents.persons import ListState, PersonList

FIND: Final = "find persons"
TELL: Final = "tell persons"
"""Names of the chores, under which failures are counted."""


def incident_chores() -> list[Chore]:
    """Return the chores of incidents; a whole log may have to be read for one."""
    return [
        Chore(FIND, timedelta(seconds=1), find_persons),
        Chore(TELL, timedelta(seconds=1), tell_persons),
    ]


def find_persons(bank: Bank) -> None:
    """Answer the questions about whom an incident concerns."""
    with bank.read() as view:
        due = persons.in_state(view, ListState.ASKED)
    one_by_one(bank, FIND, due, partial(_find, bank))


def tell_persons(bank: Bank) -> None:
    """Tell the persons of approved lists; who was killed goes on where that was."""
    with bank.read() as view:
        due = persons.in_state(view, ListState.TELLING)
    one_by_one(bank, TELL, due, partial(_tell, bank))


def _find(bank: Bank, asked: PersonList) -> None:
    with bank.read() as view:
        question = persons.asked(view, bank.keys, asked.list_id)
        concerned = finding.find(view, bank.keys, question)
    bank.unit_of_work(partial(persons.keep, asked=asked, concerned=concerned))


def _tell(bank: Bank, found: PersonList) -> None:
    while bank.unit_of_work(partial(notices.go_on, before=found)):
        with bank.read() as view:
            found = persons.get(view, found.list_id)
