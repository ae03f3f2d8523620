"""The drill after a loss: an older copy is refused, and goes on only openly."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from audit import cosignatures, export, receipt, store, subject, timestamps
from audit.continuation import statements
from audit.cosigner import Cosigner
from audit.entry import Entry
from audit.head import read_head
from audit.highwater import read_mark
from audit.leaf import EventType, parse_leaf
from audit.merkle import verify_consistency
from audit.note import split_note
from audit.receipt_check import verify_receipt
from audit.verifier.__main__ import main as verify
from audit.work import Work
from pds.bank import continuing
from pds.bank.bank import Bank, open_bank
from pds.bank.continuing import continue_log
from pds.cli.audit import write
from pds.core.errors import BankError
from pds.core.ids import BANK
from pds.core.settings import Settings
from pds.web.app import create_app
from tests.conftest import administer
from tests.fakes import FrozenClock

NEW = "log.after-the-loss.example/2"


class Loss:
    """A bank whose database was put back to an older state."""

    def __init__(self, bank: Bank, settings: Settings, clock: FrozenClock) -> None:
        self.settings, self.clock = settings, clock
        self.renamed = replace(settings, log_origin=NEW)
        self.kept = [recorded(bank) for _ in range(4)]
        self.vkey = bank.signer.vkey
        self.size = 5
        bank.close()
        with closing(restorable(settings)) as put_back:
            next(put_back)
            with closing(open_bank(settings, clock)) as later:
                self.lost = [recorded(later) for _ in range(3)]
            next(put_back, None)
        self.mark = read_mark(settings.key_dir)


def recorded(bank: Bank) -> bytes:
    """Write an entry and return the receipt that its client would hold."""
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    outcome = bank.recorded(lambda work: work.log.record(entry))
    assert outcome.integration is not None
    proof = outcome.integration.proof(outcome.result)
    return receipt.build(outcome.result, outcome.integration.checkpoint, proof, ["i"])


def cosign(bank: Bank, size: int) -> None:
    """Keep a witness's line on an earlier checkpoint."""
    witness = Cosigner("w.example", bytes(32))

    def act(work: Work) -> None:
        note = store.checkpoint_at(work.connection, size).note
        line = witness.cosign(split_note(note)[0], 1)
        cosignatures.keep(work.connection, size, witness.verifier, line, work.now)

    bank.unit_of_work(act)


def restorable(settings: Settings) -> Iterator[None]:
    """Copy the database at the first step, put the copy back at the second."""
    url = make_url(settings.database_url)
    if settings.is_sqlite:
        path = Path(str(url.database))
        copy = path.with_suffix(".older")
        shutil.copy(path, copy)
        yield
        shutil.copy(copy, path)
        return
    server = url.set(database="postgres").render_as_string(hide_password=False)
    name = str(url.database)
    administer(server, f"CREATE DATABASE {name}_older TEMPLATE {name}")
    yield
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")
    administer(server, f"ALTER DATABASE {name}_older RENAME TO {name}")


@pytest.fixture
def loss(bank: Bank, settings: Settings, clock: FrozenClock) -> Loss:
    return Loss(bank, settings, clock)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BankError) as caught:
        act()
    return caught.value.code


def test_a_loss_is_refused_until_it_is_named(loss: Loss) -> None:
    for each in (loss.settings, loss.renamed):
        code = refusal(lambda each=each: open_bank(each, loss.clock))
        assert code in {"log.shorter", "log.other-origin"}
    assert read_mark(loss.settings.key_dir) == loss.mark

    done = continue_log(loss.renamed, loss.clock, "backup-restored")

    assert (done.old, done.restored) == (loss.mark, loss.size)
    with closing(open_bank(loss.renamed, loss.clock)) as bank, bank.read() as view:
        first = parse_leaf(store.leaf_at(view.connection, loss.size).leaf)
        entries = subject.page(view, bank.keys, BANK).entries
        named = next(each for each in entries if each.index == loss.size)
        assert subject.missing(view, bank.keys, BANK) == []
    assert first["typ"] == "log:continued"
    lost = json.loads(named.detail.fields["object"])
    assert named.detail.fields["reasons"] == "backup-restored"
    assert loss.mark is not None
    assert lost["lost"] == [loss.size, loss.mark.size]
    assert (lost["origin"], lost["root"]) == (
        loss.mark.origin,
        loss.mark.root.hex(),
    )
    assert refusal(lambda: open_bank(loss.settings, loss.clock)) == "log.other-origin"


