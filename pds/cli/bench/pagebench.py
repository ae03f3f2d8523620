"""A page of sealed records, against the floor: driver, one AESGCM, joined bytes.

The floor reads the same rows by the right index in the right order with the bare
driver, opens them with one reused cipher object whose associated data was prepared
beforehand, and joins the bytes. Ours goes the whole way: vault, labels, key state,
record names, items around payloads, the page.
"""

import sqlite3
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import make_url

from consent.selection import Selection
from pds.bank.bank import Bank
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import medians
from pds.core.ids import OwnerId
from pds.disclosure.body import Heading, page

SIZES = (1, 100, 1000)
