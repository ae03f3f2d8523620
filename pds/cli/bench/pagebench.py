"""Sealed records, and pages of them, against a floor: driver, AESGCM, joined bytes.

The floor reads the same rows by the right index in the right order with the bare
driver, opens them with one reused cipher whose associated data was prepared beforehand,
and joins the bytes. A read is what the vault does: snapshot, query, key state, labels,
commitments, padding, payloads. A page goes the whole way: record names, items around
payloads, the heading.
"""

import sqlite3
from collections.abc import Callable
from datetime import date
from functools import partial

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import make_url

from audit import person
from audit.work import Work
from consent.selection import Selection
from consent.terms import ProvisionForm
from pds.bank.bank import Bank
from pds.cli.bench.receipts import CATEGORY, store
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import medians
from pds.core.ids import OwnerId
from pds.core.vocabulary import DetailLevel, Sensitivity, categories
from pds.disclosure.body import Heading, page
from pds.keys.classes import KeyClass
from pds.vault.label import Labels

SIZES = (1, 100, 1000)
_RECORDS = 3000
_CHUNK = 500
_LAST_DAY = 20_750
_NONCE_AT, _SEALED_AT = 39, 51

_ROWS = """
    SELECT record_id, sealed FROM vault_record
    WHERE owner_id = ? AND category = ? AND state < 2 AND last_day <= 100000
    ORDER BY last_day DESC, order_in_day DESC, record_id LIMIT ?
"""

_COLUMNS = """
    SELECT record_id, version, payload_schema, first_day, last_day, sensitivity,
           source_id, sealed
    FROM vault_record WHERE owner_id = ? AND state = 1
"""


def measure(bank: Bank, *, rounds: int = 15) -> list[Figure]:
    """Return `read_N_over_floor` and `page_N_over_floor` for 1, 100, 1,000 records."""
    owner = _fill(bank)
    figures = []
    for size in SIZES:
        floor = _floor(bank, owner, size)
        acts = {"read": _read(bank, owner, size), "page": _page(bank, owner, size)}
        floor_s, *found = medians([floor, *acts.values()], rounds)
        against = f"floor {floor_s * 1e3:.3f} ms"
        for what, ours_s in zip(acts, found, strict=True):
            name, ratio = f"{what}_{size}_over_floor", ours_s / floor_s
            figures.append(Figure(name, ours_s * 1e3, "ms", against, ratio))
    return figures


def _fill(bank: Bank) -> OwnerId:
    """Store records of about 1 KB for one person among as many of another."""
    owners = [OwnerId(bank.ids.new()) for _ in range(2)]
    for owner in owners:
        bank.unit_of_work(partial(_begin, owner))
    for start in range(0, _RECORDS, _CHUNK):
        for owner in owners:
            numbers = range(start, start + _CHUNK)
            bank.unit_of_work(
                partial(
                    store,
                    vault=bank.vault,
                    owner=owner,
                    last_day=_LAST_DAY,
                    numbers=numbers,
                )
            )
    return owners[0]


def _begin(owner: OwnerId, work: Work) -> None:
    person.open_subject(work, owner)
    work.keys.create(work.connection, owner, KeyClass.INDEX, now=work.now)


def _read(bank: Bank, owner: OwnerId, size: int) -> Callable[[], object]:
    def run() -> bytes:
        with bank.read() as view:
            found = bank.vault.page(view, owner, categories=[CATEGORY], limit=size)
        return b",".join(found.opened.payloads)

    return run


def _page(bank: Bank, owner: OwnerId, size: int) -> Callable[[], object]:
    selection = Selection(
        categories=(CATEGORY,),
        first_day=date(2000, 1, 1),
        last_day=date(2100, 1, 1),
        detail=DetailLevel.RECORD,
        form=ProvisionForm.COPY,
        question=None,
        purpose="health.advice",
        sensitivity=Sensitivity.GENERAL,
    )
    heading = Heading("subject", "consent", 1, "purpose", "copy", "record", 30)

    def run() -> bytes:
        with bank.read() as view:
            found = bank.selector.read(view, owner, "bench", selection, None, size)
        return page(heading, found.objects(), None)

    return run


def _floor(bank: Bank, owner: OwnerId, size: int) -> Callable[[], object]:
    path = str(make_url(bank.settings.database_url).database)
    driver = sqlite3.connect(path, isolation_level=None)
    cipher, data = _prepared(bank, owner)

    def run() -> bytes:
        rows = driver.execute(_ROWS, (owner.bytes, CATEGORY, size)).fetchall()
        return b",".join(
            [
                cipher.decrypt(
                    sealed[_NONCE_AT:_SEALED_AT], sealed[_SEALED_AT:], data[record_id]
                )
                for record_id, sealed in rows
            ]
        )

    return run


def _prepared(bank: Bank, owner: OwnerId) -> tuple[AESGCM, dict[bytes, bytes]]:
    """Return the cipher of the category and the associated data of each record."""
    with bank.read() as view:
        key_class = categories.get(CATEGORY).key_class
        key = bank.keys.active(view.connection, owner, key_class)
        rows = view.connection.exec_driver_sql(_COLUMNS, (owner.bytes,)).all()
    *bound, sealed = zip(*rows, strict=True)
    tails = Labels().tails(CATEGORY, *bound)
    data = {
        record_id: b"ib1/rec\0" + envelope[:_NONCE_AT] + owner.bytes + tail
        for record_id, envelope, tail in zip(bound[0], sealed, tails, strict=True)
    }
    return key.data_key.cipher, data
