"""Samples: drawn again by hand, shown by pseudonym, and seen by the person."""

import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import text, update

from audit import store
from audit.entry import Entry, prepare
from audit.leaf import EventType, parse_leaf
from audit.receipt_check import verify_receipt
from audit.signer import load_signer
from consent import ledger
from pds.bank.retiring import destroy_details
from pds.core.errors import Unavailable
from pds.keys.classes import KeyClass
from pds.keys.tables import owner_key
from pds.oversight import looking, sample_check, sampling, whose
from pds.oversight.receipt_claims import Against
from pds.oversight.sample_check import SampleFault
from pds.oversight.sampling import Draw, SampleKind
from pds.web.auditor import sample as sample_pages
from tests.disclosure.forger import Forger
from tests.web.portal import token_in


@pytest.fixture
def given(bank, clock, consent, hanako, recipient):
    """Twelve recorded disclosures of hanako, ten seconds apart, in a published tree."""
    for number in range(12):
        entry = Entry(
            type=EventType.DISCLOSURE_RELEASED,
            subject=hanako,
            recipient=recipient,
            purpose="health.advice",
            categories=("health.vital.weight",),
            count=number,
            detail={"pairwise_sub": "what-the-recipient-knows"},
        )
        bank.unit_of_work(lambda work, entry=entry: work.log.record(entry))
        clock.advance(timedelta(seconds=10))

    return publish(bank)


def publish(bank):
    def act(work):
        size = store.size(work.connection)
        root = store.root_at(work.connection, size)
        store.publish(work.connection, size, bank.signer.sign(size, root), work.now)
        return size

    return bank.unit_of_work(act)


def by_hand(bank, seed, size, kind):
    """The sample as docs/auditing.md says it is drawn."""
    with bank.read() as snap:
        stored = store.leaves(snap.connection, 0, size)
    found = [each.index for each in stored if parse_leaf(each.leaf)["typ"] == kind]
    return sorted(
        found, key=lambda p: sha256(seed.encode() + b"\0" + p.to_bytes(8)).digest()
    )


def ask(auditor, **fields):
    form = auditor.get("/auditor/sample").form_to("/sample")
    asked = {"seed": "三つの玉", "kind": "disclosures", "count": "5"} | fields
    return auditor.post(form, 200, **asked)


def positions(page):
    found = [re.fullmatch(r"/auditor/log/(\d+)", link) for link in page.links]
    return [int(match[1]) for match in found if match]


def test_a_sample_is_what_is_drawn_by_hand_and_stays_when_the_log_grows(
    auditor, bank, given
):
    expected = by_hand(bank, "三つの玉", given, "disclosure:released")[:5]

    first = positions(ask(auditor, size=str(given)))
    again = positions(ask(auditor, size=str(given)))
    other = positions(ask(auditor, seed="other", size=str(given)))

    assert first == again == expected
    assert other != expected


def test_a_sampled_disclosure_shows_the_pseudonym_and_never_the_person(
    auditor, bank, given, hanako
):
    page = ask(auditor)

    name = bank.pseudonyms.of(hanako)
    assert name in page.text
    assert "what-the-recipient-knows" not in page.response.text
    assert str(hanako) not in page.response.text
    assert "Hanako" not in page.text
    assert "c2sp.org/tlog-proof@v1" in page.text


def proofs(page):
    found = re.findall(r"<pre>(c2sp\.org/.*?)</pre>", page.response.text, re.DOTALL)
    return [unescape(each).encode() for each in found]


def test_the_proof_of_a_sampled_entry_opens_the_pseudonym(auditor, bank, given, hanako):
    shown = [verify_receipt(x, [bank.signer.verifier]) for x in proofs(ask(auditor))]

    assert [each.opened["pseudonym"] for each in shown] == (
        [bank.pseudonyms.of(hanako)] * 5
    )


def test_an_entry_from_before_pseudonyms_were_written_is_shown_by_one(
    auditor, bank, given, hanako, recipient
):
    entry = Entry(
        type=EventType.DISCLOSURE_RELEASED, subject=hanako, recipient=recipient
    )
    bank.unit_of_work(lambda work: work.log.record(prepare(entry, work.ids, None)))
    size = publish(bank)

    page = ask(auditor, size=str(size), count="13")

    opened = [verify_receipt(x, [bank.signer.verifier]).opened for x in proofs(page)]
    assert sum("pseudonym" in each for each in opened) == 12
    assert len(opened) == 13
    named = page.response.text.count(f">{bank.pseudonyms.of(hanako)}</dd>")
    assert named == 13


def test_each_look_is_in_the_persons_history(auditor, person, given):
    ask(auditor, count="3")

    page = person.get("/disclosures")
    assert page.text.count("An auditor saw this entry in a sample") == 3


def test_what_cannot_be_recorded_is_not_shown(auditor, given, monkeypatch):
    form = auditor.get("/auditor/sample").form_to("/sample")

    def fail(*_args, **_options):
        raise Unavailable("test.full")

    monkeypatch.setattr(sample_pages.looking, "record", fail)
    page = auditor.post(form, 503, seed="x", kind="disclosures", count="5")

    assert "tlog-proof" not in page.text


