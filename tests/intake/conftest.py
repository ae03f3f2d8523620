import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from audit.person import open_subject
from pds.core.ids import OwnerId
from pds.vault.service import Vault

TAKEN = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
OWNER = OwnerId(UUID("01980000-0000-7000-8000-00000000000a"))
OTHER = OwnerId(UUID("01980000-0000-7000-8000-00000000000b"))


def pulse(value=72, at="2026-06-01T09:00:00+09:00", **more):
    """A heart rate of one person, as a resource."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/taro", "display": "山田太郎"},
        "effectiveDateTime": at,
        "valueQuantity": {
            "value": value,
            "unit": "/min",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
        **more,
    }


def lines(*resources):
    return "\n".join(json.dumps(resource) for resource in resources).encode()


@pytest.fixture
def bank(bank):
    for owner in (OWNER, OTHER):
        bank.unit_of_work(lambda work, owner=owner: open_subject(work, owner))
    return bank


@pytest.fixture
def vault(bank):
    return Vault(bank.keys)
