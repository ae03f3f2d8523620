"""Two banks that run side by side: an archive goes from one to the other over HTTP."""

import shutil
import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from audit.receipt_check import verify_receipt
from pds.bank import sending
from pds.bank.bank import open_bank
from pds.bank.sending import NotTaken
from pds.core.errors import Unavailable
from pds.core.settings import Settings
from pds.crypto.tokens import token_text
from pds.intake import history, transfers
from pds.vault.records import ImportState
from tests.disclosure.members import member
from tests.disclosure.moving import archived, believe, name_source, records
from tests.disclosure.world import World
from tests.fakes import FrozenClock


@contextmanager
def running(folder, template):
    """A bank of its own, behind a server on a free port of localhost."""
    (folder / "data").mkdir(parents=True, mode=0o700)
    shutil.copy(template, folder / "data" / "infobank.db")
    server = make_server("localhost", 0, None, threaded=True)
    settings = Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(folder / "data"),
            "INFOBANK_KEY_DIR": str(folder / "keys"),
            "INFOBANK_ISSUER": f"http://localhost:{server.port}",
        }
    )
    bank = open_bank(settings, FrozenClock())
    world = World(bank, bank.clock)
    server.app = world.app
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield world
    server.shutdown()
    thread.join()
    server.server_close()
    bank.close()


@pytest.fixture
def banks(tmp_path, sqlite_template):
    with (
        running(tmp_path / "here", sqlite_template) as here,
        running(tmp_path / "there", sqlite_template) as there,
    ):
        believe(here, there)
        believe(there, here)
        yield here, there


def test_a_person_moves_from_one_running_bank_to_another(banks):
    here, there = banks
    name_source(here)
    old, _login = member(here, records=4)
    party = here.consented(owner=old)
    assert party.get().status_code == 200
    job = archived(here, old)
    new, _login = member(there, records=0)
    issuer, target = here.bank.settings.issuer, there.bank.settings.issuer
    code = there.do(lambda work: transfers.make(work, new, issuer))

    with pytest.raises(NotTaken):
        sending.send(here.bank, job, target, token_text(bytes(32)))
    sent = sending.send(here.bank, job, target, code)

    assert (sent.accepted, sent.duplicate, sent.rejected) == (4, 0, 0)
    assert [each.payload for each in records(there, new)] == [
        each.payload for each in records(here, old)
    ]
    with there.bank.read() as snap:
        (taken,) = [
            each
            for each in there.bank.vault.imports(snap, new)
            if each.state is ImportState.STORED and each.stored
        ]
        told = history.read(snap, there.bank.vault, new, taken.import_id)
    (row,) = told.disclosures
    proof = told.proof(row["leaf_id"])
    assert verify_receipt(proof, [here.bank.signer.verifier]).leaf["rcp"]


def test_a_bank_that_is_away_is_said_to_be(banks, monkeypatch):
    here, there = banks
    old, _login = member(here, records=1)
    job = archived(here, old)
    monkeypatch.setattr(sending, "PATH", "/nowhere")
    with pytest.raises(NotTaken):
        sending.send(here.bank, job, there.bank.settings.issuer, token_text(bytes(32)))
    monkeypatch.setattr(sending, "PATH", ":99999/")
    with pytest.raises(Unavailable):
        sending.send(here.bank, job, there.bank.settings.issuer, token_text(bytes(32)))
