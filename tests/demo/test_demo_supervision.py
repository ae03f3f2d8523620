"""Staff of the demo world find something to look after."""

from consent import preflight, processors, rar, recipients
from consent.modes import RecipientMode
from consent.reasons import Reason
from pds.cli.demo import standing, supervision
from pds.cli.demo.organisations import COACH, new_key
from pds.cli.demo.supervision import PHARMACY, TRAVEL
from pds.oversight.recipients import Light, dossier


def test_one_recipient_is_amber_and_one_is_red(bank):
    side = standing.bank_side(bank)

    def act(work):
        standing.establish(work, COACH, new_key(), side)
        supervision.supervise(work, side)

    bank.unit_of_work(act)

    with bank.read() as snap:
        lights = {
            each.recipient_id: dossier(snap, each.recipient_id).light
            for each in recipients.every(snap)
        }
        amber = recipients.get(snap, PHARMACY.recipient_id)
        asked = rar.parse(PHARMACY.provision(snap.now))
        found = preflight.check(snap, amber.recipient_id, asked).reasons
        stopped = dossier(snap, TRAVEL.recipient_id).missing
        mine = processors.of(snap, None)
    assert lights == {
        COACH.recipient_id: Light.GREEN,
        PHARMACY.recipient_id: Light.AMBER,
        TRAVEL.recipient_id: Light.RED,
    }
    assert amber.mode is RecipientMode.VIA_PROCESSOR
    assert found == ()
    assert stopped == (Reason.RECIPIENT_NOT_CLEARED,)
    assert len(mine) == 1
