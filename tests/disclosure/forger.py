"""The operator who cheats: has the database and keys, and no guard in the way."""

import json

from sqlalchemy import text

from audit import store
from audit.draft import LeafDraft
from audit.head import read_head
from audit.sequencer import append
from pds.core.database import open_engine

_TREE = (
    "log_leaf",
    "log_node",
    "log_sub",
    "log_sub_recent",
    "log_sub_run",
    "log_checkpoint",
)


class Forger:
    """Changes a bank's database behind its back."""

    def __init__(self, bank):
        self._bank = bank

    def run(self, *statements):
        """Run (statement, values) with no trigger in the way."""
        self._inside(
            lambda connection: [
                connection.execute(text(statement), values)
                for statement, values in statements
            ]
        )

    def leaves(self):
        with self._bank.read() as snap:
            return store.leaves(snap.connection, 0, store.size(snap.connection))

    def rebuild(self, leaves):
        """Make the whole tree anew of these leaves, as if there were no others."""
        drafts = [draft(leaf) for leaf in leaves]

        def act(connection):
            for name in _TREE:
                connection.execute(text(f"DELETE FROM {name}"))
            connection.execute(
                text("UPDATE log_head SET size = 0, frontier = :none, last_t = 0"),
                {"none": b""},
            )
            for each, t in drafts:
                append(connection, read_head(connection), [each], t)

        self._inside(act)

    def _inside(self, act):
        engine = open_engine(self._bank.settings.database_url, writer=True)
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            for statement in _unguard(connection):
                connection.exec_driver_sql(statement)
            act(connection)
            connection.commit()
        engine.dispose()


def draft(leaf):
    """Return a leaf as the sequencer takes it, and its time."""
    said = json.loads(leaf)
    before, after = leaf.split(b'"t":%d' % said["t"])
    leaf_id = bytes.fromhex(said["id"].replace("-", ""))
    sub = bytes.fromhex(said["sub"])
    return LeafDraft(leaf_id, sub, before + b'"t":', after), said["t"]


def _unguard(connection):
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        return [
            f"DROP TRIGGER {name}" for name in connection.execute(text(query)).scalars()
        ]
    query = "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
    return [
        f"DROP TRIGGER {name} ON {table}"
        for name, table in connection.execute(text(query))
    ]
