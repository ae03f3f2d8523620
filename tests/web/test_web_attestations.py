"""Pages about what ends: yearly attestations, and contracts (R-01, R-06)."""

from datetime import timedelta
from io import BytesIO

from consent import contracts, recipients
from consent.criteria.attestation import CURRENT
from consent.facts import ContractState
from consent.vetting import checks
from tests.web.conftest import RECIPIENT


def due_in(bank, days):
    """Move the due moment instead of the clock, whose leap would end logins."""

    def act(work):
        recipients.set_attest_by(work, RECIPIENT, work.now + timedelta(days=days))
        checks.clear(work, RECIPIENT)

    bank.unit_of_work(act)


def paper():
    return BytesIO(b"We attest."), "paper.txt"


HERE = f"/operator/recipients/{RECIPIENT}"


def test_an_attestation_is_taken_on_paper(operator, recipient, bank):
    far = operator.get(HERE)
    due_in(bank, 10)
    soon = operator.get(HERE)
    form = operator.get(f"{HERE}/attestation").form_to("/attestation")

    empty = operator.post(form, 422)
    forged = operator.post(form, 422, statement="a.b.c")
    part = operator.post(form, 422, paper=paper(), signer="x", points="deletion")
    nobody = operator.post(form, 422, paper=paper(), points=list(CURRENT.points))
    odd = operator.post(
        form, 422, paper=(BytesIO(b"GIF89a\xff"), "p"), points=list(CURRENT.points)
    )
    done = operator.follow(
        operator.post(form, paper=paper(), signer="Ito", points=list(CURRENT.points))
    )

    assert f"{HERE}/attestation" not in far.links
    assert "Due soon" in soon.text
    assert "Something ends soon" in soon.text
    assert "#statement" in empty.links
    assert "#statement" in forged.links
    assert "#points" in part.links
    assert "#signer" in nobody.links
    assert "#paper" in odd.links
    assert "Ito" in done.text
    assert "Due soon" not in done.text
    operator.get(f"{HERE}/attestation", 409)


def test_what_is_overdue_is_red_before_it_stops_everything(operator, recipient, bank):
    due_in(bank, -1)
    grace = operator.get(HERE)
    due_in(bank, -31)
    stopped = operator.get(HERE)

    assert "Stopped or overdue" in grace.text
    assert "This recipient is given nothing now" not in grace.text
    assert "Overdue, so nothing is given" in stopped.text
    assert "yearly confirmation is missing or out of date" in stopped.text


def test_a_contract_ends_only_after_a_question(operator, recipient, bank):
    with bank.read() as snap:
        (known,) = contracts.of_recipient(snap, RECIPIENT)
    there = f"/operator/contracts/{known.contract_id}"

    asked = operator.get(f"{there}/end")
    before = operator.get(there)
    ended = operator.follow(operator.post(asked.form_to("/end")))

    assert f"{there}/end" in before.links
    assert "The contract has ended." in ended.text
    with bank.read() as snap:
        assert contracts.get(snap, known.contract_id).state is ContractState.ENDED
    operator.get(f"{there}/end", 409)
    assert f"{there}/end" not in operator.get(there).links
