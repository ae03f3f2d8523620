"""From instruction to consent by the pages and the chores: told, stopped, given."""

import fnmatch
import hashlib
import io
import zipfile
from datetime import timedelta
from functools import partial

import pytest
from click.testing import CliRunner

from audit.canonical import parse_canonical
from consent import (
    announcing,
    carrying_out,
    instruction_record,
    instruction_register,
    judgement_record,
    judgements,
    ledger,
    mandate_record,
    mandates,
    service,
)
from consent.judgement_tables import judgement
from consent.states import ConsentState
from pds.bank import archiving, entrusting
from pds.cli import judgements as command
from pds.core.errors import Conflict
from pds.rights.archive import jobs
from tests.web.conftest import sign_up
from tests.web.test_web_instructions import ALLOW, offer, send, tried  # noqa: F401
from tests.web.test_web_mandate import terms  # noqa: F401
from tests.web.test_web_moving import upload


@pytest.fixture
def announced(person, bank, hanako, terms, offer):  # noqa: F811
    """An announcement, made by the chore on an instruction from the page."""
    person.post(person.get("/mandate").form_to("/accept/1"))
    form, page = tried(person, **ALLOW)
    assert "The bank gives it" in page.text
    send(person, form, 303, "save", **ALLOW)
    assert entrusting.look_for_offers(bank) == 1
    with bank.read() as snap:
        (found,) = judgements.waiting(snap, hanako)
    return found


@pytest.fixture
def wait(bank, clock):
    """Let time pass that a process of the bank counts."""
    count = entrusting.ObjectionCounter()

    def pass_by(step):
        count(bank)
        clock.advance(step)
        count(bank)

    return pass_by


def state(bank, owner):
    with bank.read() as snap:
        return [each.state for each in ledger.every(snap, owner)]


def test_home_tells_first_and_the_person_stops_it(person, bank, hanako, announced):
    home = person.get("/home")
    assert "Data will be given for you" in home.text
    here = f"/judgements/{announced.judgement_id}"
    page = person.get(here)
    assert "All of it lies within your instructions." in page.text
    assert "On the same facts and by the same rules, the same comes out." in page.text
    assert announced.hash.hex() in page.text

    person.post(home.form_to("/object"))

    assert state(bank, hanako) == [ConsentState.REFUSED]
    assert "You stopped it" in person.get(here).text
    assert "Data will be given for you" not in person.get("/home").text
    person.post(page.form_to("/object"), 409)
    assert "Genki Lab Inc." in person.get("/judgements").text


def test_without_an_objection_the_consent_is_given_and_can_be_withdrawn(
    person, bank, hanako, announced, wait
):
    assert entrusting.carry_out_judgements(bank) == 0
    wait(timedelta(hours=73))

    assert entrusting.carry_out_judgements(bank) == 1

    assert state(bank, hanako) == [ConsentState.GIVEN]
    person.log_in("hanako")
    assert "Given for you" in person.get("/judgements").text
    assert person.get(f"/consents/{announced.consent_id}/withdraw").forms
    bank.unit_of_work(lambda work: mandates.standing(work, hanako))
    form = person.get("/mandate/end").form_to("/end")
    person.post(form)
    assert state(bank, hanako) == [ConsentState.WITHDRAWN]


def test_who_has_answered_is_not_told_that_it_was_stopped(
    person, bank, hanako, announced
):
    here = f"/judgements/{announced.judgement_id}"
    form = person.get(here).form_to("/object")
    bank.unit_of_work(lambda work: service.defer(work, hanako, announced.consent_id))
    assert "Data will be given for you" not in person.get("/home").text
    assert "your answer holds" in person.get(here).text

    person.post(form)

    assert "You stopped it" not in person.get(here).text
    assert state(bank, hanako) == [ConsentState.DEFERRED]


def test_a_clock_that_runs_ahead_cuts_no_time_to_object_short(
    bank, hanako, announced, clock
):
    clock.advance(timedelta(days=400))
    assert bank.clock_is_ahead()
    assert entrusting.carry_out_judgements(bank) == 0
    assert state(bank, hanako) == [ConsentState.REQUESTED]


def test_a_clock_that_jumps_by_days_cuts_no_time_to_object_short(
    bank, hanako, announced, clock, wait
):
    wait(timedelta(hours=1))
    clock.moment += timedelta(days=3)
    assert not bank.clock_is_ahead()
    assert entrusting.carry_out_judgements(bank) == 0
    wait(timedelta(hours=70, minutes=59))
    assert entrusting.carry_out_judgements(bank) == 0
    assert state(bank, hanako) == [ConsentState.REQUESTED]
    wait(timedelta(minutes=1))
    assert entrusting.carry_out_judgements(bank) == 1
    assert state(bank, hanako) == [ConsentState.GIVEN]