def test_old_receipts_hold_and_the_new_log_verifies(
    loss: Loss, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    continue_log(loss.renamed, loss.clock, "backup-restored")
    with closing(open_bank(loss.renamed, loss.clock)) as bank:
        fresh = recorded(bank)
        vkey = bank.signer.vkey
        cosign(bank, loss.size)
    with closing(open_bank(loss.renamed, loss.clock)) as bank, bank.read() as view:
        head = read_head(view.connection)
        told = statements(view, bank.keys)
        export.export(view.connection, tmp_path / "log", vkey, told)
        for each in loss.kept:
            shown = verify_receipt(each, [loss.vkey])
            old = shown.checkpoint
            proof = store.consistency_proof(view.connection, old.size, head.size)
            verify_consistency(old.size, head.size, proof, old.root, head.root())
            covering = store.checkpoint_covering(view.connection, shown.index)
            assert covering is not None
            assert covering.checkpoint().origin == NEW
        for each in loss.lost:
            # Genuine, and beyond what the new log's first entry says was kept.
            assert verify_receipt(each, [loss.vkey]).index >= loss.size

    assert verify_receipt(fresh, [vkey]).checkpoint.origin == NEW
    checked = [str(tmp_path / "log"), "--vkey", vkey]
    assert verify(checked) == 0
    for each, status in ((loss.kept[-1], 0), (loss.lost[-1], 3)):
        (tmp_path / "receipt").write_bytes(each)
        assert verify([*checked, "--receipt", str(tmp_path / "receipt")]) == status
    assert "5 entries of" in capsys.readouterr().out
    assert loss.vkey in (tmp_path / "log/earlier/vkeys").read_text().split()
    for name in ("checkpoints", "cosignatures"):
        assert (tmp_path / f"log/earlier/{name}/{loss.size}").exists()


def test_time_stamps_stay_with_the_checkpoints_they_are_over(
    loss: Loss, clock: FrozenClock, tmp_path: Path
) -> None:
    continue_log(loss.renamed, clock, "backup-restored")
    with closing(open_bank(loss.renamed, clock)) as bank:
        recorded(bank)
    with closing(open_bank(loss.renamed, clock)) as bank:
        with bank.read() as view:
            published = store.latest_checkpoint(view.connection)
        assert published is not None
        for size in (loss.size, published.size):
            stamp = timestamps.Timestamp(size, clock.now(), "CN=time", b"%d" % size)
            bank.unit_of_work(
                lambda work, stamp=stamp: timestamps.keep(work.connection, stamp)
            )
        with bank.read() as view:
            export.export(view.connection, tmp_path / "log", bank.signer.vkey)

    for under, size in (("earlier/", loss.size), ("", published.size)):
        file = tmp_path / f"log/{under}timestamps/{size}.tsr"
        assert file.read_bytes() == b"%d" % size
        assert (tmp_path / f"log/{under}checkpoints/{size}").exists()


def test_nothing_is_sealed_under_a_key_of_before(loss: Loss) -> None:
    continue_log(loss.renamed, loss.clock, "backup-restored")

    with closing(open_bank(loss.renamed, loss.clock)) as bank, bank.read() as view:
        after = subject.page(view, bank.keys, BANK).entries
        generations = {e.gen for e in after if (e.index or 0) >= loss.size}
        before = {e.gen for e in after if (e.index or 0) < loss.size}
    assert generations == {2}
    assert before == {1}


def test_it_is_done_once_and_only_after_a_loss(
    loss: Loss, settings: Settings, clock: FrozenClock
) -> None:
    run = continue_log

    assert refusal(lambda: run(settings, clock, "backup-restored")) == "log.origin-used"
    assert refusal(lambda: run(loss.renamed, clock, "")) == "log.reason"
    assert refusal(lambda: run(loss.renamed, clock, "no free text")) == "log.reason"
    assert read_mark(settings.key_dir) == loss.mark
    run(loss.renamed, clock, "backup-restored")
    for name in (NEW, settings.log_origin, "log.third.example/3"):
        again = replace(settings, log_origin=name)
        code = refusal(lambda again=again: run(again, clock, "backup-restored"))
        assert code == "log.nothing-lost"


def test_nothing_lost_nothing_continued(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    recorded(bank)
    bank.close()

    code = refusal(
        lambda: continue_log(replace(settings, log_origin=NEW), clock, "backup-lost")
    )

    assert code == "log.nothing-lost"
    open_bank(settings, clock).close()


@pytest.mark.parametrize("step", ["go_on", "store.publish", "write_mark"])
def test_a_run_that_was_killed_is_finished_by_the_next(
    loss: Loss, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_given: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"{continuing.__name__}.{step}", die)
        with pytest.raises(Killed):
            continue_log(loss.renamed, loss.clock, "backup-restored")
    assert read_mark(loss.settings.key_dir) == loss.mark
    assert refusal(lambda: open_bank(loss.renamed, loss.clock)).startswith("log.other")

    done = continue_log(loss.renamed, loss.clock, "backup-restored")

    assert (done.restored, done.head.size) == (loss.size, loss.size + 2)
    open_bank(loss.renamed, loss.clock).close()


def test_a_changed_copy_is_not_continued(loss: Loss) -> None:
    engine = create_engine(loss.settings.database_url)
    with engine.begin() as connection:
        on = "" if loss.settings.is_sqlite else " ON log_leaf"
        name = "no_update" if loss.settings.is_sqlite else "no_change"
        connection.execute(text(f"DROP TRIGGER log_leaf_{name}{on}"))
        connection.execute(
            text("UPDATE log_leaf SET leaf_hash = :h WHERE idx = 4"), {"h": bytes(32)}
        )
    engine.dispose()

    code = refusal(lambda: continue_log(loss.renamed, loss.clock, "backup-restored"))

    assert code == "log.inconsistent"


def test_the_guard_of_the_head_stands_again(loss: Loss) -> None:
    continue_log(loss.renamed, loss.clock, "backup-restored")
    engine = create_engine(loss.settings.database_url)

    with (
        engine.connect() as connection,
        pytest.raises(DBAPIError, match="append-only"),
    ):
        connection.execute(text("UPDATE log_head SET origin = 'again'"))
    engine.dispose()


def test_both_keys_of_a_log_go_on(
    settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    second = replace(settings, log_ml_dsa=True)
    loss = Loss(open_bank(second, clock), second, clock)
    done = continue_log(loss.renamed, clock, "backup-restored")
    policy = tmp_path / "policy"

    with closing(open_bank(loss.renamed, clock)) as bank:
        vkey, vkey_2 = bank.signer.vkeys.split("\n")
        write(bank, tmp_path / "log")

    assert done.vkey == f"{vkey}\n{vkey_2}"
    assert len((tmp_path / "log/earlier/vkeys").read_text().split()) == 2
    policy.write_text(f"log {vkey}\nlog {vkey_2}\nwitness 2 {vkey_2}\nquorum 2\n")
    for asked in ([], ["--vkey", vkey], ["--policy", str(policy)]):
        assert verify([str(tmp_path / "log"), *asked]) == 0


def test_the_page_that_checks_proofs_names_the_earlier_key(
    loss: Loss,
) -> None:
    continue_log(loss.renamed, loss.clock, "backup-restored")

    with closing(open_bank(loss.renamed, loss.clock)) as bank:
        asked = create_app(bank).test_client()
        page = asked.get("/verify", headers={"Accept-Language": "en"}).text

    assert "Earlier keys of this log" in page
    assert f"<code>{loss.vkey}</code>" in page
