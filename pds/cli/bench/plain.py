"""What the fetch is measured against: Flask and one row by SQLAlchemy Core.

Served as `pds.cli.bench.plain:app` by the same server with the same settings, from the
same table of the same database: no token, no consent, no decryption, no record.
"""

import os
from uuid import UUID

from flask import Flask, Response
from sqlalchemy import select

from pds.core.database import open_engine
from pds.core.settings import Settings
from pds.vault.tables import vault_record

_settings = Settings.from_environment(os.environ)
_engine = open_engine(_settings.database_url, writer=False)
_c = vault_record.c

app = Flask(__name__)


@app.get("/row/<uuid:owner>/<uuid:record>")
def row(owner: UUID, record: UUID) -> Response:
    """Return the stored bytes of one record."""
    statement = select(_c.sealed).where(_c.owner_id == owner, _c.record_id == record)
    with _engine.connect() as connection:
        found = connection.execute(statement).scalar_one()
    return Response(found, content_type="application/octet-stream")
