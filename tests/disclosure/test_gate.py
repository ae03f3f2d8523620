import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from consent import board, certificates, contracts
from consent.facts import BoardSubjectKind
from consent.oauth.replay import spend
from pds.core.errors import Unavailable
from pds.disclosure import denials
from pds.disclosure.call import Refused, Released
from pds.disclosure.errors import Replayed
from pds.disclosure.preview import preview
from pds.disclosure.question import Question
from pds.disclosure.service import Disclosure
from pds.disclosure.stream import Stream
from tests import clearing
from tests.consent.world import PROVISION
from tests.disclosure.world import SECRET_WORD, STEPS, WEIGHT

ASKED = Question()


class Hooked:
    """A bank's store that does something before the n-th act, or after it."""

    def __init__(self, bank, *, before=None, after=None, times=1):
        self._bank, self._before, self._after = bank, before, after
        self.times = times

    def read(self):
        return self._bank.read()

    def recorded(self, act, *, light=None, owed=False):
        left, self.times = self.times, self.times - 1
        if left > 0 and self._before:
            self._before()
        outcome = self._bank.recorded(act, light=light, owed=owed)
        if left > 0 and self._after:
            self._after()
        return outcome

    def not_delivered(self, what):
        self._bank.not_delivered(what)


def gate(bank, **hooks):
    store = Hooked(bank, **hooks)
    return Disclosure(store, bank.selector, bank.clock, bank.ids, bank.basis)


def stream_gate(bank, **hooks):
    store = Hooked(bank, **hooks)
    return Stream(store, bank.selector, bank.clock, bank.ids, bank.basis)


def asks(world, which):
    """Return a page or a stream as a test asks for it."""

    def page(party, **hooks):
        return gate(world.bank, **hooks).page(party.call(), ASKED)

    def stream(party, **hooks):
        return stream_gate(world.bank, **hooks).open(party.call(), ASKED)

    return page if which == "page" else stream


BOTH = pytest.mark.parametrize("which", ["page", "stream"])


@BOTH
def test_a_withdrawal_between_decision_and_commit_wins(world, which):
    party = world.consented()

    answer = asks(world, which)(party, before=party.withdraw)

    assert isinstance(answer, Refused)
    [(kind, reasons, _)] = party.seen()
    assert kind == "disclosure:denied"
    assert reasons.startswith("consent.withdrawn")


def suspend(world, party):
    recipient_id = party.organisation.recipient_id
    world.do(lambda w: clearing.suspend(w, recipient_id))


def end_contract(world, party):
    contract_id = party.organisation.contract_id
    world.do(lambda w: contracts.end(w, contract_id, actor="operator"))


def stop_recipient(world, party):
    subject = party.organisation.recipient_id
    kind = BoardSubjectKind.RECIPIENT
    world.do(lambda w: board.stop(w, kind, subject, actor="board"))


def stop_contract(world, party):
    subject = str(party.organisation.contract_id)
    kind = BoardSubjectKind.CONTRACT
    world.do(lambda w: board.stop(w, kind, subject, actor="board"))


def end_certificates(world, party):
    recipient_id = party.organisation.recipient_id

    def end(work):
        for found in certificates.of_recipient(work, recipient_id):
            certificates.end(work, recipient_id, found.certificate_id, actor="operator")

    world.do(end)


ENDS = [
    (suspend, "recipient.suspended"),
    (end_contract, "contract.not-in-force"),
    (stop_recipient, "board.suspended"),
    (stop_contract, "board.suspended"),
    (end_certificates, "certificate.expired"),
]


@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_what_ended_denies_and_is_recorded(world, end, reason):
    party = world.consented(organisation=world.organisation())
    end(world, party)

    page, stream = party.get(), party.stream()

    for answer in (page, stream):
        assert answer.status_code == 403
        assert answer.json["reasons"] == [reason]
        assert SECRET_WORD not in answer.text
    assert party.seen() == [("disclosure:denied", reason, 1)]