def test_a_sampled_consent_shows_its_history(auditor, given, consent):
    page = ask(auditor, kind="consents")

    assert consent in page.text
    assert "The person gave consent" in page.text
    assert re.search(r"\b[0-9a-f]{64}\b", page.text)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"count": "0"}, "count"),
        ({"count": "51"}, "count"),
        ({"count": "many"}, "count"),
        ({"seed": ""}, "seed"),
        ({"kind": "persons"}, "kind"),
        ({"size": "999999"}, "size"),
        ({"from": "soon"}, "from"),
    ],
)
def test_a_wrong_draw_is_refused_at_its_field(auditor, given, fields, wrong):
    form = auditor.get("/auditor/sample").form_to("/sample")
    asked = {"seed": "x", "kind": "disclosures", "count": "5"} | fields

    page = auditor.post(form, 422, **asked)

    assert f"#{wrong}" in page.links


def test_too_long_a_period_and_too_many_persons_are_bounded(
    bank, given, hanako, monkeypatch
):
    wanted = Draw(seed="x", kind=SampleKind.DISCLOSURES, count=5)
    monkeypatch.setattr(whose, "MOST_TRIED", 0)
    monkeypatch.setattr(whose, "_owners", lambda *_args: [])

    with bank.read() as snap:
        published = store.checkpoint_at(snap.connection, given)
        sample = sampling.draw(snap, wanted, published)
        shown = looking.prepare(
            snap,
            bank.keys,
            bank.pseudonyms,
            sample,
            against=Against(
                publics=(), signing=None, log=bank.signer.verifier, bank=None
            ),
            histories=False,
        )
        monkeypatch.setattr(sampling, "MOST_IN_PERIOD", 3)
        with pytest.raises(sampling.Invalid):
            sampling.draw(snap, wanted, published)

    assert [each.owner for each in shown] == [None] * 5
    assert all(each.proof == "" and each.fields == {} for each in shown)


def test_whose_key_is_gone_is_neither_shown_nor_looked_at(
    auditor, person, bank, given, hanako
):
    key = owner_key.c
    over = update(owner_key).where(
        key.owner_id == hanako, key["class"] == KeyClass.AUDIT
    )
    past = bank.clock.now() - timedelta(seconds=1)
    bank.unit_of_work(
        lambda work: work.connection.execute(over.values(destroy_after=past))
    )
    assert destroy_details(bank) == 1

    page = ask(auditor, size=str(given))

    name = bank.pseudonyms.of(hanako)
    assert len(positions(page)) == 5
    assert name not in page.text
    assert "c2sp.org/tlog-proof@v1" not in page.text
    assert "An auditor saw" not in person.get("/disclosures").text
    index = positions(page)[0]
    form = token_in(auditor.client.get("/account", headers=auditor.headers).text)
    unmasked = auditor.client.post(
        "/auditor/unmask",
        data={"csrf_token": form, "index": index, "reason": "incident"},
        headers=auditor.headers,
    )
    assert unmasked.status_code == 409


@pytest.mark.parametrize("i", [0, 5])
def test_one_spoilt_detail_hides_no_other_entry(auditor, bank, given, hanako, i):
    spoil = (
        "UPDATE log_detail SET envelope = :spoilt WHERE owner_id = :owner AND i = :i"
    )
    Forger(bank).run((spoil, {"spoilt": b"x", "owner": hanako.bytes, "i": i}))

    page = ask(auditor, count="12", size=str(given))

    assert len(positions(page)) == 12
    assert page.text.count("c2sp.org/tlog-proof@v1") == (12 if i == 0 else 11)


GOOD = "each notice is the one that was agreed to"
CHEATS = {
    "The notice is not the one that was agreed to.": (
        "UPDATE consent_notice SET body = CAST(body || ' ' AS BLOB)"
    ),
    "The notice that was agreed to is not there.": "DELETE FROM consent_notice",
    "An event of the consent is missing.": (
        "DELETE FROM consent_event WHERE version = 1"
    ),
    "The events do not lead to the state that the bank acts on.": (
        "UPDATE consent_current SET state = 'paused'"
    ),
}


def test_a_consent_that_was_left_alone_holds(auditor, given):
    page = ask(auditor, kind="consents")
    assert GOOD in page.text
    assert "Notice as it was shown" in page.text
    assert "100 points a month" in page.text
    assert "The proof holds." in ask(auditor).text


def test_a_sample_of_a_tree_of_before_a_loss_holds_too(auditor, bank, given):
    with bank.read() as snap:
        root = store.root_at(snap.connection, given)
    note = load_signer(bank.settings.key_dir, "earlier.example").sign(given, root)
    rename = "UPDATE log_checkpoint SET note = :note WHERE size = :size"
    Forger(bank).run((rename, {"note": note.encode(), "size": given}))

    assert ask(auditor, size=str(given)).text.count("The proof holds.") == 5


@pytest.mark.parametrize("wrong", CHEATS)
def test_a_consent_that_was_touched_does_not(auditor, bank, given, wrong):
    bank.unit_of_work(lambda work: work.connection.execute(text(CHEATS[wrong])))

    page = ask(auditor, kind="consents")

    assert wrong in page.text
    assert GOOD not in page.text


def test_an_event_whose_entry_is_another_is_named(bank, given, hanako, consent):
    with bank.read() as snap:
        current = ledger.get(snap, hanako, UUID(consent))
        events = ledger.history(snap, bank.keys, hanako, UUID(consent))
        other = store.leaf_at(snap.connection, 0).id
        for leaf_id in (other, bank.ids.new()):
            swapped = [*events[:-1], replace(events[-1], leaf_id=leaf_id)]
            found = sample_check.of_consent(snap, current, swapped)
            assert found == (SampleFault.EVENT_UNLOGGED,)


def test_a_proof_for_another_key_does_not_hold(bank):
    assert sample_check.of_proof("c2sp.org/tlog-proof@v1\n", bank.signer.verifier) == (
        SampleFault.PROOF,
    )
