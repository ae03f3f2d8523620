"""The file of a link: a FHIR R4 Bundle of the person's own records; pure."""

import json
from collections.abc import Iterable
from datetime import datetime

from pds.accounts.profile import Profile
from pds.vault.records import OpenRecord

FHIR_SCHEMA = "fhir-r4/"


def write(
    records: Iterable[OpenRecord], at: datetime, patient: Profile | None = None
) -> bytes:
    """Return a Bundle of type `collection`; payloads are spliced as they are stored.

    Args:
        records: records whose payloads are FHIR resources.
        at: when it was put together.
        patient: the person, if the person wants to be named in it.
    """
    entries = [b'{"resource":' + record.payload + b"}" for record in records]
    if patient is not None:
        entries.insert(0, b'{"resource":' + _patient(patient) + b"}")
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return b"".join(
        (
            b'{"entry":[',
            b",".join(entries),
            b'],"resourceType":"Bundle","timestamp":"',
            moment.encode(),
            b'","type":"collection"}',
        )
    )


def _patient(profile: Profile) -> bytes:
    said = {"resourceType": "Patient", "name": [{"text": profile.name}]}
    if profile.birth_date is not None:
        said["birthDate"] = profile.birth_date.isoformat()
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