@BOTH
@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_what_ends_between_decision_and_commit_denies(world, end, reason, which):
    party = world.consented(organisation=world.organisation())

    answer = asks(world, which)(party, before=lambda: end(world, party))

    assert answer == Refused((reason,))
    assert party.seen() == [("disclosure:denied", reason, 1)]


def test_certificates_and_contracts_lapse_with_the_clock(world):
    party = world.consented(organisation=world.organisation(days=2))
    world.clock.advance(timedelta(days=2))
    party.token = party.new_token()

    answer = party.get()

    assert answer.status_code == 403
    assert answer.json["reasons"] == [
        "contract.expired",
        "certificate.expired",
        "board.expired",
    ]
    assert len(party.history()) == 1


def test_an_expired_consent_is_401_and_recorded(world):
    until = world.clock.now() + timedelta(days=1)
    party = world.consented(until=until)
    world.clock.advance(timedelta(hours=24) - timedelta(seconds=200))
    party.token = party.new_token()
    world.clock.advance(timedelta(seconds=199))

    assert party.get().status_code == 200
    world.clock.advance(timedelta(seconds=1))
    answer = party.get()

    # The token never outlives the consent, so that it is the token that ran out.
    assert answer.status_code == 401
    assert len(party.history()) == 1


@BOTH
def test_what_lapses_between_decision_and_commit_is_decided_again(world, which):
    party = world.consented()
    other = world.consented(owner=party.owner)

    # Any withdrawal of the person bumps the fence; this consent still holds.
    answer = asks(world, which)(party, before=other.withdraw)

    assert not isinstance(answer, Refused)
    if which == "stream":
        list(answer)
    assert party.seen()[0][0] == "disclosure:released"


@BOTH
def test_facts_that_never_rest_are_503(world, which):
    party = world.consented()

    def unrest():
        other = world.consented(owner=party.owner)
        other.withdraw()

    with pytest.raises(Unavailable) as caught:
        asks(world, which)(party, before=unrest, times=9)

    assert caught.value.code == "disclosure.busy"
    assert party.history() == []


@BOTH
def test_a_release_that_comes_too_late_is_dropped_and_noted(world, which):
    party = world.consented()

    def tarry():
        world.clock.advance(timedelta(seconds=6))

    with pytest.raises(Unavailable) as caught:
        asks(world, which)(party, after=tarry)

    assert caught.value.code == "disclosure.late"
    released, completed = party.seen()
    assert released[0] == "disclosure:released"
    assert completed == ("disclosure:completed", "not-released", 0)
    newest, older = party.history()
    assert newest.entry.leaf["ref"] == older.entry.leaf["id"]


def test_five_seconds_are_in_time(world):
    party = world.consented()

    def tarry():
        world.clock.advance(timedelta(seconds=5))

    assert isinstance(asks(world, "page")(party, after=tarry), Released)


def test_a_refusal_spends_its_proof_too(world):
    party = world.consented()
    party.withdraw()
    call = party.call()

    assert isinstance(world.bank.disclosure.page(call, ASKED), Refused)
    with pytest.raises(Replayed):
        world.bank.disclosure.page(call, ASKED)
    with pytest.raises(Replayed):
        world.bank.stream.open(call, ASKED)
    assert len(party.history()) == 1


def test_a_proof_spent_elsewhere_releases_nothing(world):
    party = world.consented()
    call = party.call()
    world.do(lambda work: spend(work, call.proof))

    with pytest.raises(Replayed):
        world.bank.disclosure.page(call, ASKED)
    assert party.history() == []


