from uuid import UUID

import pytest

from pds.core.errors import NotFound
from providers import sources


def test_the_person_is_a_source_without_a_row(bank):
    with bank.read() as snap:
        assert sources.get(snap, sources.SELF_SOURCE) is sources.SELF


def test_an_organisation_is_registered_and_found(bank):
    added = bank.unit_of_work(
        lambda work: sources.register(work, name_ja="さくら病院", name_en="Sakura")
    )

    with bank.read() as snap:
        assert sources.get(snap, added.source_id) == added
        assert added.kind is sources.SourceKind.ORGANISATION
        with pytest.raises(NotFound):
            sources.get(snap, UUID(int=7))
