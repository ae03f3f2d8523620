"""The demo's recipients ask only for what the rules allow."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from consent import ceilings, rar
from consent.oauth import keys, opaque
from pds.cli.demo.organisations import ORGANISATIONS, new_key, public_keys
from pds.core.vocabulary import categories

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_the_proposal_is_a_valid_authorization_detail(each):
    asked = each.provision(NOW)

    terms = rar.parse(asked)

    assert rar.serialise(terms) == asked
    assert (NOW.date() - terms.window.first).days == each.history_days
    assert terms.access.until > NOW


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_the_proposal_stays_under_every_ceiling(each):
    terms = rar.parse(each.provision(NOW))
    covered = [categories.get(one) for one in each.categories]

    assert list(ceilings.breaches(terms, covered, NOW)) == []


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_nothing_special_care_is_asked_for(each):
    kinds = {categories.get(one).sensitivity.value for one in each.categories}

    assert kinds <= {"general", "health-general"}


def test_a_client_key_is_a_key_that_the_bank_accepts():
    pem = new_key()

    (public,) = public_keys(pem)["keys"]
    read = keys.read(public)

    assert "d" not in public
    assert read.kid == public["kid"]
    assert opaque.encode(read.thumbprint) == public["kid"]
    assert "ES256" in read.algorithms
    assert new_key() != pem


def test_another_kind_of_key_is_refused():
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )

    with pytest.raises(TypeError, match="P-256"):
        public_keys(pem.decode())