def test_withdrawals_racing_fetches_leave_none_after_them(world):
    party = world.consented(max_per_day=90)
    gate_open = threading.Barrier(6)

    def fetch(_):
        gate_open.wait(10)
        return party.get().status_code

    def withdraw():
        gate_open.wait(10)
        party.withdraw()

    with ThreadPoolExecutor(6) as pool:
        fetched = [pool.submit(fetch, n) for n in range(5)]
        pool.submit(withdraw).result(30)
        codes = [each.result(30) for each in fetched]

    assert set(codes) <= {200, 401, 503}
    leaves = world.leaves()
    own = {each.entry.leaf["id"] for each in party.history()}
    ended = max(n for n, leaf in enumerate(leaves) if leaf["typ"] == "consent:event")
    after = [leaf["typ"] for leaf in leaves[ended:] if leaf["id"] in own]
    assert "disclosure:released" not in after
    released = [kind for kind, *_ in party.seen() if kind == "disclosure:released"]
    assert len(released) == codes.count(200)


def test_repeated_refusals_collapse_and_are_counted(world):
    party = world.consented()
    party.withdraw()
    for _ in range(4):
        party.get()
    assert [count for *_, count in party.seen()] == [1]

    key = due_of(world, party)
    assert key == []
    world.clock.advance(timedelta(seconds=60))
    [key] = due_of(world, party)
    world.do(lambda work: denials.settle(work, *key))
    world.do(lambda work: denials.settle(work, *key))

    first, counted = party.seen()
    assert (first[2], counted[2]) == (1, 3)
    assert first[:2] == counted[:2]
    assert due_of(world, party) == []
    fields = party.history()[0].entry.detail.fields
    assert "addr" not in fields


def test_the_next_refusal_closes_a_window_that_is_over(world):
    party = world.consented()
    refuse = {"category": "no.such"}
    for _ in range(3):
        party.get(query=refuse)
    world.clock.advance(timedelta(seconds=60))
    party.get(query=refuse)
    world.clock.advance(timedelta(seconds=60))
    party.get(query=refuse)

    assert [count for *_, count in party.seen()] == [1, 2, 1, 1]


def test_a_window_without_repetitions_settles_without_a_leaf(world):
    party = world.consented()
    party.get(query={"category": "no.such"})
    world.clock.advance(timedelta(seconds=60))
    [key] = due_of(world, party)

    world.do(lambda work: denials.settle(work, *key))

    assert [count for *_, count in party.seen()] == [1]


def test_two_who_settle_at_once_count_once(world):
    party = world.consented()
    for _ in range(3):
        party.get(query={"category": "no.such"})
    world.clock.advance(timedelta(seconds=60))
    [key] = due_of(world, party)
    with ThreadPoolExecutor(4) as pool:
        done = [
            pool.submit(world.do, lambda work: denials.settle(work, *key))
            for _ in range(4)
        ]
        for each in done:
            each.result(30)

    assert [count for *_, count in party.seen()] == [1, 2]


def due_of(world, party):
    with world.bank.read() as snap:
        return [key for key in denials.due(snap) if key[0] == party.owner]


def test_a_refresh_token_is_no_access_token(world):
    party = world.consented()
    call = replace(party.call(), thumbprint=b"\0" * 32)

    with pytest.raises(Exception, match="No such token"):
        world.bank.disclosure.page(call, ASKED)


def test_the_preview_is_what_goes(world):
    party = world.consented(records=8)
    world.deposit(party.owner, 3, STEPS, days_ago=1)
    bank = world.bank
    first = (world.clock.now() - timedelta(days=300)).date()
    terms = replace(PROVISION, window=replace(PROVISION.window, first=first))
    with bank.read() as snap:
        shown = preview(
            snap,
            bank.selector,
            party.owner,
            party.organisation.recipient_id,
            terms,
        )

    sent = party.get().json["records"]
    for kind in shown.kinds:
        expected = [each for each in sent if each["category"] == kind.category]
        assert [json.loads(row) for row in kind.rows] == expected[:5]
        assert len(kind.records) == len(kind.rows)
    counts = {kind.category: kind.count for kind in shown.kinds if kind.count}
    assert counts == {WEIGHT: 8, STEPS: 3}
    assert shown.count == len(sent)
