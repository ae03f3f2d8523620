"""The high-water mark of two processes that write one log never goes back."""

from contextlib import closing

from audit.entry import Entry
from audit.highwater import read_mark
from audit.leaf import EventType
from pds.bank.bank import Bank, open_bank
from pds.core.settings import Settings
from tests.fakes import FrozenClock


def write(bank: Bank, count: int) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    for _ in range(count):
        bank.recorded(lambda work: work.log.record(entry))


def mark_size(settings: Settings) -> int:
    mark = read_mark(settings.key_dir)
    assert mark is not None
    return mark.size


def test_a_process_that_stops_later_leaves_the_higher_mark(
    settings: Settings, clock: FrozenClock
) -> None:
    with closing(open_bank(settings, clock)) as idle:
        write(idle, 3)
        with closing(open_bank(settings, clock)) as busy:
            write(busy, 5)
    # Whichever publishes last, the mark covers what either has signed.
    assert mark_size(settings) == 9
