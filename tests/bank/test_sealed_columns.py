"""No sealed column is forgotten when keys are replaced."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, Text, insert, select

from audit.work import Work
from pds.bank import replacing, sealed
from pds.bank.bank import Bank
from pds.core.database import Moment, Uuid, metadata
from pds.core.errors import BankError
from pds.core.ids import OwnerId
from pds.keys.classes import KeyState
from pds.keys.restoring import end_generations
from pds.keys.tables import owner_key

CLEAR = {
    "account.password_hash",
    "account_key.public",
    "board_item.document",
    "board_proposal.decision",
    "consent_notice.body",
    "contract_document.body",
    "erasure.facts",
    "health_link.file",
    "kek_check.value",
    "log_checkpoint.note",
    "mandate_terms.body",
    "log_head.frontier",
    "log_leaf.leaf",
    "log_pending.prefix",
    "log_pending.suffix",
    "log_timestamp.response",
    "oauth_code.secret_wrap",
    "oauth_token.secret_wrap",
    "offer.template",
    "offer_token.secret_wrap",
    "owner_key_wrap.holder_id",
    "owner_key_wrap.params",
    "owner_key_wrap.wrapped",
    "passkey.credential_id",
    "passkey.public_key",
    "released_set.notice",
    "released_set_chunk.content",
}
"""Binary columns of no fixed size that no data key seals: public, wrapped by another
key, or reserved."""

TEXT = b"as it was"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
COLUMNS = pytest.mark.parametrize(
    "where", sealed.PLACED, ids=lambda c: c.sealed.table.name
)


def test_every_binary_column_is_thought_of() -> None:
    known = {str(each.sealed) for each in sealed.EVERY}
    known |= {str(each) for each in sealed.NEVER_REPLACED} | CLEAR
    found = {
        str(column)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    }
    assert found - known == set()
    assert {str(each.sealed) for each in sealed.EVERY} <= found


def filled(where: sealed.Placed, owner: OwnerId, work: Work) -> dict[str, Any]:
    """Return a row with something in every column that needs it."""

    def value(column: Column[Any]) -> Any:
        kinds: list[tuple[type, Any]] = [
            (Uuid, owner if column is where.owner else work.ids.new()),
            (Moment, work.now),
            (LargeBinary, b"x"),
            (Text, "x"),
            (Integer, 1),
        ]
        return next(value for kind, value in kinds if isinstance(column.type, kind))

    needed = [c for c in where.sealed.table.columns if not c.nullable]
    return {column.name: value(column) for column in needed}


def put(bank: Bank, where: sealed.Placed, *, broken: bool = False) -> OwnerId:
    owner = OwnerId(bank.ids.new())

    def act(work: Work) -> None:
        row = filled(where, owner, work)
        key = work.keys.ensure(work.connection, owner, where.key_class, now=work.now)
        version = where.version
        number = version if isinstance(version, int) else row[version.name]
        envelope = work.keys.seal(
            work.connection,
            key,
            row[where.object_id.name],
            number,
            b"elsewhere" if broken else where.label,
            TEXT,
        )
        row |= {where.sealed.name: envelope, where.generation.name: key.generation}
        work.connection.execute(insert(where.sealed.table).values(row))

    bank.unit_of_work(act)
    return owner


def read(bank: Bank, where: sealed.Placed, owner: OwnerId) -> tuple[int, bytes]:
    with bank.read() as view:
        row = (
            view.connection.execute(
                select(where.sealed.table).where(where.owner == owner)
            )
            .one()
            ._mapping
        )
        key = bank.keys.open(
            view.connection, owner, where.key_class, row[where.generation]
        )
        version = where.version
        text = bank.keys.unseal(
            key,
            row[where.sealed],
            row[where.object_id],
            version if isinstance(version, int) else row[version],
            where.label,
        )
    return key.generation, text


def states(bank: Bank, owner: OwnerId) -> dict[int, KeyState]:
    k = owner_key.c
    with bank.read() as view:
        rows = view.connection.execute(
            select(k.generation, k.state).where(k.owner_id == owner)
        )
        return {generation: KeyState(state) for generation, state in rows}


@COLUMNS
def test_each_sealed_column_is_sealed_anew(bank: Bank, where: sealed.Placed) -> None:
    owner = put(bank, where)
    bank.unit_of_work(lambda work: end_generations(work.connection))

    assert replacing.replace_keys(bank) == 1

    assert read(bank, where, owner) == (2, TEXT)
    assert states(bank, owner) == {1: KeyState.DESTROYED, 2: KeyState.ACTIVE}
    assert replacing.replace_keys(bank) == 0


@ON_SQLITE
@COLUMNS
def test_what_does_not_open_keeps_its_key(bank: Bank, where: sealed.Placed) -> None:
    owner = put(bank, where, broken=True)
    bank.unit_of_work(lambda work: end_generations(work.connection))

    assert replacing.replace_keys(bank) == 0
    assert states(bank, owner) == {1: KeyState.DECRYPT_ONLY, 2: KeyState.ACTIVE}


@ON_SQLITE
@COLUMNS
def test_no_key_goes_that_a_column_needs(
    bank: Bank, where: sealed.Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if nobody thought of sealing it anew."""
    owner = put(bank, where)
    bank.unit_of_work(lambda work: end_generations(work.connection))
    monkeypatch.setattr(sealed, "PLACED", ())

    replacing.replace_keys(bank)

    assert read(bank, where, owner) == (1, TEXT)


@ON_SQLITE
def test_a_seal_that_does_not_open_again_stops_everything(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = sealed.PLACED[0]
    owner = put(bank, where)
    bank.unit_of_work(lambda work: end_generations(work.connection))
    with monkeypatch.context() as patch:
        patch.setattr(type(bank.keys), "seal", lambda *_args: b"nonsense")
        with pytest.raises(BankError):
            replacing.replace(bank, owner)

    assert read(bank, where, owner) == (1, TEXT)
