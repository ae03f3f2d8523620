from collections.abc import Callable

import pytest

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.bank.bank import Bank
from pds.core.errors import NotFound
from pds.core.ids import OwnerId


def an_owner(bank: Bank) -> OwnerId:
    owner = OwnerId(bank.ids.new())
    bank.unit_of_work(lambda work: person.open_subject(work, owner))
    return owner


def written(owner: OwnerId) -> Entry:
    return Entry(type=EventType.RECORD_WRITTEN, subject=owner, count=3)


def test_an_act_is_durable_and_proved_when_it_returns(bank: Bank) -> None:
    owner = an_owner(bank)

    outcome = bank.recorded(lambda work: work.log.record(written(owner)))

    assert outcome.integration is not None
    assert outcome.result.index == 2
    assert outcome.integration.size == 3
    assert outcome.integration.checkpoint == bank.checkpoint()


def test_an_act_that_raises_leaves_nothing(bank: Bank) -> None:
    owner = an_owner(bank)
    before = bank.checkpoint()

    def act(work: Work) -> None:
        work.log.record(written(owner))
        raise NotFound("test.stop", "stop")

    with pytest.raises(NotFound):
        bank.unit_of_work(act)

    assert bank.checkpoint() == before
    with bank.read() as view:
        assert person.state(view, owner).n == 1


def test_the_log_goes_on_after_a_restart(
    bank: Bank, open_another: Callable[[], Bank]
) -> None:
    owner = an_owner(bank)
    bank.close()

    again = open_another()
    again.unit_of_work(lambda work: work.log.record(written(owner)))

    assert again.ready()
    assert again.checkpoint().splitlines()[1] == "3"
