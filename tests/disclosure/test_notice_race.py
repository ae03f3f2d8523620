"""What a notice tells cannot change between its comparison and the commit."""

import threading
from datetime import date

import pytest
from sqlalchemy import text

from consent import notices, processors, reading, recipients
from consent.processors import ProcessorProfile
from pds.core.errors import Conflict
from tests.consent.world import BANK_PARTY, PROFILE, PROVISION, RECIPIENT

_LOCK_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_MOST_LOOKS = 2_000
FIRM = ProcessorProfile(
    name_ja="株式会社かさね計算",
    name_en="Kasane Computing Inc.",
    corporate_number="8700110005901",
    country="JP",
    task_ja="記録の保管",
    task_en="keeping of records",
    categories=("health.vital",),
    contract_day=date(2026, 1, 1),
)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_change_waits_for_the_yes_that_compared_before_it(bank):
    bank.unit_of_work(lambda work: recipients.register(work, PROFILE, actor="test"))
    with bank.read() as snap:
        read = notices.of_now(snap, RECIPIENT, PROVISION, BANK_PARTY).hash
    done = threading.Event()

    def change():
        bank.unit_of_work(
            lambda work: processors.enter(work, RECIPIENT, FIRM, actor="operator")
        )
        done.set()

    def is_waiting():
        with bank.read() as snap:
            return bool(snap.connection.execute(_LOCK_WAITS).scalar())

    other = threading.Thread(target=change)

    def give(work):
        kept = reading.require(work, RECIPIENT, PROVISION, BANK_PARTY, read)
        other.start()
        for _ in range(_MOST_LOOKS):
            if done.wait(0.005) or is_waiting():
                break
        assert not done.is_set()
        assert notices.of_now(work, RECIPIENT, PROVISION, BANK_PARTY).hash == kept

    bank.unit_of_work(give)
    other.join()

    assert done.is_set()
    again = lambda work: reading.require(  # noqa: E731 - one act, called once
        work, RECIPIENT, PROVISION, BANK_PARTY, read
    )
    with pytest.raises(Conflict) as caught:
        bank.unit_of_work(again)
    assert caught.value.code == reading.CHANGED
