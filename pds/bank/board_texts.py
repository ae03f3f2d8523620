"""Entering what the ethics board decides on by its text, before anything is served."""

from consent import board_items, text_transition
from pds.bank.bank import Bank
from pds.oversight import board_report


def register_texts(bank: Bank) -> None:
    """Enter purposes, screens and rules as this version of the software has them.

    Every server does it at its start, whichever way it is started: a text that is not
    entered cannot be decided on, and what is not decided on lets nothing go (G-05).

    Raises:
        Unavailable: the store cannot commit now.
    """
    with bank.read() as snap:
        is_known = not board_report.unregistered(snap)
        is_told = not text_transition.is_untold(snap)
    if not is_known:
        bank.unit_of_work(
            lambda work: board_items.register_all(work, board_report.definitions())
        )
    if not is_told:
        bank.unit_of_work(text_transition.record)
