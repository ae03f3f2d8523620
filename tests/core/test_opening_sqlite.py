"""Opening a SQLite file that another process is still holding."""

import sqlite3
from pathlib import Path
from threading import Timer

from pds.core.database import open_engine


def test_a_writer_waits_until_a_closing_process_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE held (id INTEGER)")
    other.execute("BEGIN EXCLUSIVE")
    letting_go = Timer(0.2, other.execute, ["COMMIT"])
    letting_go.start()
    engine = open_engine(f"sqlite:///{path}", writer=True)
    with engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    letting_go.join()
    other.close()
    engine.dispose()
    assert (mode, patience) == ("wal", 0)