def test_of_objection_and_carrying_out_exactly_one_wins(bank, hanako, announced, wait):
    wait(timedelta(hours=73))
    manner = entrusting.manner(bank)
    stop = partial(
        announcing.object_to, owner=hanako, judgement_id=announced.judgement_id
    )
    carry = partial(carrying_out.carry_out, found=announced, manner=manner)
    bank.unit_of_work(stop)
    with pytest.raises(Conflict):
        bank.unit_of_work(carry)
    assert state(bank, hanako) == [ConsentState.REFUSED]


def test_one_person_in_trouble_does_not_stop_the_others(
    bank, hanako, announced, clock, wait, monkeypatch
):
    wait(timedelta(hours=73))

    def fails(*_args, **_values):
        raise ValueError("a mistake of the program")

    with monkeypatch.context() as patch:
        patch.setattr(carrying_out, "carry_out", fails)
        patch.setattr(announcing, "look", fails)
        assert entrusting.carry_out_judgements(bank) == 1
        assert entrusting.look_for_offers(bank) == 1
    # Both are put off, so that the next in the row has a turn.
    assert entrusting.carry_out_judgements(bank) == 0
    assert entrusting.look_for_offers(bank) == 0
    assert bank.chores_failed["entrusted judgements"] == 2
    wait(timedelta(hours=2))
    assert entrusting.carry_out_judgements(bank) == 1
    assert state(bank, hanako) == [ConsentState.GIVEN]


def test_the_command_makes_every_judgement_again(bank, announced, monkeypatch):
    from contextlib import nullcontext  # noqa: PLC0415 - stands for an opened bank

    monkeypatch.setattr(command, "opened_bank", lambda: nullcontext(bank))
    run = partial(CliRunner().invoke, command.judgements_group)

    good = run(["check"])
    assert (good.exit_code, good.output) == (
        0,
        "1 judgements made again, 0 came out otherwise.\n",
    )
    bank.unit_of_work(
        lambda work: work.connection.execute(
            judgement.update().values(outcome="refuse")
        )
    )
    bad = run(["check", "--sample", "5", "--seed", "a"])
    assert bad.exit_code == 1
    assert bank.pseudonyms.of(announced.owner) in bad.output
    bank.unit_of_work(
        lambda work: work.connection.execute(judgement.update().values(envelope=b"x"))
    )
    assert run(["check"]).exit_code == 1


def test_nobody_sees_the_judgements_of_another(person, portal, bank, announced):
    from tests.web.conftest import sign_up  # noqa: PLC0415 - one test needs it

    other = sign_up(bank, "jiro")
    visitor = portal("jiro")
    visitor.get(f"/judgements/{announced.judgement_id}", 404)
    assert "The bank has judged nothing for you" in visitor.get("/judgements").text
    with bank.read() as snap:
        assert instruction_register.current(snap, bank.keys, other).version == 0


def test_the_archive_has_what_was_entrusted_and_is_read_as_history(
    portal, bank, hanako, records, announced
):
    archiving.ask(bank, hanako, language="en")
    archiving.build_archives(bank)
    with bank.read() as snap:
        (job,) = jobs.listed(snap, hanako)
    data = b"".join(archiving.fetch(bank, job))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    record = files[f"judgements/{announced.judgement_id}.json"]
    assert hashlib.sha256(record).digest() == announced.hash
    assert judgement_record.again(judgement_record.decode(record))
    (line,) = files["judgements/judgements.ndjson"].splitlines()
    assert parse_canonical(line)["sha256"] == announced.hash.hex()
    (kept,) = instruction_record.decode(files["instructions/set.json"])
    (past,) = files["instructions/events.ndjson"].splitlines()
    assert instruction_record.read(parse_canonical(past)["instruction"]) == kept
    (path,) = fnmatch.filter(files, "mandates/*/events.ndjson")
    (event,) = map(mandate_record.decode, files[path].splitlines())
    accepted = files[f"mandates/terms/{event.terms}.json"]
    assert hashlib.sha256(accepted).hexdigest() == event.terms

    owner = sign_up(bank, "taro")
    taro = portal("taro")
    upload(taro, data)
    (address,) = [x for x in taro.get("/imports").links if x.endswith("/history")]
    history = taro.get(address).text
    assert "Here they do nothing" in history
    assert "You were told" in history
    with bank.read() as snap:
        assert instruction_register.history(snap, bank.keys, owner) == []
