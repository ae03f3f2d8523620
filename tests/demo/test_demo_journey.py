"""The journey says what happened when a step does not do what it should."""

from datetime import UTC, datetime

import pytest

from pds.cli.demo import journey, sample
from pds.cli.demo.credentials import Client, Credentials, Login
from pds.cli.demo.journey import Journey, JourneyFailed, Stage
from pds.cli.demo.organisations import COACH, new_key
from pds.core.errors import NotFound

NOBODY_LISTENS = "http://localhost:9"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Answering:
    """A recipient whose fetch does one thing."""

    def __init__(self, answer=None):
        self._answer = answer

    def fetch(self, **_options):
        if self._answer is not None:
            raise self._answer


def stage():
    login = Login("kenichi", "person", "n", "kenichi", "p")
    client = Client("coach", "r", "c", "http://localhost/cb", "o", new_key())
    found = Credentials(NOBODY_LISTENS, (login,), (client,))
    return Stage(found, "kenichi", COACH, (), NOW)


def test_the_first_step_that_fails_is_named_and_ends_the_journey():
    lines = []

    with pytest.raises(JourneyFailed, match=r"Step 1, The person logs in: .*9"):
        Journey(stage(), lines.append).play()

    assert lines == [" 1 ✗ The person logs in"]


def test_the_sample_recipient_gets_the_registered_key():
    client = stage().credentials.clients[0]

    found = journey.recipient_of(NOBODY_LISTENS, client)

    assert found.bank.client_id == "c"
    assert found.client_key.pem().strip() == client.private_key.strip()


def test_only_a_refusal_counts_as_one():
    refusal = sample.load().RecipientError

    assert journey.refused(Answering(refusal("no", status=401, code="x"))) == "401 x"
    assert journey.refused(Answering(refusal("no", status=403))) == "403"
    with pytest.raises(JourneyFailed, match="no refusal"):
        journey.refused(Answering(refusal("later", status=503)))
    with pytest.raises(JourneyFailed, match="Data came"):
        journey.refused(Answering())


def test_what_the_verifier_does_not_accept_fails_the_step(tmp_path):
    with pytest.raises(JourneyFailed, match="verifier says"):
        journey.verify(tmp_path)


def test_a_missing_example_is_named(tmp_path):
    with pytest.raises(NotFound, match="source checkout"):
        sample.load(tmp_path)
