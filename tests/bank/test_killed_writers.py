"""SIGKILL at each step of a batch: what was handed out stands, once, without a gap."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from audit import export, person, store, subject
from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.receipt_check import verify_receipt
from audit.tables import log_leaf
from audit.verifier.__main__ import main as verify
from pds.bank.bank import Bank, open_bank
from pds.core.clock import SystemClock
from pds.core.ids import BANK
from pds.core.settings import Settings
from tests.bank.dying import Death, Deaths, deaths, environment_of
from tests.bank.test_contention import receipts_in

SQLITE_STEPS = [
    ("pds.bank.sqlite_writer:SqliteWriter._run_item", "after"),
    ("pds.bank.sqlite_writer:SqliteWriter._run_lightly", "after"),
    ("pds.bank.sqlite_writer:Unwritten.write", "before"),
    ("pds.bank.sqlite_writer:Unwritten.write", "after"),
    ("pds.bank.sqlite_writer:append", "before"),
    ("pds.bank.sqlite_writer:append", "after"),
    ("pds.bank.publisher:Publisher.publish_due", "after"),
    ("pds.bank.sqlite_writer:SqliteWriter._commit", "after"),
]
POSTGRES_STEPS = [
    ("pds.core.postgres:commit", "before"),
    ("pds.core.postgres:commit", "after"),
    ("pds.core.postgres:Sent.answers", "after"),
    ("pds.bank.integrator:Integrator.wait", "before"),
    ("audit.pending:take", "after"),
    ("pds.bank.integrator:append", "after"),
    ("pds.bank.integrator:Integrator._hand_out", "before"),
    ("pds.bank.integrator:Integrator._hand_out", "after"),
]
BOTH = [
    ("pds.bank.publisher:Publisher.sign", "before"),
    ("pds.bank.publisher:Publisher.sign", "after"),
    ("pds.bank.publisher:store.publish", "after"),
    ("pds.bank.publisher:raise_mark", "before"),
    ("pds.bank.publisher:raise_mark", "after"),
]


def each_step() -> list[tuple[str, str, str]]:
    return [
        *(("sqlite", *each) for each in SQLITE_STEPS + BOTH),
        *(("postgres", *each) for each in POSTGRES_STEPS + BOTH),
    ]


@pytest.fixture(scope="module")
def dying() -> Iterator[Deaths]:
    with deaths() as started:
        yield started


def held_at_death(
    settings: Settings, dying: Deaths, step: str, moment: str
) -> list[bytes]:
    """Let a process write until it dies at the step; return the receipts it gave."""
    settings.data_dir.mkdir(mode=0o700, exist_ok=True)
    said = settings.data_dir / "said"
    ended = dying.die(Death(environment_of(settings), step, moment, 12, str(said)))
    assert ended == -signal.SIGKILL
    return receipts_in(said.read_bytes())


def write(bank: Bank) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.after"})
    bank.unit_of_work(lambda work: work.log.record(entry))


@pytest.mark.parametrize(
    ("database_url", "step", "moment"), each_step(), indirect=["database_url"]
)
def test_a_kill_at_any_step_loses_nothing_that_was_said(
    settings: Settings, dying: Deaths, step: str, moment: str, tmp_path: Path
) -> None:
    receipts = held_at_death(settings, dying, step, moment)
    receipts += held_at_death(settings, dying, step, moment)

    with closing(open_bank(settings, SystemClock())) as bank:
        # What waited when the process died stands before what comes after it.
        write(bank)
        with bank.read() as view:
            for each in receipts:
                shown = verify_receipt(each, [bank.signer.vkey])
                stored = store.leaf_at(view.connection, shown.index)
                assert stored.leaf == canonical(shown.leaf)
            size = store.size(view.connection)
            count = view.connection.scalar(select(func.count()).select_from(log_leaf))
            assert size == count == person.state(view, BANK).n
            assert subject.missing(view, bank.keys, BANK) == []
    with closing(open_bank(settings, SystemClock())) as bank, bank.read() as view:
        export.export(view.connection, tmp_path / "log", bank.signer.vkey)
        vkey = bank.signer.vkey
    held = keep(receipts, tmp_path)
    arguments = [word for path in held for word in ("--receipt", path)]
    assert verify([str(tmp_path / "log"), "--vkey", vkey, *arguments]) == 0
    assert receipts


def keep(receipts: list[bytes], folder: Path) -> list[str]:
    paths = [folder / f"receipt-{number}" for number in range(len(receipts))]
    for path, each in zip(paths, receipts, strict=True):
        path.write_bytes(each)
    return [str(path) for path in paths]
