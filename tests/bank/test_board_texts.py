"""What the board decides on by its text is entered at each start, once."""

from concurrent.futures import ThreadPoolExecutor

from consent import board_items
from pds.bank.board_texts import register_texts
from pds.oversight import board_report


def entered(bank):
    with bank.read() as snap:
        return [(item.kind, item.name) for item in board_items.live(snap)]


def test_servers_that_start_at_once_enter_each_text_once(open_another):
    banks = [open_another() for _ in range(3)]

    with ThreadPoolExecutor(len(banks)) as together:
        list(together.map(register_texts, banks))

    wanted = {(each.kind, each.name) for each in board_report.definitions()}
    found = entered(banks[0])
    assert set(found) == wanted
    assert len(found) == len(wanted)


def test_a_second_start_writes_nothing(bank):
    register_texts(bank)
    with bank.read() as snap:
        assert board_report.unregistered(snap) == []
    before = bank.checkpoint()
    register_texts(bank)
    assert bank.checkpoint() == before
