"""A page of sealed records, against the floor: driver, one AESGCM, joined bytes.

The floor reads the same rows by the right index in the right order with the bare
driver, opens them with one reused cipher whose associated data was prepared beforehand,
and joins the bytes. Ours goes the whole way: key state, labels, record names,
items around payloads, the page.
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
    SELECT record_id, version, category, payload_schema, first_day, last_day,
           sensitivity, source_id, sealed
    FROM vault_record WHERE owner_id = ? AND state = 1
"""


def measure(bank: Bank, *, rounds: int = 15) -> list[Figure]:
    """Return `page_N_over_floor` for pages of 1, 100 and 1,000 records."""
    owner = _fill(bank)
    figures = []
    for size in SIZES:
        floor = _floor(bank, owner, size)
        ours = _ours(bank, owner, size)
        floor_s, ours_s = medians([floor, ours], rounds)
        against = f"floor {floor_s * 1e3:.3f} ms"
        ratio = ours_s / floor_s
        name = f"page_{size}_over_floor"
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


def _ours(bank: Bank, owner: OwnerId, size: int) -> Callable[[], object]:
    selection = Selection(
        categories=(CATEGORY,),
        first_day=date(2000, 1, 1),
        last_day=date(2100, 1, 1),
        detail=DetailLevel.RECORD,
        form=ProvisionForm.COPY,
        question=None,
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
    tail = Labels().tail
    with bank.read() as view:
        key_class = categories.get(CATEGORY).key_class
        key = bank.keys.active(view.connection, owner, key_class)
        rows = view.connection.exec_driver_sql(_COLUMNS, (owner.bytes,)).all()
    data = {
        row[0]: b"ib1/rec\0" + row[8][:_NONCE_AT] + owner.bytes + tail(*row[:8])
        for row in rows
    }
    return key.data_key.cipher, data
