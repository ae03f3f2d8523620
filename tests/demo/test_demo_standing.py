"""The demo's recipients pass every gate that concerns organisations."""

import pytest

from consent import offers, preflight, rar, recipients
from consent.oauth import clients
from pds.bank.bank import open_bank
from pds.cli.demo import standing
from pds.cli.demo.organisations import COACH, ORGANISATIONS, new_key
from tests.fakes import FrozenClock
from tests.prepared import settings_in


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared(request, copy_of, tmp_path_factory):
    """One bank for all recipients, as in the demo world."""
    folder = tmp_path_factory.mktemp("standing")
    with copy_of(request.param, folder, None) as url:
        bank = open_bank(settings_in(folder, url), FrozenClock())
        yield bank
        bank.close()


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_nothing_lacks_for_a_person_to_be_asked(shared, each):
    bank, pem = shared, new_key()

    side = standing.bank_side(bank)
    offer_id = bank.unit_of_work(lambda work: standing.establish(work, each, pem, side))

    with bank.read() as snap:
        asked = rar.parse(each.provision(snap.now, str(offer_id)))
        found = preflight.check(snap, each.recipient_id, asked)
        client = clients.find(snap, each.client_id)
        assert found.reasons == ()
        assert offers.get(snap, offer_id).instance(snap.now) == asked
        assert client.may_ask(asked.purpose, asked.categories)


def test_nothing_stays_of_a_recipient_that_cannot_be_established(bank):
    side = standing.bank_side(bank)

    def twice(work):
        standing.establish(work, COACH, new_key(), side)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        bank.unit_of_work(twice)

    with bank.read() as snap:
        assert recipients.every(snap) == []
